"""System Jobs: what is left of an asynchronous step's run (docs: asyncoperation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales.events import Event
from sandbox.sales.store import Reference, Row
from sandbox.sales.values import stamp
from sandbox.sales.webhooks.sender import Outcome

if TYPE_CHECKING:
    from sandbox.sales.world import World

EXECUTE_PLUGIN = 1
COMPLETED, SUCCEEDED, FAILED = 3, 30, 31
ISV_UNEXPECTED = -2147220956


def begin(world: World, operation_id: str, event: Event, step: Row) -> None:
    """Write the job of a queued call."""
    moment = stamp(world.now())
    table = world.schema.tables["asyncoperation"]
    row: Row = dict.fromkeys(table.columns) | {
        "asyncoperationid": operation_id,
        "name": step["name"],
        "messagename": event.message,
        "operationtype": EXECUTE_PLUGIN,
        "correlationid": event.call.correlation_id,
        "owningextensionid": Reference("sdkmessageprocessingstep", str(step["sdkmessageprocessingstepid"])),
        "regardingobjectid": Reference(event.table, event.row_id),
        "ownerid": Reference("systemuser", event.call.user_id),
        "retrycount": 0,
        "statecode": 0,
        "statuscode": 0,
        "createdon": moment,
        "modifiedon": moment,
    }
    world.store.put("asyncoperation", operation_id, row)


def finish(world: World, operation_id: str, step: Row, outcome: Outcome) -> None:
    """Complete the job; a successful one disappears where the step says asyncautodelete."""
    with world.lock:
        row = world.store.get("asyncoperation", operation_id)
        if row is None:
            return
        if outcome.succeeded and step.get("asyncautodelete"):
            world.store.remove("asyncoperation", operation_id)
            return
        moment = stamp(world.now())
        done = {"statecode": COMPLETED, "statuscode": SUCCEEDED, "completedon": moment, "modifiedon": moment}
        world.store.put("asyncoperation", operation_id, row | done | ({} if outcome.succeeded else _failure(outcome)))


def _failure(outcome: Outcome) -> Row:
    reason = f"The webhook answered {outcome.status} {outcome.reason}." if outcome.status else outcome.reason
    return {"statuscode": FAILED, "errorcode": ISV_UNEXPECTED, "friendlymessage": reason, "message": reason}
