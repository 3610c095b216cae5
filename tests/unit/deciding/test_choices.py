"""What stands above the table's cells afterwards: reopening, resets, effects; and what a company may choose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.decisions import Act
from shared.models import (
    Hierarchy,
    HierarchyNode,
    LeadState,
    Opportunity,
    OpportunityState,
    ProspectStatus,
    SalesView,
)
from shared.policy import AccessModel, DecisionChannel, Hierarchies, NoOpportunity
from shared.record import Attention, Cause, Stage, Verdict
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
    POLICY,
    WON,
    commerce,
    lead,
    prospect,
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
    assert plan_for(sales, commerce(R), accounts_made=("O-1",)).actions == (Act.HOLD_CUSTOMERS,)
    assert plan_for(sales, commerce(R), accounts_made=("O-1",), customers_held=True).actions == (Act.TELL,)
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


BRIDGE_MAKES = replace(POLICY, hierarchies=Hierarchies.BRIDGE)


@pytest.mark.parametrize("sales", [WON, OPEN, NO_LEAD], ids=["won", "open", "deleted"])
def test_a_hierarchy_that_commerce_made_not_in_time_is_made_by_policy(sales: SalesView) -> None:
    view = commerce(A, hierarchies=())
    assert plan_for(sales, view, BRIDGE_MAKES, decided_at=NOW - HOUR).actions == (Act.CREATE_HIERARCHY,)
    assert plan_for(sales, view, BRIDGE_MAKES, decided_at=NOW).due == NOW + timedelta(minutes=1)
    assert Cause.HIERARCHY_MISSING in causes(plan_for(sales, view, decided_at=NOW - HOUR))


@pytest.mark.parametrize(
    ("changes", "known", "access"),
    [
        ({"hierarchies": (Hierarchy("H-1", "PARTY-O"),)}, {}, AccessModel.PERSON),
        ({"hierarchies": ()}, {"organization_party": ""}, AccessModel.PERSON),
        ({"hierarchies": ()}, {"person_party": ""}, AccessModel.PERSON),
        ({"hierarchies": ()}, {}, AccessModel.CONTACT),
    ],
    ids=["there-without-admin", "organization-unknown", "person-unknown", "contact-model"],
)
def test_no_hierarchy_is_made_beside_one_or_without_its_parties(
    changes: dict[str, object], known: dict[str, object], access: AccessModel
) -> None:
    policy = replace(BRIDGE_MAKES, access_model=access)
    assert plan_for(WON, commerce(A, **changes), policy, decided_at=NOW - HOUR, notes=("approved",), **known).actions == ()


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
