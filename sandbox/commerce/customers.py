"""Customers: the create and update pipelines of CustomersV3, and the rule that ties a prospect's party to its number."""

from __future__ import annotations

from typing import Any

from sandbox.commerce.infolog import Infolog, already_exists, prospect_party_taken, unknown_value
from sandbox.commerce.parties import ORGANIZATION, PERSON, change_party, create_party, full_name, shown_by, taken_over
from sandbox.commerce.tables import Row
from sandbox.commerce.validation import check_fields, check_mandatory, completed_country
from sandbox.commerce.world import World

_SET = "CustomersV3"
_KEY_FIELDS = ("dataAreaId", "CustomerAccount", "PartyNumber", "PartyType")


def create_customer(world: World, company: str, fields: dict[str, Any]) -> Row:
    """A new customer of a legal entity, on the party that `PartyNumber` names or a new one. Raises Infolog.

    Pipeline of F&O (docs: odata): clear, initValue, set fields, validateField, defaultRow, validateWrite, write.
    """
    item = world.sets[_SET]
    written = completed_country(world, {name: value for name, value in fields.items() if value is not None})
    check_fields(world, item, company, written)
    account = _account_number(world, company, written)
    if world[_SET].get(company, account):
        raise already_exists()
    check_mandatory(item, written, "CustomerGroupId", "SalesCurrencyCode")
    party_number, party_type = _party(world, company, account, written)
    change_party(world, party_number, taken_over(_SET, written))
    row = written | {"dataAreaId": company, "CustomerAccount": account, "PartyNumber": party_number, "PartyType": party_type}
    return world.create(_SET, _with_party(world, row))


def change_customer(world: World, row: Row, fields: dict[str, Any]) -> Row:
    """Change a customer; what its party shares changes on every record of that party. Raises Infolog."""
    written = completed_country(world, dict(fields))
    _refuse_key_changes(row, written)
    check_fields(world, world.sets[_SET], row["dataAreaId"], written)
    changed = world.update(_SET, row, **written)
    check_mandatory(world.sets[_SET], changed, "CustomerGroupId", "SalesCurrencyCode")
    change_party(world, row["PartyNumber"], taken_over(_SET, written))
    return world[_SET].get(row["dataAreaId"], row["CustomerAccount"]) or changed


def customers_of_party(world: World, company: str, party_number: str) -> list[Row]:
    return world[_SET].find(dataAreaId=company, PartyNumber=party_number)


def _account_number(world: World, company: str, written: dict[str, Any]) -> str:
    given = written.get("CustomerAccount", "")
    if given and not world.settings.customer_account_manual:
        raise Infolog("Error: Number selection is not allowed for number sequence of reference Customer account.")
    if given:
        return str(given)
    if not world["NumberSequencesV2References"].find(ScopeValue=company, DataTypeName="CustAccount"):
        raise Infolog("Error: Number sequence for reference Customer account is not set.")
    return world.next_number(f"customer/{company}", f"{company.upper()}-######")


def _party(world: World, company: str, account: str, written: dict[str, Any]) -> tuple[str, str]:
    """Number and type of the customer's party: the one that was named, else a new one."""
    wanted_type = written.get("PartyType") or ORGANIZATION
    if wanted_type not in (PERSON, ORGANIZATION):
        raise unknown_value("Party type", wanted_type, "Party types", "CustCustomerV3Entity", "PartyType")
    number = written.get("PartyNumber")
    if not number:
        _check_names(written, wanted_type)
        return create_party(world, wanted_type, LanguageId=written.get("LanguageId", "en-us")), wanted_type
    party = world["CDSParties"].get(number)
    if party is None:
        raise unknown_value("Party ID", number, "Global address book", "CustCustomerV3Entity", "PartyNumber")
    if party["PartyType"] != wanted_type:
        raise Infolog(
            f"Error: Party {number} is of type {party['PartyType']} and cannot be used for a customer of type {wanted_type}."
        )
    _check_prospect_rule(world, company, account, number)
    return str(number), wanted_type


def _check_prospect_rule(world: World, company: str, account: str, party_number: str) -> None:
    """F&O: prospect-party rule: on a prospect's party, customer account and prospect number must be the same."""
    for prospect in world["Prospects"].find(dataAreaId=company, ProspectPartyNumber=party_number):
        if prospect["ProspectId"].casefold() != account.casefold():
            raise prospect_party_taken(account, prospect["ProspectId"])


def _check_names(written: dict[str, Any], party_type: str) -> None:
    name = "OrganizationName" if party_type == ORGANIZATION else "PersonLastName"
    if not written.get(name) and not written.get("PersonFirstName"):
        raise Infolog("Warning: Field 'Name' must be filled in.")


def _with_party(world: World, row: dict[str, Any]) -> dict[str, Any]:
    row |= shown_by(world, _SET, row["PartyNumber"])
    name = row.get("OrganizationName") or full_name(row.get("PersonFirstName", ""), row.get("PersonLastName", ""))
    return {"NameAlias": name[:20], "LanguageId": "en-us"} | row


def _refuse_key_changes(row: Row, written: dict[str, Any]) -> None:
    for name in _KEY_FIELDS:
        if name in written and written[name] != row[name]:
            raise Infolog(f"Warning: Field '{name}' cannot be changed.")
        written.pop(name, None)
