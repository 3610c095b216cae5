"""The Web API's routes: entity sets, single rows, navigation, functions and actions. HTTP itself is in app.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.odata.errors import ODataError
from sandbox.odata.keys import Segment, split_path
from sandbox.odata.options import QueryOptions, parse_options
from sandbox.sales import addressing, bulk, drafts, errors, operations, paging, privileges, records, writing
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.metadata import customizing, definitions
from sandbox.sales.query import Reader, column_named
from sandbox.sales.schema import Table

if TYPE_CHECKING:
    from sandbox.sales.world import World

MAX_BYPASSED_STEPS = 3  # docs: bypass-custom-business-logic, the default of its setting
_NOT_MODELLED = ("callerobjectid", "mscrmcallerid", "mscrm.bypasscustompluginexecution")  # and too weighty to be ignored
Handler = Callable[["World", Call, Request], Response]


def handle(world: World, request: Request) -> Response:
    """Answer one request, atomically; an error is an answer too, in Dataverse's body shape."""
    try:
        with world.transaction():
            response = _dispatch(world, call_of(world, request), request)
    except ODataError as error:
        response = error_response(request, error)
    response.headers.setdefault("OData-Version", "4.0")
    response.headers.setdefault("REQ_ID", str(uuid4()))
    return response


def error_response(request: Request, error: ODataError) -> Response:
    """The documented error body; the details only where annotations were asked for."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if "odata.include-annotations" in request.prefer:
        term = "@Microsoft.PowerApps.CDS"
        body |= {
            f"{term}.ErrorDetails.OperationStatus": "0",
            f"{term}.ErrorDetails.SubErrorCode": "",
            f"{term}.HelpLink": f"http://go.microsoft.com/fwlink/?LinkID=398563&error={error.code}",
            f"{term}.InnerError.Message": error.message,
        }
    return Response(error.status, {"error": body})


def call_of(world: World, request: Request) -> Call:
    """The context that the request's headers and query give to everything that it does."""
    headers, query = request.headers, dict(request.query)
    if any(name in headers for name in _NOT_MODELLED):
        raise ODataError(501, "The requested functionality is not yet implemented.", "0x80040219")
    call = Call(
        request.user_id,
        tag=query.get("tag"),
        detect_duplicates=headers.get("mscrm.suppressduplicatedetection", "").lower() == "false",
        bypassed=_bypassed(headers),
        solution=headers.get("mscrm.solutionuniquename"),
    )
    if call.bypassed:
        privileges.require_named(world, call, "prvBypassCustomBusinessLogic")
    return call


def _bypassed(headers: dict[str, str]) -> frozenset[str]:
    """docs: bypass-custom-business-logic."""
    kinds = {word.strip() for word in headers.get("mscrm.bypassbusinesslogicexecution", "").split(",")}
    ids = [text.strip().lower() for text in headers.get("mscrm.bypassbusinesslogicexecutionstepids", "").split(",") if text]
    if kinds - {"", "CustomSync", "CustomAsync"} or len(ids) > MAX_BYPASSED_STEPS:
        raise errors.rule("The values of the bypass headers are not valid.")
    return frozenset(kinds - {""} | set(ids))


def _dispatch(world: World, call: Call, request: Request) -> Response:
    segments = split_path(request.path)
    if not segments:
        return Response(200, {"@odata.context": f"{request.root}/$metadata", "value": _service_document(world)})
    first = segments[0]
    if request.method != "GET" and (first.name in definitions.ROOTS or first.name in customizing.ACTIONS):
        world.change_definitions()
    if len(segments) == 1 and (operation := operations.UNBOUND.get(first.name)):
        return operation(world, call, request)
    if first.name in definitions.ROOTS:
        return definitions.handle(world, call, request, segments)
    table = addressing.table_of(world, first)
    if first.key is None:
        return _collection(world, call, request, table, segments[1:])
    return _single(world, call, request, table, segments)


def _collection(world: World, call: Call, request: Request, table: Table, rest: list[Segment]) -> Response:
    if rest and rest[0].name == "$count":
        count = len(reader(world, call, request).select_rows(table, parse_options(request.query)))
        return Response(200, str(min(count, 5_000)))
    if rest and rest[0].name == "Microsoft.Dynamics.CRM.RetrieveUnpublishedMultiple":
        rows = [drafts.unpublished(world, table, row) for row in world.store.rows(table.name)]
        return paging.collection(world, reader(world, call, request), request, table, table.set_name, rows)
    if rest:
        return bulk.handle(world, call, request, table, rest[0].name)
    if request.method == "GET":
        return paging.collection(world, reader(world, call, request), request, table, table.set_name)
    if request.method == "POST":
        return writing.post(world, call, request, table)
    raise _method_not_allowed(request)


