"""The shape of the entity sets: keys, properties, navigation, enums; the sets themselves are in schema_sets.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NAMESPACE = "Microsoft.Dynamics.DataEntities"
EMPTY_DATE = "1900-01-01T12:00:00Z"  # what an empty date looks like in real payloads
_SHORT_TYPES = {
    "String": "Edm.String",
    "Int": "Edm.Int32",
    "Long": "Edm.Int64",
    "Decimal": "Edm.Decimal",
    "Date": "Edm.DateTimeOffset",
}
_DEFAULTS: dict[str, Any] = {"Edm.String": "", "Edm.Int32": 0, "Edm.Int64": 0, "Edm.Decimal": 0, "Edm.DateTimeOffset": EMPTY_DATE}


@dataclass(frozen=True)
class Property:
    """One property: its full type name (`Edm.String`, or an enum's), the label that the Infolog shows, a length."""

    name: str
    type: str
    label: str
    length: int | None = None
    members: tuple[str, ...] = ()
    values: tuple[int, ...] = ()

    @property
    def is_enum(self) -> bool:
        return bool(self.members)

    @property
    def default(self) -> Any:
        """What F&O holds in a field that nobody filled: no nulls, the enum's first member, the empty date."""
        return self.members[0] if self.is_enum else _DEFAULTS[self.type]


@dataclass(frozen=True)
class Navigation:
    """A navigation property: `on` pairs a local property with the target's."""

    name: str
    target: str
    many: bool
    on: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EntitySet:
    """One public entity set. `entity` is the internal name that write errors show (`CustCustomerV3Entity`)."""

    name: str
    type_name: str
    entity: str
    keys: tuple[str, ...]
    properties: dict[str, Property]
    navigations: dict[str, Navigation] = field(default_factory=dict)
    indexed: tuple[str, ...] = ()
    computed: frozenset[str] = frozenset()

    @property
    def of_company(self) -> bool:
        """Whether rows belong to a legal entity, so that the default-company rule applies."""
        return "dataAreaId" in self.keys

    def blank(self) -> dict[str, Any]:
        """A row with every property at its default."""
        return {name: property_.default for name, property_ in self.properties.items()}


ENUMS: dict[str, dict[str, int]] = {
    "NoYes": {"No": 0, "Yes": 1},
    "RetailB2BProspectStatus": {"Pending": 0, "Approved": 1, "Rejected": 2, "Unknown": 3},
    "CustVendorBlocked": {"No": 0, "Invoice": 1, "All": 2, "Payment": 3, "Requisition": 4, "Never": 5, "PurchOrder": 6},
    "CustHierarchyPurpose": {"B2BOrganization": 0},
    "CustHierarchyNodeRole": {"Admin": 0, "User": 1},
    "CustHierarchyNodeType": {"Customer": 0},
    "NumberSequenceType": {"DataArea": 0, "Shared": 1},
    "BatchStatus": {"Hold": 0, "Waiting": 1, "Executing": 2, "Error": 3, "Finished": 4, "Ready": 5, "NotRun": 6, "Canceled": 7},
    "BusinessEventsEndpointType": {
        name: number
        for number, name in enumerate(
            (
                "AzureServiceBusQueue",
                "AzureServiceBusTopic",
                "AzureEventGrid",
                "AzureEventHub",
                "Flow",
                "Http",
                "AzureBlobStorage",
                "CDS",
            )
        )
    },
}


def entity_set(name: str, type_name: str, entity: str, keys: str, properties: str, **options: Any) -> EntitySet:
    """An entity set from its plain description: one `Name Type [length] [label]` line per property."""
    parsed = [_property(line.split()) for line in properties.strip().splitlines()]
    navigations = {navigation.name: navigation for navigation in options.pop("navigations", ())}
    return EntitySet(name, type_name, entity, tuple(keys.split()), {item.name: item for item in parsed}, navigations, **options)


def navigation(name: str, target: str, many: bool = False, **on: str) -> Navigation:
    """A navigation property; the keyword arguments pair local properties with the target's."""
    return Navigation(name, target, many, tuple(on.items()))


def _property(words: list[str]) -> Property:
    name, short_type, *rest = words
    length = int(rest.pop(0)) if rest and rest[0].isdecimal() else None
    label = " ".join(rest) or _label(name)
    if short_type in ENUMS:
        members = ENUMS[short_type]
        return Property(name, f"{NAMESPACE}.{short_type}", label, length, tuple(members), tuple(members.values()))
    return Property(name, _SHORT_TYPES[short_type], label, length)


def _label(name: str) -> str:
    """A label from a property name: `AddressCity` -> `Address city` (real labels are translated texts)."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in name).split()
    return " ".join(words).capitalize()
