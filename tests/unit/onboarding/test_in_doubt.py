"""Writes whose outcome is not known, claims of the dead, and races: settled by reading, never by writing again blindly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.models import EventType, Hint, ProspectKey
from shared.record import Cause, Stage
from tests.fakes.world import World
from tests.unit.onboarding.steps import about_to_win, causes, no_answer, qualified, requested, times, unavailable

SETTLE = timedelta(minutes=10)


def test_an_approval_without_an_answer_that_took_effect_is_not_sent_again() -> None:
    world, key, _ = about_to_win()
    world.calls.fail_next("commerce.write_decision", no_answer(), after=True)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])
    assert times(world, "commerce.write_decision") == 1


def test_an_approval_without_an_answer_that_shows_no_effect_waits_for_the_servers_longest_run() -> None:
    world, key, _ = about_to_win()
    world.calls.fail_next("commerce.write_decision", no_answer())
    world.deliver_all()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), known.due) == (Stage.QUALIFIED, [Cause.IN_DOUBT], world.clock() + SETTLE)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])
    assert times(world, "commerce.write_decision") == 2


def test_an_approval_that_takes_effect_minutes_after_its_time_out_is_sent_once() -> None:
    world, key, _ = about_to_win()
    world.commerce.answer_late = timedelta(minutes=9)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
    assert times(world, "commerce.write_decision") == 1


def test_an_approval_in_doubt_stays_in_doubt_when_it_cannot_be_read_back_at_once() -> None:
    world, key, _ = about_to_win()
    world.commerce.answer_late = timedelta(minutes=9)

    def read_back_fails(name: str, _: object) -> None:
        if name == "commerce.look" and times(world, "commerce.write_decision"):
            world.calls.before_call = lambda *_: None
            raise unavailable()

    world.calls.before_call = read_back_fails
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
    assert times(world, "commerce.write_decision") == 1


def test_other_events_do_not_send_an_approval_that_is_in_doubt() -> None:
    world, key, opportunity = about_to_win()
    world.calls.fail_next("commerce.write_decision", no_answer())
    world.deliver_all()
    for _ in range(3):
        world.clock.forward(minutes=2)
        now = world.clock()
        world.send(
            Hint(type=EventType.OPPORTUNITY_CLOSED, key=key.text, state="won", opportunity_id=opportunity.id, first_seen=now)
        )
        world.deliver_all()
    assert times(world, "commerce.write_decision") == 1
    assert causes(world, key) == [Cause.IN_DOUBT]


def test_a_decision_in_doubt_after_an_older_one_without_effect_is_in_doubt_all_the_same() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.commerce.status_has_effect = False
    world.sales.disqualify(lead)
    world.settle()
    assert causes(world, key) == [Cause.APPROVED_WITHOUT_EFFECTS]
    world.commerce.status_has_effect = True
    world.sales.reactivate(lead)
    opportunity = world.sales.qualify(lead)
    assert opportunity
    world.settle()
    world.calls.clear()
    world.sales.win(opportunity)
    world.commerce.answer_late = timedelta(minutes=9)
    world.settle()
    assert (times(world, "commerce.write_decision"), world.mails(key)) == (1, ["approved"])


def test_a_rejection_without_an_answer_is_settled_in_the_same_way() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.calls.fail_next("commerce.write_decision", no_answer(), after=True)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.REJECTED, ["rejected"])
    assert times(world, "commerce.write_decision") == 1


def test_a_decision_that_is_accepted_and_has_no_effect_is_not_sent_again_but_shown() -> None:
    world, key, _ = about_to_win()
    world.commerce.status_has_effect = False
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [Cause.APPROVED_WITHOUT_EFFECTS])
    assert times(world, "commerce.write_decision") == 1


# ---- customers


def qualified_while(failing: Callable[[World], None]) -> tuple[World, ProspectKey]:
    world = World()
    key = requested(world)
    failing(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.settle()
    return world, key


@pytest.mark.parametrize("after", [False, True], ids=["without-effect", "with-effect"])
def test_customers_whose_creation_got_no_answer_are_there_once(after: bool) -> None:
    world, key = qualified_while(lambda world: world.calls.fail_next("commerce.create_customers", no_answer(), after=after))
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [])
    assert len(world.commerce.records.customers) == 2
    assert len(world.onboarding(key).accounts_made) == 2


@pytest.mark.parametrize("seconds", [3, 60, 600])
def test_customers_that_are_created_after_the_time_out_are_there_once(seconds: int) -> None:
    def late(world: World) -> None:
        world.commerce.answer_late = timedelta(seconds=seconds)

    world, key = qualified_while(late)
    assert (world.onboarding(key).stage, causes(world, key), len(world.commerce.records.customers)) == (Stage.QUALIFIED, [], 2)


def test_a_missing_person_beside_its_organization_is_settled_by_looking_for_the_person() -> None:
    world = World()
    key, opportunity = qualified(world)
    del world.commerce.records.customers["usmf", key.prospect_id]
    world.sales.win(opportunity)
    world.calls.fail_next("commerce.create_customers", no_answer())
    world.hear()
    done = world.deliver(world.visible()[0])
    assert (done.outcome and done.outcome.what, times(world, "commerce.create_customers")) == ("again", 2)
    world.settle()
    assert (world.onboarding(key).stage, len(world.commerce.records.customers)) == (Stage.APPROVED, 2)
