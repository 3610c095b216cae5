"""From a URL's key to a row: primary keys, alternate keys, @odata.bind references."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.odata.errors import ODataError
from sandbox.odata.keys import KEY_ITSELF, Key, Segment, split_path
from sandbox.sales import errors
from sandbox.sales.http import split_url
from sandbox.sales.records import find_by_key
from sandbox.sales.schema import Kind, Table
from sandbox.sales.store import Reference, Row
from sandbox.sales.values import checked, is_guid

if TYPE_CHECKING:
    from sandbox.sales.world import World

# docs: define-alternate-keys-entity: values with these characters break GET and PATCH by key
_BREAKING = re.compile(r"[/<>*%&:\\?+]")


@dataclass(frozen=True)
class Address:
    """Where a request points: `row_id` for a primary key, `key` for an alternate one; `row` is None where nothing is there."""

    table: Table
    row_id: str | None
    key: Row
    row: Row | None

    def require(self) -> Row:
        """The row, or the 404 that fits how it was addressed."""
        if self.row is None:
            raise errors.key_not_found(self.table.name) if self.key else errors.not_found(self.table.name, str(self.row_id))
        return self.row


def locate(world: World, table: Table, key: Key) -> Address:
    """Find what a key predicate addresses; raises 400 for a key that is none, or whose index is not Active."""
    if set(key) in ({KEY_ITSELF}, {table.primary_id}):
        value = next(iter(key.values()))
        if not is_guid(value):
            raise errors.invalid_key(table.name)
        row_id = str(value).lower()
        return Address(table, row_id, {}, world.store.get(table.name, row_id))
    values = {_column_name(name): value for name, value in key.items()}
    if not any(set(values) == set(alternate.columns) and alternate.status == "Active" for alternate in table.keys):
        raise errors.invalid_key(table.name)
    key_row = {name: _key_value(table, name, value) for name, value in values.items()}
    return Address(table, None, key_row, find_by_key(world, table, key_row))


def resolve(world: World, url: str, root: str) -> Reference:
    """The row that an @odata.bind value names by its primary or alternate key; raises 400 or 404."""
    path, _ = split_url(url, root)
    segments = split_path(path)
    if len(segments) != 1 or segments[0].key is None or segments[0].name not in world.schema.by_set:
        raise ODataError(400, f"Invalid URI '{url}' in an @odata.bind annotation.", "0x80048d19")
    address = locate(world, world.schema.by_set[segments[0].name], segments[0].key)
    return Reference(address.table.name, str(address.require()[address.table.primary_id]))


def table_of(world: World, segment: Segment) -> Table:
    """The table behind an entity set's name, or 404."""
    table = world.schema.by_set.get(segment.name)
    if table is None:
        raise errors.no_resource(segment.name)
    return table


def _column_name(name: str) -> str:
    return name[1:-6] if name.startswith("_") and name.endswith("_value") else name


def _key_value(table: Table, name: str, value: object) -> object:
    if isinstance(value, str) and _BREAKING.search(value):
        raise ODataError(400, "Bad Request - Error in query syntax.", "0x80060888")
    column = table.columns[name]
    if column.kind is Kind.LOOKUP:
        return Reference(column.targets[0].table, str(value))
    return checked(table, column, value)
