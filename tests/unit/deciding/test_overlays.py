"""What stands above the table's cells before a decision: blockers, customers, holds, doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.decisions import Act, decide
from shared.models import (
    CommerceView,
    Customer,
    LeadState,
    OpportunityState,
    PartyType,
    Preflight,
    ProspectStatus,
    SalesView,
)
from shared.policy import AccessModel, Customers
from shared.record import Cause, Stage, Verdict
from tests.unit.deciding.asking import causes, plan_for
from tests.unit.deciding.cases import (
    BOTH_CUSTOMERS,
    DEALING,
    DISQUALIFIED,
    LOST,
    NO_LEAD,
    NO_OPPORTUNITY,
    NOW,
    OPEN,
    OTHER_KEY,
    POLICY,
    WON,
    commerce,
    lead,
    on_record,
    prospect,
    seen,
)

A, R, P = ProspectStatus.APPROVED, ProspectStatus.REJECTED, ProspectStatus.PENDING
HOUR = timedelta(hours=1)
SETTLE = POLICY.settle
QUALIFIED, WON_STATE, OPEN_STATE, LOST_STATE = (
    LeadState.QUALIFIED,
    OpportunityState.WON,
    OpportunityState.OPEN,
    OpportunityState.LOST,
)


# ---- blockers

BLOCKERS = [
    (commerce(same_email_accounts=("C-9",)), Cause.DUPLICATE_EMAIL, "C-9"),
    (commerce(same_email_prospects=("usmf.P-2",)), Cause.DUPLICATE_REQUEST, "usmf.P-2"),
    (commerce(prospect=prospect(email="")), Cause.NO_EMAIL, ""),
    (commerce(prospect=prospect(email="a*@b.example")), Cause.BAD_EMAIL, ""),
    (commerce(prospect=prospect(party_type="Team")), Cause.PARTY_TYPE, "Team"),
    (commerce(prospect=prospect(party_type=PartyType.ORGANIZATION)), Cause.PARTY_TYPE, "Organization with an e-mail"),
    (commerce(channel_books=None), Cause.CHANNEL_UNKNOWN, "CH-1"),
    (commerce(channel_books=frozenset()), Cause.ADDRESS_BOOK, "CH-1"),
]


@pytest.mark.parametrize(("view", "cause", "detail"), BLOCKERS, ids=lambda value: str(value) if isinstance(value, Cause) else "")
def test_a_blocker_stops_the_approval_says_so_and_is_looked_at_again(view: CommerceView, cause: Cause, detail: str) -> None:
    plan = plan_for(WON, view)
    assert (plan.actions, plan.stage, plan.findings) == ((Act.TELL,), Stage.QUALIFIED, ((cause, detail),))
    assert (plan.note, plan.verdict, plan.due) == (f"blocked:{cause}", Verdict.APPROVE, NOW + HOUR)


@pytest.mark.parametrize(("view", "cause", "detail"), BLOCKERS, ids=lambda value: str(value) if isinstance(value, Cause) else "")
def test_a_blocker_stops_no_lead_but_is_shown_with_it(view: CommerceView, cause: Cause, detail: str) -> None:
    plan = plan_for(NO_LEAD, view, lead_id="", stage=Stage.REQUESTED)
    assert (plan.actions, causes(plan)) == ((Act.CREATE_LEAD,), [cause])
    assert causes(plan_for(OPEN, view)) == [cause]


@pytest.mark.parametrize(("view", "cause", "detail"), BLOCKERS, ids=lambda value: str(value) if isinstance(value, Cause) else "")
def test_a_blocker_stops_no_rejection(view: CommerceView, cause: Cause, detail: str) -> None:
    assert plan_for(DISQUALIFIED, view).actions == (Act.REJECT,)


UNFIT = [
    ({"account": None}, Cause.NO_ACCOUNT),
    ({"contact": None}, Cause.NO_CONTACT),
    ({"account": {"accountid": "a", "accountnumber": "US-1"}}, Cause.EXISTING_CUSTOMER),
    ({"account_taken_by": OTHER_KEY}, Cause.EXISTING_CUSTOMER),
]
UNFIT_IDS = ["no-account", "no-contact", "a-customers-number", "taken"]
unfit = pytest.mark.parametrize(("changes", "cause"), UNFIT, ids=UNFIT_IDS)


@unfit
@pytest.mark.parametrize("state", [OPEN_STATE, WON_STATE])
def test_a_lead_that_is_not_fit_for_customers_gets_none(
    changes: dict[str, object], cause: Cause, state: OpportunityState
) -> None:
    plan = plan_for(SalesView(lead(QUALIFIED, state, **changes)), commerce(customers=()))
    assert (set(plan.actions) <= {Act.TELL}, plan.stage, causes(plan)) == (True, Stage.QUALIFIED, [cause])


@unfit
@pytest.mark.parametrize("states", [(OPEN_STATE,), (), (WON_STATE,)], ids=["dealing", "no-opportunity", "won"])
def test_such_a_lead_agrees_with_an_approval_and_contradicts_a_rejection(
    changes: dict[str, object], cause: Cause, states: tuple[OpportunityState, ...]
) -> None:
    view = SalesView(lead(QUALIFIED, *states, **changes))
    approved, rejected = plan_for(view, commerce(A)), plan_for(view, commerce(R))
    assert (approved.stage, causes(approved)) == (Stage.APPROVED, [])
    assert (rejected.stage, causes(rejected)) == (Stage.REJECTED, [Cause.CONTRADICTION])


@unfit
def test_such_a_lead_that_is_lost_is_rejected_like_any_other(changes: dict[str, object], cause: Cause) -> None:
    view = SalesView(lead(QUALIFIED, LOST_STATE, **changes))
    pending, approved, rejected = plan_for(view, commerce(P)), plan_for(view, commerce(A)), plan_for(view, commerce(R))
    assert (pending.actions, causes(pending)) == ((Act.REJECT,), [])
    assert (approved.stage, causes(approved)) == (Stage.APPROVED, [Cause.CONTRADICTION])
    assert (rejected.stage, causes(rejected)) == (Stage.REJECTED, [])


@unfit
def test_such_a_lead_that_is_won_holds_its_approval_back_and_tells_the_seller(changes: dict[str, object], cause: Cause) -> None:
    plan = plan_for(SalesView(lead(QUALIFIED, WON_STATE, **changes)), commerce(P))
    assert (plan.actions, plan.verdict, plan.note) == ((Act.TELL,), Verdict.APPROVE, f"blocked:{cause}")


def test_the_bridges_own_customer_number_on_the_account_is_no_existing_customer() -> None:
    account = {"accountid": "a", "accountnumber": "BORG"}
    assert plan_for(SalesView(lead(QUALIFIED, WON_STATE, account=account)), commerce()).actions == (Act.APPROVE,)


def test_a_polls_check_counts_while_the_prospect_is_the_same() -> None:
    unasked = commerce(same_email_accounts=None, same_email_prospects=None)
    for etag, expected in (('W/"1"', [Cause.DUPLICATE_EMAIL]), ('W/"2"', [])):
        observed = replace(seen(OPEN, unasked), preflight=Preflight(etag=etag, findings=("duplicate-email",)))
        assert causes(decide(observed, on_record(), POLICY, NOW)) == expected


# ---- customers


@pytest.mark.parametrize("there", [(), BOTH_CUSTOMERS[:1], BOTH_CUSTOMERS[1:]], ids=["none", "organization", "person"])
@pytest.mark.parametrize("sales", [DEALING, NO_OPPORTUNITY, WON], ids=["dealing", "no-opportunity", "won"])
def test_missing_customers_are_made_before_anything_else(there: tuple[Customer, ...], sales: SalesView) -> None:
    assert plan_for(sales, commerce(customers=there)).actions == (Act.CREATE_CUSTOMERS,)


@pytest.mark.parametrize("sales", [OPEN, LOST, DISQUALIFIED], ids=["open", "lost", "disqualified"])
def test_no_customers_are_made_for_a_lead_that_is_not_qualified_or_is_lost(sales: SalesView) -> None:
    assert Act.CREATE_CUSTOMERS not in plan_for(sales, commerce(customers=())).actions


def test_no_customers_are_made_where_commerce_makes_them() -> None:
    policy = replace(POLICY, customers=Customers.COMMERCE)
    assert plan_for(WON, commerce(customers=()), policy).actions == (Act.APPROVE,)


def test_the_contact_model_needs_the_organization_alone() -> None:
    policy = replace(POLICY, access_model=AccessModel.CONTACT)
    assert plan_for(WON, commerce(customers=BOTH_CUSTOMERS[:1]), policy, person_account="").actions == (Act.APPROVE,)


# ---- holds


@pytest.mark.parametrize(("sales", "hold", "verdict", "act"), [
    (WON, "approve_hold", Verdict.APPROVE, Act.APPROVE), (LOST, "reject_hold", Verdict.REJECT, Act.REJECT),
    (DISQUALIFIED, "reject_hold", Verdict.REJECT, Act.REJECT),
])  # fmt: skip
def test_a_hold_begins_when_the_verdict_is_first_seen(sales: SalesView, hold: str, verdict: Verdict, act: Act) -> None:
    policy = replace(POLICY, **{hold: timedelta(minutes=20)})
    first = plan_for(sales, commerce(), policy)
    assert (first.actions, first.verdict, first.due) == ((), verdict, NOW + timedelta(minutes=20))
    held = plan_for(sales, commerce(), policy, verdict=verdict, verdict_since=NOW - timedelta(minutes=19))
    assert (held.actions, held.due) == ((), NOW + timedelta(minutes=1))
    over = plan_for(sales, commerce(), policy, verdict=verdict, verdict_since=NOW - timedelta(minutes=20))
    assert over.actions == (act,)


def test_another_verdicts_hold_does_not_count() -> None:
    policy = replace(POLICY, reject_hold=HOUR)
    plan = plan_for(LOST, commerce(), policy, verdict=Verdict.APPROVE, verdict_since=NOW - timedelta(days=1))
    assert (plan.actions, plan.verdict, plan.due) == ((), Verdict.REJECT, NOW + HOUR)


@pytest.mark.parametrize("sales", [OPEN, DEALING, NO_LEAD], ids=["open", "dealing", "deleted"])
def test_a_held_verdict_is_dropped_when_sales_does_not_show_it_any_more(sales: SalesView) -> None:
    assert plan_for(sales, commerce(), verdict=Verdict.REJECT, verdict_since=NOW).verdict is None


# ---- in doubt, and sent without effect


@pytest.mark.parametrize(
    "known",
    [{"in_doubt_since": NOW - timedelta(minutes=9)}, {"sent": Verdict.APPROVE, "sent_at": NOW - timedelta(minutes=9)},
     {"sent": Verdict.REJECT, "sent_at": NOW - timedelta(days=9), "in_doubt_since": NOW - timedelta(minutes=9)}],
    ids=["in-doubt", "sent", "sent-before-and-in-doubt-now"],
)  # fmt: skip
def test_nothing_is_sent_before_the_last_sending_is_settled(known: dict[str, object]) -> None:
    plan = plan_for(WON, commerce(), **known)
    assert (plan.actions, causes(plan), plan.due) == ((), [Cause.IN_DOUBT], NOW + timedelta(minutes=1))


def test_a_doubt_that_is_settled_allows_another_attempt() -> None:
    assert plan_for(WON, commerce(), in_doubt_since=NOW - SETTLE).actions == (Act.APPROVE,)


@pytest.mark.parametrize(("sales", "verdict"), [(WON, Verdict.APPROVE), (LOST, Verdict.REJECT), (DISQUALIFIED, Verdict.REJECT)])
def test_a_verdict_that_was_accepted_without_effect_is_not_sent_again(sales: SalesView, verdict: Verdict) -> None:
    plan = plan_for(sales, commerce(), sent=verdict, sent_at=NOW - HOUR)
    assert (plan.actions, causes(plan), plan.due) == ((), [Cause.APPROVED_WITHOUT_EFFECTS], NOW + HOUR)


def test_the_opposite_verdict_may_be_sent_after_one_without_effect() -> None:
    assert plan_for(WON, commerce(), sent=Verdict.REJECT, sent_at=NOW - HOUR).actions == (Act.APPROVE,)
