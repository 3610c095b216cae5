"""From a JSON body to column values: binds, deep inserts, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.sales import errors
from sandbox.sales.addressing import resolve
from sandbox.sales.schema import Column, Kind, Table
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

BIND = "@odata.bind"


@dataclass
class Payload:
    """A body: the row's own values, rows to create before it (it points to them), rows to create after it (they point to it)."""

    values: Row = field(default_factory=dict)
    parents: list[tuple[Column, Table, Payload]] = field(default_factory=list)
    children: list[tuple[Column, Table, Payload]] = field(default_factory=list)


def read(world: World, table: Table, body: dict[str, Any], root: str) -> Payload:
    """Read a body for a row of `table`; raises 400 for a property that it does not have, letter case included."""
    payload = Payload()
    for name, value in body.items():
        if name.endswith(BIND):
            column, reference = _bound(world, table, name.removesuffix(BIND), value, root)
            payload.values[column.name] = reference
        elif "@" not in name:
            _read_property(world, table, payload, name, value, root)
    return payload


def _read_property(world: World, table: Table, payload: Payload, name: str, value: Any, root: str) -> None:
    column = table.columns.get(name)
    if column is not None and column.kind is not Kind.LOOKUP:
        payload.values[name] = value
    elif isinstance(value, dict) and (found := table.navigation(name)):
        parent = _target_table(world, found[1].table, value)
        payload.parents.append((found[0], parent, read(world, parent, value, root)))
    elif isinstance(value, list) and (related := world.schema.collection(table, name)):
        child, lookup = related
        payload.children += [(lookup, child, read(world, child, item, root)) for item in value]
    elif value is None and table.navigation(name):
        payload.values[table.navigation(name)[0].name] = None  # type: ignore[index]
    else:
        raise _refused(table, name)


def _bound(world: World, table: Table, navigation: str, value: Any, root: str) -> tuple[Column, Reference | None]:
    found = table.navigation(navigation)
    if found is None:
        raise errors.undeclared_navigation(table.set_name, navigation)
    if value is None:
        return found[0], None
    reference = resolve(world, str(value), root)
    if reference.table not in {target.table for target in found[0].targets if target.navigation == navigation}:
        raise errors.payload(table.set_name, f"'{value}' is not a valid value for the navigation property '{navigation}'")
    return found[0], reference


def _target_table(world: World, default: str, value: dict[str, Any]) -> Table:
    name = str(value.get("@odata.type", default)).rpartition(".")[2]
    return world.schema.tables[name if name in world.schema.tables else default]


def _refused(table: Table, name: str) -> Exception:
    if (name.startswith("_") and name.endswith("_value")) or (name in table.columns):
        inner = "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead"
        return errors.payload(table.set_name, inner)
    inner = f"Microsoft.Crm.CrmException: Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{table.name}'"
    return errors.payload(table.set_name, inner)
