"""The records that an approval makes: customers or a contact, the hierarchy, its Admin node.

docs: partners-customer-hierarchies, b2b-multi-outlet
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.commerce.customers import create_customer, customers_of_party
from sandbox.commerce.hierarchies import ADMIN, add_node, create_hierarchy, hierarchy_of_organization, live_nodes
from sandbox.commerce.mail import channel_of
from sandbox.commerce.onboarding_requests import request_of
from sandbox.commerce.parties import ORGANIZATION, PERSON, create_party, party_details, shown_by
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World


@dataclass(frozen=True)
class Requester:
    """The person who asked."""

    first_name: str
    last_name: str


def make_records(world: World, prospect: Row) -> None:
    """Everything that approval leaves behind, in the access model of the environment. Raises Infolog."""
    if world.settings.access_model == "contact":
        organization, admin_party = _organization_with_contact(world, prospect)
    else:
        organization, admin_party = _organization_with_person(world, prospect)
    if world.settings.hierarchy == "created":
        _hierarchy(world, prospect, organization, admin_party)


def requester_of(world: World, prospect: Row) -> Requester:
    """The requester's names: from the prospect's party if that is a person, else the request, else the prospect's name."""
    details = party_details(world, prospect["ProspectPartyNumber"])
    if prospect["ProspectPartyType"] == PERSON:
        return Requester(details.get("PersonFirstName", ""), details.get("PersonLastName", ""))
    form = request_of(world, prospect)
    if form:
        return Requester(form.first_name, form.last_name)
    first, _, last = prospect["ProspectName"].rpartition(" ")
    return Requester(first, last)


def _organization_with_person(world: World, prospect: Row) -> tuple[Row, str]:
    """The Organization customer and the party number of the Person customer."""
    person = _existing_person(world, prospect)
    organization = _existing_organization(world, prospect, person) or _new_organization(world, prospect)
    person = person or _new_person(world, prospect)
    return organization, person["PartyNumber"]


def _organization_with_contact(world: World, prospect: Row) -> tuple[Row, str]:
    """The Organization customer and the party number of its contact (10.0.48: no Person customer is made)."""
    admin = _existing_contact(world, prospect)
    organization = _existing_organization(world, prospect, None) or _new_organization(world, prospect)
    contact = admin or _new_contact(world, prospect, organization)
    return organization, contact["ContactPersonPartyNumber"]


def _hierarchy(world: World, prospect: Row, organization: Row, admin_party: str) -> None:
    hierarchy = hierarchy_of_organization(world, organization["PartyNumber"])
    if hierarchy is None:
        hierarchy = create_hierarchy(
            world, organization["OrganizationName"] or prospect["CompanyName"], organization["PartyNumber"]
        )
    add_node(world, hierarchy, admin_party, ADMIN)


def _existing_person(world: World, prospect: Row) -> Row | None:
    if world.settings.approval == "creates":
        return None
    company, party = prospect["dataAreaId"], prospect["ProspectPartyNumber"]
    candidates = customers_of_party(world, company, party) + world["CustomersV3"].find(
        dataAreaId=company, CustomerAccount=prospect["ProspectId"]
    )
    if prospect["ProspectPartyType"] == ORGANIZATION:
        candidates = world["CustomersV3"].find(dataAreaId=company, InvoiceAccount=prospect["ProspectId"])
    return next((row for row in candidates if row["PartyType"] == PERSON), None)


def _existing_organization(world: World, prospect: Row, person: Row | None) -> Row | None:
    if world.settings.approval == "creates":
        return None
    company = prospect["dataAreaId"]
    if prospect["ProspectPartyType"] == ORGANIZATION:
        return next(iter(customers_of_party(world, company, prospect["ProspectPartyNumber"])), None)
    if person and person["InvoiceAccount"]:
        return world["CustomersV3"].get(company, person["InvoiceAccount"])
    return _organization_of_admin(world, company, prospect["ProspectPartyNumber"])


