"""What a table is made of: columns, lookups with their navigation properties, alternate keys, states."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from uuid import uuid4


class Kind(Enum):
    """A column's type, with the Edm type that the Web API gives it."""

    STRING = ("String", "Edm.String")
    MEMO = ("Memo", "Edm.String")
    INTEGER = ("Integer", "Edm.Int32")
    BIGINT = ("BigInt", "Edm.Int64")
    DOUBLE = ("Double", "Edm.Double")
    DECIMAL = ("Decimal", "Edm.Decimal")
    MONEY = ("Money", "Edm.Decimal")
    BOOLEAN = ("Boolean", "Edm.Boolean")
    DATETIME = ("DateTime", "Edm.DateTimeOffset")
    DATE = ("DateTime", "Edm.Date")
    PICKLIST = ("Picklist", "Edm.Int32")
    STATE = ("State", "Edm.Int32")
    STATUS = ("Status", "Edm.Int32")
    LOOKUP = ("Lookup", "Edm.Guid")
    GUID = ("Uniqueidentifier", "Edm.Guid")

    def __init__(self, attribute_type: str, edm: str) -> None:
        self.attribute_type = attribute_type
        self.edm = edm


@dataclass(frozen=True)
class Target:
    """Where a lookup may point: the table, the navigation property here, and the collection on the other side."""

    table: str
    navigation: str
    collection: str = ""


@dataclass
class Option:
    """One value of a choice; `state` is set for the values of a status column."""

    value: int
    label: str
    state: int | None = None


@dataclass
class Column:
    """One column; `required` means for a create; what is not `creatable` or `updatable` is ignored in a body."""

    name: str
    kind: Kind
    label: str = ""
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    options: list[Option] = field(default_factory=list)
    targets: tuple[Target, ...] = ()
    required: bool = False
    creatable: bool = True
    updatable: bool = True
    readable: bool = True
    custom: bool = False
    schema_name: str = ""
    default: object = None
    metadata_id: str = field(default_factory=lambda: str(uuid4()))

    def option(self, value: int) -> Option | None:
        """The choice's option with a value, if it has one."""
        return next((option for option in self.options if option.value == value), None)


@dataclass
class AlternateKey:
    """An alternate key; `status` is its index's: Pending, InProgress, Active or Failed."""

    name: str
    schema_name: str
    columns: tuple[str, ...]
    label: str = ""
    status: str = "Active"
    metadata_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class Table:
    """A table; `type_code` is its ObjectTypeCode; `owned` tables have ownerid, the others belong to the organization."""

    name: str
    set_name: str
    primary_id: str
    primary_name: str
    type_code: int
    columns: dict[str, Column]
    keys: list[AlternateKey] = field(default_factory=list)
    label: str = ""
    owned: bool = True
    audited: bool = True
    change_tracking: bool = False
    custom: bool = False
    schema_name: str = ""
    metadata_id: str = field(default_factory=lambda: str(uuid4()))
    images: tuple[str, ...] = ("Create", "Update", "Delete", "Merge", "SetState", "Assign")

    def navigation(self, name: str) -> tuple[Column, Target] | None:
        """The lookup column and target behind a single-valued navigation property."""
        for column in self.columns.values():
            for target in column.targets:
                if target.navigation == name:
                    return column, target
        return None

    def status_options(self) -> list[Option]:
        """The values of statuscode, each with its state."""
        column = self.columns.get("statuscode")
        return column.options if column else []


class Schema:
    """Every table by logical name and by entity set name, and the collections that lookups give to other tables."""

    def __init__(self, tables: list[Table]) -> None:
        self.tables: dict[str, Table] = {}
        self.by_set: dict[str, Table] = {}
        for table in tables:
            self.add(table)

    def add(self, table: Table) -> None:
        """Make a table known."""
        self.tables[table.name] = table
        self.by_set[table.set_name] = table

    def remove(self, table: Table) -> None:
        """Forget a table."""
        del self.tables[table.name]
        del self.by_set[table.set_name]

    def collection(self, table: Table, name: str) -> tuple[Table, Column] | None:
        """The table and lookup column behind a collection-valued navigation property of `table`."""
        for other in self.tables.values():
            for column in other.columns.values():
                for target in column.targets:
                    if target.table == table.name and target.collection == name:
                        return other, column
        return None
