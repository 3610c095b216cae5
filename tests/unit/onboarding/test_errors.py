"""Errors by class: waited for, shown to a person, or the whole system's; all of them heal by themselves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from azure.core.exceptions import ServiceResponseError

from shared.errors import AccessRefused, Missing, ServiceError, System, Transient
from shared.record import Cause, Stage
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, qualified, refused, requested, times, unavailable, won

MESSAGE_LIMIT = timedelta(minutes=5)


def failing(world: World, name: str, error: Callable[[], Exception], until: timedelta | None = None) -> None:
    """Let every call of that name fail for a while, or for good."""
    end = world.clock() + until if until else None

    def hook(called: str, _: object) -> None:
        if called == name and (end is None or world.clock() < end):
            raise error()

    world.calls.before_call = hook


def commerce_down(world: World) -> None:
    """Let every call to Commerce fail for good."""

    def hook(called: str, _: object) -> None:
        if called.startswith("commerce."):
            raise unavailable()

    world.calls.before_call = hook


def healed(world: World) -> None:
    world.calls.before_call = lambda *_: None


# ---- transient


@pytest.mark.parametrize("name", ["commerce.prospect", "commerce.check", "sales.create_lead"])
@pytest.mark.parametrize("minutes", [1, 20, 300])
def test_an_outage_while_the_lead_is_made_is_survived(name: str, minutes: int) -> None:
    world = World()
    key = world.commerce.submit()
    world.announce(key)
    failing(world, name, unavailable, timedelta(minutes=minutes))
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.attentions, known.failing_since, known.last_error) == (Stage.IN_REVIEW, (), None, "")
    assert len(world.sales.records.leads) == 1


@pytest.mark.parametrize("name", [
    "sales.lead", "commerce.look", "commerce.create_customers", "commerce.write_decision", "sales.write_note",
    "tables.get_entity", "tables.submit_transaction", "tables.upsert_entity",
])  # fmt: skip
@pytest.mark.parametrize("minutes", [1, 200])
def test_an_outage_after_qualification_is_survived(name: str, minutes: int) -> None:
    world = World()
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.sales.win(opportunity)
    error = unavailable if name.startswith(("sales", "commerce")) else storage_down
    failing(world, name, error, timedelta(minutes=minutes))
    world.hear()
    run_with_timer(world, timedelta(minutes=minutes + 30))
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])
    assert world.notes()[1:] == ["Partner approved in Commerce"]


def storage_down() -> Exception:
    return ServiceResponseError("no answer")


def run_with_timer(world: World, duration: timedelta) -> None:
    """With the due-timer once a minute, which meets an outage of Storage too."""
    end = world.clock() + duration
    while world.clock() < end:
        world.deliver_all()
        if world.clock().second == 0:
            with suppress(Transient):
                world.tick_due()
        world.clock.forward(seconds=5)


def test_the_waits_grow_and_the_longer_ones_are_a_due_row_instead_of_a_message() -> None:
    world = World()
    key = world.commerce.submit()
    world.announce(key)
    commerce_down(world)
    run_with_timer(world, timedelta(minutes=30))
    outcomes = [done.outcome for done in world.delivered if done.outcome]
    waits = [outcome.again for outcome in outcomes if outcome.what == "again"]
    assert waits == sorted(waits)
    assert timedelta(seconds=5) <= waits[0] <= timedelta(seconds=7)
    assert max(waits) <= MESSAGE_LIMIT
    assert "later" in {outcome.what for outcome in outcomes}
    assert (world.onboarding(key).failing_since, world.messages) == (world.onboarding(key).created_at, [])


def test_a_servers_own_wish_for_a_pause_is_kept() -> None:
    world = World()
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.calls.fail_next("commerce.look", Transient(System.COMMERCE, "busy", status=429, retry_after=timedelta(seconds=42)))
    world.hear()
    done = world.deliver(world.visible()[0])
    assert done.outcome
    assert (done.outcome.what, done.outcome.again) == ("again", timedelta(seconds=42))


def test_a_long_wish_for_a_pause_is_a_due_row() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.calls.fail_next("sales.lead", Transient(System.SALES, "busy", status=429, retry_after=timedelta(minutes=20)))
    world.hear()
    done = world.deliver(world.visible()[0])
    assert done.outcome
    assert (done.outcome.what, world.onboarding(key).due) == ("later", world.clock() + timedelta(minutes=20))


def test_a_day_of_failures_is_shown_and_looked_at_daily_until_it_heals() -> None:
    world = World()
    key = world.commerce.submit()
    world.announce(key)
    commerce_down(world)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key)) == (Stage.REQUESTED, [Cause.GAVE_UP])
    assert known.failing_since
    assert world.clock() - known.failing_since >= timedelta(hours=24)
    assert known.due == world.clock() + timedelta(days=1)
    healed(world)
    world.clock.forward(days=1)
    world.tick_due()
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.IN_REVIEW, [])


def test_a_day_of_failures_costs_a_bounded_number_of_attempts_and_at_most_one_message() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.lose(opportunity)
    world.deliver_all()
    world.calls.clear()
    commerce_down(world)
    end = world.clock() + timedelta(hours=24)
    most = 0
    while world.clock() < end:
        world.tick_due()
        world.deliver_all()
        most = max(most, len(world.messages))
        world.clock.forward(minutes=1)
    assert most <= 1
    assert times(world, "sales.lead") < 130  # every quarter of an hour, and a few at the beginning


# ---- a rule said no


@pytest.mark.parametrize(("name", "cause", "stage"), [
    ("sales.create_lead", Cause.REFUSED_BY_SALES, Stage.REQUESTED),
    ("commerce.create_customers", Cause.REFUSED_BY_COMMERCE, Stage.IN_REVIEW),
    ("commerce.write_decision", Cause.REFUSED_BY_COMMERCE, Stage.QUALIFIED),
])  # fmt: skip
def test_what_a_rule_refuses_is_shown_at_once_and_heals_when_the_rule_is_content(name: str, cause: Cause, stage: Stage) -> None:
    world = World()
    system = System.SALES if name.startswith("sales") else System.COMMERCE
    key = world.commerce.submit()
    failing(world, name, lambda: refused(system))
    world.announce(key)
    world.deliver_all()
    if key in {lead.key for lead in world.sales.records.leads.values()}:
        opportunity = world.sales.qualify(world.sales.lead_of(key))
        world.deliver_all()
        if opportunity and stage is Stage.QUALIFIED:
            world.sales.win(opportunity)
        world.settle()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), known.due) == (stage, [cause], world.clock() + timedelta(days=1))
    assert "a rule said no" in known.attentions[0].detail
    assert any(entry.what == "failed" and entry.request_id == "r-1" for entry in world.history(key))
    healed(world)
    world.clock.forward(days=1)
    world.tick_due()
    world.settle()
    assert causes(world, key) == []
    assert world.onboarding(key).stage is not stage


def test_a_refusal_is_not_tried_again_before_a_day_is_over() -> None:
    world = World()
    key = world.commerce.submit()
    failing(world, "sales.create_lead", lambda: refused(System.SALES))
    world.announce(key)
    world.settle(within=timedelta(hours=23))
    assert times(world, "sales.create_lead") == 1


# ---- notes


@pytest.mark.parametrize("error", [refused(System.SALES), Missing(System.SALES, "gone", status=404)], ids=["refused", "gone"])
def test_a_note_that_sales_does_not_take_blocks_nothing(error: ServiceError) -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.calls.fail_next("sales.write_note", error)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.onboarding(key).due) == (Stage.APPROVED, [], None)
    assert times(world, "sales.write_note") == 1
    assert any(entry.detail == "approved: not written" for entry in world.history(key))


def test_a_note_is_written_once_though_its_answer_was_lost() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.calls.fail_next("sales.write_note", unavailable(System.SALES), after=True)
    world.settle()
    assert world.notes().count("Partner approved in Commerce") == 1
    assert world.onboarding(key).stage is Stage.APPROVED


def test_an_approval_is_on_record_though_its_note_could_not_be_written_yet() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    failing(world, "sales.write_note", lambda: unavailable(System.SALES))
    world.deliver_all()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])
    assert world.onboarding(key).failing_since


# ---- the whole system


def test_an_identity_that_is_refused_is_tried_again_every_five_minutes_without_noise() -> None:
    world = World()
    key = requested(world)
    failing(world, "sales.lead", lambda: AccessRefused(System.SALES, "no privilege", status=403), timedelta(minutes=30))
    world.sales.disqualify(world.sales.lead_of(key))
    world.hear()
    done = world.deliver(world.visible()[0])
    assert done.outcome
    assert (done.outcome.what, done.outcome.again, causes(world, key)) == ("again", MESSAGE_LIMIT, [])
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.REJECTED, ["rejected"])
    assert times(world, "sales.lead") < 20


def test_sales_that_cannot_be_asked_whose_lead_it_is_is_asked_again() -> None:
    world = World()
    key = requested(world)
    world.tables.tables["Links"].clear()
    world.sales.disqualify(world.sales.lead_of(key))
    failing(world, "sales.key_of_lead", lambda: unavailable(System.SALES), timedelta(minutes=10))
    world.settle()
    assert world.onboarding(key).stage is Stage.REJECTED


def test_a_failure_says_nothing_personal_and_costs_are_counted_all_the_same() -> None:
    world = World()
    key = world.commerce.submit()
    world.announce(key)
    world.calls.fail_next("sales.create_lead", unavailable(System.SALES), after=True)
    world.deliver_all()
    known = world.onboarding(key)
    assert (known.commerce_requests, known.sales_requests) == (2, 1)
    world.settle()
    assert world.onboarding(key).sales_requests == 1 + 1


def test_nothing_personal_is_on_record() -> None:
    world = World()
    won(world)
    stored = str({name: world.tables.rows(name) for name in world.tables.tables}) + str(world.fake_queues.messages)
    for personal in ("jo@contoso.example", "Doe", "Jo "):
        assert personal not in stored
