"""Changes of views and forms until they are published (docs: publish-customizations); what is made or deleted needs none."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sandbox.sales.schema import Table
from sandbox.sales.store import Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

_DRAFTS = "drafts of "
# what a draft holds back, and the column that names the table that a view or form is of
_CONTENT = {
    "savedquery": ("name", "description", "fetchxml", "layoutxml"),
    "systemform": ("name", "description", "formxml"),
}
_OF = {"savedquery": "returnedtypecode", "systemform": "objecttypecode"}


def unpublished(world: World, table: Table, row: Row) -> Row:
    """The row as it is to be: with the changes that wait for publishing, if there are any."""
    draft = world.store.get(_DRAFTS + table.name, str(row[table.primary_id])) or {}
    return row | {name: draft[name] for name in _CONTENT.get(table.name, ()) if name in draft}


def hold_back(world: World, table: Table, before: Row, after: Row) -> Row:
    """What a changed row shows until it is published; the rest becomes its draft."""
    names = _CONTENT.get(table.name)
    if names is None:
        return after
    world.store.put(_DRAFTS + table.name, str(after[table.primary_id]), {name: after[name] for name in names})
    return after | {name: before[name] for name in names}


def publish(world: World, names: Collection[str]) -> None:
    """Let the drafts of these tables' views and forms take effect."""
    for kind in _CONTENT:
        table = world.schema.tables[kind]
        for row in world.store.rows(kind):
            if row[_OF[kind]] in names and (latest := unpublished(world, table, row)) != row:
                world.store.put(kind, str(row[table.primary_id]), latest)
