"""What a view must be (docs: customize-entity-views): its query and its columns fit the table that it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from sandbox.sales import errors, fetch_names
from sandbox.sales.schema import Table
from sandbox.sales.store import Row

if TYPE_CHECKING:
    from sandbox.sales.world import World


def check_view(world: World, row: Row) -> None:
    """Raise 400 for XML that is none, for another table's query or grid, and for names that are not there."""
    table = world.schema.tables.get(row["returnedtypecode"])
    fetched = _parsed(row.get("fetchxml") or "").find("entity")
    if table is None or fetched is None or fetched.get("name") != table.name:
        raise errors.rule("The fetchxml does not fetch the table that the view returns.", "0x80041128")
    tables = fetch_names.checked(world.schema, table, fetched)
    _check_grid(table, tables, _parsed(row.get("layoutxml") or "<grid/>"))


def _check_grid(table: Table, tables: dict[str, Table], grid: Element) -> None:
    if grid.get("object") not in {None, str(table.type_code)}:
        message = f"The layoutxml is of the object {grid.get('object')}, and {table.name} is {table.type_code}."
        raise errors.rule(message, "0x80041128")
    for cell in grid.iter("cell"):
        alias, _, name = str(cell.get("name")).rpartition(".")
        if alias not in tables or name not in tables[alias].columns:
            message = f"'{table.name}' entity doesn't contain attribute with Name = '{cell.get('name')}'."
            raise errors.rule(message, "0x80041103")


def _parsed(text: str) -> Element:
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - sent by the sandbox's own clients
    except ElementTree.ParseError as error:
        raise errors.rule(f"The input XML is not well-formed XML: {error}", "0x80048426") from error
