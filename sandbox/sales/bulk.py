"""CreateMultiple, UpdateMultiple, UpsertMultiple (docs: bulk-operations): all or nothing, @odata.type in each target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.odata.errors import ODataError
from sandbox.odata.keys import split_path
from sandbox.sales import errors, payload, records, writing
from sandbox.sales.addressing import Address, locate
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response, split_url
from sandbox.sales.schema import Table
from sandbox.sales.values import is_guid

if TYPE_CHECKING:
    from sandbox.sales.world import World

_PREFIX = "Microsoft.Dynamics.CRM."


def handle(world: World, call: Call, request: Request, table: Table, name: str) -> Response:
    """Run the bulk message that a collection's path names."""
    run = {
        f"{_PREFIX}{message.__name__.title().replace('_', '')}": message
        for message in (create_multiple, update_multiple, upsert_multiple)
    }
    if name not in run or request.method != "POST":
        raise errors.no_resource(name)
    targets = request.json().get("Targets")
    if not isinstance(targets, list) or not targets:
        raise ODataError(400, "Required field 'Targets' is missing.", "0x80040203")
    for target in targets:
        if target.get("@odata.type", "").lstrip("#") != f"{_PREFIX}{table.name}":
            raise errors.payload(
                table.set_name, f"An @odata.type annotation of '{_PREFIX}{table.name}' is required in each target"
            )
    return run[name](world, call, request, table, targets)


def create_multiple(world: World, call: Call, request: Request, table: Table, targets: list[dict[str, Any]]) -> Response:
    """200 with the ids, in order."""
    ids = [writing.insert(world, call, table, payload.read(world, table, target, request.root)) for target in targets]
    context = f"{request.root}/$metadata#{_PREFIX}CreateMultipleResponse"
    return Response(200, {"@odata.context": context, "Ids": ids})


def update_multiple(world: World, call: Call, request: Request, table: Table, targets: list[dict[str, Any]]) -> Response:
    """204; every target must exist."""
    for target in targets:
        address = _address(world, table, target, request.root)
        _write(world, call, request, target, address, str(address.require()[table.primary_id]))
    return Response(204)


def upsert_multiple(world: World, call: Call, request: Request, table: Table, targets: list[dict[str, Any]]) -> Response:
    """204; public code: a key column both in @odata.id and in the body is refused where the row is created."""
    for target in targets:
        address = _address(world, table, target, request.root)
        if address.row is not None:
            _write(world, call, request, target, address, str(address.row[table.primary_id]))
            continue
        body = payload.read(world, table, target, request.root)
        if address.key.keys() & body.values.keys():
            raise ODataError(400, "An item with the same key has already been added.", "0x80040216")
        body.values |= address.key
        writing.insert(world, call, table, body, address.row_id)
    return Response(204)


def _address(world: World, table: Table, target: dict[str, Any], root: str) -> Address:
    if is_guid(target.get(table.primary_id)):
        return locate(world, table, {table.primary_id: target[table.primary_id]})
    path, _ = split_url(str(target.get("@odata.id", "")), root)
    segments = split_path(path)
    if len(segments) != 1 or segments[0].key is None:
        raise ODataError(400, "Each target needs a primary key or an @odata.id.", "0x80040203")
    return locate(world, table, segments[0].key)


def _write(world: World, call: Call, request: Request, target: dict[str, Any], address: Address, row_id: str) -> None:
    values = payload.read(world, address.table, target, request.root).values
    kept = {name: value for name, value in values.items() if name not in address.key and name != address.table.primary_id}
    records.update(world, call, address.table, row_id, kept)
