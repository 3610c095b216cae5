"""Parties (the global address book): names and contact information that prospects, customers and contacts of one party share."""

from __future__ import annotations

from typing import Any

from sandbox.commerce.tables import Row
from sandbox.commerce.world import World

PERSON, ORGANIZATION = "Person", "Organization"

# What a party shares: party property -> the property of each entity that shows it.
_SHOWN: dict[str, dict[str, str]] = {
    "Prospects": {
        "ProspectKnownAsName": "KnownAs",
        "PrimaryEmailAddress": "Email",
        "PrimaryPhoneNumber": "Phone",
        "PrimaryPhoneNumberExtension": "PhoneExtension",
        "IsPrimaryPhoneNumberMobile": "PhoneIsMobile",
        "PrimaryURL": "URL",
        "AddressStateId": "AddressState",
        "AddressPostBox": "AddressPostbox",
    },
    "CustomersV3": {
        "KnownAs": "KnownAs",
        "OrganizationName": "OrganizationName",
        "OrganizationNumber": "OrganizationNumber",
        "PersonFirstName": "PersonFirstName",
        "PersonMiddleName": "PersonMiddleName",
        "PersonLastName": "PersonLastName",
        "PrimaryContactEmail": "Email",
        "PrimaryContactPhone": "Phone",
        "PrimaryContactPhoneExtension": "PhoneExtension",
        "PrimaryContactPhoneIsMobile": "PhoneIsMobile",
        "PrimaryContactURL": "URL",
        "AddressState": "AddressState",
        "AddressPostbox": "AddressPostbox",
    },
    "ContactPersons": {
        "FirstName": "PersonFirstName",
        "MiddleName": "PersonMiddleName",
        "LastName": "PersonLastName",
        "PrimaryEmailAddress": "Email",
        "PrimaryPhoneNumber": "Phone",
    },
    "CDSParties": {
        name: name
        for name in (
            "KnownAs",
            "OrganizationName",
            "OrganizationNumber",
            "PersonFirstName",
            "PersonMiddleName",
            "PersonLastName",
        )
    },
}
_ADDRESS = (
    "AddressStreet",
    "AddressStreetNumber",
    "AddressCity",
    "AddressZipCode",
    "AddressCountryRegionId",
    "AddressCountryRegionISOCode",
    "AddressDescription",
)
for _entity in ("Prospects", "CustomersV3"):
    _SHOWN[_entity].update({name: name for name in _ADDRESS})
_PARTY_OF = {
    "Prospects": "ProspectPartyNumber",
    "CustomersV3": "PartyNumber",
    "ContactPersons": "ContactPersonPartyNumber",
    "CDSParties": "PartyNumber",
}


def create_party(world: World, party_type: str, **details: Any) -> str:
    """A new party with these details (party properties, `Email` and `Phone` among them); returns its number."""
    number = world.next_number("party", "#########")
    world.create("CDSParties", {"PartyNumber": number, "PartyType": party_type, "LanguageId": details.pop("LanguageId", "en-us")})
    change_party(world, number, details)
    return number


def party_details(world: World, number: str) -> dict[str, Any]:
    """What the party shares, by party property; empty for an unknown number."""
    return dict(world.party_details.get(number, {}))


def shown_by(world: World, set_name: str, number: str) -> dict[str, Any]:
    """The properties of an entity that show its party's details."""
    details = world.party_details.get(number, {})
    return {name: details[source] for name, source in _SHOWN[set_name].items() if source in details}


def taken_over(set_name: str, written: dict[str, Any]) -> dict[str, Any]:
    """The party details inside the properties that somebody wrote through an entity."""
    return {source: written[name] for name, source in _SHOWN[set_name].items() if name in written}


def change_party(world: World, number: str, details: dict[str, Any]) -> None:
    """Change what a party shares, on every record of that party."""
    if not details:
        return
    before = world.party_details.get(number, {})
    world.journal.remember(lambda: world.party_details.__setitem__(number, before))
    world.party_details[number] = before | details
    for set_name, reference in _PARTY_OF.items():
        shown = {name: details[source] for name, source in _SHOWN[set_name].items() if source in details}
        for row in world[set_name].find(**{reference: number}):
            _show(world, set_name, row, shown)


def full_name(first: str, last: str) -> str:
    return f"{first} {last}".strip()


def _show(world: World, set_name: str, row: Row, shown: dict[str, Any]) -> None:
    if any(row[name] != value for name, value in shown.items()):
        world.update(set_name, row, **shown)
