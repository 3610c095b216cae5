"""Which customizations belong to which solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import errors, records
from sandbox.sales.call import Call
from sandbox.sales.schema import Table
from sandbox.sales.store import Reference

if TYPE_CHECKING:
    from sandbox.sales.world import World

# docs: solutioncomponent, componenttype
ENTITY, ATTRIBUTE, ENTITY_KEY, SAVED_QUERY, SYSTEM_FORM = 1, 2, 14, 26, 60
_TYPES = {
    "role": 20,
    "savedquery": SAVED_QUERY,
    "systemform": SYSTEM_FORM,
    "sdkmessageprocessingstep": 92,
    "sdkmessageprocessingstepimage": 93,
    "serviceendpoint": 95,
}


def note_component(world: World, call: Call, table: Table, row_id: str) -> None:
    """Put a row that was just made into the solution that MSCRM.SolutionUniqueName names; raises 400 for an unknown solution."""
    if call.solution and table.name in _TYPES:
        add_component(world, call, _TYPES[table.name], row_id)


def add_component(world: World, call: Call, component_type: int, object_id: str) -> None:
    """Put any component into the call's solution, if it has one."""
    if not call.solution:
        return
    solution = next((row for row in world.store.rows("solution") if row["uniquename"] == call.solution), None)
    if solution is None:
        raise errors.rule(f"The solution with unique name {call.solution} does not exist.", "0x8004f002")
    values = {"componenttype": component_type, "objectid": object_id, "rootcomponentbehavior": 0}
    link = {"solutionid": Reference("solution", str(solution["solutionid"]))}
    records.create(world, call.inner(), world.schema.tables["solutioncomponent"], values | link)
