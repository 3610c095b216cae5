"""Writes whose outcome is not known, claims of the dead, and races: settled by reading, never by writing again blindly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.bridge import CLAIM
from shared.errors import Outdated, System
from shared.models import EventType, Hint, ProspectKey
from shared.record import Cause, Stage
from tests.fakes.sales import FakeOpportunity
from tests.fakes.world import Crashed, World
from tests.unit.onboarding.steps import causes, no_answer, qualified, requested, times, unavailable

SETTLE = timedelta(minutes=10)


def about_to_win() -> tuple[World, ProspectKey, FakeOpportunity]:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    return world, key, opportunity


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
    assert world.onboarding(key).customers_made


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


# ---- the dead, and races


def test_a_dead_holders_claim_is_found_by_the_timer_and_taken_over() -> None:
    world = World()
    key = world.commerce.submit()
    world.announce(key)
    world.calls.fail_next("sales.create_lead", Crashed(), after=True)
    world.settle(within=timedelta(minutes=5))
    assert (world.onboarding(key).stage, len(world.sales.records.leads)) == (Stage.IN_REVIEW, 1)
    assert world.clock() < world.messages[0].visible_at  # by the timer, not by the message that the host still hides


def test_whoever_takes_over_a_dead_holders_claim_decides_nothing_until_its_last_write_is_settled() -> None:
    world, key, _ = about_to_win()
    world.calls.fail_next("commerce.write_decision", Crashed())
    world.settle(within=timedelta(minutes=5))
    assert (causes(world, key), world.mails(key)) == ([Cause.IN_DOUBT], [])
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_a_dead_holders_write_may_have_been_sent_as_late_as_its_claim_allowed() -> None:
    world, key, _ = about_to_win()
    began = world.clock()
    world.calls.fail_next("sales.lead", Crashed())
    world.settle(within=timedelta(minutes=5))
    known = world.onboarding(key)
    assert known.in_doubt_since
    assert began + timedelta(seconds=100) < known.in_doubt_since < began + CLAIM


def test_customers_that_a_dead_holder_made_are_put_on_hold_by_a_rejection() -> None:
    world = World()
    key = requested(world)
    world.calls.fail_next("commerce.create_customers", Crashed(), after=True)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.settle()
    world.sales.lose(opportunity)
    world.settle()
    assert world.onboarding(key).stage is Stage.REJECTED
    assert {row.on_hold for row in world.commerce.records.customers.values()} == {"All"}


def test_a_claim_that_is_held_elsewhere_is_waited_for() -> None:
    world, key, _ = about_to_win()
    world.hear()
    first = world.visible()[0]

    def second_handler(name: str, _: object) -> None:
        if name == "sales.lead":
            world.calls.before_call = lambda *_: None
            other = world.visible()[0]
            done = world.deliver(other)
            assert done.outcome
            assert (done.outcome.what, done.outcome.again) == ("claimed", timedelta(seconds=15))

    world.calls.before_call = second_handler
    world.deliver(first)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_a_row_that_changed_under_us_is_abandoned_and_looked_at_again() -> None:
    world, key, _ = about_to_win()

    def taken_over(name: str, _: object) -> None:
        if name == "sales.write_note":
            world.calls.before_call = lambda *_: None
            world.clock.forward(minutes=5)
            world.tick_due()
            world.deliver(world.visible()[-1])

    world.calls.before_call = taken_over
    world.settle()
    outcomes = [done.outcome.what for done in world.delivered if done.outcome]
    assert "claim-lost" in outcomes
    assert (world.onboarding(key).stage, world.mails(key), world.notes().count("Partner approved in Commerce")) == (
        Stage.APPROVED, ["approved"], 1,
    )  # fmt: skip


def test_poison_that_takes_the_row_from_a_worker_leaves_its_last_write_in_doubt() -> None:
    world, key, _ = about_to_win()
    world.commerce.answer_late = timedelta(minutes=8)

    def poison_comes_first(name: str, _: object) -> None:
        if name == "commerce.look" and times(world, "commerce.write_decision"):
            world.calls.before_call = lambda *_: None
            hint = Hint(type=EventType.LEAD_QUALIFIED, key=key.text, first_seen=world.clock())
            world.queues.send_text("lead-qualified-poison", hint.model_dump_json())
            world.deliver(next(message for message in world.visible() if message.queue.endswith("-poison")))

    world.calls.before_call = poison_comes_first
    world.settle(within=timedelta(hours=1))
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
    assert times(world, "commerce.write_decision") == 1


def test_a_prospect_that_changes_between_reading_and_deciding_is_read_again() -> None:
    world, key, _ = about_to_win()

    def clerk_edits(name: str, _: object) -> None:
        if name == "commerce.write_decision":
            world.calls.before_call = lambda *_: None
            world.commerce.edit(key, company="Contoso Ltd.")

    world.calls.before_call = clerk_edits
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
    assert times(world, "commerce.write_decision") == 2


def test_a_clerk_who_decides_between_reading_and_deciding_has_the_last_word() -> None:
    world, key, _ = about_to_win()

    def clerk_rejects(name: str, _: object) -> None:
        if name == "commerce.write_decision":
            world.calls.before_call = lambda *_: None
            world.commerce.clerk_rejects(key)

    world.calls.before_call = clerk_rejects
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [Cause.CONTRADICTION])
    assert world.mails(key) == ["rejected"]


def test_a_race_that_is_lost_twice_comes_back_later() -> None:
    world, key, _ = about_to_win()
    lost = iter(range(4))  # two for each of both events

    def always_outdated(name: str, _: object) -> None:
        if name == "commerce.write_decision" and next(lost, None) is not None:
            raise Outdated(System.COMMERCE, "the prospect changed", status=412)

    world.calls.before_call = always_outdated
    world.deliver_all()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.QUALIFIED, [])
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
