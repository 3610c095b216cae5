"""Approve and reject: what they leave behind, in both access models, and by which channel they can be made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.commerce.environment import Commerce, address, infolog

Json = dict[str, Any]
Start = Callable[..., Commerce]


def customers(commerce: Commerce) -> dict[str, Json]:
    """The customers that are not a channel's default customer, by party type."""
    rows = commerce.rows("CustomersV3?cross-company=true&$filter=PrimaryContactEmail ne '-'")
    return {row["PartyType"]: row for row in rows if not row["CustomerAccount"].endswith("-DEFAULT")}


def bridge_customers(commerce: Commerce, prospect: Json) -> None:
    """Both customers made before approval: the Person on the prospect's party and number, the Organization of its own."""
    common = {"dataAreaId": "usmf", "CustomerGroupId": "B2B", "SalesCurrencyCode": "USD", "AddressBooks": "B2B US"}
    organization = {"CustomerAccount": "ORG-1", "PartyType": "Organization", "OrganizationName": "Fabrikam Inc."}
    person = {"CustomerAccount": prospect["ProspectId"], "PartyType": "Person", "PartyNumber": prospect["ProspectPartyNumber"]}
    assert commerce.post("CustomersV3", common | organization).status_code == 201
    assert commerce.post("CustomersV3", common | person | {"InvoiceAccount": "ORG-1"}).status_code == 201


def test_approval_makes_both_customers_and_a_hierarchy_with_the_requester_as_admin(commerce: Commerce) -> None:
    """docs: partners-customer-hierarchies."""
    prospect = commerce.prospect()
    assert commerce.set_status(prospect, "Approved").status_code == 204
    made = customers(commerce)
    assert (made["Person"]["CustomerAccount"], made["Person"]["PartyNumber"]) == (
        prospect["ProspectId"],
        prospect["ProspectPartyNumber"],
    )
    assert made["Organization"]["OrganizationName"] == "Fabrikam"
    assert made["Organization"]["AddressBooks"] == "B2B US"
    party = made["Organization"]["PartyNumber"]
    [hierarchy] = commerce.rows(f"CustomerHiearchies?$filter=OrganizationPartyNumber eq '{party}'&$expand=CustomerHierarchyNode")
    assert (hierarchy["Name"], hierarchy["Purpose"]) == ("Fabrikam", "B2BOrganization")
    [node] = hierarchy["CustomerHierarchyNode"]
    assert (node["NodePartyNumber"], node["Role"], node["VersionRemoved"]) == (prospect["ProspectPartyNumber"], "Admin", 0)


def test_approval_keeps_the_type_b2b_prospect(commerce: Commerce) -> None:
    """As observed in a real environment: conversion shows in the B2B status alone."""
    prospect = commerce.prospect()
    commerce.set_status(prospect, "Approved")
    row = commerce.get(address(prospect)).json()
    assert (row["B2BProspectStatus"], row["ProspectRelationTypeId"]) == ("Approved", "B2B prospect")


def test_approval_reuses_customers_that_were_there_before(commerce: Commerce) -> None:
    """docs: prospect-management-sales: customers come from Sales first, approval then makes the hierarchy."""
    prospect = commerce.prospect()
    bridge_customers(commerce, prospect)
    before = len(commerce.rows("CustomersV3"))
    commerce.set_status(prospect, "Approved")
    assert len(commerce.rows("CustomersV3")) == before
    [hierarchy] = commerce.rows("CustomerHiearchies?$expand=CDSParty")
    assert hierarchy["Name"] == hierarchy["CDSParty"]["OrganizationName"] == "Fabrikam Inc."


def test_approval_that_always_creates_doubles_the_customers(start: Start) -> None:
    """Which of the two a real environment does is not documented; this one is found by counting customers."""
    commerce = start(approval="creates")
    prospect = commerce.prospect()
    bridge_customers(commerce, prospect)
    commerce.set_status(prospect, "Approved")
    same_email = commerce.rows("CustomersV3?$filter=PrimaryContactEmail eq 'ann@fabrikam.example'")
    assert len(same_email) == 2


