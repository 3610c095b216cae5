"""Changes that the platform makes inside an operation: read-only columns included, privileges not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import records
from sandbox.sales.call import Call
from sandbox.sales.store import Reference, Row
from sandbox.sales.values import stamp

if TYPE_CHECKING:
    from sandbox.sales.world import World


def change(world: World, call: Call, table: str, row_id: str, changes: Row) -> Row:
    """Change columns and return the row; raises an Update event where the environment's inner operations do."""
    definition = world.schema.tables[table]
    ordinary = {name: value for name, value in changes.items() if definition.columns[name].updatable}
    put(world, table, row_id, {name: value for name, value in changes.items() if name not in ordinary})
    if world.options.inner_updates:
        return records.update(world, call.inner(), definition, row_id, ordinary)
    modified = {"modifiedon": stamp(world.now()), "modifiedby": Reference("systemuser", call.user_id)}
    return put(world, table, row_id, ordinary | modified)


def put(world: World, table: str, row_id: str, changes: Row) -> Row:
    """Change columns without any event and return the row."""
    row = world.store.get(table, row_id) or {}
    return world.store.put(table, row_id, {**row, **changes}) if changes else row