def _single(world: World, call: Call, request: Request, table: Table, segments: list[Segment]) -> Response:
    address = addressing.locate(world, table, segments[0].key or {})
    if len(segments) > 1:
        return _below(world, call, request, address, segments[1:])
    if request.method == "GET":
        return _read(world, call, request, address)
    if request.method == "PATCH":
        return writing.patch(world, call, request, address)
    if request.method == "DELETE":
        return writing.delete(world, call, request, address)
    raise _method_not_allowed(request)


def _read(world: World, call: Call, request: Request, address: addressing.Address) -> Response:
    options = parse_options(request.query)
    row = address.require()
    privileges.require(world, call, "Read", address.table, row)
    reading = reader(world, call, request)
    reading.check(address.table, options)
    body = reading.render(address.table, row, options)
    tag = body["@odata.etag"]
    # docs: perform-conditional-operations: never 304 with $expand or annotations
    if request.headers.get("if-none-match") == tag and not options.expand and not reading.annotations:
        return Response(304)
    context = {"@odata.context": f"{request.root}/$metadata#{address.table.set_name}{_selection(options)}/$entity"}
    return Response(200, context | body, {"ETag": tag})


def _below(world: World, call: Call, request: Request, address: addressing.Address, rest: list[Segment]) -> Response:
    table, name = address.table, rest[0].name
    if name.startswith("Microsoft.Dynamics.CRM."):
        return operations.bound(world, call, request, address, name.rpartition(".")[2])
    if rest[-1].name == "$ref":
        return writing.reference(world, call, request, address, rest)
    if request.method == "GET" and table.navigation(name):
        return _related(world, call, request, address, rest)
    if request.method == "GET" and world.schema.collection(table, name):
        reading = reader(world, call, request)
        other, rows = reading.collection(table, address.require(), name)
        return paging.collection(world, reading, request, other, f"{other.set_name}", rows)
    if name in operations.MANY_TO_MANY:
        return operations.many_to_many(world, call, request, address, name)
    return _property(world, call, request, address, rest)


def _related(world: World, call: Call, request: Request, address: addressing.Address, rest: list[Segment]) -> Response:
    reading = reader(world, call, request)
    other, row = reading.related(address.table, address.require(), rest[0].name)
    if row is None:
        return Response(204)
    if len(rest) > 1:
        return _property(world, call, request, addressing.Address(other, str(row[other.primary_id]), {}, row), rest[1:])
    privileges.require(world, call, "Read", other, row)
    return Response(200, reading.render(other, row, parse_options(request.query)))


def _property(world: World, call: Call, request: Request, address: addressing.Address, rest: list[Segment]) -> Response:
    row = address.require()
    column = column_named(address.table, rest[0].name)
    if request.method == "GET":
        privileges.require(world, call, "Read", address.table, row)
        value = getattr(row.get(column.name), "id", row.get(column.name))
        return Response(200, str(value)) if rest[-1].name == "$value" else Response(200, {"value": value})
    if request.method not in {"PUT", "DELETE"}:
        raise _method_not_allowed(request)
    new = request.json().get("value") if request.method == "PUT" else None
    records.update(world, call, address.table, str(row[address.table.primary_id]), {column.name: new})
    return Response(204)


def reader(world: World, call: Call, request: Request) -> Reader:
    """The reader that the request's headers ask for."""
    patterns = request.prefer.get("odata.include-annotations", "")
    annotations = tuple(pattern.strip() for pattern in patterns.split(",") if pattern.strip())
    fresh = request.headers.get("if-none-match", "").lower() == "null"
    return Reader(world, call, request.root, annotations, fresh)


def _selection(options: QueryOptions) -> str:
    return f"({','.join(options.select)})" if options.select else ""


def _service_document(world: World) -> list[dict[str, str]]:
    return [{"name": name, "kind": "EntitySet", "url": name} for name in world.schema.by_set]


def _method_not_allowed(request: Request) -> ODataError:
    return ODataError(405, f"The requested resource does not support http method '{request.method}'.")
