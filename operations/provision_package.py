"""The profile dual-write: the lead's columns of Microsoft's Commerce package are adopted, never made and never removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.dataverse import LEAD, Dataverse
from operations.plan import Found, Status
from operations.provision_wanted import Wanted
from shared.odata_messages import any_of, query

STATUS_COLUMN = "msdyn_b2bprospectstatus"


@dataclass(frozen=True)
class PackageColumns:
    """The columns that the field map writes beside our own."""

    sales: Dataverse
    wanted: Wanted
    name: str = "columns of the dual-write Commerce package"

    def look(self) -> Found:
        if missing := missing_columns(self.sales, self.wanted):
            return Found(
                Status.BLOCKED, f"not there: {', '.join(missing)}; install Dual-write Commerce solutions, or use the profile own"
            )
        if differing := differing_values(self.sales, self.wanted):
            return Found(
                Status.BLOCKED, f"{STATUS_COLUMN} has other values: {differing}; put rows of your own into the mapping file"
            )
        return Found(Status.SAME, "adopted")

    def make(self, found: Found) -> None:
        """Nothing: they belong to the package."""

    def look_back(self) -> Found:
        return Found(Status.KEEP, "they belong to the package")

    def remove(self, found: Found) -> None:
        """Nothing: they belong to the package."""


def missing_columns(sales: Dataverse, wanted: Wanted) -> list[str]:
    """The package's columns that this environment does not have."""
    names = wanted.package_columns()
    options = query(select="LogicalName", filter=any_of("LogicalName", names))
    there = {str(row["LogicalName"]) for row in sales.rows(f"{LEAD}/Attributes?{options}")}
    return [name for name in names if name not in there]


def differing_values(sales: Dataverse, wanted: Wanted) -> str:
    """Where the environment's option set names a status otherwise than the field map; empty where they agree."""
    cast = f"{LEAD}/Attributes(LogicalName='{STATUS_COLUMN}')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    options = sales.get(f"{cast}?{query(select='LogicalName', expand='OptionSet')}")["OptionSet"]["Options"]
    there = {label(option): int(option["Value"]) for option in options}
    return ", ".join(
        f"{name} is {there.get(name)}, not {value}" for name, value in _mapped(wanted).items() if there.get(name) != value
    )


def _mapped(wanted: Wanted) -> Mapping[str, int]:
    values = next((row.value_map for row in wanted.lead_rows() if row.target == STATUS_COLUMN), None)
    return {name: int(value) for name, value in (values or {}).items()}


def label(option: Mapping[str, Any]) -> str:
    """An option's label in the language of whoever asks; empty where it has none."""
    return str((option["Label"].get("UserLocalizedLabel") or {}).get("Label", ""))
