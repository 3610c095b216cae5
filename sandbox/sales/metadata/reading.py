"""$select, $filter and $expand over definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.odata.dialects import COMPARISONS, Dialect
from sandbox.odata.errors import ODataError
from sandbox.odata.filters import compile_filter
from sandbox.odata.options import QueryOptions
from sandbox.sales import errors
from sandbox.sales.metadata.describe import BASE_TYPE, Json, base_properties, column_json, key_json, table_json, type_of
from sandbox.sales.schema import Table

# docs: query-metadata-web-api: enum values are literals, no string functions
METADATA = Dialect("Metadata", COMPARISONS, frozenset(), lambdas=False, wildcards=False, enum_literals=True)
_NAVIGATION = {"Attributes", "Keys"}


def tables(found: Iterable[Table], options: QueryOptions) -> list[Json]:
    """EntityDefinitions, with Attributes and Keys where they are expanded."""
    by_name = {table.name: table for table in found}
    rows = _filtered([table_json(table) for table in by_name.values()], options, "EntityMetadata")
    return [_expanded(by_name[row["LogicalName"]], row, options) for row in rows]


def columns(table: Table, options: QueryOptions, cast: str | None = None) -> list[Json]:
    """The Attributes of a table, of one type where the path casts."""
    rows = [column_json(table, column) for column in table.columns.values() if cast in {None, type_of(column)}]
    if cast and not rows and not cast.startswith("Microsoft.Dynamics.CRM."):
        raise errors.no_resource(cast)
    names = base_properties(table) if cast is None else None
    chosen = _filtered(rows, options, BASE_TYPE if cast is None else cast, names)
    return [_column(row, options, cast) for row in chosen]


def keys(table: Table, options: QueryOptions) -> list[Json]:
    """The alternate keys of a table."""
    rows = _filtered([key_json(table, key) for key in table.keys], options, "EntityKeyMetadata")
    return [_picked(row, options) for row in rows]


def _expanded(table: Table, row: Json, options: QueryOptions) -> Json:
    body = _picked(row, options)
    for expand in options.expand:
        if expand.name not in _NAVIGATION:
            raise ODataError(400, f"Could not find a property named '{expand.name}' on type 'EntityMetadata'.", "0x80060888")
        read: Callable[[Table, QueryOptions], list[Json]] = columns if expand.name == "Attributes" else keys
        body[expand.name] = read(table, expand.options)
    return body


def _column(row: Json, options: QueryOptions, cast: str | None) -> Json:
    body = _picked({name: value for name, value in row.items() if name != "OptionSet"}, options)
    if cast is None:
        body = {"@odata.type": row["@odata.type"]} | body
    else:
        body.pop("@odata.type", None)
    for expand in options.expand:
        body[expand.name] = row.get(expand.name)
    return body


def _filtered(rows: list[Json], options: QueryOptions, type_name: str, names: set[str] | None = None) -> list[Json]:
    known = names if names is not None else {name for row in rows for name in row}
    for name in options.select:
        if known and name not in known:
            raise errors.unknown_property(name, type_name.removeprefix("Microsoft.Dynamics.CRM."))
    if not options.filter:
        return rows
    test = compile_filter(options.filter, METADATA, type_of=_known_to(known, type_name))
    return [row for row in rows if test(row)]


def _known_to(known: set[str], type_name: str) -> Callable[[tuple[str, ...]], Any]:
    def check(path: tuple[str, ...]) -> None:
        if known and path[0] not in known:
            raise errors.unknown_property(path[0], type_name.removeprefix("Microsoft.Dynamics.CRM."))

    return check


def _picked(row: Json, options: QueryOptions) -> Json:
    if not options.select:
        return dict(row)
    return {name: row[name] for name in (*options.select, "MetadataId") if name in row}
