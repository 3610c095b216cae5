"""Laws that hold in every situation, over what Sales shows x what Commerce shows x what is on record x what the company chose."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.acting import Round
from shared.decisions import AFTERWARDS, Act, Plan, decide
from shared.models import (
    CommerceView,
    Lead,
    LeadState,
    Observation,
    Opportunity,
    OpportunityState,
    PartyType,
    Preflight,
    Prospect,
    ProspectStatus,
    SalesView,
)
from shared.policy import AccessModel, Customers, DecisionChannel, Hierarchies, NoOpportunity, Policy
from shared.progress import learned, placed, sent
from shared.pursuing import ROUNDS
from shared.record import Attention, Cause, Onboarding, Stage, Verdict
from tests.unit.deciding.cases import (
    ACCOUNT,
    BOTH_CUSTOMERS,
    CONTACT,
    GOOD_HIERARCHY,
    KEY,
    LEAD_ID,
    NOW,
    OTHER_KEY,
    on_record,
    prospect,
)

STATUS_WRITES = {Act.APPROVE, Act.REJECT}
WRITES = {*STATUS_WRITES, Act.CREATE_LEAD, Act.CREATE_CUSTOMERS, Act.HOLD_CUSTOMERS, Act.CREATE_HIERARCHY, Act.TELL}
DECIDED = {ProspectStatus.APPROVED, ProspectStatus.REJECTED}

moments = st.none() | st.integers(0, 3000).map(lambda minutes: NOW - timedelta(minutes=minutes))
reasons = st.sampled_from([3, 4, 5, 9, None])
opportunity = st.builds(Opportunity, st.uuids().map(str), st.sampled_from(OpportunityState), reasons)
leads = st.builds(
    Lead,
    id=st.just(LEAD_ID),
    state=st.sampled_from(LeadState),
    status_code=st.sampled_from([1, 3, 4, 5, 6, 9, None]),
    key=st.just(KEY),
    account=st.sampled_from([None, ACCOUNT, {**ACCOUNT, "accountnumber": "US-1"}]),
    contact=st.sampled_from([None, CONTACT]),
    opportunities=st.lists(opportunity, max_size=3).map(tuple),
    account_taken_by=st.sampled_from([None, KEY, OTHER_KEY]),
)
sales_views = st.one_of(
    st.just(SalesView(None)),
    leads.map(SalesView),
    leads.map(lambda lead: SalesView(replace(lead, merged_into="x"), survivor_key=OTHER_KEY)),
)
prospects = st.builds(
    lambda status, b2b, email, party_type: prospect(status, is_b2b=b2b, email=email, party_type=party_type),
    st.sampled_from(ProspectStatus),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["jo@example.com", "", "?"]),
    st.sampled_from([*PartyType, "Team"]),
)
commerce_views = st.builds(
    CommerceView,
    prospect=st.none() | prospects,
    customers=st.sampled_from([(), BOTH_CUSTOMERS[:1], BOTH_CUSTOMERS]),
    same_email_accounts=st.sampled_from([None, (), (), ("C-1",)]),
    same_email_prospects=st.sampled_from([None, (), (), ("usmf.P-2",)]),
    hierarchies=st.sampled_from([None, (), (GOOD_HIERARCHY,), (GOOD_HIERARCHY, replace(GOOD_HIERARCHY, id="H-2"))]),
    channel_books=st.sampled_from([frozenset({"Web"}), frozenset({"Web"}), frozenset(), None]),
    contact_enabled=st.sampled_from([None, True, False]),
)
records = st.builds(
    on_record,
    stage=st.sampled_from(Stage),
    lead_id=st.sampled_from(["", LEAD_ID]),
    verdict=st.sampled_from([None, *Verdict]),
    verdict_since=moments,
    sent=st.sampled_from([None, *Verdict]),
    sent_at=moments,
    in_doubt_since=moments,
    decided_at=moments,
    closed_at=moments,
    missing_since=moments,
    accounts_made=st.sampled_from([(), ("O-1",), ("O-1", "P-1")]),
    customers_held=st.booleans(),
    notes=st.sampled_from([(), ("approved",), ("rejected", "contradiction")]),
    attentions=st.sampled_from([(), (Attention(Cause.GAVE_UP, NOW),), (Attention(Cause.DECIDED_IN_COMMERCE, NOW),)]),
    opportunities=st.sampled_from([{}, {"o": "lost"}]),
    due=moments,
)
policies = st.builds(
    Policy,
    customers=st.sampled_from(Customers),
    decision_channel=st.sampled_from(DecisionChannel),
    access_model=st.sampled_from(AccessModel),
    no_opportunity=st.sampled_from(NoOpportunity),
    hierarchies=st.sampled_from(Hierarchies),
    approve_hold=st.sampled_from([timedelta(0), timedelta(hours=1)]),
    reject_hold=st.sampled_from([timedelta(0), timedelta(minutes=15)]),
)
observations = st.builds(
    Observation,
    sales=sales_views,
    commerce=commerce_views,
    preflight=st.sampled_from([None, Preflight(etag='W/"1"', findings=("duplicate-email",))]),
)
law = settings(max_examples=200, deadline=None)


def status_of(seen: Observation) -> ProspectStatus | None:
    return seen.commerce.prospect.status if seen.commerce and seen.commerce.prospect else None


@law
@given(observations, records, policies, st.booleans())
def test_law_1_a_status_is_written_only_where_pending_was_read(
    seen: Observation, known: Onboarding, policy: Policy, fresh: bool
) -> None:
    plan = decide(seen, known, policy, NOW, fresh=fresh)
    if STATUS_WRITES & set(plan.actions):
        assert status_of(seen) is ProspectStatus.PENDING


@law
@given(observations, prospects, st.sampled_from(sorted(DECIDED)), records, policies)
def test_law_7_where_commerce_has_decided_nothing_but_notes_and_holds_follows(
    seen: Observation, found: Prospect, status: ProspectStatus, known: Onboarding, policy: Policy
) -> None:
    assert seen.commerce
    decided = replace(seen, commerce=replace(seen.commerce, prospect=replace(found, status=status)))
    assert set(decide(decided, known, policy, NOW).actions) <= {*AFTERWARDS, Act.LOOK_CLOSER}


@law
@given(observations, records, policies, st.sampled_from(["sales", "commerce", "both"]))
def test_law_9_a_side_that_was_not_read_lets_nothing_be_written(
    seen: Observation, known: Onboarding, policy: Policy, unread: str
) -> None:
    hidden = {"sales": {"sales": None}, "commerce": {"commerce": None}, "both": {"sales": None, "commerce": None}}[unread]
    plan = decide(replace(seen, **hidden), known, policy, NOW)  # type: ignore[arg-type]
    assert (plan.actions, plan.stage) == ((), known.stage)


@law
@given(observations, records, policies)
def test_laws_2_and_4_acting_comes_to_rest_after_one_status_write_at_most_and_stays_at_rest(
    seen: Observation, known: Onboarding, policy: Policy
) -> None:
    done: list[Act] = []
    at, plan = Round(seen, learned(known, seen, NOW)), Plan(known.stage)
    for _ in range(ROUNDS):
        plan = decide(at.seen, at.known, policy, NOW)
        if not set(plan.actions) - AFTERWARDS:
            at = replace(at, known=placed(at.known, plan, policy, NOW))
        if not plan.actions:
            break
        for act in plan.actions:
            done.append(act)
            at = simulated(act, plan, at, NOW)
            at = replace(at, known=learned(at.known, at.seen, NOW))
    assert not plan.actions, f"no rest: {done}"
    assert len(STATUS_WRITES & set(done)) + done.count(Act.CREATE_LEAD) <= 1
    assert all(done.count(act) <= 1 for act in WRITES - {Act.TELL})
    assert done.count(Act.TELL) <= 2  # blocked or not, and the outcome
    assert decide(at.seen, at.known, policy, NOW).actions == ()


@law
@given(observations, records, policies)
def test_law_2_what_was_sent_or_is_in_doubt_is_not_sent_again_before_it_is_settled(
    seen: Observation, known: Onboarding, policy: Policy
) -> None:
    plan = decide(seen, known, policy, NOW)
    if STATUS_WRITES & set(plan.actions):
        assert known.sent is not (Verdict.APPROVE if Act.APPROVE in plan.actions else Verdict.REJECT)
        assert all(at is None or at + policy.settle <= NOW for at in (known.sent_at, known.in_doubt_since))
        assert known.decided_at is None
        assert policy.decision_channel is not DecisionChannel.MANUAL


@law
@given(observations, records, policies)
def test_law_5_a_verdict_that_is_wanted_always_says_what_it_waits_for(
    seen: Observation, known: Onboarding, policy: Policy
) -> None:
    plan = decide(seen, known, policy, NOW)
    if plan.verdict and not set(plan.actions) - AFTERWARDS:
        assert plan.due or plan.findings


@law
@given(observations, records, policies)
def test_a_look_that_is_due_lies_ahead(seen: Observation, known: Onboarding, policy: Policy) -> None:
    plan = decide(seen, replace(known, due=None), policy, NOW)
    assert plan.due is None or plan.due > NOW


def simulated(act: Act, plan: Plan, at: Round, now: datetime) -> Round:
    """What would be seen after the act, with both systems obliging."""
    known, seen = at.known, at.seen
    view = seen.commerce
    assert view
    match act:
        case Act.CREATE_LEAD:
            return replace(at, seen=replace(seen, sales=SalesView(Lead(LEAD_ID, LeadState.OPEN, 1, KEY))))
        case Act.CREATE_CUSTOMERS:
            return replace(at, seen=replace(seen, commerce=replace(view, customers=BOTH_CUSTOMERS)))
        case Act.APPROVE | Act.REJECT:
            verdict = Verdict.APPROVE if act is Act.APPROVE else Verdict.REJECT
            status = ProspectStatus.APPROVED if act is Act.APPROVE else ProspectStatus.REJECTED
            decided = replace(view, prospect=replace(at.prospect, status=status), hierarchies=(GOOD_HIERARCHY,))
            return replace(at, seen=replace(seen, commerce=decided), known=sent(known, verdict, now))
        case Act.HOLD_CUSTOMERS:
            return replace(at, known=replace(known, customers_held=True))
        case Act.CREATE_HIERARCHY:
            return replace(at, seen=replace(seen, commerce=replace(view, hierarchies=(GOOD_HIERARCHY,))))
        case Act.LOOK_CLOSER:
            return replace(at, seen=replace(seen, commerce=replace(view, hierarchies=())))
        case Act.TELL:
            return replace(at, known=replace(known, notes=(*known.notes, plan.note)))
