"""The decision table: what to do next for one onboarding, from what both systems show and what we recorded. Pure.

`decide` is asked again after each round of actions, until it wants none. It never undoes what Commerce decided,
writes a status only where it read Pending in this invocation, and decides nothing on a side that was not read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.decision_table import DECIDED_FIRST, DISAGREED, QUEUES, TABLE, Cell, Want
from shared.findings import (
    Finding,
    earlier_organization,
    effects_findings,
    existing_customer,
    hierarchy_is_ours_to_make,
    preflight_findings,
    sales_findings,
)
from shared.models import EventType, Lead, Observation, ProspectStatus
from shared.policy import Customers, DecisionChannel, NoOpportunity, Policy
from shared.record import Cause, Onboarding, Stage, Verdict
from shared.rulings import APPROVE, REJECT, chosen, standing
from shared.situations import CommerceSituation as C  # noqa: N817 - the table's two axes read best with one letter each
from shared.situations import SalesSituation as S  # noqa: N817
from shared.situations import commerce_situation, missing_until, sales_situation


class Act(StrEnum):
    """One thing to do; each is idempotent by a business key."""

    CREATE_LEAD = "create-lead"
    CREATE_CUSTOMERS = "create-customers"
    APPROVE = "approve"
    REJECT = "reject"
    HOLD_CUSTOMERS = "hold-customers"
    CREATE_HIERARCHY = "create-hierarchy"
    LOOK_CLOSER = "look-closer"
    """Read what the decision needs and was not asked for: hierarchies, customers."""
    TELL = "tell"
    """Write the note `Plan.note` on the opportunity, or on the lead where there is none."""


AFTERWARDS = frozenset({Act.TELL, Act.HOLD_CUSTOMERS, Act.CREATE_HIERARCHY})
"""What is done once the onboarding is where it belongs: its stage does not wait for them."""


@dataclass(frozen=True)
class Plan:
    """What follows. `actions` empty: this is where the onboarding rests."""

    stage: Stage
    actions: tuple[Act, ...] = ()
    findings: tuple[Finding, ...] = ()
    because: str = ""
    note: str = ""
    verdict: Verdict | None = None
    due: datetime | None = None
    due_type: EventType = EventType.PROSPECT_CREATED


@dataclass(frozen=True)
class Case:
    """All that one decision rests on."""

    seen: Observation
    known: Onboarding
    policy: Policy
    now: datetime
    sales: S
    commerce: C
    cell: Cell

    @property
    def lead(self) -> Lead | None:
        return self.seen.sales.lead if self.seen.sales else None


def decide(seen: Observation, known: Onboarding, policy: Policy, now: datetime, *, fresh: bool = False) -> Plan:
    """What to do next, and where the onboarding stands. `fresh`: this invocation created the row."""
    sales, commerce = sales_situation(seen.sales, known, fresh=fresh), commerce_situation(seen.commerce, known, now)
    if S.UNREAD is sales or C.UNREAD is commerce:
        return Plan(known.stage, due=known.due, because=known.excluded_because, verdict=known.verdict)
    case = Case(seen, known, policy, now, sales, commerce, TABLE[sales, commerce])
    if outside := _outside(case):
        return Plan(Stage.EXCLUDED, because=outside)
    plan = _PURSUITS[_cell(case).want](replace(case, cell=_cell(case)))
    plan = replace(plan, findings=standing(known, plan.findings), due_type=QUEUES.get(sales, EventType.LEAD_DISQUALIFIED))
    return _held(case, _with_note(case, plan))


def _outside(case: Case) -> str:
    """Why this prospect is not ours to handle; asked again at each hint, since scope and flag can change."""
    prospect = case.seen.commerce.prospect if case.seen.commerce else None
    if prospect and not prospect.is_b2b:
        return "not-b2b"
    scope = case.policy.legal_entities
    return "out-of-scope" if scope and case.known.key.legal_entity not in scope else ""


# ---- what overrides the table's cell


def _cell(case: Case) -> Cell:
    """The table's cell, or what stands above it."""
    known, cell = case.known, case.cell
    if known.decided_at and case.commerce is C.PENDING:
        return replace(cell, want=Want.NOTHING, attention=Cause.STATUS_RESET)
    reopened = case.sales in (S.OPEN, S.DEALING, S.CONTRADICTORY) and case.commerce in DECIDED_FIRST
    if reopened and (known.sent or _both_had_decided(known)):
        return replace(cell, attention=Cause.REOPENED_AFTER_DECISION, note="reopened-after-decision")
    if case.lead and case.sales in (S.DEALING, S.NO_OPPORTUNITY) and case.commerce in DECIDED_FIRST and _blocked_in_sales(case):
        return Cell(Stage.APPROVED, Want.CONFIRM) if case.commerce is C.APPROVED else DISAGREED[C.REJECTED]
    if cell.want is Want.CUSTOMERS and case.sales is S.NO_OPPORTUNITY and _may_approve_without_opportunity(case):
        return replace(cell, want=Want.APPROVE, attention=None)
    return cell


