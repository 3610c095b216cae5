"""POST, PATCH, DELETE and $ref on rows: conditions, upsert, what the answer says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.odata.errors import ODataError
from sandbox.odata.etags import etag, matches
from sandbox.odata.keys import Segment, quote
from sandbox.odata.options import parse_options
from sandbox.sales import errors, operations, payload, records
from sandbox.sales.addressing import Address, resolve
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.query import Reader
from sandbox.sales.schema import Table
from sandbox.sales.solutions import note_component
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World


def post(world: World, call: Call, request: Request, table: Table) -> Response:
    """Create a row: 204, or 201 with the row where it is asked for."""
    row_id = insert(world, call, table, payload.read(world, table, request.json(), request.root))
    note_component(world, call, table, row_id)
    return _written(world, call, request, table, row_id, _url(request, table, row_id), created=True)


def patch(world: World, call: Call, request: Request, address: Address) -> Response:
    """Update or insert. docs: perform-conditional-operations: If-Match only updates, If-None-Match: * only inserts."""
    table, row = address.table, address.row
    condition, create_only = request.headers.get("if-match"), request.headers.get("if-none-match") == "*"
    if row is None and condition is not None:
        address.require()
    if row is not None and create_only:
        raise errors.already_exists()
    body = payload.read(world, table, request.json(), request.root)
    if row is None:
        row_id = insert(world, call, table, _with_key(body, address), address.row_id)
    else:
        if not matches(condition, etag(row["versionnumber"])):
            raise errors.version_mismatch()
        row_id = str(row[table.primary_id])
        _update(world, call, table, row_id, body, address)
    return _written(world, call, request, table, row_id, _address_url(request, address), created=row is None)


def delete(world: World, call: Call, request: Request, address: Address) -> Response:
    """Delete a row that exists, under If-Match where it is given."""
    row = address.require()
    if not matches(request.headers.get("if-match"), etag(row["versionnumber"])):
        raise errors.version_mismatch()
    records.delete(world, call, address.table, str(row[address.table.primary_id]))
    return Response(204)


def reference(world: World, call: Call, request: Request, address: Address, rest: list[Segment]) -> Response:
    """Associate (PUT or POST) and disassociate (DELETE) through `$ref`."""
    name, row = rest[0].name, address.require()
    if name in operations.MANY_TO_MANY:
        return operations.associate(world, call, request, address, rest)
    found = address.table.navigation(name)
    if found is None:
        raise errors.unknown_property(name, address.table.name)
    target = None if request.method == "DELETE" else resolve(world, str(request.json().get("@odata.id", "")), request.root)
    records.update(world, call, address.table, str(row[address.table.primary_id]), {found[0].name: target})
    return Response(204)


def insert(world: World, call: Call, table: Table, body: payload.Payload, row_id: str | None = None) -> str:
    """Create a row with what its body nests: rows that it points to first, rows that point to it after."""
    values = dict(body.values)
    for column, parent, inner in body.parents:
        values[column.name] = Reference(parent.name, insert(world, call, parent, inner))
    new_id = records.create(world, call, table, values, row_id)
    for column, child, inner in body.children:
        inner.values[column.name] = Reference(table.name, new_id)
        insert(world, call, child, inner)
    return new_id


def _update(world: World, call: Call, table: Table, row_id: str, body: payload.Payload, address: Address) -> None:
    if body.parents or body.children:
        raise ODataError(400, "Deep update of navigation properties is not allowed.", "0x80048d19")
    # docs: use-upsert-insert-update-record: key columns in the body are ignored on an update
    values = {name: value for name, value in body.values.items() if name not in address.key}
    records.update(world, call, table, row_id, values)


def _with_key(body: payload.Payload, address: Address) -> payload.Payload:
    """docs: use-upsert-insert-update-record: on a create the body's key values win over the address's."""
    body.values = {**address.key, **body.values}
    return body


def _written(world: World, call: Call, request: Request, table: Table, row_id: str, url: str, created: bool) -> Response:
    headers = {"OData-EntityId": url}
    if request.method == "POST":
        headers["Location"] = url
    if request.prefer.get("return") != "representation":
        return Response(204, None, headers)
    row: Row = world.store.get(table.name, row_id) or {}
    patterns = tuple(filter(None, request.prefer.get("odata.include-annotations", "").split(",")))
    body: dict[str, Any] = Reader(world, call, request.root, patterns).render(table, row, parse_options(request.query))
    context = {"@odata.context": f"{request.root}/$metadata#{table.set_name}/$entity"}
    headers |= {"Preference-Applied": "return=representation", "ETag": body["@odata.etag"]}
    return Response(201 if created else 200, context | body, headers)


def _url(request: Request, table: Table, row_id: str) -> str:
    return f"{request.root}/{table.set_name}({row_id})"


def _address_url(request: Request, address: Address) -> str:
    """The row's URL as it was addressed: by the alternate key where that was used."""
    if not address.key:
        return _url(request, address.table, str(address.row_id))
    pairs = ",".join(f"{name}={_literal(value)}" for name, value in address.key.items())
    return f"{request.root}/{address.table.set_name}({pairs})"


def _literal(value: object) -> str:
    if isinstance(value, Reference):
        return value.id
    return quote(value) if isinstance(value, str) else str(value)
