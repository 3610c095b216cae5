"""Prospects: create, change, delete, and what a written B2B status means in this environment."""

from __future__ import annotations

from typing import Any

from sandbox.commerce.infolog import Infolog, NotFound, already_exists
from sandbox.commerce.parties import change_party, create_party, shown_by, taken_over
from sandbox.commerce.tables import Row
from sandbox.commerce.validation import check_fields, completed_country
from sandbox.commerce.world import World

_SET = "Prospects"
_KEY_FIELDS = ("dataAreaId", "ProspectId", "ProspectPartyNumber", "ProspectPartyType")


def get_prospect(world: World, company: str, prospect_id: str) -> Row:
    """The prospect; raises NotFound."""
    row = world[_SET].get(company, prospect_id)
    if row is None:
        raise NotFound(f"there is no prospect '{prospect_id}' in '{company}'")
    return row


def create_prospect(world: World, company: str, fields: dict[str, Any]) -> Row:
    """A new prospect of a legal entity, numbered by the company's sequence unless `ProspectId` is given. Raises Infolog."""
    written = completed_country(world, {name: value for name, value in fields.items() if value is not None})
    check_fields(world, world.sets[_SET], company, written)
    prospect_id = written.get("ProspectId") or world.next_number(f"prospect/{company}", world.settings.prospect_id_format)
    if world[_SET].get(company, prospect_id):
        raise already_exists()
    party = written.get("ProspectPartyNumber") or _new_party(world, written)
    change_party(world, party, taken_over(_SET, written))
    row = (
        written | {"dataAreaId": company, "ProspectId": prospect_id, "ProspectPartyNumber": party} | shown_by(world, _SET, party)
    )
    stored = world.create(_SET, row | _party_type(world, party))
    world.announce("created", stored)
    return stored


def change_prospect(world: World, row: Row, fields: dict[str, Any]) -> Row:
    """Change a prospect's fields, the B2B status among them, without any approval logic. Raises Infolog."""
    written = completed_country(world, dict(fields))
    for name in _KEY_FIELDS:
        if name in written and written[name] != row[name]:
            raise Infolog(f"Warning: Field '{name}' cannot be changed.")
        written.pop(name, None)
    check_fields(world, world.sets[_SET], row["dataAreaId"], written)
    world.update(_SET, row, **written)
    change_party(world, row["ProspectPartyNumber"], taken_over(_SET, written))
    changed = get_prospect(world, row["dataAreaId"], row["ProspectId"])
    world.announce("updated", changed, row)
    return changed


def rename_prospect(world: World, row: Row, prospect_id: str) -> Row:
    """Give the prospect another number, as "Rename" on the record does; party and status stay. Raises Infolog."""
    if world[_SET].get(row["dataAreaId"], prospect_id):
        raise already_exists()
    world[_SET].delete(row)
    renamed = world.create(_SET, row | {"ProspectId": prospect_id})
    world.announce("updated", renamed, row)
    return renamed


def delete_prospect(world: World, row: Row) -> None:
    world[_SET].delete(row)
    world.announce("deleted", row)


def _new_party(world: World, written: dict[str, Any]) -> str:
    name = written.get("ProspectName") or written.get("CompanyName") or ""
    if written.get("ProspectPartyType") == "Person":
        first, _, last = name.rpartition(" ")
        return create_party(world, "Person", PersonFirstName=first, PersonLastName=last)
    return create_party(world, "Organization", OrganizationName=name)


def _party_type(world: World, party: str) -> dict[str, str]:
    row = world["CDSParties"].get(party)
    if row is None:
        raise Infolog(f"Error: Party {party} does not exist.")
    return {"ProspectPartyType": row["PartyType"]}