def _both_had_decided(known: Onboarding) -> bool:
    """Whether both sides agreed before: a clerk may have written the decision instead of us."""
    disputed = known.has(Cause.DECIDED_IN_COMMERCE) or known.has(Cause.CONTRADICTION)
    return known.closed_at is not None and known.stage in (Stage.APPROVED, Stage.REJECTED) and not disputed


def _blocked_in_sales(case: Case) -> bool:
    lead = case.lead
    return lead is not None and (lead.account is None or lead.contact is None or bool(existing_customer(lead, case.known)))


def _may_approve_without_opportunity(case: Case) -> bool:
    """Only by policy or an operator's choice, and only where no opportunity was ever seen: a deleted one may have been lost."""
    if chosen(case.known, Cause.NO_OPPORTUNITY) == APPROVE:
        return True
    return case.policy.no_opportunity is NoOpportunity.APPROVE and not case.known.opportunities


# ---- one function for each Want


def _rest(case: Case) -> Plan:
    unknown = Cause.UNKNOWN_STATUS if case.commerce is C.UNKNOWN else None
    found = tuple((cause, "") for cause in dict.fromkeys((case.cell.attention, unknown)) if cause)
    plan = Plan(case.cell.stage or case.known.stage, findings=found, because=case.cell.because, note=case.cell.note)
    agreed = case.commerce is C.REJECTED and case.sales in (S.LOST, S.DISQUALIFIED)
    held = agreed and bool(case.known.accounts_made) and not case.known.customers_held
    again = case.now + case.policy.look_again if unknown else None
    return replace(plan, actions=(Act.HOLD_CUSTOMERS,) if held else (), due=again)


def _lead(case: Case) -> Plan:
    return Plan(Stage.IN_REVIEW, (Act.CREATE_LEAD,), _preflight(case))


def _review(case: Case) -> Plan:
    """The sellers work; a finding never stops the lead, but people must see it."""
    found = _preflight(case)
    return replace(_rest(case), findings=found, due=case.now + case.policy.look_again if found else None)


def _customers(case: Case) -> Plan:
    blockers = (*_preflight(case), *_in_sales(case), *_left_behind(case))
    notice = ((case.cell.attention, ""),) if case.cell.attention else ()
    if blockers or _customers_complete(case):
        again = case.now + case.policy.look_again if blockers else None
        return Plan(Stage.QUALIFIED, findings=(*blockers, *notice), due=again)
    return Plan(Stage.QUALIFIED, (Act.CREATE_CUSTOMERS,), notice)


def _approve(case: Case) -> Plan:
    """Approve when nothing stands against it, the customers are there, and the hold is over."""
    plan = _customers(case)
    if plan.findings:
        return replace(plan, verdict=Verdict.APPROVE, note="blocked:" + "+".join(sorted({cause for cause, _ in plan.findings})))
    if plan.actions:
        return replace(plan, verdict=Verdict.APPROVE)
    return _send(case, Verdict.APPROVE, Act.APPROVE, case.policy.approve_hold, Stage.QUALIFIED)


def _reject(case: Case) -> Plan:
    stage = case.cell.stage or case.known.stage
    if not _reason_rejects(case):
        return Plan(stage, findings=((Cause.UNDECIDED_REASON, ""),), due=case.now + case.policy.look_again)
    return _send(case, Verdict.REJECT, Act.REJECT, case.policy.reject_hold, stage)


def _send(case: Case, verdict: Verdict, act: Act, hold: timedelta, stage: Stage) -> Plan:
    """Write the verdict, unless it is still held, in doubt, without effect, or a clerk's to write."""
    known, waits = case.known, Plan(stage, verdict=verdict)
    if case.policy.decision_channel is DecisionChannel.MANUAL:
        return replace(waits, findings=((Cause.AWAITING_CLERK, verdict),))
    since = known.verdict_since if known.verdict is verdict and known.verdict_since else case.now
    if case.now < since + hold:
        return replace(waits, due=since + hold)
    unsettled = max(filter(None, (known.sent_at, known.in_doubt_since)), default=None)
    if unsettled and case.now < unsettled + case.policy.settle:
        return replace(waits, findings=((Cause.IN_DOUBT, verdict),), due=unsettled + case.policy.settle)
    if known.sent is verdict:
        found = (Cause.APPROVED_WITHOUT_EFFECTS, f"{verdict}: the status write was accepted and has no effect")
        return replace(waits, findings=(found,), due=case.now + case.policy.look_again)
    return replace(waits, actions=(act,))


