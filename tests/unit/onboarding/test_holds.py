"""A decision is held for a while: what is undone meanwhile leaves no trace for the applicant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.record import Stage, Verdict
from tests.fakes.world import POLICY, World
from tests.unit.onboarding.steps import causes, qualified, requested, times

HELD = replace(POLICY, approve_hold=timedelta(minutes=30))
QUARTER = timedelta(minutes=15)


def test_a_decline_is_held_for_a_quarter_of_an_hour() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    known = world.onboarding(key)
    assert (known.stage, known.verdict, known.due) == (Stage.IN_REVIEW, Verdict.REJECT, world.clock() + QUARTER)
    assert (world.mails(key), causes(world, key)) == ([], [])
    world.clock.forward(QUARTER - timedelta(seconds=1))
    assert world.tick_due() == 0
    world.clock.forward(seconds=1)
    assert world.tick_due() == 1
    world.deliver_all()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.REJECTED, ["rejected"])


def test_a_verdict_that_the_poll_finds_is_a_line_of_the_history_though_it_is_held() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.lose_events()
    world.clock.forward(minutes=5)
    world.reconcile()
    world.deliver_all()
    known = world.onboarding(key)
    assert (known.verdict, known.quiet_looks) == (Verdict.REJECT, 0)
    assert (world.history(key)[-1].what, world.history(key)[-1].detail) == ("hint", "reconcile")


def test_an_approval_is_not_held_unless_the_company_wants_it() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.deliver_all()
    assert world.mails(key) == ["approved"]


def test_an_approval_can_be_held_too() -> None:
    world = World(HELD)
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.deliver_all()
    assert (world.onboarding(key).verdict, world.onboarding(key).due) == (Verdict.APPROVE, world.clock() + HELD.approve_hold)
    world.settle()
    assert world.mails(key) == ["approved"]


def test_a_lead_that_is_reactivated_within_the_hold_is_in_review_as_if_nothing_had_been() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.disqualify(lead)
    world.deliver_all()
    world.clock.forward(minutes=14)
    world.sales.reactivate(lead)
    world.settle(within=timedelta(hours=23))
    known = world.onboarding(key)
    assert (known.stage, known.verdict, known.verdict_since, known.due) == (Stage.IN_REVIEW, None, None, None)
    assert (causes(world, key), world.mails(key), world.notes()) == ([], [], ["Request from the B2B site"])


def test_an_opportunity_that_is_reopened_within_the_hold_is_qualified_as_if_nothing_had_been() -> None:
    world = World(HELD)
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.deliver_all()
    world.sales.reopen(opportunity)
    world.settle(within=timedelta(hours=23))
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.QUALIFIED, [], [])
    assert world.commerce.records.prospects[key].status == "Pending"


def test_a_reactivation_whose_event_is_lost_still_stops_the_decline() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.disqualify(lead)
    world.deliver_all()
    world.sales.reactivate(lead)
    world.lose_events()
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.IN_REVIEW, [])


def test_a_decision_that_is_taken_again_is_held_anew() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.disqualify(lead)
    world.deliver_all()
    world.clock.forward(minutes=10)
    world.sales.reactivate(lead)
    world.deliver_all()
    world.sales.disqualify(lead)
    world.deliver_all()
    assert world.onboarding(key).due == world.clock() + QUARTER


def test_the_opposite_decision_starts_its_own_hold() -> None:
    world = World(HELD)
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.deliver_all()
    world.clock.forward(minutes=20)
    world.sales.reopen(opportunity)
    world.sales.lose(opportunity)
    world.deliver_all()
    assert (world.onboarding(key).verdict, world.onboarding(key).due) == (Verdict.REJECT, world.clock() + QUARTER)


def test_repeated_events_do_not_prolong_a_hold() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    again = [*world.sales.events]
    world.deliver_all()
    due = world.onboarding(key).due
    world.clock.forward(minutes=10)
    for hint in again:
        world.send(hint)
    world.deliver_all()
    assert world.onboarding(key).due == due


def test_a_clerk_who_decides_within_the_hold_is_faster_and_nothing_is_sent() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    world.commerce.clerk_rejects(key)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.REJECTED, [], ["rejected"])
    assert times(world, "commerce.write_decision") == 0
