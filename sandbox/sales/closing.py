"""WinOpportunity and LoseOpportunity: the closing activity and the opportunity's state, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import errors, privileges, records
from sandbox.sales.call import Call
from sandbox.sales.events import EntityValue, Event, OptionValue
from sandbox.sales.lifecycle import OPEN, check_status
from sandbox.sales.platform_changes import change, put
from sandbox.sales.store import Reference, Row
from sandbox.sales.values import stamp

if TYPE_CHECKING:
    from sandbox.sales.world import World

STATES = {"Win": 1, "Lose": 2}


def close_opportunity(world: World, call: Call, message: str, status: int, close: Row) -> str:
    """Win or lose the opportunity that `close` names; returns the closing activity's id; raises 400 where it is closed."""
    with world.transaction():
        before = _open_opportunity(world, call, close)
        row_id, state = str(before["opportunityid"]), STATES[message]
        check_status(world.schema.tables["opportunity"], state, status)
        close_id = _closing_activity(world, call, close, state, status)
        actual = {"actualclosedate": close.get("actualend") or stamp(world.now())[:10]}
        actual |= {"actualvalue": close["actualrevenue"]} if close.get("actualrevenue") is not None else {}
        after = change(world, call, "opportunity", row_id, actual | {"statecode": state, "statuscode": status})
        inputs = {"OpportunityClose": EntityValue("opportunityclose", close_id, close), "Status": OptionValue(status)}
        name = message if world.options.close_messages == "short" else f"{message}Opportunity"
        world.raise_event(Event(name, "opportunity", row_id, call, inputs, before=before, after=after))
        return close_id


def _open_opportunity(world: World, call: Call, close: Row) -> Row:
    reference, table = close.get("opportunityid"), world.schema.tables["opportunity"]
    if not isinstance(reference, Reference):
        raise errors.rule("The opportunity id is missing or invalid.", "0x80043b15")
    row = records.existing(world, table, reference.id)
    privileges.require(world, call, "Write", table, row)
    if row["statecode"] != OPEN:
        raise errors.already_closed("opportunity")
    return row


def _closing_activity(world: World, call: Call, close: Row, state: int, status: int) -> str:
    close_id = records.create(world, call.inner(), world.schema.tables["opportunityclose"], close)
    done = {"statecode": 1, "statuscode": 2, "opportunitystatecode": state, "opportunitystatuscode": status}
    put(world, "opportunityclose", close_id, done)
    return close_id
