"""Refusals that belong to one table: registrations of steps and images, names that must be unique."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from sandbox.sales import errors
from sandbox.sales.store import Row
from sandbox.sales.webhooks.steps import check_image, check_step

if TYPE_CHECKING:
    from sandbox.sales.world import World


def check(world: World, table: str, row: Row, sent: Row) -> None:
    """Raise 400 where a table's own rule refuses the row."""
    if table == "sdkmessageprocessingstepimage" and sent.get("attributes") == "":
        raise errors.rule("An image's attributes must be left out for all columns; an empty text is not valid.", "0x80044169")
    if rule := _RULES.get(table):
        rule(world, row)


def _check_unique_name(table: str) -> Callable[[World, Row], None]:
    def rule(world: World, row: Row) -> None:
        for other in world.store.rows(table):
            if other["uniquename"] == row.get("uniquename") and other[f"{table}id"] != row[f"{table}id"]:
                raise errors.rule(f"A {table} with the unique name {row['uniquename']} already exists.", "0x80040237")

    return rule


def _check_view(world: World, row: Row) -> None:
    """docs: customize-entity-views: fetchxml and layoutxml are XML, and fetch the table that the view is of."""
    try:
        fetched = ElementTree.fromstring(row.get("fetchxml") or "").find("entity")  # noqa: S314 - the sandbox's own clients
        ElementTree.fromstring(row.get("layoutxml") or "<grid/>")  # noqa: S314
    except ElementTree.ParseError as error:
        raise errors.rule(f"The input XML is not well-formed XML: {error}", "0x80048426") from error
    if row["returnedtypecode"] not in world.schema.tables or fetched is None or fetched.get("name") != row["returnedtypecode"]:
        raise errors.rule("The fetchxml does not fetch the table that the view returns.", "0x80041128")
    for attribute in fetched.iter("attribute"):
        if attribute.get("name") not in world.schema.tables[row["returnedtypecode"]].columns:
            message = f"'{row['returnedtypecode']}' entity doesn't contain attribute with Name = '{attribute.get('name')}'."
            raise errors.rule(message, "0x80041103")


_RULES: dict[str, Callable[[World, Row], None]] = {
    "sdkmessageprocessingstep": check_step,
    "sdkmessageprocessingstepimage": check_image,
    "solution": _check_unique_name("solution"),
    "savedquery": _check_view,
    "publisher": _check_unique_name("publisher"),
}