def test_an_organization_prospect_gives_its_number_to_the_organization_customer(start: Start) -> None:
    commerce = start(party_type="Organization")
    prospect = commerce.prospect()
    commerce.set_status(prospect, "Approved")
    made = customers(commerce)
    assert made["Organization"]["CustomerAccount"] == prospect["ProspectId"]
    assert made["Person"]["PersonLastName"] == "Lee"
    assert made["Person"]["PartyNumber"] != prospect["ProspectPartyNumber"]


def test_approval_mails_the_requester_with_the_documented_placeholders(commerce: Commerce) -> None:
    """docs: email-templates-transactions."""
    commerce.set_status(commerce.prospect(comments="Hello"), "Approved")
    [mail] = commerce.outbox()
    assert (mail["notification"], mail["to"]) == ("B2B prospect approved", "ann@fabrikam.example")
    assert mail["placeholders"] == {
        "firstname": "Ann",
        "lastname": "Lee",
        "company": "Fabrikam",
        "email": "ann@fabrikam.example",
        "zipcode": "98052",
        "comments": "Hello",
        "storename": "",
        "storeurl": "",
    }


def test_rejection_mails_and_makes_nothing(commerce: Commerce) -> None:
    """docs: email-templates-transactions, prospect-management-sales."""
    prospect = commerce.prospect()
    commerce.set_status(prospect, "Rejected")
    [mail] = commerce.outbox()
    assert mail["notification"] == "B2B prospect rejected"
    assert mail["placeholders"] == {"firstname": "Ann", "lastname": "Lee", "company": "Fabrikam"}
    assert customers(commerce) == {}
    assert commerce.rows("CustomerHiearchies") == []


def test_no_mail_goes_out_without_a_line_in_the_notification_profile(commerce: Commerce) -> None:
    """docs: email-templates-transactions: the type must be added to the profile and mapped."""
    commerce.people("POST", "channel-set-up", {"notification_profiles": {"B2B": []}})
    commerce.set_status(commerce.prospect(), "Approved")
    assert commerce.outbox() == []


def test_approving_twice_mails_twice_and_makes_nothing_twice(commerce: Commerce) -> None:
    prospect = commerce.prospect()
    commerce.set_status(prospect, "Approved")
    commerce.set_status(prospect, "Approved")
    assert len(commerce.outbox()) == 2
    assert len(customers(commerce)) == 2
    assert len(commerce.rows("CustomerHierarchyNodes")) == 1


def test_a_clerk_approves_with_the_same_effects(commerce: Commerce) -> None:
    """docs: manage-b2b-users: General > Convert > Approve/Reject."""
    prospect = commerce.prospect()
    commerce.people("POST", f"prospects/usmf/{prospect['ProspectId']}/approve")
    assert set(customers(commerce)) == {"Person", "Organization"}
    assert commerce.get(address(prospect)).json()["B2BProspectStatus"] == "Approved"


@pytest.mark.parametrize("channel", ["service", "manual"])
def test_the_status_write_only_sets_the_field_where_it_does_not_run_the_approval(start: Start, channel: str) -> None:
    """No document says that the status write runs the approval logic: an environment where it does not."""
    commerce = start(decision_channel=channel)
    prospect = commerce.prospect()
    assert commerce.set_status(prospect, "Approved").status_code == 204
    assert commerce.get(address(prospect)).json()["B2BProspectStatus"] == "Approved"
    assert (customers(commerce), commerce.outbox()) == ({}, [])


def decide(commerce: Commerce, **contract: str) -> requests.Response:
    url = f"{commerce.url}/api/services/B2BProspectServices/B2BProspectService/decide"
    return commerce.session.post(url, json={"_request": contract}, timeout=10)


