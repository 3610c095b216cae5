"""What else uses a component that is to be removed, so that an undo stops before its first delete and not half way."""

from __future__ import annotations

from collections.abc import Collection

from operations.dataverse import Dataverse
from operations.plan import Found, Status
from shared.odata_messages import query

ATTRIBUTE, SAVED_QUERY = 2, 26
"""componenttype (docs: solutioncomponent)"""
_NAMED = {
    SAVED_QUERY: ("savedqueries", "view"),
    29: ("workflows", "process"),
    59: ("savedqueryvisualizations", "chart"),
    60: ("systemforms", "form"),
}
"""What a person knows by a name: where it is read, and what it is called."""


def removable(sales: Dataverse, object_id: str, kind: int, ours: Collection[str] = ()) -> Found:
    """REMOVE, or BLOCKED by what depends on it (docs: RetrieveDependenciesForDelete) and is not `ours`, which goes before it."""
    dependents = {found: of_kind for found, of_kind in sales.dependents(object_id, kind).items() if found not in ours}
    if dependents:
        names = ", ".join(_described(sales, found, of_kind) for found, of_kind in dependents.items())
        return Found(Status.BLOCKED, f"used by {names}: take it out there first", object_id)
    return Found(Status.REMOVE, id=object_id)


def _described(sales: Dataverse, object_id: str, kind: int) -> str:
    if kind in _NAMED:
        entity_set, word = _NAMED[kind]
        if found := sales.find(f"{entity_set}({object_id})?{query(select='name')}"):
            return f"the {word} {found['name']}"
    return f"a component of the type {kind} ({object_id})"
