"""Lookups: what they may point to, the append privileges, and what a delete does to the other side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.sales import errors, privileges
from sandbox.sales.call import Call
from sandbox.sales.schema import Column, Kind, Table
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

Delete = Callable[["World", Call, Table, str], None]

# docs: table references, relationship behaviour Delete: Cascade; every other lookup is unlinked.
_CASCADE_DELETE = {
    ("annotation", "objectid"),
    ("opportunityclose", "opportunityid"),
    ("sdkmessageprocessingstep", "eventhandler"),
    ("sdkmessageprocessingstepimage", "sdkmessageprocessingstepid"),
    ("solutioncomponent", "solutionid"),
}

# docs: publisher reference: a publisher that has solutions cannot be deleted
_RESTRICT_DELETE = {("solution", "publisherid")}


def check(world: World, call: Call, table: Table, sent: Row) -> None:
    """Raise 404 for a lookup to a row that does not exist, 403 where append privileges are missing."""
    for name, value in sent.items():
        if isinstance(value, Reference):
            _check_one(world, call, table, name, value)


def release(world: World, call: Call, table: Table, row_id: str, delete: Delete) -> None:
    """Delete the rows that belong to the one being deleted; unlink the others; take it out of its solutions."""
    leave_solutions(world, row_id)
    reference = Reference(table.name, row_id)
    for other, column in _lookups_to(world, table.name):
        for row in world.store.rows(other.name):
            if row.get(column.name) != reference:
                continue
            if (other.name, column.name) in _RESTRICT_DELETE:
                raise errors.rule(f"The {table.name} cannot be deleted because a {other.name} refers to it.", "0x8004f01f")
            if (other.name, column.name) in _CASCADE_DELETE:
                delete(world, call.inner(), other, str(row[other.primary_id]))
            else:
                world.store.put(other.name, str(row[other.primary_id]), {**row, column.name: None})


def leave_solutions(world: World, object_id: str) -> None:
    """Forget the solution components of something that is deleted."""
    for row in world.store.rows("solutioncomponent"):
        if row["objectid"] == object_id:
            world.store.remove("solutioncomponent", str(row["solutioncomponentid"]))


def _check_one(world: World, call: Call, table: Table, name: str, value: Reference) -> None:
    if world.store.get(value.table, value.id) is None:
        raise errors.not_found(value.table, value.id)
    if name == "ownerid":
        if value.id != call.user_id:
            privileges.require(world, call, "Assign", table)
        return
    privileges.require(world, call, "Append", table)
    privileges.require(world, call, "AppendTo", world.schema.tables[value.table])


def _lookups_to(world: World, target: str) -> list[tuple[Table, Column]]:
    return [
        (table, column)
        for table in world.schema.tables.values()
        for column in table.columns.values()
        if column.kind is Kind.LOOKUP and any(possible.table == target for possible in column.targets)
    ]
