"""Claims of the dead, claims held elsewhere, and clerks who are faster."""

from __future__ import annotations

from datetime import timedelta

from shared.bridge import CLAIM
from shared.errors import Outdated, System
from shared.models import EventType, Hint
from shared.onboarding import Outcome
from shared.record import Cause, Claim, Stage
from tests.fakes.world import Crashed, World
from tests.unit.onboarding.steps import about_to_win, causes, requested, times


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


def test_waiting_for_a_claim_is_no_attempt() -> None:
    world = World()
    key = requested(world)
    stored = world.correlation.load(key)
    assert stored
    world.correlation.take(stored, Claim("somebody", world.clock(), world.clock() + CLAIM))
    world.announce(key)
    waits = []
    while world.clock() < stored.onboarding.created_at + timedelta(minutes=1):
        world.deliver_all()
        [message] = world.messages
        waits.append((message.visible_at - world.clock()).total_seconds())
        assert Hint.model_validate_json(message.text).attempt == 0
        world.clock.to(message.visible_at)
    assert waits == [2, 2, 4, 8, 15, 15, 15]


def test_a_claim_that_is_held_elsewhere_is_waited_for() -> None:
    world, key, _ = about_to_win()
    world.hear()
    first = world.visible()[0]
    met: list[Outcome | None] = []

    def second_handler(name: str, _: object) -> None:
        if name == "sales.lead":
            world.calls.before_call = lambda *_: None
            met.append(world.deliver(world.visible()[0]).outcome)

    world.calls.before_call = second_handler
    world.deliver(first)
    world.settle()
    assert met == [Outcome("claimed", timedelta(seconds=2), waited=True)]
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


def test_a_handler_that_is_too_slow_for_its_claim_writes_nothing_more() -> None:
    world, key, _ = about_to_win()

    def slow(name: str, _: object) -> None:
        if name == "commerce.look":
            world.calls.after_call = lambda *_: None
            world.clock.forward(minutes=2)

    world.calls.after_call = slow
    world.hear()
    done = world.deliver(world.visible()[0])
    assert (done.outcome and done.outcome.what, times(world, "commerce.write_decision")) == ("claim-lost", 0)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
