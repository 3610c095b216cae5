"""Customers that are there before the bridge makes any."""

from __future__ import annotations

from shared.record import Cause, Stage
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes


def test_the_organization_of_an_approval_that_was_set_back_is_not_made_a_second_time() -> None:
    world = World()
    key = world.commerce.submit()
    world.commerce.clerk_approves(key)
    world.commerce.set_status(key, "Pending")  # before the bridge saw anything
    world.reconcile()
    world.deliver_all()
    world.sales.qualify(world.sales.lead_of(key))
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [Cause.EXISTING_CUSTOMER])
    assert len(world.commerce.records.customers) == 2
