"""Writing through OData: which domain operation a POST, PATCH or DELETE of each entity set is."""

from __future__ import annotations

from typing import Any

from sandbox.commerce.customers import change_customer, create_customer
from sandbox.commerce.decisions import write_status
from sandbox.commerce.hierarchies import create_hierarchy
from sandbox.commerce.infolog import Forbidden, Infolog, already_exists
from sandbox.commerce.parties import change_party, create_party, shown_by, taken_over
from sandbox.commerce.prospects import change_prospect, create_prospect, delete_prospect
from sandbox.commerce.schema import EntitySet
from sandbox.commerce.schema_reference import REFERENCE_SETS
from sandbox.commerce.tables import Row
from sandbox.commerce.validation import check_fields
from sandbox.commerce.world import World

_READ_ONLY = frozenset(item.name for item in REFERENCE_SETS)


def insert(world: World, item: EntitySet, company: str, body: dict[str, Any]) -> Row:
    """Create a row of an entity set; `company` counts for company-specific sets. Raises Infolog or Forbidden."""
    _check_writable(item)
    if item.name == "CustomersV3":
        return create_customer(world, company, body)
    if item.name == "Prospects":
        return create_prospect(world, company, body)
    if item.name == "CDSParties":
        return _insert_party(world, body)
    if item.name == "CustomerHiearchies" and not body.get("CustomerHierarchyId"):
        return create_hierarchy(world, body.get("Name", ""), body.get("OrganizationPartyNumber", ""))
    return _insert_plain(world, item, company, body)


def change(world: World, item: EntitySet, row: Row, body: dict[str, Any]) -> None:
    """Change a row; a written `B2BProspectStatus` is a decision where the environment has it so. Raises Infolog or Forbidden."""
    _check_writable(item)
    if item.name == "CustomersV3":
        change_customer(world, row, body)
    elif item.name == "Prospects":
        _change_prospect(world, row, body)
    else:
        _change_plain(world, item, row, body)


def remove(world: World, item: EntitySet, row: Row) -> None:
    """Delete a row. Raises Forbidden."""
    _check_writable(item)
    if item.name == "Prospects":
        delete_prospect(world, row)
    else:
        world[item.name].delete(row)


def _change_prospect(world: World, row: Row, body: dict[str, Any]) -> None:
    others = {name: value for name, value in body.items() if name != "B2BProspectStatus"}
    if others:
        row = change_prospect(world, row, others)
    if "B2BProspectStatus" in body:
        write_status(world, row, body["B2BProspectStatus"])


def _insert_party(world: World, body: dict[str, Any]) -> Row:
    number = create_party(world, body.get("PartyType", "Organization"), **taken_over("CDSParties", body))
    return next(iter(world["CDSParties"].find(PartyNumber=number)))


def _insert_plain(world: World, item: EntitySet, company: str, body: dict[str, Any]) -> Row:
    row = body | ({"dataAreaId": company} if item.of_company else {})
    for name in item.keys:
        if not row.get(name):
            raise Infolog(f"Warning: Field '{item.properties[name].label}' must be filled in.")
    check_fields(world, item, company, row)
    if world[item.name].get(*(row[name] for name in item.keys)):
        raise already_exists()
    if item.name == "ContactPersons":
        row = row | shown_by(world, item.name, row.get("ContactPersonPartyNumber", ""))
    return world.create(item.name, row)


def _change_plain(world: World, item: EntitySet, row: Row, body: dict[str, Any]) -> None:
    for name in item.keys:
        if name in body and body[name] != row[name]:
            raise Infolog(f"Warning: Field '{item.properties[name].label}' cannot be changed.")
    check_fields(world, item, str(row.get("dataAreaId", "")), body)
    world.update(item.name, row, **body)
    if item.name == "CDSParties":
        change_party(world, row["PartyNumber"], taken_over(item.name, body))


def _check_writable(item: EntitySet) -> None:
    if item.name in _READ_ONLY:
        raise Forbidden(f"The entity set '{item.name}' cannot be written here.")
