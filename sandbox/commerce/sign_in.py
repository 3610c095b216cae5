"""Job 1010 and who can sign in to the B2B site (docs: manage-b2b-users, b2b-multi-outlet)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.commerce.hierarchies import live_nodes
from sandbox.commerce.infolog import NotFound
from sandbox.commerce.tables import Row, fold
from sandbox.commerce.world import World


@dataclass
class SignIn:
    """Whether the person with this e-mail can sign in, and each reason why not."""

    email: str
    reasons: list[str] = field(default_factory=list)
    role: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"email": self.email, "can_sign_in": not self.reasons, "reasons": self.reasons, "role": self.role}


def push_customers(world: World) -> dict[str, int]:
    """Job 1010: copy to each channel the customers whose address books include the channel's; returns how many by channel."""
    for channel in world["OnlineChannels"]:
        rows = [
            row
            for row in [*world["CustomersV3"], *world["ContactPersons"]]
            if fold(row["dataAreaId"]) == fold(channel["DefaultCustomerLegalEntity"]) and _reaches(world, channel, row)
        ]
        world.channel_database[channel["RetailChannelId"]] = rows
    return {channel: len(rows) for channel, rows in world.channel_database.items()}


def sign_in(world: World, legal_entity: str, email: str) -> SignIn:
    """Judge a sign-in as the channel sees it since job 1010 last ran."""
    result = SignIn(email)
    people = _people(world, legal_entity, email)
    if not people:
        result.reasons.append("no-customer: nobody in the legal entity has this e-mail")
        return result
    if len(people) > 1:
        result.reasons.append(f"email-not-unique: {len(people)} customers of the legal entity have this e-mail")
    for person in people:
        result.reasons += _obstacles(world, legal_entity, person)
    result.role = _role(world, people[0])
    return result


def enable_contact(world: World, legal_entity: str, contact_id: str) -> Row:
    """Enable a contact in its hierarchy, the step after approval in the contact model; raises NotFound."""
    contact = world["ContactPersons"].get(legal_entity, contact_id)
    if contact is None:
        raise NotFound(f"there is no contact '{contact_id}' in '{legal_entity}'")
    return world.update("ContactPersons", contact, IsInactive="No")


def _reaches(world: World, channel: Row, row: Row) -> bool:
    books = set(world.channel_address_books.get(channel["RetailChannelId"], ()))
    return bool(books & _books_of(world, row))


def _books_of(world: World, row: Row) -> set[str]:
    """The address books of a customer; a contact has those of its organization."""
    if "AssociatedPartyNumber" in row:
        owners = world["CustomersV3"].find(dataAreaId=row["dataAreaId"], PartyNumber=row["AssociatedPartyNumber"])
        return set().union(*(_books_of(world, owner) for owner in owners))
    return {name.strip() for name in re.split("[;,]", row["AddressBooks"]) if name.strip()}


def _people(world: World, legal_entity: str, email: str) -> list[Row]:
    if world.settings.access_model == "contact":
        return world["ContactPersons"].find(dataAreaId=legal_entity, PrimaryEmailAddress=email)
    return world["CustomersV3"].find(dataAreaId=legal_entity, PrimaryContactEmail=email)


def _obstacles(world: World, legal_entity: str, person: Row) -> list[str]:
    channels = world["OnlineChannels"].find(DefaultCustomerLegalEntity=legal_entity)
    name = person.get("CustomerAccount") or person["ContactPersonId"]
    obstacles = []
    if not any(_reaches(world, channel, person) for channel in channels):
        obstacles.append(f"address-book: {name} is in no address book of the channel, so 1010 does not send it")
    elif not any(
        _same(row, person) for channel in channels for row in world.channel_database.get(channel["RetailChannelId"], ())
    ):
        obstacles.append(f"not-pushed: job 1010 has not run since {name} was made")
    if person.get("IsInactive") == "Yes":
        obstacles.append(f"contact-not-enabled: {name} is not enabled in its hierarchy")
    return obstacles


def _same(row: Row, person: Row) -> bool:
    keys = ("dataAreaId", "CustomerAccount", "ContactPersonId")
    return all(row.get(name) == person.get(name) for name in keys)


def _role(world: World, person: Row) -> str:
    party = person.get("PartyNumber") or person["ContactPersonPartyNumber"]
    nodes = live_nodes(world, NodePartyNumber=party)
    return str(nodes[0]["Role"]) if nodes else ""
