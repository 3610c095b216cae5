"""RemoteExecutionContext as it is sent (docs: use-webhooks, the sample body).

Kept as documented: slashes are escaped, dates are /Date(ms)/, OperationCreatedOn is seven hours ahead of itself with the offset
-0700, an image's entity has no __type, the caller's own columns are in ParentContext at stage 30.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dateutil.parser import isoparse

from sandbox.sales.events import EntityValue, Event, OptionValue
from sandbox.sales.schema import Column, Kind, Table
from sandbox.sales.store import Reference, Row
from sandbox.sales.webhooks.images import images_of

if TYPE_CHECKING:
    from sandbox.sales.world import World

MAX_BYTES = 256 * 1024
_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
_BIG_PARTS = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")
_SEVEN_HOURS = 7 * 3600 * 1000
_NO_ID = "00000000-0000-0000-0000-000000000000"


def body_of(world: World, event: Event, step: Row, operation_id: str, created: datetime) -> tuple[bytes, bool]:
    """The JSON body for one step, and whether it was stripped because it exceeds 256 KB."""
    context = _context(world, event, step, operation_id, created)
    body = _encoded(context)
    if len(body) <= MAX_BYTES:
        return body, False
    return _encoded({name: value for name, value in context.items() if name not in _BIG_PARTS}), True


def _context(world: World, event: Event, step: Row, operation_id: str, created: datetime) -> dict[str, Any]:
    common = _common(world, event, operation_id, created)
    extension = {
        "OwningExtension": _plain_reference(Reference("sdkmessageprocessingstep", str(step["sdkmessageprocessingstepid"])))
    }
    parent = {
        **common,
        **extension,
        "InputParameters": _parameters(world, event.inputs, sent_only=True),
        "ParentContext": None,
        "PostEntityImages": [],
        "PreEntityImages": [],
        "SharedVariables": _changed_types(event),
        "Stage": 30,
    }
    (pre, post), name = images_of(world, event, step), _primary_name(world, event)
    asynchronous = step["mode"] == 1
    return {
        **common,
        **extension,
        "Mode": step["mode"],
        "IsInTransaction": not asynchronous,
        "InputParameters": _parameters(world, event.inputs, sent_only=False),
        "OutputParameters": _parameters(world, event.outputs, sent_only=False),
        "ParentContext": parent,
        "PostEntityImages": [_image(world, event, alias, row) for alias, row in (*(name if asynchronous else []), *post)],
        "PreEntityImages": [_image(world, event, alias, row) for alias, row in pre],
        "SharedVariables": [{"key": "tag", "value": event.call.tag}] if event.call.tag else [],
        "Stage": step["stage"],
    }


def _common(world: World, event: Event, operation_id: str, created: datetime) -> dict[str, Any]:
    organization = world.store.rows("organization")[0]
    closing = event.message in {"Win", "Lose", "WinOpportunity", "LoseOpportunity"}
    return {
        "BusinessUnitId": world.store.rows("businessunit")[0]["businessunitid"],
        "CorrelationId": event.call.correlation_id,
        "Depth": event.call.depth,
        "InitiatingUserId": event.call.user_id,
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": event.message,
        "Mode": 1,
        "OperationCreatedOn": f"/Date({_milliseconds(created) + _SEVEN_HOURS}-0700)/",
        "OperationId": operation_id,
        "OrganizationId": organization["organizationid"],
        "OrganizationName": organization["name"],
        "OutputParameters": [],
        "PrimaryEntityId": _NO_ID if closing and not world.options.primary_id_on_close else event.row_id,
        "PrimaryEntityName": event.table,
        "RequestId": None,
        "SecondaryEntityName": "none",
        "UserId": event.call.user_id,
    }


def _parameters(world: World, parameters: dict[str, Any], sent_only: bool) -> list[dict[str, Any]]:
    return [{"key": key, "value": _parameter(world, value, sent_only)} for key, value in parameters.items()]


def _parameter(world: World, value: Any, sent_only: bool) -> Any:
    if isinstance(value, EntityValue):
        table = world.schema.tables[value.table]
        columns = value.sent if sent_only else {**value.sent, **value.computed}
        return {"__type": f"Entity:{_CONTRACTS}", **_entity(table, value.id, columns)}
    if isinstance(value, Reference):
        return {"__type": f"EntityReference:{_CONTRACTS}", **_plain_reference(value)}
    if isinstance(value, OptionValue):
        return {"__type": f"OptionSetValue:{_CONTRACTS}", "Value": value.value}
    if isinstance(value, list):
        return [_parameter(world, item, sent_only) for item in value]
    return value


def _entity(table: Table, row_id: str, columns: Row) -> dict[str, Any]:
    named = {name: value for name, value in columns.items() if name in table.columns and table.columns[name].readable}
    attributes = [{"key": name, "value": _attribute(table.columns[name], value)} for name, value in named.items()]
    if table.primary_id not in named:
        attributes.append({"key": table.primary_id, "value": row_id})
    return {
        "Attributes": attributes,
        "EntityState": None,
        "FormattedValues": [],
        "Id": row_id,
        "KeyAttributes": [],
        "LogicalName": table.name,
        "RelatedEntities": [],
        "RowVersion": None,
    }


def _attribute(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Reference):
        return {"__type": f"EntityReference:{_CONTRACTS}", **_plain_reference(value)}
    if column.kind in {Kind.PICKLIST, Kind.STATE, Kind.STATUS}:
        return {"__type": f"OptionSetValue:{_CONTRACTS}", "Value": value}
    if column.kind is Kind.MONEY:
        return {"__type": f"Money:{_CONTRACTS}", "Value": value}
    if column.kind in {Kind.DATETIME, Kind.DATE}:
        moment = isoparse(value)
        return f"/Date({_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))})/"
    return value


def _image(world: World, event: Event, alias: str, columns: Row) -> dict[str, Any]:
    return {"key": alias, "value": _entity(world.schema.tables[event.table], event.row_id, columns)}


def _primary_name(world: World, event: Event) -> list[tuple[str, Row]]:
    """docs: use-webhooks: an asynchronous step's context carries the primary name without any image registered."""
    if event.message not in {"Create", "Update"} or event.after is None:
        return []
    name = world.schema.tables[event.table].primary_name
    return [("AsynchronousStepPrimaryName", {name: event.after.get(name)})]


def _changed_types(event: Event) -> list[dict[str, Any]]:
    pair = {"__type": "KeyValuePairOfstringstring:#System.Collections.Generic", "key": event.table, "value": event.message}
    return [{"key": "ChangedEntityTypes", "value": [pair]}]


def _plain_reference(reference: Reference) -> dict[str, Any]:
    return {"Id": reference.id, "KeyAttributes": [], "LogicalName": reference.table, "Name": None, "RowVersion": None}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _encoded(context: dict[str, Any]) -> bytes:
    return json.dumps(context, ensure_ascii=False).replace("/", "\\/").encode()
