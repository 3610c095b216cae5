"""The lead's own columns, and the alternate key on one of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from operations.dataverse import LEAD, Dataverse, Row
from operations.plan import Found, Status
from operations.provision_dependents import ATTRIBUTE, removable
from operations.provision_view import view_of
from operations.provision_wanted import KEY_LABEL, Column, Wanted
from shared.odata_messages import query

KEY_PATIENCE = 305.0
"""Seconds that an index may take to build (docs: define-alternate-keys-entity)."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds between two looks; each pause is twice as long as the one before."""
ACTIVE, FAILED = "Active", "Failed"


class KeyNotActive(Exception):
    """The alternate key's index is not built; the text says what to do."""


@dataclass(frozen=True)
class LeadColumn:
    """One text column of the lead."""

    sales: Dataverse
    wanted: Wanted
    column: Column

    @property
    def name(self) -> str:
        return f"column {self.logical_name}"

    @property
    def logical_name(self) -> str:
        return self.wanted.column(self.column)

    def look(self) -> Found:
        found = self._found()
        if found is None:
            return Found(Status.CREATE, f"text, {self.column.length}")
        return self._judged(found)

    def make(self, found: Found) -> None:
        label = self.sales.label
        body = {
            "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
            "AttributeType": "String",
            "AttributeTypeName": {"Value": "StringType"},
            "SchemaName": self.wanted.schema_name(self.column),
            "RequiredLevel": {
                "Value": "None",
                "CanBeChanged": True,
                "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
            },
            "FormatName": {"Value": "Text"},
            "MaxLength": self.column.length,
            "DisplayName": label(self.column.label),
            "Description": label("Written by the B2B Prospect Bridge."),
        }
        self.sales.create(f"{LEAD}/Attributes", body)

    def look_back(self) -> Found:
        found = self._found()
        if found is None:
            return Found(Status.SAME, "not there")
        if str(found["MetadataId"]).lower() not in self.sales.components():
            return Found(Status.KEEP, "not made by this solution")
        if self.sales.first(f"leads?{query(select='leadid', filter=f'{self.logical_name} ne null', top='1')}"):
            return Found(
                Status.BLOCKED, "leads hold values in it, which would be lost: delete those leads, or empty the column, first"
            )
        return removable(self.sales, str(found["MetadataId"]), ATTRIBUTE, self._made_here())

    def remove(self, found: Found) -> None:
        self.sales.delete(f"{LEAD}/Attributes(LogicalName='{self.logical_name}')")

    def _made_here(self) -> set[str]:
        """Our key and our view, which are removed before the column."""
        key, view = key_of(self.sales, self.wanted.key_column), view_of(self.sales)
        ids = {str(key["MetadataId"]).lower()} if key else set()
        ids |= {str(view["savedqueryid"]).lower()} if view else set()
        return ids & self.sales.components().keys()

    def _found(self) -> Row | None:
        return self.sales.find(
            f"{LEAD}/Attributes(LogicalName='{self.logical_name}')?{query(select='LogicalName,AttributeType,MetadataId')}"
        )

    def _judged(self, found: Row) -> Found:
        if found["AttributeType"] != "String":
            return Found(Status.BLOCKED, f"it is there as {found['AttributeType']}; choose another LEAD_COLUMN_PREFIX")
        cast = "Microsoft.Dynamics.CRM.StringAttributeMetadata"
        length = self.sales.get(f"{LEAD}/Attributes(LogicalName='{self.logical_name}')/{cast}?{query(select='MaxLength')}")[
            "MaxLength"
        ]
        if length < self.column.length:
            return Found(Status.BLOCKED, f"it takes {length} characters; make it {self.column.length} in the maker portal")
        return Found(Status.SAME)


@dataclass(frozen=True)
class LeadKey:
    """The alternate key: one lead for each prospect. Making it returns when its index is Active."""

    sales: Dataverse
    wanted: Wanted
    patience: float = KEY_PATIENCE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @property
    def name(self) -> str:
        return f"alternate key on {self.wanted.key_column}"

    def look(self) -> Found:
        found = key_of(self.sales, self.wanted.key_column)
        if found is None:
            return Found(Status.CREATE)
        status = str(found["EntityKeyIndexStatus"])
        return Found(Status.SAME if status == ACTIVE else Status.CHANGE, status, str(found["LogicalName"]))

    def make(self, found: Found) -> None:
        if found.status is Status.CREATE:
            body = {
                "SchemaName": self.wanted.key_schema_name,
                "DisplayName": self.sales.label(KEY_LABEL),
                "KeyAttributes": [self.wanted.key_column],
            }
            self.sales.create(f"{LEAD}/Keys", body)
        elif found.detail == FAILED:
            self.sales.call("ReactivateEntityKey", {"EntityLogicalName": "lead", "EntityKeyLogicalName": found.id})
        self._wait()

    def look_back(self) -> Found:
        found = key_of(self.sales, self.wanted.key_column)
        if found is None:
            return Found(Status.SAME, "not there")
        if str(found["MetadataId"]).lower() not in self.sales.components():
            return Found(Status.KEEP, "not made by this solution")
        return Found(Status.REMOVE, id=str(found["MetadataId"]))

    def remove(self, found: Found) -> None:
        self.sales.delete(f"{LEAD}/Keys({found.id})")

    def _wait(self) -> None:
        end, pause = self.clock() + self.patience, FIRST_PAUSE
        while (found := self.look()).status is not Status.SAME:
            if found.detail == FAILED:
                raise KeyNotActive(
                    f"{self.name}: its index failed, most likely since two leads have the same value; make them differ"
                )
            if self.clock() > end:
                raise KeyNotActive(f"{self.name}: still {found.detail} after {self.patience:.0f} s; run the command again later")
            self.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def key_of(sales: Dataverse, column: str) -> Row | None:
    """The alternate key on exactly this column, whatever its name."""
    keys = sales.rows(f"{LEAD}/Keys?{query(select='LogicalName,KeyAttributes,EntityKeyIndexStatus,MetadataId')}")
    return next((key for key in keys if list(key["KeyAttributes"]) == [column]), None)


def columns_of(sales: Dataverse, wanted: Wanted, columns: tuple[Column, ...]) -> tuple[LeadColumn, ...]:
    """A piece for each column."""
    return tuple(LeadColumn(sales, wanted, column) for column in columns)
