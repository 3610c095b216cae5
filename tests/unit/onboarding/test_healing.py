"""What a person set right closes its attention, also where the case is closed and no event tells of it."""

from __future__ import annotations

from shared.models import ProspectKey
from shared.operating import By, Desk, close, settle
from shared.record import Cause, Stage
from shared.rulings import COMMERCE
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, qualified, won

CLERK = By("00000000-0000-0000-0000-00000000c1e2")


def a_day_later(world: World) -> None:
    world.clock.forward(days=1)
    world.tick_due()
    world.deliver_all()


def contradicted(world: World) -> ProspectKey:
    """Won in Sales, rejected by a clerk."""
    key, opportunity = qualified(world)
    world.commerce.clerk_rejects(key)
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [Cause.CONTRADICTION])
    return key


def test_a_contradiction_that_the_clerk_settles_in_commerce_is_closed_within_a_day() -> None:
    world = World()
    key = contradicted(world)
    world.commerce.clerk_approves(key)
    a_day_later(world)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [])


def test_a_status_that_was_set_back_and_decided_again_is_closed_within_a_day() -> None:
    world = World()
    key = won(world)
    world.commerce.set_status(key, "Pending")
    world.reconcile()
    world.settle()
    assert causes(world, key) == [Cause.STATUS_RESET]
    world.commerce.set_status(key, "Approved")
    a_day_later(world)
    assert causes(world, key) == []
    assert world.onboarding(key).due is None


def test_a_case_whose_attention_a_person_settled_or_closed_costs_no_look_any_more() -> None:
    world = World()
    desk = Desk(world.correlation, world.queues, world.clock)
    settled, closed = contradicted(world), contradicted(world)
    settle(desk, settled, CLERK, Cause.CONTRADICTION, COMMERCE, "head office is right")
    close(desk, closed, CLERK, "talked about")
    world.deliver_all()
    a_day_later(world)
    assert (world.onboarding(settled).due, world.onboarding(closed).due) == (None, None)
