"""Adding, changing and removing values of choices (docs: create-update-optionsets)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import errors, privileges
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.metadata.custom_columns import next_value
from sandbox.sales.metadata.describe import Json, text_of
from sandbox.sales.schema import Column, Kind, Option

if TYPE_CHECKING:
    from sandbox.sales.world import World


def insert(world: World, call: Call, request: Request) -> Response:
    """InsertOptionValue."""
    return _insert(world, call, request, None)


def insert_status(world: World, call: Call, request: Request) -> Response:
    """InsertStatusValue: a status of the state that StateCode names."""
    return _insert(world, call, request, request.json().get("StateCode"))


def update(world: World, call: Call, request: Request) -> Response:
    """UpdateOptionValue: a new label."""
    body = request.json()
    column = _column(world, call, body)
    option = column.option(int(body.get("Value", -1)))
    if option is None:
        raise errors.rule("The option value does not exist.", "0x80044311")
    option.label = text_of(body.get("Label")) or option.label
    return Response(204)


def delete(world: World, call: Call, request: Request) -> Response:
    """DeleteOptionValue; raises 400 while a row has the value."""
    body = request.json()
    column, value = _column(world, call, body), int(body.get("Value", -1))
    if column.option(value) is None:
        raise errors.rule("The option value does not exist.", "0x80044311")
    if any(row.get(column.name) == value for row in world.store.rows(str(body["EntityLogicalName"]))):
        raise errors.rule("The option value is used by a record.", "0x80044312")
    column.options = [option for option in column.options if option.value != value]
    return Response(204)


def _insert(world: World, call: Call, request: Request, state: int | None) -> Response:
    body = request.json()
    column = _column(world, call, body)
    if column.kind is Kind.STATUS and state is None:
        raise errors.rule("A status value needs a StateCode: use InsertStatusValue.", "0x80044313")
    value = body.get("Value") or next_value(column.options)
    if column.option(value) is not None:
        raise errors.rule("The picklist value already exists.", "0x80044310")
    column.options.append(Option(value, text_of(body.get("Label")), state))
    return Response(200, {"@odata.context": f"{request.root}/$metadata", "NewOptionValue": value})


def _column(world: World, call: Call, body: Json) -> Column:
    privileges.require_named(world, call, "prvWriteAttribute")
    table = world.schema.tables.get(str(body.get("EntityLogicalName")))
    column = table.columns.get(str(body.get("AttributeLogicalName"))) if table else None
    if column is None or column.kind not in {Kind.PICKLIST, Kind.STATUS}:
        raise errors.rule("The choice column does not exist.", "0x80040203")
    return column
