"""Merge (docs: merge table rows): the subordinate is deactivated and marked merged, what hangs on it moves to the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.sales import errors, privileges, records
from sandbox.sales.call import Call
from sandbox.sales.events import EntityValue, Event
from sandbox.sales.lifecycle import OPEN
from sandbox.sales.platform_changes import change, put
from sandbox.sales.schema import Table
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

# A lead has no state "inactive": a merged one looks disqualified. Which status it gets is not stated; Canceled here.
_INACTIVE = {"lead": {"statecode": 2, "statuscode": 7}}
_MOVED = (("annotation", "objectid"), ("opportunity", "originatingleadid"))


def merge(world: World, call: Call, target: Reference, subordinate: Reference, content: Row) -> None:
    """Merge one open row into another of its table, which takes `content`; raises 400 for the same row or an inactive one."""
    if target == subordinate:
        raise errors.rule("Merge cannot be performed on master and sub-entities that are identical.", "0x80045305")
    table = world.schema.tables[target.table]
    with world.transaction():
        before = _active(world, call, table, target.id)
        _active(world, call, table, subordinate.id)
        _move_related(world, subordinate, target)
        if content:
            records.update(world, call.inner(), table, target.id, content)
        inactive = _INACTIVE.get(table.name, {"statecode": 1, "statuscode": 2})
        change(world, call, table.name, subordinate.id, inactive | {"merged": True, "masterid": target})
        inputs: dict[str, Any] = {
            "Target": target,
            "SubordinateId": subordinate.id,
            "UpdateContent": EntityValue(table.name, target.id, content),
            "PerformParentingChecks": False,
        }
        after = world.store.get(table.name, target.id)
        world.raise_event(Event("Merge", table.name, target.id, call, inputs, before=before, after=after))


def _active(world: World, call: Call, table: Table, row_id: str) -> Row:
    row = records.existing(world, table, row_id)
    privileges.require(world, call, "Write", table, row)
    if row["statecode"] != OPEN:
        raise errors.rule("Merge cannot be performed on entity that is inactive.", "0x80045304")
    return row


def _move_related(world: World, subordinate: Reference, target: Reference) -> None:
    for name, column in _MOVED:
        table = world.schema.tables[name]
        for row in world.store.rows(name):
            if row[column] == subordinate:
                put(world, name, str(row[table.primary_id]), {column: target})