def _organization_of_admin(world: World, company: str, party: str) -> Row | None:
    """The organization in whose hierarchy the party already is: what an earlier approval left behind."""
    for node in live_nodes(world, NodePartyNumber=party):
        hierarchy = world["CustomerHiearchies"].get(node["CustomerHierarchyId"])
        if hierarchy and (found := customers_of_party(world, company, hierarchy["OrganizationPartyNumber"])):
            return found[0]
    return None


def _existing_contact(world: World, prospect: Row) -> Row | None:
    if world.settings.approval == "creates":
        return None
    found = world["ContactPersons"].find(
        dataAreaId=prospect["dataAreaId"], ContactPersonPartyNumber=prospect["ProspectPartyNumber"]
    )
    return found[0] if found else None


def _new_organization(world: World, prospect: Row) -> Row:
    fields = _channel_defaults(world, prospect) | {"PartyType": ORGANIZATION, "OrganizationName": prospect["CompanyName"]}
    return create_customer(world, prospect["dataAreaId"], fields | _identity(world, prospect, ORGANIZATION))


def _new_person(world: World, prospect: Row) -> Row:
    requester = requester_of(world, prospect)
    fields = _channel_defaults(world, prospect) | {
        "PartyType": PERSON,
        "PersonFirstName": requester.first_name,
        "PersonLastName": requester.last_name,
        "PrimaryContactEmail": prospect["PrimaryEmailAddress"],
        "PrimaryContactPhone": prospect["PrimaryPhoneNumber"],
    }
    return create_customer(world, prospect["dataAreaId"], fields | _identity(world, prospect, PERSON))


def _new_contact(world: World, prospect: Row, organization: Row) -> Row:
    party = prospect["ProspectPartyNumber"]
    if prospect["ProspectPartyType"] == ORGANIZATION:
        requester = requester_of(world, prospect)
        names = {"PersonFirstName": requester.first_name, "PersonLastName": requester.last_name}
        party = create_party(world, PERSON, **names, Email=prospect["PrimaryEmailAddress"], Phone=prospect["PrimaryPhoneNumber"])
    row = {
        "dataAreaId": prospect["dataAreaId"],
        "ContactPersonId": world.next_number(f"contact/{prospect['dataAreaId']}", "CON-######"),
        "ContactPersonPartyNumber": party,
        "AssociatedPartyNumber": organization["PartyNumber"],
        # Only enabled contacts can sign in; enabling is a step of its own. The entity has no "enabled": inactive stands for it.
        "IsInactive": "Yes",
    }
    return world.create("ContactPersons", row | shown_by(world, "ContactPersons", party))


def _identity(world: World, prospect: Row, party_type: str) -> dict[str, Any]:
    """Number and party of the prospect for the customer of the same party type; the other one gets its own."""
    taken = world["CustomersV3"].get(prospect["dataAreaId"], prospect["ProspectId"]) is not None
    if prospect["ProspectPartyType"] != party_type or taken:
        return {}
    return {"CustomerAccount": prospect["ProspectId"], "PartyNumber": prospect["ProspectPartyNumber"]}


def _channel_defaults(world: World, prospect: Row) -> dict[str, Any]:
    """What a customer takes from the channel's default customer (docs: manage-b2b-users, payment-method)."""
    channel = channel_of(world, prospect)
    default = (
        world["CustomersV3"].get(channel["DefaultCustomerLegalEntity"], channel["DefaultCustomerAccount"]) if channel else None
    )
    default = default or {}
    return {
        "CustomerGroupId": prospect["CustomerGroupId"] or default.get("CustomerGroupId", ""),
        "SalesCurrencyCode": prospect["CurrencyCode"] or default.get("SalesCurrencyCode", ""),
        "LanguageId": prospect["LanguageId"] or default.get("LanguageId", ""),
        "AddressBooks": default.get("AddressBooks", ""),
        "AllowOnAccount": default.get("AllowOnAccount", "No"),
    }
