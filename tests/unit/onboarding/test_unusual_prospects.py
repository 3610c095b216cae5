"""What head office does on its own: decides first, resets, deletes, uses a status that nobody has heard of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.models import Hierarchy
from shared.record import Cause, Stage
from tests.fakes.sales_records import SELLER
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, disqualified, qualified, requested, times, won

POLL = timedelta(minutes=5)


def polled(world: World) -> None:
    """Head office tells nothing by itself: the poll finds it."""
    world.clock.forward(POLL)
    world.reconcile()
    world.settle()


@pytest.mark.parametrize(("decide", "stage"), [("clerk_approves", Stage.APPROVED), ("clerk_rejects", Stage.REJECTED)])
def test_a_clerk_who_decides_before_the_seller_is_accepted_and_told(decide: str, stage: Stage) -> None:
    world = World()
    key = requested(world)
    getattr(world.commerce, decide)(key)
    polled(world)
    assert (world.onboarding(key).stage, causes(world, key)) == (stage, [Cause.DECIDED_IN_COMMERCE])
    assert (len(world.mails(key)), world.notes()[1:]) == (1, ["Decided in Commerce"])
    assert times(world, "commerce.write_decision") == 0


def test_a_clerk_who_approved_first_leaves_the_bridge_no_customers_to_make() -> None:
    world = World()
    key = requested(world)
    world.commerce.clerk_approves(key)
    world.sales.qualify(world.sales.lead_of(key))
    world.settle()
    assert (causes(world, key), times(world, "commerce.create_customers")) == ([Cause.DECIDED_IN_COMMERCE], 0)
    assert len(world.commerce.records.customers) == 2


def test_a_seller_who_agrees_later_closes_the_attention() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.commerce.clerk_approves(key)
    polled(world)
    assert causes(world, key) == [Cause.DECIDED_IN_COMMERCE]
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])


@pytest.mark.parametrize(("sellers_say", "clerk_says"), [("win", "clerk_rejects"), ("lose", "clerk_approves")])
def test_a_clerk_and_a_seller_who_disagree_are_a_contradiction_that_nobody_overwrites(sellers_say: str, clerk_says: str) -> None:
    world = World()
    key, opportunity = qualified(world)
    getattr(world.commerce, clerk_says)(key)
    getattr(world.sales, sellers_say)(opportunity)
    world.settle(within=timedelta(hours=23))
    assert (causes(world, key), times(world, "commerce.write_decision")) == ([Cause.CONTRADICTION], 0)
    assert (len(world.mails(key)), world.notes()[-1]) == (1, "Sales and Commerce disagree")


def test_a_contradiction_is_kept_with_both_sides_their_times_and_who_it_was() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.clock.forward(minutes=3)
    world.sales.win(opportunity)
    world.commerce.clerk_rejects(key)
    world.settle()
    [attention] = world.onboarding(key).attentions
    sides = "sales=qualified+won, commerce=Rejected; "
    sides += f"in Sales at 2026-11-23T12:03Z by {SELLER}, in Commerce at 2026-11-23T12:03Z by a clerk"
    assert (attention.cause, attention.detail) == (Cause.CONTRADICTION, sides)
    assert [line.detail for line in world.history(key) if line.what == "attention"] == [f"contradiction {sides}"]


def test_what_a_seller_edits_later_does_not_change_whose_decision_it_was() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.commerce.clerk_rejects(key)
    world.sales.win(opportunity)
    world.settle()
    before = world.onboarding(key).attentions
    world.clock.forward(hours=1)
    world.sales.edit(world.sales.lead_of(key), subject="A word")
    world.announce(key)
    world.settle()
    assert world.onboarding(key).attentions == before


def test_who_reopens_after_the_decision_is_kept_and_that_the_bridge_had_decided() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.settle()
    world.clock.forward(minutes=7)
    world.sales.reopen(opportunity)
    world.settle()
    [attention] = world.onboarding(key).attentions
    sides = "sales=qualified+open, commerce=Approved; "
    sides += f"in Sales at 2026-11-23T12:07Z by {SELLER}, in Commerce at 2026-11-23T12:00Z by the bridge"
    assert (attention.cause, attention.detail) == (Cause.REOPENED_AFTER_DECISION, sides)


def test_a_status_that_a_clerk_wrote_over_the_bridges_is_the_clerks() -> None:
    world = World()
    key = won(world)
    world.clock.forward(hours=1)
    world.commerce.set_status(key, "Rejected")
    world.announce(key)
    world.settle()
    [attention] = world.onboarding(key).attentions
    assert attention.cause is Cause.CONTRADICTION
    assert attention.detail.endswith("in Commerce at an unknown time by a clerk")


def test_where_sales_alone_contradicts_itself_nobody_decided_in_commerce() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.sales.reactivate(world.sales.lead_of(key))
    world.settle()
    [attention] = world.onboarding(key).attentions
    sides = f"sales=open+won, commerce=Pending; in Sales at 2026-11-23T12:00Z by {SELLER}"
    assert (attention.cause, attention.detail) == (Cause.SALES_CONTRADICTION, sides)


@pytest.mark.parametrize("decide", ["clerk_approves", "clerk_rejects"])
def test_a_prospect_that_was_decided_before_it_was_announced_gets_no_lead(decide: str) -> None:
    world = World()
    key = world.commerce.submit()
    getattr(world.commerce, decide)(key)
    world.announce(key)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.excluded_because, known.attentions) == (Stage.EXCLUDED, "decided-in-commerce", ())
    assert world.sales.records.leads == {}


def test_a_decided_prospect_that_is_pending_again_is_asked_about_and_not_decided_a_second_time() -> None:
    world = World()
    key = won(world)
    world.commerce.set_status(key, "Pending")
    polled(world)
    assert (causes(world, key), world.mails(key)) == ([Cause.STATUS_RESET], ["approved"])
    polled(world)
    assert times(world, "commerce.write_decision") == 1
    world.commerce.clerk_approves(key)
    polled(world)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [])


def test_a_decline_that_is_reset_is_not_sent_again_when_the_lead_is_reactivated_and_disqualified() -> None:
    world = World()
    key = disqualified(world)
    world.commerce.set_status(key, "Pending")
    lead = world.sales.lead_of(key)
    world.sales.reactivate(lead)
    world.settle()
    world.sales.disqualify(lead)
    world.settle()
    assert (causes(world, key), world.mails(key)) == ([Cause.STATUS_RESET], ["rejected"])


@pytest.mark.parametrize("status", ["Unknown", "OnHold"])
def test_a_status_that_nobody_has_heard_of_is_shown_and_nothing_is_written(status: str) -> None:
    world = World()
    key, opportunity = qualified(world)
    world.commerce.set_status(key, status)
    world.sales.win(opportunity)
    world.settle()
    assert (causes(world, key), times(world, "commerce.write_decision")) == ([Cause.UNKNOWN_STATUS], 0)


def test_a_status_that_becomes_known_again_goes_on() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.commerce.set_status(key, "Unknown")
    world.sales.win(opportunity)
    world.settle()
    world.commerce.set_status(key, "Pending")
    world.settle(within=timedelta(hours=1))
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])


# ---- deleted


def test_a_prospect_that_is_missing_once_is_looked_for_again_before_it_counts_as_deleted() -> None:
    world = World()
    key = requested(world)
    world.commerce.delete(key)
    world.clock.forward(POLL)
    world.reconcile()
    world.deliver_all()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), known.due) == (Stage.IN_REVIEW, [], world.clock() + timedelta(minutes=5))
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.excluded_because, causes(world, key)) == (
        Stage.EXCLUDED,
        "prospect-deleted",
        [Cause.PROSPECT_DELETED],
    )
    assert world.notes()[1:] == ["Request no longer in Commerce"]


def test_a_prospect_that_is_missing_only_once_goes_on_and_keeps_its_attentions() -> None:
    world = World()
    world.commerce.add_customer("C-1", "jo@contoso.example")
    key = requested(world)
    since = world.onboarding(key).attentions[0].since
    row = world.commerce.delete(key)
    polled_once(world)
    assert causes(world, key) == [Cause.DUPLICATE_EMAIL]
    world.commerce.restore(row)
    world.settle()
    assert (world.onboarding(key).stage, world.onboarding(key).attentions[0].since) == (Stage.IN_REVIEW, since)


def polled_once(world: World) -> None:
    world.clock.forward(POLL)
    world.reconcile()
    world.deliver_all()


def test_a_deleted_prospect_of_a_disqualified_lead_ends_quietly() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.commerce.delete(key)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.EXCLUDED, [], [])


def test_a_deleted_prospect_that_comes_back_goes_on() -> None:
    world = World()
    key, opportunity = qualified(world)
    row = world.commerce.delete(key)
    polled(world)
    assert world.onboarding(key).stage is Stage.EXCLUDED
    world.commerce.restore(row)
    polled(world)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [])
    world.sales.win(opportunity)
    world.settle()
    assert world.mails(key) == ["approved"]


# ---- not ours


def test_a_prospect_that_is_no_b2b_prospect_is_excluded_until_it_is_one() -> None:
    world = World()
    key = world.commerce.submit(is_b2b=False)
    world.announce(key)
    world.settle()
    assert (world.onboarding(key).stage, world.onboarding(key).excluded_because) == (Stage.EXCLUDED, "not-b2b")
    world.commerce.edit(key, is_b2b=True)
    polled(world)
    assert (world.onboarding(key).stage, world.onboarding(key).excluded_because) == (Stage.IN_REVIEW, "")


# ---- effects


def test_effects_that_come_a_little_later_are_waited_for() -> None:
    world = World()
    world.commerce.effects_after = timedelta(minutes=4)
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.deliver_all()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), known.due) == (Stage.APPROVED, [], world.clock() + timedelta(minutes=1))
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), known.due, bool(known.hierarchy_id)) == (Stage.APPROVED, [], None, True)


def test_a_hierarchy_that_never_comes_is_shown_and_heals_when_somebody_makes_it() -> None:
    world = World()
    world.commerce.makes_hierarchies = False
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.HIERARCHY_MISSING])
    world.commerce.makes_hierarchies = True
    world.commerce.clerk_approves(key)
    world.settle(within=timedelta(hours=1))
    assert (causes(world, key), world.onboarding(key).due) == ([], None)


def test_a_second_hierarchy_of_the_organization_is_ambiguous() -> None:
    world = World()
    key, opportunity = qualified(world)
    records = world.commerce.records
    for _ in range(2):
        number = records.number("HIER")
        records.hierarchies[number] = Hierarchy(number, world.onboarding(key).organization_party)
    world.sales.win(opportunity)
    world.settle()
    assert causes(world, key) == [Cause.HIERARCHY_AMBIGUOUS]


def test_an_admin_who_is_somebody_else_is_shown() -> None:
    world = World()
    world.commerce.makes_hierarchies = False
    key, opportunity = qualified(world)
    world.commerce.records.hierarchies["H-1"] = Hierarchy("H-1", world.onboarding(key).organization_party)
    world.sales.win(opportunity)
    world.settle()
    assert causes(world, key) == [Cause.APPROVED_WITHOUT_EFFECTS]
