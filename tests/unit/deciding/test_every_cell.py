"""Every cell of the decision table: what Sales shows x what Commerce shows, as DESIGNed, written out again by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.decision_table import TABLE
from shared.decisions import Act, decide
from shared.models import ProspectStatus, SalesView
from shared.record import Cause, Onboarding, Stage
from shared.situations import CommerceSituation, SalesSituation
from tests.unit.deciding.cases import (
    CONTRADICTORY,
    DEALING,
    DISQUALIFIED,
    LOST,
    MERGED,
    NO_LEAD,
    NO_OPPORTUNITY,
    NOW,
    OPEN,
    POLICY,
    WON,
    commerce,
    on_record,
    seen,
)

A, R, U = ProspectStatus.APPROVED, ProspectStatus.REJECTED, ProspectStatus.UNKNOWN
P, GONE = ProspectStatus.PENDING, None
TELL = (Act.TELL,)
NEW = {"lead_id": "", "stage": Stage.REQUESTED}
SHOWS: dict[str, tuple[SalesView, dict[str, object]]] = {
    "no lead": (NO_LEAD, NEW),
    "open": (OPEN, {}),
    "dealing": (DEALING, {}),
    "no opportunity": (NO_OPPORTUNITY, {}),
    "won": (WON, {}),
    "lost": (LOST, {}),
    "disqualified": (DISQUALIFIED, {}),
    "deleted": (NO_LEAD, {}),
    "merged": (MERGED, {}),
    "contradictory": (CONTRADICTORY, {}),
}

CELLS = [
    ("no lead", P, (Act.CREATE_LEAD,), Stage.IN_REVIEW, None, ""),
    ("no lead", A, (), Stage.EXCLUDED, None, "decided-in-commerce"),
    ("no lead", R, (), Stage.EXCLUDED, None, "decided-in-commerce"),
    ("no lead", U, (), Stage.REQUESTED, Cause.UNKNOWN_STATUS, ""),
    ("no lead", GONE, (), Stage.EXCLUDED, None, "prospect-deleted"),
    ("open", P, (), Stage.IN_REVIEW, None, ""),
    ("open", A, TELL, Stage.APPROVED, Cause.DECIDED_IN_COMMERCE, ""),
    ("open", R, TELL, Stage.REJECTED, Cause.DECIDED_IN_COMMERCE, ""),
    ("open", U, (), Stage.IN_REVIEW, Cause.UNKNOWN_STATUS, ""),
    ("open", GONE, TELL, Stage.EXCLUDED, Cause.PROSPECT_DELETED, "prospect-deleted"),
    ("dealing", P, (), Stage.QUALIFIED, None, ""),
    ("dealing", A, TELL, Stage.APPROVED, Cause.DECIDED_IN_COMMERCE, ""),
    ("dealing", R, TELL, Stage.REJECTED, Cause.DECIDED_IN_COMMERCE, ""),
    ("dealing", U, (), Stage.IN_REVIEW, Cause.UNKNOWN_STATUS, ""),
    ("dealing", GONE, TELL, Stage.EXCLUDED, Cause.PROSPECT_DELETED, "prospect-deleted"),
    ("no opportunity", P, (), Stage.QUALIFIED, Cause.NO_OPPORTUNITY, ""),
    ("no opportunity", A, TELL, Stage.APPROVED, None, ""),
    ("no opportunity", R, TELL, Stage.REJECTED, Cause.CONTRADICTION, ""),
    ("no opportunity", U, (), Stage.IN_REVIEW, Cause.UNKNOWN_STATUS, ""),
    ("no opportunity", GONE, TELL, Stage.EXCLUDED, Cause.PROSPECT_DELETED, "prospect-deleted"),
    ("won", P, (Act.APPROVE,), Stage.QUALIFIED, None, ""),
    ("won", A, TELL, Stage.APPROVED, None, ""),
    ("won", R, TELL, Stage.REJECTED, Cause.CONTRADICTION, ""),
    ("won", U, (), Stage.IN_REVIEW, Cause.UNKNOWN_STATUS, ""),
    ("won", GONE, TELL, Stage.EXCLUDED, Cause.PROSPECT_DELETED, "prospect-deleted"),
    ("lost", P, (Act.REJECT,), Stage.QUALIFIED, None, ""),
    ("lost", A, TELL, Stage.APPROVED, Cause.CONTRADICTION, ""),
    ("lost", R, TELL, Stage.REJECTED, None, ""),
    ("lost", U, (), Stage.IN_REVIEW, Cause.UNKNOWN_STATUS, ""),
    ("lost", GONE, (), Stage.EXCLUDED, None, "prospect-deleted"),
    ("disqualified", P, (Act.REJECT,), Stage.IN_REVIEW, None, ""),
    ("disqualified", A, TELL, Stage.APPROVED, Cause.CONTRADICTION, ""),
    ("disqualified", R, TELL, Stage.REJECTED, None, ""),
    ("disqualified", U, (), Stage.IN_REVIEW, Cause.UNKNOWN_STATUS, ""),
    ("disqualified", GONE, (), Stage.EXCLUDED, None, "prospect-deleted"),
    ("deleted", P, (), Stage.IN_REVIEW, Cause.LEAD_DELETED, ""),
    ("deleted", A, (), Stage.APPROVED, None, ""),
    ("deleted", R, (), Stage.REJECTED, None, ""),
    ("deleted", U, (), Stage.IN_REVIEW, (Cause.LEAD_DELETED, Cause.UNKNOWN_STATUS), ""),
    ("deleted", GONE, (), Stage.EXCLUDED, None, "prospect-deleted"),
    ("merged", P, (), Stage.IN_REVIEW, Cause.MERGED_PROSPECTS, ""),
    ("merged", A, (), Stage.APPROVED, Cause.MERGED_PROSPECTS, ""),
    ("merged", R, (), Stage.REJECTED, Cause.MERGED_PROSPECTS, ""),
    ("merged", U, (), Stage.IN_REVIEW, (Cause.MERGED_PROSPECTS, Cause.UNKNOWN_STATUS), ""),
    ("merged", GONE, (), Stage.EXCLUDED, None, "prospect-deleted"),
    ("contradictory", P, (), Stage.IN_REVIEW, Cause.SALES_CONTRADICTION, ""),
    ("contradictory", A, TELL, Stage.APPROVED, Cause.DECIDED_IN_COMMERCE, ""),
    ("contradictory", R, TELL, Stage.REJECTED, Cause.DECIDED_IN_COMMERCE, ""),
    ("contradictory", U, (), Stage.IN_REVIEW, Cause.UNKNOWN_STATUS, ""),
    ("contradictory", GONE, TELL, Stage.EXCLUDED, Cause.PROSPECT_DELETED, "prospect-deleted"),
]


def known_for(shows: str, status: ProspectStatus | None) -> Onboarding:
    """What is on record before; a gone prospect was missed once already, long enough ago."""
    return on_record(**SHOWS[shows][1], missing_since=NOW - timedelta(hours=1) if status is None else None)


@pytest.mark.parametrize(
    ("shows", "status", "actions", "stage", "attention", "because"), CELLS, ids=lambda value: str(value or "-")
)
def test_a_cell(
    shows: str,
    status: ProspectStatus | None,
    actions: tuple[Act, ...],
    stage: Stage,
    attention: Cause | tuple[Cause, ...] | None,
    because: str,
) -> None:
    plan = decide(seen(SHOWS[shows][0], commerce(status)), known_for(shows, status), POLICY, NOW)
    causes = tuple(cause for cause, _ in plan.findings)
    expected = (attention,) if isinstance(attention, Cause) else attention or ()
    assert (plan.actions, plan.stage, causes, plan.because) == (actions, stage, expected, because)


def test_every_cell_is_written_out() -> None:
    written = {(shows, status) for shows, status, *_ in CELLS}
    assert len(written) == len(CELLS) == len(SHOWS) * 5
    situations = {sales for sales in SalesSituation if sales is not SalesSituation.UNREAD}
    statuses = {status for status in CommerceSituation if status is not CommerceSituation.UNREAD}
    assert set(TABLE) == {(sales, status) for sales in situations for status in statuses}


@pytest.mark.parametrize("shows", SHOWS)
def test_a_status_that_nobody_knows_is_looked_at_again(shows: str) -> None:
    assert decide(seen(SHOWS[shows][0], commerce(U)), known_for(shows, U), POLICY, NOW).due == NOW + POLICY.look_again


@pytest.mark.parametrize("shows", SHOWS)
def test_a_prospect_that_is_missing_for_the_first_time_is_looked_for_again_before_anything_is_decided(shows: str) -> None:
    known = on_record(**SHOWS[shows][1])
    plan = decide(seen(SHOWS[shows][0], commerce(None)), known, POLICY, NOW)
    assert (plan.actions, plan.stage, plan.findings) == ((), known.stage, ())
    assert plan.due == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(("sales", "view"), [(None, commerce()), (WON, None), (None, None)], ids=["sales", "commerce", "both"])
def test_a_side_that_was_not_read_decides_nothing(sales: SalesView | None, view: object) -> None:
    known = on_record()
    plan = decide(seen(sales, view), known, POLICY, NOW)  # type: ignore[arg-type]
    assert (plan.actions, plan.stage, plan.findings) == ((), known.stage, ())


def test_sales_may_be_left_unread_only_by_the_invocation_that_created_the_row() -> None:
    known = on_record(**NEW)
    assert decide(seen(None, commerce()), known, POLICY, NOW, fresh=True).actions == (Act.CREATE_LEAD,)
    assert decide(seen(None, commerce()), known, POLICY, NOW, fresh=False).actions == ()
