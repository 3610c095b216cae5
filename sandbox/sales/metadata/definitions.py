"""Routes below EntityDefinitions: reading, and making columns, keys and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.odata.errors import ODataError
from sandbox.odata.keys import KEY_ITSELF, Key, Segment
from sandbox.odata.options import QueryOptions, parse_options
from sandbox.sales import errors
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.metadata import alternate_keys, custom_columns, custom_tables, reading
from sandbox.sales.metadata.describe import Json, option_set_json, table_json
from sandbox.sales.schema import AlternateKey, Column, Table

if TYPE_CHECKING:
    from sandbox.sales.world import World

ROOTS = {"EntityDefinitions", "GlobalOptionSetDefinitions", "RelationshipDefinitions"}


def handle(world: World, call: Call, request: Request, segments: list[Segment]) -> Response:
    """Answer a request for definitions; global choices and relationships are not modelled (501)."""
    first = segments[0]
    if first.name != "EntityDefinitions":
        raise ODataError(501, "The requested functionality is not yet implemented.", "0x80040219")
    options = parse_options(request.query)
    if first.key is None:
        return _all_tables(world, call, request, options)
    table = _table(world, first.key)
    if len(segments) == 1:
        return _one_table(world, call, request, table, options)
    if segments[1].name == "Attributes":
        return _attributes(world, call, request, table, segments[1:], options)
    if segments[1].name == "Keys":
        return _keys(world, call, request, table, segments[1], options)
    return _property(request, table_json(table), segments[1:])


def _all_tables(world: World, call: Call, request: Request, options: QueryOptions) -> Response:
    if request.method == "POST":
        table = custom_tables.create(world, call, request.json())
        return _created(f"{request.root}/EntityDefinitions({table.metadata_id})")
    value = reading.tables(world.schema.tables.values(), options)
    return _values(request, "EntityDefinitions", value)


def _one_table(world: World, call: Call, request: Request, table: Table, options: QueryOptions) -> Response:
    if request.method == "GET":
        (body,) = reading.tables([table], options)
        return Response(200, {"@odata.context": f"{request.root}/$metadata#EntityDefinitions/$entity"} | body)
    if request.method == "PUT":
        custom_tables.update(world, call, table, request.json())
    elif request.method == "DELETE":
        custom_tables.delete(world, call, table)
    else:
        # public code: PATCH of an entity's definition is refused so
        raise ODataError(405, "Operation not supported on EntityMetadata", "0x80060888")
    return Response(204)


def _attributes(
    world: World, call: Call, request: Request, table: Table, segments: list[Segment], options: QueryOptions
) -> Response:
    first, rest = segments[0], segments[1:]
    if first.key is None:
        if request.method == "POST":
            column = custom_columns.create(world, call, table, request.json())
            return _created(f"{request.root}/EntityDefinitions(LogicalName='{table.name}')/Attributes({column.metadata_id})")
        return _values(request, "Attributes", reading.columns(table, options, rest[0].name if rest else None))
    column = _column(table, first.key)
    if request.method == "PUT":
        custom_columns.update(world, call, column, request.json())
        return Response(204)
    if request.method == "DELETE":
        custom_columns.delete(world, call, table, column)
        return Response(204)
    return _one_column(request, table, column, rest, options)


def _one_column(request: Request, table: Table, column: Column, rest: list[Segment], options: QueryOptions) -> Response:
    cast = rest[0].name if rest and rest[0].name.startswith("Microsoft.Dynamics.CRM.") else None
    found = [row for row in reading.columns(table, QueryOptions(), cast) if row["LogicalName"] == column.name]
    if not found:
        raise errors.no_resource(str(cast))
    below = rest[1:] if cast else rest
    if below and below[0].name == "OptionSet":
        return Response(200, option_set_json(table, column))
    if below:
        return _property(request, found[0], below)
    (body,) = [row for row in reading.columns(table, _with_name(options), cast) if row["LogicalName"] == column.name]
    return Response(
        200, {"@odata.context": f"{request.root}/$metadata#EntityDefinitions('{table.name}')/Attributes/$entity"} | body
    )


def _with_name(options: QueryOptions) -> QueryOptions:
    select = (*options.select, "LogicalName") if options.select else ()
    return QueryOptions(select=select, expand=options.expand)


def _keys(world: World, call: Call, request: Request, table: Table, segment: Segment, options: QueryOptions) -> Response:
    if segment.key is None:
        if request.method == "POST":
            key = alternate_keys.create(world, call, table, request.json())
            return _created(f"{request.root}/EntityDefinitions(LogicalName='{table.name}')/Keys({key.metadata_id})")
        return _values(request, "Keys", reading.keys(table, options))
    key = _key(table, segment.key)
    if request.method == "DELETE":
        alternate_keys.delete(world, call, table, key)
        return Response(204)
    (body,) = [row for row in reading.keys(table, QueryOptions()) if row["MetadataId"] == key.metadata_id]
    return Response(200, body)


def _property(request: Request, body: Json, rest: list[Segment]) -> Response:
    name = rest[0].name
    if name not in body or request.method != "GET":
        raise errors.no_resource(name)
    value: Any = body[name]
    return Response(200, str(value)) if rest[-1].name == "$value" else Response(200, {"value": value})


def _table(world: World, key: Key) -> Table:
    for table in world.schema.tables.values():
        if key in ({"LogicalName": table.name}, {KEY_ITSELF: table.metadata_id}, {"MetadataId": table.metadata_id}):
            return table
    raise ODataError(404, f"Could not find an entity with the specified key {next(iter(key.values()), '')}.", "0x80060888")


def _column(table: Table, key: Key) -> Column:
    for column in table.columns.values():
        if key in ({"LogicalName": column.name}, {KEY_ITSELF: column.metadata_id}, {"MetadataId": column.metadata_id}):
            return column
    raise ODataError(404, f"Could not find an attribute with the specified key {next(iter(key.values()), '')}.", "0x80060888")


def _key(table: Table, key: Key) -> AlternateKey:
    for alternate in table.keys:
        if key in ({"LogicalName": alternate.name}, {KEY_ITSELF: alternate.metadata_id}, {"MetadataId": alternate.metadata_id}):
            return alternate
    raise ODataError(404, "Could not find an entity key with the specified key.", "0x80060888")


def _created(url: str) -> Response:
    return Response(204, None, {"OData-EntityId": url})


def _values(request: Request, name: str, value: list[Json]) -> Response:
    return Response(200, {"@odata.context": f"{request.root}/$metadata#{name}", "value": value})
