"""The customer hierarchy where the bridge makes it: once, after the grace, found again when no answer came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import InDoubt, System
from shared.models import ProspectKey
from shared.policy import Hierarchies
from shared.record import Cause, Stage
from tests.fakes.world import POLICY, World
from tests.unit.onboarding.steps import causes, refused, times, won

MAKES_HIERARCHIES = replace(POLICY, hierarchies=Hierarchies.BRIDGE)


def without_hierarchies() -> tuple[World, ProspectKey]:
    """A request that was won and approved in an environment whose approvals make no hierarchy."""
    world = World(policy=MAKES_HIERARCHIES)
    world.commerce.makes_hierarchies = False
    return world, won(world)


def test_a_missing_hierarchy_is_made_after_the_grace_with_the_requester_as_its_admin() -> None:
    world, key = without_hierarchies()
    known = world.onboarding(key)
    [made] = world.commerce.records.hierarchies.values()
    assert (known.stage, causes(world, key), known.hierarchy_id) == (Stage.APPROVED, [], made.id)
    assert (made.organization_party, made.admins()) == (known.organization_party, (known.person_party,))
    assert known.decided_at and world.clock() >= known.decided_at + world.policy.effects_grace


def test_the_hierarchy_of_a_request_that_names_no_company_has_the_requests_number_for_a_name() -> None:
    world = World(policy=MAKES_HIERARCHIES)
    world.commerce.makes_hierarchies = False
    key = won(world, company="")
    assert [asked[1] for name, asked in world.calls.made if name == "commerce.create_hierarchy"] == [key.prospect_id]


def test_a_hierarchy_that_commerce_makes_within_the_grace_stays_the_only_one() -> None:
    world = World(policy=MAKES_HIERARCHIES)
    world.commerce.effects_after = world.policy.effects_grace / 2
    won(world)
    assert (len(world.commerce.records.hierarchies), times(world, "commerce.create_hierarchy")) == (1, 0)


@pytest.mark.parametrize("late", [None, timedelta(seconds=3), timedelta(minutes=8)], ids=["lost", "seconds", "minutes"])
def test_a_hierarchy_whose_creation_got_no_answer_is_there_once(late: timedelta | None) -> None:
    world = World(policy=MAKES_HIERARCHIES)
    world.commerce.makes_hierarchies = False

    def no_answer(name: str, _: object) -> None:
        if name == "commerce.create_hierarchy":
            world.calls.heal()
            world.commerce.answer_late = late
            if late is None:
                raise InDoubt(System.COMMERCE, "ReadTimeout")

    world.calls.before_call = no_answer
    key = won(world)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [])
    assert len(world.commerce.records.hierarchies) == 1


def test_an_environment_that_takes_no_hierarchy_from_outside_says_so_on_the_approved_onboarding() -> None:
    world = World(policy=MAKES_HIERARCHIES)
    world.commerce.makes_hierarchies = False
    world.calls.before_call = _refuses_hierarchies
    key = won(world)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.REFUSED_BY_COMMERCE])


def _refuses_hierarchies(name: str, _: object) -> None:
    if name == "commerce.create_hierarchy":
        raise refused()