@pytest.mark.parametrize(("decision", "status"), [("Approve", "Approved"), ("Reject", "Rejected")])
def test_a_custom_service_decides_where_it_is_installed(start: Start, decision: str, status: str) -> None:
    """docs: custom-services: POST /api/services/{group}/{service}/{operation}."""
    commerce = start(decision_channel="service")
    prospect = commerce.prospect(legal_entity="demf")
    answer = decide(commerce, DataAreaId="demf", ProspectId=prospect["ProspectId"], Decision=decision)
    assert (answer.status_code, answer.json()["Status"]) == (200, status)
    assert [mail["prospect"] for mail in commerce.outbox()] == [prospect["ProspectId"]]


def test_the_custom_service_says_what_is_wrong(start: Start) -> None:
    commerce = start(decision_channel="service")
    unknown = decide(commerce, DataAreaId="usmf", ProspectId="P-9", Decision="Approve")
    assert unknown.status_code == 500
    assert "P-9" in unknown.json()["Message"]
    assert decide(commerce, DataAreaId="usmf").status_code == 400


def test_there_is_no_custom_service_unless_somebody_installed_it(commerce: Commerce) -> None:
    assert decide(commerce, DataAreaId="usmf", ProspectId="P-1", Decision="Approve").status_code == 404


def test_effects_can_come_later_than_the_status(start: Start) -> None:
    """Whether approval is synchronous is not documented."""
    commerce = start(clock=1.0, effects_delay=0.3)
    prospect = commerce.prospect()
    commerce.set_status(prospect, "Approved")
    assert commerce.get(address(prospect)).json()["B2BProspectStatus"] == "Approved"
    assert customers(commerce) == {}
    assert commerce.people("GET", "idle") == {"idle": False}
    assert commerce.world.background.wait_until_idle(5)
    assert set(customers(commerce)) == {"Person", "Organization"}
    assert commerce.people("GET", "idle") == {"idle": True}


def test_the_hierarchy_can_be_missing(start: Start) -> None:
    commerce = start(hierarchy="missing")
    commerce.set_status(commerce.prospect(), "Approved")
    assert set(customers(commerce)) == {"Person", "Organization"}
    assert commerce.rows("CustomerHiearchies") == []


def test_approval_fails_whole_without_a_number_sequence_for_hierarchies(commerce: Commerce) -> None:
    """docs: partners-customer-hierarchies: reference Customer hierarchy ID in Commerce shared parameters."""
    key = {"ScopeType": "Shared", "ScopeValue": "", "DataTypeName": "CustHierarchyId"}
    commerce.people("DELETE", "rows/NumberSequencesV2References", key)
    prospect = commerce.prospect()
    answer = commerce.set_status(prospect, "Approved")
    assert "Customer hierarchy ID" in infolog(answer)
    assert commerce.get(address(prospect)).json()["B2BProspectStatus"] == "Pending"
    assert (customers(commerce), commerce.outbox()) == ({}, [])


def test_the_contact_model_makes_an_organization_and_a_contact_that_is_not_enabled_yet(start: Start) -> None:
    """docs: b2b-multi-outlet, b2b-multi-outlet-e2e (10.0.48): no Person customer; Enable is a step of its own."""
    commerce = start(access_model="contact")
    prospect = commerce.prospect()
    commerce.set_status(prospect, "Approved")
    assert set(customers(commerce)) == {"Organization"}
    [contact] = commerce.rows("ContactPersons")
    assert contact["AssociatedPartyNumber"] == customers(commerce)["Organization"]["PartyNumber"]
    assert (contact["LastName"], contact["PrimaryEmailAddress"], contact["IsInactive"]) == ("Lee", "ann@fabrikam.example", "Yes")
    [node] = commerce.rows("CustomerHierarchyNodes")
    assert (node["NodePartyNumber"], node["Role"]) == (contact["ContactPersonPartyNumber"], "Admin")


def test_a_prospect_that_is_no_b2b_prospect_cannot_be_decided(commerce: Commerce) -> None:
    commerce.post("Prospects", {"ProspectName": "Contoso", "ProspectPartyType": "Organization", "CompanyName": "Contoso"})
    [prospect] = commerce.rows("Prospects")
    assert "not a B2B prospect" in infolog(commerce.set_status(prospect, "Approved"))
