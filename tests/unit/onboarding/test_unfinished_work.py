"""What was learned before a failure is on record: that alone never makes the repeated hint old news."""

from __future__ import annotations

from datetime import timedelta

from shared.record import Stage
from tests.fakes.world import World
from tests.unit.onboarding.steps import qualified, unavailable


def test_a_poll_that_finds_a_won_opportunity_is_repeated_until_the_approval_is_sent() -> None:
    world = World()
    world.reconcile()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    world.clock.forward(timedelta(minutes=5))
    world.reconcile()
    world.calls.fail_next("commerce.write_decision", unavailable())
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
