"""Reading: $select, $filter, $orderby, $expand, formatted values, over rows and the rows that they point to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.odata.dialects import DATAVERSE
from sandbox.odata.errors import bad_request
from sandbox.odata.etags import etag
from sandbox.odata.filters import compile_filter
from sandbox.odata.options import Expand, QueryOptions, ordered, paged
from sandbox.sales import errors, formatting, privileges
from sandbox.sales.call import Call
from sandbox.sales.schema import Column, Kind, Table
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

MAX_PAGE = 5_000


@dataclass(frozen=True)
class Reader:
    """Reads for one request: `annotations` are the patterns of odata.include-annotations; `fresh` is If-None-Match: null."""

    world: World
    call: Call
    root: str
    annotations: tuple[str, ...] = ()
    fresh: bool = False

    def select_rows(self, table: Table, options: QueryOptions, rows: list[Row] | None = None) -> list[Row]:
        """The rows that the filter admits and the caller may read, in order."""
        privileges.require(self.world, self.call, "Read", table)
        self.check(table, options)
        found = self._readable(table, self.world.store.rows(table.name) if rows is None else rows)
        if options.filter:
            test = compile_filter(options.filter, DATAVERSE, self.value_of(table), self.type_of(table))
            found = [row for row in found if test(row)]
        return ordered(found, options, self.value_of(table))  # type: ignore[return-value]

    def check(self, table: Table, options: QueryOptions) -> None:
        """Raise 400 for names that the table does not have, whether or not there are rows."""
        if options.skip is not None:
            raise bad_request("Skip Clause is not supported in CRM")
        for name in options.select:
            column_named(table, name)
        for path, _ in options.orderby:
            self._type(table, path)
        for expand in options.expand:
            self.check(self._expanded_table(table, expand.name), expand.options)

    def render(self, table: Table, row: Row, options: QueryOptions) -> dict[str, Any]:
        """One row as JSON, with its expanded relations."""
        body: dict[str, Any] = {"@odata.etag": etag(row["versionnumber"])}
        for column in self._selected(table, options.select):
            body |= self._property(column, row.get(column.name))
        for expand in options.expand:
            body |= self._expanded(table, row, expand)
        return body

    def value_of(self, table: Table) -> Callable[[Any, tuple[str, ...]], Any]:
        """How a filter reads a path: a column, a lookup's id, a related row's column, a collection of related rows."""
        return lambda row, path: self._value(table, row, path)

    def type_of(self, table: Table) -> Callable[[tuple[str, ...]], str | None]:
        """How a filter learns a path's Edm type; raises 400 for an unknown name."""
        return lambda path: self._type(table, path)

    def related(self, table: Table, row: Row, navigation: str) -> tuple[Table, Row | None]:
        """The row that a single-valued navigation property leads to."""
        found = table.navigation(navigation)
        if found is None:
            raise errors.unknown_property(navigation, table.name)
        reference = row.get(found[0].name)
        if not isinstance(reference, Reference):
            return self.world.schema.tables[found[1].table], None
        other = self.world.schema.tables[reference.table]
        matches = reference.table == found[1].table or navigation == found[0].name
        return other, self.world.store.get(reference.table, reference.id) if matches else None

    def collection(self, table: Table, row: Row, navigation: str) -> tuple[Table, list[Row]]:
        """The rows that a collection-valued navigation property leads to, as they are now."""
        found = self.world.schema.collection(table, navigation)
        if found is None:
            raise errors.unknown_property(navigation, table.name)
        other, column = found
        reference = Reference(table.name, str(row[table.primary_id]))
        return other, [candidate for candidate in self.world.store.rows(other.name) if candidate.get(column.name) == reference]

    def _readable(self, table: Table, rows: list[Row]) -> list[Row]:
        depth = privileges.depth_of(self.world, self.call.user_id, f"prvRead{table.name}") or "Global"
        return [row for row in rows if privileges.covers(self.call.user_id, depth, row)]

    def _selected(self, table: Table, names: tuple[str, ...]) -> list[Column]:
        if not names:
            return [column for column in table.columns.values() if column.readable]
        chosen = {column_named(table, name).name for name in names} | {table.primary_id}
        return [column for column in table.columns.values() if column.name in chosen]

    def _property(self, column: Column, value: Any) -> dict[str, Any]:
        name = wire_name(column)
        if isinstance(value, Reference):
            extra = formatting.lookup(self.world, column, value) if self.annotations else {}
            body: dict[str, Any] = {name: value.id}
        else:
            extra = formatting.plain(column, value) if self.annotations else {}
            body = {name: value}
        return {f"{name}@{term}": text for term, text in extra.items() if self._wanted(term)} | body

    def _wanted(self, term: str) -> bool:
        return any(
            pattern in {"*", term} or (pattern.endswith("*") and term.startswith(pattern[:-1])) for pattern in self.annotations
        )

    def _expanded(self, table: Table, row: Row, expand: Expand) -> dict[str, Any]:
        if table.navigation(expand.name):
            other, found = self.related(table, row, expand.name)
            privileges.require(self.world, self.call, "Read", other)
            return {expand.name: self.render(other, found, expand.options) if found else None}
        other, rows = self._cached_collection(table, row, expand.name)
        chosen = paged(self.select_rows(other, expand.options, rows), expand.options)  # type: ignore[arg-type]
        link = f"{self.root}/{table.set_name}({row[table.primary_id]})/{expand.name}"
        return {
            expand.name: [self.render(other, item, expand.options) for item in chosen],  # type: ignore[arg-type]
            f"{expand.name}@odata.nextLink": link,
        }

    def _expanded_table(self, table: Table, name: str) -> Table:
        if found := table.navigation(name):
            return self.world.schema.tables[found[1].table]
        if related := self.world.schema.collection(table, name):
            return related[0]
        raise errors.unknown_property(name, table.name)

    def _cached_collection(self, table: Table, row: Row, navigation: str) -> tuple[Table, list[Row]]:
        """docs: perform-conditional-operations: an expanded collection may be cached data unless If-None-Match: null is sent."""
        other, rows = self.collection(table, row, navigation)
        accepted = self.world.seconds(0 if self.fresh else self.world.options.stale_expand_seconds)
        key = (table.name, str(row[table.primary_id]), navigation)
        return other, self.world.expand_cache.answer(key, rows, self.world.now(), accepted)

    def _value(self, table: Table, row: Row, path: tuple[str, ...]) -> Any:
        if len(path) == 1:
            return self._own_value(table, row, path[0])
        other, found = self.related(table, row, path[0])
        return self._value(other, found, path[1:]) if found else None

    def _own_value(self, table: Table, row: Row, name: str) -> Any:
        if name not in row and self.world.schema.collection(table, name):
            return self.collection(table, row, name)[1]
        value = row.get(_column_name(name))
        return value.id if isinstance(value, Reference) else value

    def _type(self, table: Table, path: tuple[str, ...]) -> str | None:
        if len(path) > 1:
            found = table.navigation(path[0])
            if found is None:
                raise errors.unknown_property(path[0], table.name)
            return self._type(self.world.schema.tables[found[1].table], path[1:])
        if self.world.schema.collection(table, path[0]):
            return None
        return column_named(table, path[0]).kind.edm


def column_named(table: Table, name: str) -> Column:
    """The column behind a wire name: lookups are `_name_value`; raises 400 for what is not there or cannot be read."""
    column = table.columns.get(_column_name(name))
    if column is None or not column.readable or wire_name(column) != name:
        raise errors.unknown_property(name, table.name)
    return column


def wire_name(column: Column) -> str:
    """A column's property name in the Web API."""
    return f"_{column.name}_value" if column.kind is Kind.LOOKUP else column.name


def _column_name(name: str) -> str:
    return name[1:-6] if name.startswith("_") and name.endswith("_value") else name
