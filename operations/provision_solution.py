"""The publisher, which gives the columns their prefix, and the solution, by which everything that was made is found again."""

from __future__ import annotations

from dataclasses import dataclass

from operations.dataverse import ENTITY, Dataverse
from operations.plan import Found, Status
from operations.provision_wanted import OPTION_VALUE_PREFIX, PUBLISHER, SOLUTION, TITLE, Wanted
from shared.odata_messages import literal, query


@dataclass(frozen=True)
class Publisher:
    """The publisher of the solution."""

    sales: Dataverse
    wanted: Wanted
    name: str = f"publisher {PUBLISHER}"

    def look(self) -> Found:
        found = publisher_of(self.sales)
        if found is None:
            return Found(Status.CREATE, f"prefix {self.wanted.prefix}")
        if found["customizationprefix"] != self.wanted.prefix:
            return Found(
                Status.BLOCKED, f"it has the prefix {found['customizationprefix']}: set LEAD_COLUMN_PREFIX to that, or undo first"
            )
        return Found(Status.SAME, id=str(found["publisherid"]))

    def make(self, found: Found) -> None:
        body = {
            "uniquename": PUBLISHER,
            "friendlyname": TITLE,
            "description": "Columns, view, webhooks and role of the B2B Prospect Bridge.",
            "customizationprefix": self.wanted.prefix,
            "customizationoptionvalueprefix": OPTION_VALUE_PREFIX,
        }
        self.sales.create("publishers", body, in_solution=False)

    def look_back(self) -> Found:
        found = publisher_of(self.sales)
        if found is None:
            return Found(Status.SAME, "not there")
        if set(self._solutions(str(found["publisherid"]))) - {SOLUTION}:
            return Found(Status.KEEP, "another solution uses it")
        return Found(Status.REMOVE, id=str(found["publisherid"]))

    def remove(self, found: Found) -> None:
        """Unless its solution had to stay."""
        if not self._solutions(found.id):
            self.sales.delete(f"publishers({found.id})")

    def _solutions(self, publisher_id: str) -> list[str]:
        options = query(select="uniquename", filter=f"_publisherid_value eq {publisher_id}")
        return [str(row["uniquename"]) for row in self.sales.rows(f"solutions?{options}")]


@dataclass(frozen=True)
class Solution:
    """The unmanaged solution that everything else is put into."""

    sales: Dataverse
    name: str = f"solution {SOLUTION}"

    def look(self) -> Found:
        solution = self.sales.solution_id
        return Found(Status.SAME, id=solution) if solution else Found(Status.CREATE)

    def make(self, found: Found) -> None:
        publisher = publisher_of(self.sales)
        assert publisher is not None, "the publisher comes first"
        body = {
            "uniquename": SOLUTION,
            "friendlyname": TITLE,
            "description": "Made by the bridge's own set-up; remove it the same way.",
            "version": "1.0.0.0",
            "publisherid@odata.bind": f"/publishers({publisher['publisherid']})",
        }
        self.sales.create("solutions", body, in_solution=False)

    def look_back(self) -> Found:
        solution = self.sales.solution_id
        return Found(Status.REMOVE, id=solution) if solution else Found(Status.SAME, "not there")

    def remove(self, found: Found) -> None:
        """Deleting an unmanaged solution deletes no component; one that somebody else put in keeps it alive."""
        if all(kind == ENTITY for kind in self.sales.components().values()):
            self.sales.delete(f"solutions({found.id})")


def publisher_of(sales: Dataverse) -> dict[str, object] | None:
    """The publisher's record, or None."""
    options = query(select="publisherid,customizationprefix", filter=f"uniquename eq {literal(PUBLISHER)}")
    found = sales.first(f"publishers?{options}")
    return dict(found) if found else None
