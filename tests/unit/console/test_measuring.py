"""What one write adds to the figures, and by what a list can be searched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.measuring import WHOSE, Hop, measured
from shared.models import EventType, Hint, ProspectKey, ProspectStatus
from shared.progress import begun
from shared.record import Attention, Cause, Claim, Onboarding, Stage, Verdict
from shared.searching import counting_down, folded, word_starts
from tests.fakes.clock import START as NOW

APPROVED, REJECTED = ProspectStatus.APPROVED, ProspectStatus.REJECTED
BEGUN = NOW - timedelta(hours=1)
REQUESTED = Onboarding(ProspectKey.of("usmf", "P-1"), "c1", Stage.REQUESTED, stage_since=BEGUN, created_at=BEGUN)
IN_REVIEW = replace(REQUESTED, stage=Stage.IN_REVIEW, lead_created_at=BEGUN + timedelta(seconds=3))
QUALIFIED = replace(IN_REVIEW, stage=Stage.QUALIFIED, qualified_at=NOW - timedelta(seconds=2))
CLOSED = replace(QUALIFIED, closed_at=NOW)


APPROVED_ONE = replace(CLOSED, prospect_status=APPROVED, decided_at=NOW)
BLOCKED = replace(CLOSED, attentions=(Attention(Cause.DUPLICATE_EMAIL, NOW),))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after", "hops"),
    [
        (REQUESTED, IN_REVIEW, {Hop.LEAD: 3.0}),
        (IN_REVIEW, QUALIFIED, {Hop.QUALIFIED: 3595.0}),
        (QUALIFIED, replace(QUALIFIED, accounts_made=("O-1",)), {Hop.CUSTOMERS: 2.0}),
        (QUALIFIED, CLOSED, {Hop.CLOSED: 2.0}),
        (CLOSED, replace(CLOSED, prospect_status=APPROVED, decided_at=NOW + timedelta(minutes=1)), {Hop.APPROVED: 60.0}),
        (CLOSED, replace(CLOSED, prospect_status=REJECTED, decided_at=NOW + timedelta(minutes=1)), {Hop.REJECTED: 60.0}),
        (APPROVED_ONE, replace(APPROVED_ONE, hierarchy_id="H-1", completed_at=NOW + timedelta(seconds=9)), {Hop.HIERARCHY: 9.0}),
        (
            replace(REQUESTED, requested_at=BEGUN - timedelta(minutes=5)),
            replace(IN_REVIEW, requested_at=BEGUN - timedelta(minutes=5)),
            {Hop.LEAD: 303.0},
        ),
        (REQUESTED, replace(CLOSED, lead_created_at=None), {Hop.CLOSED: 2.0}),
        (IN_REVIEW, replace(IN_REVIEW, qualified_at=BEGUN), {Hop.QUALIFIED: 0.0}),
    ],
)
def test_a_hop_is_measured_once_when_it_ends(before: Onboarding, after: Onboarding, hops: dict[Hop, float]) -> None:
    assert measured(before, after, NOW)["hops"] == hops
    assert "hops" not in measured(after, after, NOW)


@pytest.mark.parametrize(
    ("before", "seconds"),
    [
        (BLOCKED, 5.0),
        (replace(CLOSED, held_by="8a5b"), 5.0),
        (replace(CLOSED, blocked_at=NOW + DAY - timedelta(minutes=1)), 65.0),
        (replace(CLOSED, blocked_at=NOW - DAY), DAY.total_seconds() + 5),
        (replace(CLOSED, attentions=(Attention(Cause.AWAITING_CLERK, NOW),)), DAY.total_seconds() + 5),
    ],
    ids=["attention", "hold", "settled-a-minute-ago", "before-it-was-closed", "a-clerk's-turn"],
)
def test_what_stood_in_the_way_of_a_decision_is_not_the_bridges_time(before: Onboarding, seconds: float) -> None:
    decided = replace(before, prospect_status=APPROVED, decided_at=NOW + DAY + timedelta(seconds=5), sent=Verdict.APPROVE)
    after = replace(decided, observed_at=NOW + DAY, attentions=(), held_by="")
    assert measured(before, after, NOW)["hops"] == {Hop.APPROVED: seconds}


def test_a_decision_that_a_clerk_took_while_the_bridge_was_kept_from_it_is_no_hop() -> None:
    after = replace(BLOCKED, prospect_status=APPROVED, decided_at=NOW + DAY, observed_at=NOW + DAY, attentions=())
    assert "hops" not in measured(BLOCKED, after, NOW)


def test_what_ends_without_a_hierarchy_measures_none() -> None:
    rejected = replace(CLOSED, prospect_status=REJECTED, decided_at=NOW, hierarchy_id="H-1")
    for before in (rejected, APPROVED_ONE):
        assert "hops" not in measured(before, replace(before, completed_at=NOW), NOW)


@pytest.mark.parametrize(
    ("occurred", "received", "begins"),
    [
        (timedelta(minutes=9), timedelta(minutes=5), timedelta(minutes=9)),
        (None, timedelta(minutes=5), timedelta(minutes=5)),
        (-timedelta(seconds=3), timedelta(minutes=5), timedelta(minutes=5)),
        (timedelta(days=900), timedelta(minutes=5), timedelta(minutes=5)),
        (timedelta(days=900), timedelta(days=800), timedelta(0)),
        (None, -timedelta(seconds=3), timedelta(0)),
    ],
)
def test_a_request_begins_when_its_event_says_so_as_far_as_that_can_be(
    occurred: timedelta | None, received: timedelta, begins: timedelta
) -> None:
    said = NOW - occurred if occurred is not None else None
    hint = Hint(
        type=EventType.PROSPECT_CREATED, key="usmf.P-1", source="business-event", occurred_at=said, first_seen=NOW - received
    )
    assert begun(REQUESTED.key, Claim("one", NOW, NOW + DAY), NOW, hint).requested_at == NOW - begins


def test_an_attention_that_opens_or_closes_is_counted_and_moves_the_onboarding() -> None:
    troubled = replace(IN_REVIEW, attentions=(Attention(Cause.NO_EMAIL, NOW), Attention(Cause.GAVE_UP, NOW)))
    assert measured(IN_REVIEW, troubled, NOW) == {"stage": ["in_review", "in_review!"], "opened": ["gave-up", "no-email"]}
    assert measured(troubled, IN_REVIEW, NOW) == {"stage": ["in_review!", "in_review"], "closed": ["gave-up", "no-email"]}


def test_a_new_row_begins_in_its_stage() -> None:
    assert measured(None, REQUESTED, NOW) == {"stage": ["", "requested"]}


def test_what_changes_nothing_that_is_counted_measures_nothing() -> None:
    assert measured(IN_REVIEW, replace(IN_REVIEW, due=NOW, notes=("created",)), NOW) == {}


def test_every_hop_is_somebodys_time() -> None:
    assert set(WHOSE) == set(Hop)


def test_a_name_is_found_from_the_beginning_of_each_of_its_first_words() -> None:
    assert word_starts("Contoso Bikes, Inc.") == ["contoso bikes inc", "bikes inc", "inc"]
    assert word_starts("A b c d e f g") == ["a b c d e f g", "b c d e f g", "c d e f g", "d e f g", "e f g"]
    assert word_starts("a a") == ["a a", "a"]
    assert word_starts("--- ") == []
    assert max(map(len, word_starts("x" * 500))) == 40


def test_a_search_folds_case_and_punctuation_as_names_are_folded() -> None:
    assert folded("  CONTOSO   Bikes, INC.") == "contoso bikes inc"
    assert folded("Straße") == folded("STRASSE")


def test_counted_down_times_sort_the_latest_first() -> None:
    earlier, later = counting_down(BEGUN), counting_down(NOW)
    assert later < earlier and len(later) == len(earlier)
