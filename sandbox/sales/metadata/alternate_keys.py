"""Making and removing alternate keys (docs: define-alternate-keys-entity)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import errors, privileges, references, solutions
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.metadata.custom_columns import require_prefix
from sandbox.sales.metadata.describe import Json, text_of
from sandbox.sales.schema import AlternateKey, Kind, Table

if TYPE_CHECKING:
    from sandbox.sales.world import World

MAX_KEYS, MAX_COLUMNS, MAX_BYTES = 10, 16, 900
_TYPES = {Kind.DECIMAL, Kind.INTEGER, Kind.STRING, Kind.DATETIME, Kind.DATE, Kind.LOOKUP, Kind.PICKLIST}


def create(world: World, call: Call, table: Table, body: Json) -> AlternateKey:
    """Add a key and begin to build its index; raises 400 for columns that cannot be one."""
    privileges.require_named(world, call, "prvCreateEntityKey")
    schema_name, columns = str(body.get("SchemaName") or ""), tuple(str(name) for name in body.get("KeyAttributes") or [])
    require_prefix(world, schema_name)
    _check(table, schema_name, columns)
    key = AlternateKey(schema_name.lower(), schema_name, columns, text_of(body.get("DisplayName")) or schema_name, "Pending")
    table.keys.append(key)
    world.key_indexes.begin(key, table, world.now())
    solutions.add_component(world, call, solutions.ENTITY_KEY, key.metadata_id)
    return key


def delete(world: World, call: Call, table: Table, key: AlternateKey) -> None:
    """Remove a key and its index."""
    privileges.require_named(world, call, "prvDeleteEntityKey")
    table.keys.remove(key)
    world.key_indexes.give_up(key)
    references.leave_solutions(world, key.metadata_id)


def reactivate(world: World, call: Call, request: Request) -> Response:
    """ReactivateEntityKey: build the index of a failed key again."""
    privileges.require_named(world, call, "prvCreateEntityKey")
    body = request.json()
    table = world.schema.tables.get(str(body.get("EntityLogicalName")))
    key = next((key for key in table.keys if key.name == body.get("EntityKeyLogicalName")), None) if table else None
    if table is None or key is None:
        raise errors.rule("The entity key does not exist.", "0x80060888")
    world.key_indexes.begin(key, table, world.now())
    return Response(204)


def _check(table: Table, schema_name: str, columns: tuple[str, ...]) -> None:
    if any(key.name == schema_name.lower() or set(key.columns) == set(columns) for key in table.keys):
        raise errors.rule(f"An entity key with the name {schema_name} or the same attributes already exists.", "0x80060893")
    if not columns or any(name not in table.columns or table.columns[name].kind not in _TYPES for name in columns):
        raise errors.rule("The key attributes must be existing attributes of a type that a key can have.", "0x80060894")
    size = sum(2 * (table.columns[name].max_length or 8) for name in columns)
    if len(table.keys) >= MAX_KEYS or len(columns) > MAX_COLUMNS or size > MAX_BYTES:
        message = f"A table has at most {MAX_KEYS} keys of {MAX_COLUMNS} columns and {MAX_BYTES} bytes."
        raise errors.rule(message, "0x80060895")
