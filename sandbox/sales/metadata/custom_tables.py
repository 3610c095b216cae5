"""Making and removing tables (docs: create-update-entity-definitions-using-web-api)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import columns as short
from sandbox.sales import errors, privileges, references, seed, solutions
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.metadata import custom_columns
from sandbox.sales.metadata.describe import Json, text_of
from sandbox.sales.schema import Table

if TYPE_CHECKING:
    from sandbox.sales.world import World

FIRST_CUSTOM_TYPE_CODE = 10_000


def create(world: World, call: Call, body: Json) -> Table:
    """Add a table with its columns; raises 400 for a name that exists or no primary name column."""
    privileges.require_named(world, call, "prvCreateEntity")
    schema_name = str(body.get("SchemaName") or "")
    name = schema_name.lower()
    if name in world.schema.tables:
        raise errors.rule("An entity with the specified name already exists. Please specify a unique name.", "0x8004700b")
    definitions = body.get("Attributes") or []
    columns = [custom_columns.read(definition) for definition in definitions]
    for given in (schema_name, *(column.schema_name for column in columns)):
        custom_columns.require_prefix(world, given)
    primary = next((item for item, definition in zip(columns, definitions, strict=True) if definition.get("IsPrimaryName")), None)
    if primary is None:
        raise errors.rule("A table needs a primary name attribute.", "0x80044150")
    code = FIRST_CUSTOM_TYPE_CODE + sum(table.custom for table in world.schema.tables.values())
    owned = body.get("OwnershipType", "UserOwned") == "UserOwned"
    extra = {"label": text_of(body.get("DisplayName")), "custom": True, "schema_name": schema_name}
    states = short.states(short.ACTIVE_INACTIVE)
    table = short.table(name, _set_name(name), code, primary.name, columns, states, owned=owned, **extra)
    world.schema.add(table)
    seed.add_privileges(world, name)
    solutions.add_component(world, call, solutions.ENTITY, table.metadata_id)
    return table


def create_many(world: World, call: Call, request: Request) -> Response:
    """CreateEntities, the action that Microsoft's Python client uses."""
    solution = dict(request.query).get("SolutionUniqueName") or call.solution
    named = Call(call.user_id, correlation_id=call.correlation_id, solution=solution)
    made = [create(world, named, body) for body in request.json().get("Entities") or []]
    context = f"{request.root}/$metadata#Microsoft.Dynamics.CRM.CreateEntitiesResponse"
    return Response(200, {"@odata.context": context, "EntityIds": [table.metadata_id for table in made]})


def update(world: World, call: Call, table: Table, body: Json) -> None:
    """Change a table's definition; change tracking that is on cannot be turned off (docs: use-change-tracking)."""
    privileges.require_named(world, call, "prvWriteEntity")
    if table.change_tracking and body.get("ChangeTrackingEnabled") is False:
        raise errors.rule("Change tracking cannot be disabled once it is enabled.", "0x80072516")
    table.change_tracking = bool(body.get("ChangeTrackingEnabled", table.change_tracking))
    table.label = text_of(body.get("DisplayName")) or table.label


def delete(world: World, call: Call, table: Table) -> None:
    """Remove a custom table with its rows."""
    privileges.require_named(world, call, "prvDeleteEntity")
    if not table.custom:
        raise errors.rule(f"The table {table.name} cannot be deleted: it is part of the system.", "0x80048404")
    for row in world.store.rows(table.name):
        world.store.remove(table.name, str(row[table.primary_id]))
    world.schema.remove(table)
    references.leave_solutions(world, table.metadata_id)


def _set_name(name: str) -> str:
    if name.endswith(("s", "x", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
