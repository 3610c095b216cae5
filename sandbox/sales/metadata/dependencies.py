"""What keeps a column from being deleted (docs: RetrieveDependenciesForDelete function); nothing else has dependents here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

from sandbox.odata.keys import split_path
from sandbox.sales import errors, privileges, solutions
from sandbox.sales.call import Call
from sandbox.sales.http import Request, Response
from sandbox.sales.schema import Column, Table

if TYPE_CHECKING:
    from sandbox.sales.world import World

_PUBLISHED = 2
"""dependencytype"""


def for_delete(world: World, call: Call, request: Request) -> Response:
    """RetrieveDependenciesForDelete(ObjectId=...,ComponentType=...)."""
    privileges.require_named(world, call, "prvPublishCustomization")
    given = split_path(request.path)[0].key or {}
    if not {"ObjectId", "ComponentType"} <= given.keys():
        raise errors.rule("The function needs the parameters 'ObjectId' and 'ComponentType'.")
    required = str(given["ObjectId"]).lower()
    columns = ((table, column) for table in world.schema.tables.values() for column in table.columns.values())
    found = [pair for table, column in columns if column.metadata_id == required for pair in of_column(world, table, column)]
    value = [
        {
            "dependencyid": str(uuid4()),
            "dependencytype": _PUBLISHED,
            "requiredcomponentobjectid": required,
            "requiredcomponenttype": solutions.ATTRIBUTE,
            "dependentcomponentobjectid": object_id,
            "dependentcomponenttype": kind,
        }
        for object_id, kind in found
    ]
    return Response(200, {"@odata.context": f"{request.root}/$metadata#dependencies", "value": value})


def of_column(world: World, table: Table, column: Column) -> Iterator[tuple[str, int]]:
    """The keys, views and forms that name a column: (id, component type)."""
    yield from ((key.metadata_id, solutions.ENTITY_KEY) for key in table.keys if column.name in key.columns)
    named = re.compile(rf"""["']{re.escape(column.name)}["']""")
    for view in world.store.rows("savedquery"):
        if view["returnedtypecode"] == table.name and named.search(f"{view['fetchxml']}{view['layoutxml']}"):
            yield str(view["savedqueryid"]), solutions.SAVED_QUERY
    for form in world.store.rows("systemform"):
        if form["objecttypecode"] == table.name and named.search(str(form["formxml"])):
            yield str(form["formid"]), solutions.SYSTEM_FORM
