"""A message that fails again and again is shown, and what was overdue with it comes back later, not at once."""

from __future__ import annotations

from datetime import timedelta

from shared.handling import POISON_LOOK_AGAIN
from shared.models import EventType, Hint
from shared.record import Cause
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, requested


def test_poison_moves_what_is_overdue_to_later_so_that_it_does_not_fail_each_minute() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    world.clock.forward(minutes=16)
    poison = Hint(type=EventType.LEAD_DISQUALIFIED, key=key.text, source="due", first_seen=world.clock())
    world.queues.send_text("lead-disqualified-poison", poison.model_dump_json())
    world.deliver_all()
    assert causes(world, key) == [Cause.POISON]
    assert world.onboarding(key).due == world.clock() + POISON_LOOK_AGAIN
    assert world.tick_due() == 0
    world.settle(within=timedelta(hours=2))
    assert causes(world, key) == []
    assert world.mails(key) == ["rejected"]


def test_poison_leaves_a_look_that_is_due_later_where_it_is() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    due = world.onboarding(key).due
    poison = Hint(type=EventType.LEAD_DISQUALIFIED, key=key.text, source="Update", first_seen=world.clock())
    world.queues.send_text("lead-disqualified-poison", poison.model_dump_json())
    world.deliver_all()
    assert due
    assert due > world.clock()
    assert world.onboarding(key).due == due
