"""Refusals that belong to one table: registrations of steps and images, names that must be unique."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.sales import errors
from sandbox.sales.store import Row
from sandbox.sales.views import check_view
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


def _check_publisher(world: World, row: Row) -> None:
    """docs: create-solution: 2 to 8 letters and digits, a letter first, not beginning with mscrm (code not verified)."""
    _check_unique_name("publisher")(world, row)
    prefix = str(row.get("customizationprefix") or "")
    if not re.fullmatch("(?!mscrm)[a-z][a-z0-9]{1,7}", prefix.lower()):
        raise errors.rule(f"The customization prefix '{prefix}' is not valid.", "0x80044150")


_RULES: dict[str, Callable[[World, Row], None]] = {
    "sdkmessageprocessingstep": check_step,
    "sdkmessageprocessingstepimage": check_image,
    "solution": _check_unique_name("solution"),
    "savedquery": check_view,
    "publisher": _check_publisher,
}
