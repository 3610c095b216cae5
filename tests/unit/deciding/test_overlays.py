"""What stands above the table's cells: blockers, holds, doubt, what was sent already, reopening, policies, reasons that ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.decisions import Act, Plan, decide
from shared.models import (
    CommerceView,
    Customer,
    Hierarchy,
    HierarchyNode,
    LeadState,
    Opportunity,
    OpportunityState,
    PartyType,
    Preflight,
    ProspectStatus,
    SalesView,
)
from shared.policy import AccessModel, Customers, DecisionChannel, NoOpportunity, Policy
from shared.record import Attention, Cause, Stage, Verdict
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


def plan_for(sales: SalesView | None, view: CommerceView, policy: Policy = POLICY, **known: object) -> Plan:
    return decide(seen(sales, view), on_record(**known), policy, NOW)


def causes(plan: Plan) -> list[Cause]:
    return [cause for cause, _ in plan.findings]


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


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"account": None}, Cause.NO_ACCOUNT),
        ({"contact": None}, Cause.NO_CONTACT),
        ({"account": {"accountid": "a", "accountnumber": "US-1"}}, Cause.EXISTING_CUSTOMER),
        ({"account_taken_by": OTHER_KEY}, Cause.EXISTING_CUSTOMER),
    ],
)
@pytest.mark.parametrize("state", [OPEN_STATE, WON_STATE])
def test_a_lead_that_is_not_fit_for_customers_gets_none(
    changes: dict[str, object], cause: Cause, state: OpportunityState
) -> None:
    plan = plan_for(SalesView(lead(QUALIFIED, state, **changes)), commerce(customers=()))
    assert (set(plan.actions) <= {Act.TELL}, plan.stage, causes(plan)) == (True, Stage.QUALIFIED, [cause])


@pytest.mark.parametrize("changes", [{"account": None}, {"contact": None}, {"account_taken_by": OTHER_KEY}])
@pytest.mark.parametrize("sales", ["dealing", "no opportunity"])
def test_such_a_lead_agrees_with_an_approval_and_contradicts_a_rejection(changes: dict[str, object], sales: str) -> None:
    states = (OPEN_STATE,) if sales == "dealing" else ()
    view = SalesView(lead(QUALIFIED, *states, **changes))
    approved, rejected = plan_for(view, commerce(A)), plan_for(view, commerce(R))
    assert (approved.stage, causes(approved)) == (Stage.APPROVED, [])
    assert (rejected.stage, causes(rejected)) == (Stage.REJECTED, [Cause.CONTRADICTION])


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


# ---- after a decision


@pytest.mark.parametrize("sales", [OPEN, DEALING], ids=["open", "dealing"])
@pytest.mark.parametrize(("status", "stage"), [(A, Stage.APPROVED), (R, Stage.REJECTED)])
@pytest.mark.parametrize(
    "known", [{"sent": Verdict.APPROVE}, {"stage": Stage.APPROVED, "closed_at": NOW}], ids=["sent-by-us", "agreed-by-a-clerk"]
)
def test_reopening_after_the_decision_is_shown_and_told(
    sales: SalesView, status: ProspectStatus, stage: Stage, known: dict[str, object]
) -> None:
    plan = plan_for(sales, commerce(status), **known)
    assert (plan.stage, causes(plan), plan.note) == (stage, [Cause.REOPENED_AFTER_DECISION], "reopened-after-decision")


@pytest.mark.parametrize("cause", [Cause.DECIDED_IN_COMMERCE, Cause.CONTRADICTION])
def test_what_commerce_decided_alone_stays_its_own_decision(cause: Cause) -> None:
    known = {"stage": Stage.APPROVED, "closed_at": NOW, "attentions": (Attention(cause, NOW),)}
    assert causes(plan_for(OPEN, commerce(A), **known)) == [Cause.DECIDED_IN_COMMERCE]


@pytest.mark.parametrize("sales", [OPEN, DEALING, WON, LOST, DISQUALIFIED], ids=str)
def test_a_decided_prospect_that_is_pending_again_is_not_decided_again(sales: SalesView) -> None:
    plan = plan_for(sales, commerce(), decided_at=NOW - HOUR)
    assert (plan.actions, causes(plan)) == ((), [Cause.STATUS_RESET])


@pytest.mark.parametrize("sales", [LOST, DISQUALIFIED], ids=["lost", "disqualified"])
def test_a_rejection_puts_our_customers_on_hold_once(sales: SalesView) -> None:
    assert plan_for(sales, commerce(R), customers_made=True).actions == (Act.HOLD_CUSTOMERS,)
    assert plan_for(sales, commerce(R), customers_made=True, customers_held=True).actions == (Act.TELL,)
    assert plan_for(sales, commerce(R)).actions == (Act.TELL,)


def test_a_note_that_was_written_is_not_written_again() -> None:
    assert plan_for(WON, commerce(A), notes=("approved",)).actions == ()


# ---- effects


def test_effects_that_were_not_asked_for_are_asked_for() -> None:
    assert plan_for(WON, commerce(A, hierarchies=None)).actions == (Act.LOOK_CLOSER,)


@pytest.mark.parametrize(("minutes", "next_look"), [(0, 1), (0.5, 1), (1, 5), (4, 5), (5, 15), (14, 15)])
def test_missing_effects_are_looked_for_after_one_five_and_fifteen_minutes(minutes: float, next_look: int) -> None:
    decided_at = NOW - timedelta(minutes=minutes)
    plan = plan_for(WON, commerce(A, hierarchies=()), decided_at=decided_at, notes=("approved",))
    assert (plan.findings, plan.due) == ((), decided_at + timedelta(minutes=next_look))


ADMIN = HierarchyNode("PARTY-P", "Admin")
MISSING_EFFECTS = [
    ({"hierarchies": ()}, Cause.HIERARCHY_MISSING),
    ({"hierarchies": (Hierarchy("H-1", "PARTY-O", (ADMIN,)), Hierarchy("H-2", "PARTY-O", (ADMIN,)))}, Cause.HIERARCHY_AMBIGUOUS),
    ({"hierarchies": (Hierarchy("H-1", "PARTY-O"),)}, Cause.APPROVED_WITHOUT_EFFECTS),
    ({"hierarchies": (Hierarchy("H-1", "PARTY-O", (HierarchyNode("X", "Admin"),)),)}, Cause.APPROVED_WITHOUT_EFFECTS),
    ({"hierarchies": (Hierarchy("H-1", "PARTY-O", (HierarchyNode("PARTY-P", "User"),)),)}, Cause.APPROVED_WITHOUT_EFFECTS),
    ({"same_email_accounts": ("C-1",)}, Cause.DUPLICATE_EMAIL),
    ({"customers": (*BOTH_CUSTOMERS, replace(BOTH_CUSTOMERS[1], account="CUST-2"))}, Cause.DUPLICATE_EMAIL),
    ({"customers": tuple(replace(one, address_books="Other") for one in BOTH_CUSTOMERS)}, Cause.ADDRESS_BOOK),
]


@pytest.mark.parametrize(("changes", "cause"), MISSING_EFFECTS)
def test_effects_that_are_still_missing_after_the_grace_are_shown(changes: dict[str, object], cause: Cause) -> None:
    plan = plan_for(WON, commerce(A, **changes), decided_at=NOW - HOUR, notes=("approved",))
    assert (plan.stage, plan.actions, causes(plan), plan.due) == (Stage.APPROVED, (), [cause], NOW + HOUR)


@pytest.mark.parametrize(("enabled", "expected"), [(False, [Cause.CONTACT_NOT_ENABLED]), (True, []), (None, [])])
def test_a_contact_that_may_not_sign_in_yet_is_shown(enabled: bool | None, expected: list[Cause]) -> None:
    policy = replace(POLICY, access_model=AccessModel.CONTACT)
    assert causes(plan_for(WON, commerce(A, contact_enabled=enabled), policy, decided_at=NOW - HOUR)) == expected


# ---- policies


@pytest.mark.parametrize(("sales", "verdict"), [(WON, Verdict.APPROVE), (LOST, Verdict.REJECT), (DISQUALIFIED, Verdict.REJECT)])
def test_a_manual_channel_waits_for_a_clerk(sales: SalesView, verdict: Verdict) -> None:
    plan = plan_for(sales, commerce(), replace(POLICY, decision_channel=DecisionChannel.MANUAL))
    assert (plan.verdict, plan.findings) == (verdict, ((Cause.AWAITING_CLERK, verdict),))
    assert not {Act.APPROVE, Act.REJECT} & set(plan.actions)


def test_a_lead_without_an_opportunity_is_approved_only_by_policy_and_only_if_none_was_ever_seen() -> None:
    policy = replace(POLICY, no_opportunity=NoOpportunity.APPROVE)
    assert plan_for(NO_OPPORTUNITY, commerce(), policy).actions == (Act.APPROVE,)
    assert causes(plan_for(NO_OPPORTUNITY, commerce(), policy, opportunities={"o": "lost"})) == [Cause.NO_OPPORTUNITY]
    assert causes(plan_for(NO_OPPORTUNITY, commerce())) == [Cause.NO_OPPORTUNITY]


@pytest.mark.parametrize(("scope", "because"), [({"usmf"}, ""), ({"demf"}, "out-of-scope"), (set(), "")])
def test_only_legal_entities_in_scope_are_ours(scope: set[str], because: str) -> None:
    plan = plan_for(WON, commerce(), replace(POLICY, legal_entities=frozenset(scope)))
    assert plan.because == because
    assert (plan.stage is Stage.EXCLUDED, plan.actions == ()) == (bool(because), bool(because))


def test_a_prospect_that_is_no_b2b_prospect_is_left_alone() -> None:
    plan = plan_for(WON, commerce(prospect=prospect(is_b2b=False)))
    assert (plan.stage, plan.because, plan.actions) == (Stage.EXCLUDED, "not-b2b", ())


# ---- reasons


@pytest.mark.parametrize(("reason", "rejects"), [(4, True), (6, True), (5, False), (7, False), (100000, False), (None, False)])
def test_which_reasons_of_a_lead_reject(reason: int | None, rejects: bool) -> None:
    plan = plan_for(SalesView(lead(LeadState.DISQUALIFIED, status_code=reason)), commerce())
    assert plan.actions == ((Act.REJECT,) if rejects else ())
    assert causes(plan) == ([] if rejects else [Cause.UNDECIDED_REASON])


@pytest.mark.parametrize(("reasons", "rejects"), [((4,), True), ((5,), True), ((9,), False), ((9, 5), True), ((9, None), False)])
def test_which_reasons_of_opportunities_reject(reasons: tuple[int | None, ...], rejects: bool) -> None:
    opportunities = tuple(Opportunity(f"o-{n}", LOST_STATE, reason) for n, reason in enumerate(reasons))
    plan = plan_for(SalesView(lead(QUALIFIED, opportunities=opportunities)), commerce())
    assert plan.actions == ((Act.REJECT,) if rejects else ())


# ---- several opportunities


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ((WON_STATE, OPEN_STATE), Verdict.APPROVE),
        ((WON_STATE, LOST_STATE), Verdict.APPROVE),
        ((OPEN_STATE, LOST_STATE), None),
        ((LOST_STATE, LOST_STATE), Verdict.REJECT),
        ((LOST_STATE, OPEN_STATE, WON_STATE), Verdict.APPROVE),
    ],
)
def test_won_if_any_is_won_open_while_any_is_open_lost_only_when_all_are(
    states: tuple[OpportunityState, ...], verdict: Verdict | None
) -> None:
    plan = plan_for(SalesView(lead(QUALIFIED, *states)), commerce(), replace(POLICY, approve_hold=HOUR, reject_hold=HOUR))
    assert plan.verdict is verdict


@pytest.mark.parametrize(
    ("state", "states"),
    [(LeadState.OPEN, (WON_STATE,)), (LeadState.DISQUALIFIED, (OPEN_STATE,)), (LeadState.DISQUALIFIED, (WON_STATE, LOST_STATE))],
)
def test_a_lead_and_an_opportunity_that_disagree_decide_nothing(state: LeadState, states: tuple[OpportunityState, ...]) -> None:
    plan = plan_for(SalesView(lead(state, *states)), commerce())
    assert (plan.actions, causes(plan)) == ((), [Cause.SALES_CONTRADICTION])
