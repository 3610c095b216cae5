"""Hints that come twice, late, early, in any order, or not at all; and messages that are none."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.core.exceptions import ServiceRequestError

from shared.errors import Transient
from shared.handling import STORE_AGAIN
from shared.models import EventType, Hint, ProspectKey
from shared.onboarding import converge
from shared.record import Cause, Stage
from tests.fakes.world import HIDDEN_AFTER_CRASH, World
from tests.unit.onboarding.steps import causes, qualified, requested, times, won


def test_an_announcement_that_comes_three_times_makes_one_lead_and_one_note() -> None:
    world = World()
    key = world.commerce.submit()
    for _ in range(3):
        world.announce(key)
    world.settle()
    assert len(world.sales.records.leads) == 1
    assert (world.onboarding(key).stage, len(world.sales.notes)) == (Stage.IN_REVIEW, 1)
    assert times(world, "sales.create_lead") == 1


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_events_does_not_matter_and_neither_does_repeating_them(seed: int) -> None:
    world, shuffle = World(hears_commerce=True), random.Random(seed)
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.sales.win(opportunity)
    for hint in [*world.sales.events, *shuffle.choices(world.sales.events, k=4)]:
        world.send(hint)
    world.settle(shuffle=shuffle)
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])
    assert len(world.commerce.records.customers) == 2


def test_a_win_whose_qualification_was_never_told_makes_the_customers_too() -> None:
    world = World()
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.lose_events()
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, len(world.commerce.records.customers)) == (Stage.APPROVED, 2)


def test_an_event_is_no_old_news_because_another_instances_clock_is_ahead() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.clock.forward(minutes=10)
    ahead = replace(world.bridge, now=lambda: world.clock() + world.bridge.timing.skew - timedelta(seconds=1))
    look = Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="console", first_seen=world.clock())
    assert converge(ahead, look).what == Stage.QUALIFIED
    world.clock.forward(seconds=5)
    world.sales.win(opportunity)
    world.deliver_all()
    assert world.onboarding(key).stage is Stage.APPROVED


def test_a_late_event_about_what_was_undone_since_does_what_is_true_now() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.lose(opportunity)
    late, world.sales.events = world.sales.events, []
    world.sales.reopen(opportunity)
    world.settle()
    for hint in late:
        world.send(hint)
    world.settle()
    assert (world.onboarding(key).stage, world.onboarding(key).verdict, world.mails(key)) == (Stage.QUALIFIED, None, [])


def test_an_event_of_sales_that_overtakes_the_end_of_our_own_work_waits_for_it() -> None:
    world = World()
    key = world.commerce.submit()
    world.announce(key)
    early = []

    def seller_is_faster(name: str, _: object) -> None:
        if name == "sales.create_lead" and not early:
            world.sales.qualify(world.sales.lead_of(key))
            early.append(name)
            world.hear()
            message = next(m for m in world.visible() if m.queue == "lead-qualified")
            done = world.deliver(message)
            assert done.outcome
            assert done.outcome.what == "claimed"

    world.calls.after_call = seller_is_faster
    world.settle()
    assert early
    assert (world.onboarding(key).stage, len(world.commerce.records.customers)) == (Stage.QUALIFIED, 2)


def test_an_announcement_that_is_faster_than_the_prospect_is_waited_for() -> None:
    world = World()
    key = world.commerce.submit()
    row = world.commerce.delete(key)
    world.announce(key)
    world.deliver_all()
    assert (world.onboarding(key).stage, world.onboarding(key).attentions) == (Stage.REQUESTED, ())
    world.commerce.restore(row)
    world.settle()
    assert world.onboarding(key).stage is Stage.IN_REVIEW


def test_an_announcement_of_a_prospect_that_never_appears_is_let_go_quietly() -> None:
    world = World()
    key = ProspectKey.of("usmf", "P-404")
    world.announce(key)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.excluded_because, known.attentions) == (Stage.EXCLUDED, "prospect-deleted", ())
    assert (known.due, world.sales.records.leads) == (None, {})


def test_events_that_were_all_lost_are_made_up_for_by_the_timer() -> None:
    world = World()
    world.reconcile()
    key = world.commerce.submit()
    for step in ("create", "qualify", "win"):
        world.clock.forward(minutes=5)
        if step == "qualify":
            world.sales.qualify(world.sales.lead_of(key))
        if step == "win":
            [opportunity] = world.sales.records.opportunities.values()
            world.sales.win(opportunity)
        world.lose_events()
        world.reconcile()
        world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_a_lost_row_is_made_again_and_finds_its_lead() -> None:
    world = World()
    key, opportunity = qualified(world)
    before = world.onboarding(key)
    world.tables.tables["Onboardings"].clear()
    world.sales.win(opportunity)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.lead_id, known.correlation_id) == (Stage.APPROVED, before.lead_id, before.correlation_id)
    assert (len(world.sales.records.leads), len(world.commerce.records.customers), world.mails(key)) == (1, 2, ["approved"])


# ---- strangers


def test_a_lead_that_is_not_ours_is_asked_for_once_and_then_known_as_a_stranger() -> None:
    world = World()
    stranger = world.sales.new_lead(lastname="Somebody")
    world.sales.qualify(stranger)
    outcomes = [done.outcome.what for done in world.deliver_all() if done.outcome]
    assert set(outcomes) == {"not-ours"}
    assert (times(world, "sales.key_of_lead"), times(world, "sales.lead_of_opportunity")) == (1, 0)
    assert world.tables.tables["Onboardings"] == {}


def test_a_stranger_is_asked_about_again_after_a_while_since_it_may_be_adopted() -> None:
    world = World()
    stranger = world.sales.new_lead(lastname="Somebody")
    world.sales.disqualify(stranger)
    world.deliver_all()
    stranger.key = world.commerce.submit()
    world.clock.forward(minutes=11)
    world.sales.reactivate(stranger)
    world.settle()
    assert world.onboarding(stranger.key).stage is Stage.IN_REVIEW


def test_an_opportunity_is_found_through_its_lead_without_a_request() -> None:
    world = World()
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.settle()
    assert times(world, "sales.lead_of_opportunity") == 0


def test_an_opportunity_that_nobody_knows_is_looked_up_in_sales() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.tables.tables["Links"].clear()
    world.sales.win(opportunity)
    for hint in world.sales.events:
        world.send(hint.model_copy(update={"lead_id": None}))
    world.lose_events()
    world.settle()
    assert times(world, "sales.lead_of_opportunity") == 1
    assert world.onboarding(key).stage is Stage.APPROVED


def test_an_unknown_opportunity_of_a_strangers_lead_is_a_stranger_too() -> None:
    world = World()
    now = world.clock()
    unknown = Hint(type=EventType.OPPORTUNITY_CLOSED, opportunity_id=uuid.uuid4(), state="won", first_seen=now)
    world.send(unknown)
    world.send(unknown)
    assert [done.outcome.what for done in world.deliver_all() if done.outcome] == ["not-ours", "not-ours"]
    assert times(world, "sales.lead_of_opportunity") == 1


# ---- messages that are no hints, and poison


@pytest.mark.parametrize(
    "text", ["", "no JSON", "{}", "[]", '{"type": "prospect-created", "first_seen": "2026-01-01T00:00:00Z", "key": "x"}']
)
def test_a_message_that_is_no_hint_becomes_a_dead_letter(text: str) -> None:
    world = World()
    world.queues.send_text("lead-qualified", text)
    [done] = world.deliver_all()
    assert done.outcome
    assert done.outcome.what == "not-a-hint"
    [letter] = world.dead_letters.listed().items
    assert (letter.source, world.dead_letters.body(letter.id)) == ("queue", text.encode())


def test_a_message_that_fails_five_times_becomes_an_attention_that_heals() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.calls.before_call = _broken
    world.settle()
    assert [type(done.error) for done in world.delivered if done.error] == [ZeroDivisionError] * 10
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [Cause.POISON])
    world.calls.before_call = lambda *_: None
    world.settle(within=timedelta(hours=1))
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])


def _broken(name: str, _: object) -> None:
    if name == "sales.lead":
        raise ZeroDivisionError


def test_an_error_that_nobody_foresaw_lets_go_of_the_claim() -> None:
    world = World()
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.calls.fail_next("sales.lead", ZeroDivisionError())
    world.hear()
    world.deliver(world.visible()[0])
    known = world.onboarding(key)
    assert (known.claim, known.in_doubt_since, known.last_error) == (None, world.clock(), "ZeroDivisionError")


def test_poison_that_belongs_to_no_onboarding_becomes_a_dead_letter() -> None:
    world = World()
    hint = Hint(type=EventType.LEAD_QUALIFIED, lead_id=uuid.uuid4(), state="qualified", first_seen=world.clock())
    world.queues.send_text("lead-qualified-poison", hint.model_dump_json())
    world.deliver_all()
    [letter] = world.dead_letters.listed().items
    assert letter.source == "poison"


def test_poison_that_is_no_hint_becomes_a_dead_letter() -> None:
    world = World()
    world.queues.send_text("lead-qualified-poison", "?")
    world.deliver_all()
    assert len(world.dead_letters.listed().items) == 1


def test_poison_that_cannot_be_stored_is_sent_to_its_queue_again() -> None:
    world = World()
    key = requested(world)
    world.queues.send_text("lead-qualified-poison", _text(key))
    world.calls.fail_next("tables.submit_transaction", ConnectionError("down"))
    [done] = world.deliver_all()
    assert done.error is None
    assert [(m.queue, m.text, m.dequeues) for m in world.messages] == [("lead-qualified-poison", _text(key), 0)]
    world.clock.forward(STORE_AGAIN)
    world.deliver_all()
    assert causes(world, key) == [Cause.POISON]


@pytest.mark.parametrize("text", ["a hint", "?"])
def test_poison_outlives_hours_without_tables_and_blobs(text: str) -> None:
    """The host runs no function for a message that was dequeued five times, and behind a poison queue there is no other."""
    world = World()
    key = requested(world)
    world.queues.send_text("lead-qualified-poison", _text(key) if text == "a hint" else text)
    world.calls.before_call = _no_tables
    world.settle(within=timedelta(minutes=4))
    for _ in range(24):
        world.clock.forward(STORE_AGAIN)
        world.deliver_all()
    assert len(world.messages) == 1
    world.calls.heal()
    world.clock.forward(STORE_AGAIN)
    world.deliver_all()
    assert causes(world, key) == ([Cause.POISON] if text == "a hint" else [])
    assert len(world.dead_letters.listed().items) == (0 if text == "a hint" else 1)
    assert not world.messages


def test_poison_that_can_neither_be_stored_nor_sent_stays_where_it_is() -> None:
    world = World()
    key = requested(world)
    world.queues.send_text("lead-qualified-poison", _text(key))
    [message] = world.visible()
    world.calls.before_call = _no_storage
    assert isinstance(world.deliver(message).error, Transient)
    world.calls.heal()
    world.clock.forward(HIDDEN_AFTER_CRASH)
    world.deliver_all()
    assert causes(world, key) == [Cause.POISON]


def _no_tables(name: str, _: object) -> None:
    if name.startswith(("tables.", "blobs.")):
        raise ServiceRequestError("down")


def _no_storage(name: str, _: object) -> None:
    if name.startswith(("tables.", "blobs.", "queues.")):
        raise ServiceRequestError("down")


def test_poison_for_a_prospect_that_has_no_row_yet_makes_one() -> None:
    world = World()
    key = world.commerce.submit()
    world.queues.send_text("prospect-created-poison", _text(key))
    world.deliver_all()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REQUESTED, [Cause.POISON])
    assert world.onboarding(key).claim is None
    world.settle(within=world.handler.bridge.policy.look_again)
    assert world.onboarding(key).stage is Stage.IN_REVIEW


def test_an_onboarding_is_complete_with_poison_too() -> None:
    world = World()
    key = won(world)
    world.queues.send_text("lead-qualified-poison", _text(key))
    world.deliver_all()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.POISON])
    world.settle(within=world.policy.look_again)
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])


def _text(key: ProspectKey) -> str:
    return Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="test", first_seen="2026-11-23T12:00:00Z").model_dump_json()
