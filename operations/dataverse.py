"""Short ways to customize a Dataverse environment: rows, definitions, and the solution that everything new belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.errors import Missing
from shared.odata import ODataService
from shared.odata_messages import Operation, literal, query
from shared.sales_reading import FRESH

READING = {**FRESH, "Consistency": "Strong"}
"""Never from a cache: neither expanded rows, nor definitions, cached up to 30 s after a change (docs: optional-parameters)."""
LEAD = "EntityDefinitions(LogicalName='lead')"
ENTITY = 1
"""componenttype of a table: the lead's own component in the solution, which is never removed."""

Body = Mapping[str, object]
Row = Mapping[str, Any]
_ID = re.compile(r"\(([0-9a-fA-F-]{36})\)\s*$")


@dataclass(frozen=True)
class Dataverse:
    """One environment, and the solution by its unique name."""

    service: ODataService
    solution: str
    root: str = ""
    """The Web API's address, for references in bodies, e.g. `https://org.crm.dynamics.com/api/data/v9.2`."""

    def get(self, path: str) -> Row:
        """One record or definition; raises the ServiceErrors."""
        return self.service.send(Operation("GET", path, READING)).data

    def find(self, path: str) -> Row | None:
        """One record or definition, None where there is none."""
        try:
            return self.get(path)
        except Missing:
            return None

    def rows(self, path: str) -> list[Row]:
        """The records of a collection, all pages."""
        return list(self.service.rows(Operation("GET", path, READING)))

    def first(self, path: str) -> Row | None:
        """The first record of a collection, None where it is empty."""
        return next(iter(self.rows(path)), None)

    def create(self, path: str, body: Body, *, in_solution: bool = True) -> str:
        """Create and return the new id; raises the ServiceErrors. Never sent twice: the next run finds what a lost answer hid."""
        headers = {"MSCRM.SolutionUniqueName": self.solution} if in_solution else {}
        answer = self.service.send(Operation("POST", path, headers, body, repeatable=False))
        found = _ID.search(answer.headers.get("OData-EntityId", ""))
        return found[1].lower() if found else ""

    def change(self, path: str, body: Body) -> None:
        """Update a record that exists."""
        self.service.send(Operation("PATCH", path, {"If-Match": "*"}, body))

    def call(self, action: str, body: Body) -> Row:
        """Run an action."""
        return self.service.send(Operation("POST", action, body=body, repeatable=False)).data

    def delete(self, path: str) -> None:
        """Delete; content where it is gone already."""
        try:
            self.service.send(Operation("DELETE", path))
        except Missing:
            return

    @property
    def solution_id(self) -> str:
        """The solution's id; empty before it is made."""
        found = self.first(f"solutions?{query(select='solutionid', filter=f'uniquename eq {literal(self.solution)}')}")
        return str(found["solutionid"]) if found else ""

    def components(self) -> dict[str, int]:
        """What belongs to the solution: object id -> component type (docs: solutioncomponent)."""
        solution = self.solution_id
        if not solution:
            return {}
        path = f"solutioncomponents?{query(select='objectid,componenttype', filter=f'_solutionid_value eq {solution}')}"
        return {str(row["objectid"]).lower(): int(row["componenttype"]) for row in self.rows(path)}

    def dependents(self, object_id: str, kind: int) -> dict[str, int]:
        """What keeps a component of that type from being deleted: object id -> component type."""
        rows = self.rows(f"RetrieveDependenciesForDelete(ObjectId={object_id},ComponentType={kind})")
        return {str(row["dependentcomponentobjectid"]).lower(): int(row["dependentcomponenttype"]) for row in rows}

    @cached_property
    def language(self) -> int:
        """The organization's base language, in which every label must be given."""
        found = self.first(f"organizations?{query(select='languagecode')}")
        return int(found["languagecode"]) if found else 1033

    def label(self, text: str) -> Body:
        """A label in the base language."""
        localized = {"@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", "Label": text, "LanguageCode": self.language}
        return {"@odata.type": "Microsoft.Dynamics.CRM.Label", "LocalizedLabels": [localized]}
