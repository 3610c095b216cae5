"""What was learned before a failure is on record: that alone never makes the repeated hint old news."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import cast

from shared.breaker import READ_EVERY, Breaker, Breakers
from shared.errors import System, Transient
from shared.ports import Commerce
from shared.record import Stage
from tests.fakes.guarded import Behind
from tests.fakes.world import World
from tests.unit.breaker.steps import throttled
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


def test_a_won_opportunity_is_approved_though_commerce_was_closed_to_traffic_after_it_was_read() -> None:
    world = World()
    here, elsewhere = (Breaker(System.COMMERCE, world.reconciler.watch, world.clock) for _ in range(2))  # type: ignore[arg-type]
    commerce = cast(Commerce, Behind(world.commerce, here))
    world.bridge = replace(world.bridge, commerce=commerce, closed_for=Breakers(here).closed_for)
    world.handler = replace(world.handler, bridge=world.bridge)
    key, opportunity = qualified(world)
    world.sales.win(opportunity)

    def throttled_meanwhile(name: str, _: object) -> None:
        if name == "commerce.channel":
            world.calls.heal()
            with suppress(Transient), elsewhere.passage():
                raise throttled(60)
            world.clock.forward(READ_EVERY)

    world.calls.before_call = throttled_meanwhile
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
