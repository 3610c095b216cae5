"""Annotations: what a value is called for people (docs: query-data-web-api, formatted values)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.sales.schema import Column, Kind
from sandbox.sales.store import Reference

if TYPE_CHECKING:
    from sandbox.sales.world import World

FORMATTED = "OData.Community.Display.V1.FormattedValue"
_CHOICES = {Kind.PICKLIST, Kind.STATE, Kind.STATUS, Kind.BOOLEAN}


def plain(column: Column, value: Any) -> dict[str, str]:
    """The formatted value of a choice, number or date; nothing for text."""
    if value is None or column.kind in {Kind.STRING, Kind.MEMO, Kind.GUID}:
        return {}
    if column.kind in _CHOICES:
        option = column.option(int(value))
        return {FORMATTED: option.label} if option else {}
    if column.kind is Kind.MONEY:
        return {FORMATTED: f"${value:,.2f}"}
    if column.kind in {Kind.DATE, Kind.DATETIME}:
        return {FORMATTED: str(value).replace("T", " ").removesuffix("Z")}
    return {FORMATTED: f"{value:,}"}


def lookup(world: World, column: Column, value: Reference) -> dict[str, str]:
    """A lookup's name, table and navigation property."""
    table = world.schema.tables[value.table]
    row = world.store.get(value.table, value.id) or {}
    navigation = next((target.navigation for target in column.targets if target.table == value.table), column.name)
    return {
        FORMATTED: str(row.get(table.primary_name) or ""),
        "Microsoft.Dynamics.CRM.associatednavigationproperty": navigation,
        "Microsoft.Dynamics.CRM.lookuplogicalname": value.table,
    }