def _confirm(case: Case) -> Plan:
    """Approved: wait for the effects, then say which are missing."""
    view, plan = case.seen.commerce, _rest(case)
    if view is None or view.hierarchies is None:
        return replace(plan, actions=(Act.LOOK_CLOSER,))
    missing = standing(case.known, effects_findings(view, case.known, case.policy))
    until = (case.known.decided_at or case.now) + case.policy.effects_grace
    if missing and case.now < until:
        return replace(plan, due=_next_look(case.known.decided_at or case.now, case.now, until))
    if hierarchy_is_ours_to_make(missing, case.known, case.policy):
        return replace(plan, actions=(Act.CREATE_HIERARCHY,))
    return replace(plan, findings=(*plan.findings, *missing), due=case.now + case.policy.look_again if missing else None)


def _look_again(case: Case) -> Plan:
    """The prospect was not found: soon again, until that is certain."""
    until = missing_until(case.known, case.now)
    soon = case.now + timedelta(seconds=30) if case.known.prospect_status is None else until
    open_now = tuple((attention.cause, attention.detail) for attention in case.known.attentions)
    return Plan(case.known.stage, (), open_now, case.known.excluded_because, verdict=case.known.verdict, due=min(soon, until))


_PURSUITS = {
    Want.NOTHING: _rest,
    Want.LEAD: _lead,
    Want.REVIEW: _review,
    Want.CUSTOMERS: _customers,
    Want.APPROVE: _approve,
    Want.REJECT: _reject,
    Want.CONFIRM: _confirm,
    Want.LOOK_AGAIN: _look_again,
}


# ---- what the pursuits ask


def _preflight(case: Case) -> tuple[Finding, ...]:
    if not case.seen.commerce:
        return ()
    return standing(case.known, preflight_findings(case.seen.commerce, case.seen.preflight, case.policy))


def _in_sales(case: Case) -> tuple[Finding, ...]:
    return sales_findings(case.lead, case.known, case.policy) if case.lead else ()


def _left_behind(case: Case) -> tuple[Finding, ...]:
    return earlier_organization(case.seen.commerce, case.known, case.policy) if case.seen.commerce else ()


def _customers_complete(case: Case) -> bool:
    """Whether both customers are there, or are not ours to make."""
    if case.policy.customers is Customers.COMMERCE or not case.seen.commerce:
        return True
    there = {customer.account for customer in case.seen.commerce.customers}
    return {case.known.organization_account, case.known.person_account} - {""} <= there


def _reason_rejects(case: Case) -> bool:
    lead = case.lead
    if lead is None:
        return False
    if chosen(case.known, Cause.UNDECIDED_REASON) == REJECT:
        return True
    if case.sales is S.DISQUALIFIED:
        return lead.status_code in case.policy.lead_reasons_that_reject
    return any(opportunity.status_code in case.policy.opportunity_reasons_that_reject for opportunity in lead.opportunities)


def _next_look(since: datetime, now: datetime, until: datetime) -> datetime:
    """The effects are looked for 1, 5 and 15 minutes after the approval."""
    steps = (since + timedelta(minutes=minutes) for minutes in (1, 5))
    return next((step for step in steps if step > now), until)


def _with_note(case: Case, plan: Plan) -> Plan:
    """Tell the seller once, when nothing else is left to do."""
    if plan.actions or not plan.note or plan.note in case.known.notes or not case.lead:
        return plan
    return replace(plan, actions=(Act.TELL,))


def _held(case: Case, plan: Plan) -> Plan:
    """While an operator holds it nothing is written to either system, and it is looked at now and then."""
    writes = [act for act in plan.actions if act is not Act.LOOK_CLOSER]
    if not case.known.held_by or not writes:
        return plan
    stage = plan.stage if set(writes) <= AFTERWARDS else case.known.stage
    return replace(plan, stage=stage, actions=(), due=case.now + case.policy.look_again)


def decided(status: ProspectStatus | None) -> bool:
    """Whether Commerce has taken a decision."""
    return status in (ProspectStatus.APPROVED, ProspectStatus.REJECTED)
