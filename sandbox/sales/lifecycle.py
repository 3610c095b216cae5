"""States: which status goes with which state, closed records, reopening."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.sales import errors
from sandbox.sales.call import Call
from sandbox.sales.schema import Table
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

Update = Callable[["World", Call, Table, str, Row], Row]
OPEN = 0
_CLOSING_TABLES = {"lead", "opportunity"}
_STATE_COLUMNS = {"statecode", "statuscode"}


def check_status(table: Table, state: int, status: int) -> None:
    """Raise 400 where the status does not belong to the state."""
    if status not in {option.value for option in table.status_options() if option.state == state}:
        raise errors.invalid_state(status, state, table.name)


def check_update(table: Table, before: Row, sent: Row, call: Call) -> None:
    """Raise 400 for a change of a closed lead or opportunity other than opening it, and for closing an opportunity by hand."""
    if call.platform or table.name not in _CLOSING_TABLES:
        return
    reopening = sent.get("statecode") == OPEN
    if before["statecode"] != OPEN and not reopening and sent.keys():
        raise errors.already_closed(table.name)
    if table.name == "opportunity" and before["statecode"] == OPEN and sent.get("statecode", OPEN) != OPEN:
        # docs: opportunityclose: an opportunity is closed by WinOpportunity and LoseOpportunity
        raise errors.rule("The opportunity cannot be closed.", "0x80040516")


def completed_state(table: Table, before: Row, sent: Row) -> Row:
    """What follows from the state columns sent: a state alone takes its first status; raises 400 for a pair that does not fit."""
    if not _STATE_COLUMNS & sent.keys() or "statecode" not in table.columns:
        return {}
    state = sent["statecode"] if "statecode" in sent else before["statecode"]
    if "statuscode" not in sent:
        return {"statuscode": next(option.value for option in table.status_options() if option.state == state)}
    check_status(table, state, sent["statuscode"])
    return {}


def after_update(world: World, call: Call, table: Table, before: Row, after: Row, update: Update) -> None:
    """What a change of state does elsewhere: opening an opportunity again cancels its closing activities."""
    if table.name != "opportunity" or before["statecode"] == OPEN or after["statecode"] != OPEN:
        return
    row_id = str(after["opportunityid"])
    world.store.put("opportunity", row_id, {**after, "actualvalue": None, "actualclosedate": None})
    closes = world.schema.tables["opportunityclose"]
    for close in world.store.rows("opportunityclose"):
        if close["opportunityid"] == Reference("opportunity", row_id) and close["statecode"] == 1:
            update(world, call.inner(), closes, str(close["activityid"]), {"statecode": 2, "statuscode": 3})
