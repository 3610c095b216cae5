"""Actions and functions on definitions: publishing, option values, solutions, typed column lists, bulk deletion."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from xml.etree import ElementTree

from sandbox.sales import drafts, errors, privileges, records, solutions
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.metadata import alternate_keys, custom_tables, dependencies, option_values
from sandbox.sales.metadata.describe import column_json

if TYPE_CHECKING:
    from sandbox.sales.world import World


def publish(world: World, call: Call, request: Request) -> Response:
    """PublishXml of tables: 204; raises 400 for XML that names no table of this environment."""
    privileges.require_named(world, call, "prvPublishCustomization")
    try:
        names = [element.text for element in ElementTree.fromstring(request.json().get("ParameterXml") or "").iter("entity")]  # noqa: S314
    except ElementTree.ParseError as error:
        raise errors.rule(f"The input XML is not well-formed XML: {error}", "0x80048426") from error
    for name in names:
        if name not in world.schema.tables:
            raise errors.rule(f"The entity with a name = '{name}' was not found in the MetadataCache.", "0x80041102")
    drafts.publish(world, {str(name) for name in names})
    return Response(204)


def publish_all(world: World, call: Call, request: Request) -> Response:
    """PublishAllXml: 204."""
    privileges.require_named(world, call, "prvPublishCustomization")
    drafts.publish(world, world.schema.tables)
    return Response(204)


def add_component(world: World, call: Call, request: Request) -> Response:
    """AddSolutionComponent."""
    privileges.require_named(world, call, "prvWritesolution")
    body = request.json()
    named = Call(call.user_id, solution=str(body.get("SolutionUniqueName")))
    solutions.add_component(world, named, int(body["ComponentType"]), str(body["ComponentId"]))
    return Response(200, {"id": str(body["ComponentId"])})


def metadata_changes(world: World, call: Call, request: Request) -> Response:
    """RetrieveMetadataChanges, as far as one table's columns with chosen properties go."""
    query = json.loads(dict(request.query).get("@p1", "{}"))
    wanted = _condition(query.get("Criteria"))
    columns = _condition((query.get("AttributeQuery") or {}).get("Criteria"))
    names = ((query.get("AttributeQuery") or {}).get("Properties") or {}).get("PropertyNames") or []
    found = []
    for table in world.schema.tables.values():
        if wanted in {None, table.name}:
            rows = [column_json(table, column) for name, column in table.columns.items() if columns in {None, name}]
            found.append(
                {"LogicalName": table.name, "MetadataId": table.metadata_id, "Attributes": [_picked(row, names) for row in rows]}
            )
    return Response(200, {"EntityMetadata": found, "ServerVersionStamp": str(world.store.version)})


def bulk_delete(world: World, call: Call, request: Request) -> Response:
    """BulkDelete of rows that are named by their primary keys, done at once: 200 with the job's id."""
    for query in request.json().get("QuerySet") or []:
        table = world.schema.tables[str(query["EntityName"])]
        for condition in query["Criteria"]["Conditions"]:
            if condition["AttributeName"] != table.primary_id or condition["Operator"] != "In":
                raise errors.rule("Only lists of primary keys can be deleted here.", "0x80040219")
            for value in condition["Values"]:
                records.delete(world, call, table, str(value["Value"]).lower())
    return Response(200, {"JobId": str(uuid4())})


def _condition(criteria: dict[str, Any] | None) -> str | None:
    conditions = (criteria or {}).get("Conditions") or []
    return str(conditions[0]["Value"]["Value"]) if conditions else None


def _picked(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: row[name] for name in ("@odata.type", "LogicalName", "MetadataId", *names) if name in row}


ACTIONS: dict[str, Callable[[World, Call, Request], Response]] = {
    "PublishXml": publish,
    "PublishAllXml": publish_all,
    "AddSolutionComponent": add_component,
    "RetrieveMetadataChanges": metadata_changes,
    "BulkDelete": bulk_delete,
    "CreateEntities": custom_tables.create_many,
    "InsertOptionValue": option_values.insert,
    "InsertStatusValue": option_values.insert_status,
    "UpdateOptionValue": option_values.update,
    "DeleteOptionValue": option_values.delete,
    "ReactivateEntityKey": alternate_keys.reactivate,
    "RetrieveDependenciesForDelete": dependencies.for_delete,
}
