"""Proof 1, continued: a receiver that breaks at any call has either not answered, or asked for the event again, or kept it.

What is acknowledged is in its queue. So is what a handler wants to see again: its message ends only when the next one is there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from shared import commerce_events, sales_events
from shared.handling import handle
from shared.models import EventType, Hint
from shared.receiving import Reply, receive
from tests.fakes.calls import Hook
from tests.fakes.world import Crashed, World
from tests.proofs.crashes import Break, Point, break_at, error_of
from tests.unit.events import payloads

EVENTS = [("commerce", "business-event"), ("commerce", "eventgrid-batch-with-a-bad-member"), ("sales", "qualify-lead")]
MOST_CALLS = 30


@pytest.mark.parametrize(("system", "name"), EVENTS, ids=lambda text: text)
def test_what_is_acknowledged_is_in_its_queue(system: str, name: str, counted: Callable[[str, int], None]) -> None:
    points = [Point(number, how) for number in range(MOST_CALLS) for how in Break]
    for point in points:
        check_receiver(system, name, lambda world, point=point: break_at(world, point))  # type: ignore[misc]
    for how in (Break.FAILS_BEFORE, Break.ANSWER_LOST):
        check_while_storage_is_down(system, name, how)
    counted("crash points of receivers", len(points) + 2)


def test_a_message_that_must_come_back_is_given_up_only_when_the_next_one_is_there(counted: Callable[[str, int], None]) -> None:
    points = [Point(number, how) for number in range(MOST_CALLS) for how in Break]
    for point in points:
        check_comes_back(point)
    counted("crash points of a message that must come back", len(points))


def check_receiver(system: str, name: str, disturb: Callable[[World], None]) -> None:
    """Post one recorded event to a disturbed receiver."""
    undisturbed, world = World(), World()
    wanted = _post(undisturbed, system, name)
    assert wanted and wanted.status == 200
    disturb(world)
    reply = _post(world, system, name)
    world.calls.heal()
    assert reply is None or reply.status == 503 or len(world.visible()) >= len(undisturbed.visible()), reply


def check_while_storage_is_down(system: str, name: str, how: Break) -> None:
    """Not one call fails, which is repeated at once, but all of them."""
    check_receiver(system, name, lambda world: _storage_is_down(world, how))


def check_comes_back(point: Point) -> None:
    """Handle a message about a prospect that is not visible yet, which must be looked at again."""
    world = World()
    hint = Hint(type=EventType.PROSPECT_CREATED, key="usmf.P-000009", first_seen=world.clock())
    break_at(world, point)
    handled = False
    with suppress(Crashed, Exception):
        handle(world.handler, hint.model_dump_json().encode())
        handled = True
    world.calls.heal()
    assert not handled or world.next_happening() is not None, point


def _post(world: World, system: str, name: str) -> Reply | None:
    """None: the receiver died before it answered."""
    body = payloads.body(system, name)
    parsers = {
        "commerce": lambda: commerce_events.parse(body, {}, world.clock()),
        "sales": lambda: sales_events.parse(body, {}, "b2b_prospectkey", world.clock()),
    }
    try:
        return receive(world.receiver, system, body, parsers[system])
    except Crashed:
        return None


def _storage_is_down(world: World, how: Break) -> None:
    def fail(name: str, _: object) -> None:
        raise error_of(name, how)

    hook: Hook = fail
    if how.is_after:
        world.calls.after_call = hook
    else:
        world.calls.before_call = hook
