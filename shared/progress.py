"""How the record follows what was seen, planned and done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from shared.decisions import Plan, decided
from shared.findings import Finding
from shared.models import CommerceView, Hint, Lead, LeadState, Observation, OpportunityState, ProspectKey
from shared.policy import Policy
from shared.record import (
    DISPUTED,
    OPEN_STAGES,
    TROUBLES,
    Attention,
    Cause,
    Claim,
    HistoryEntry,
    Onboarding,
    Stage,
    Verdict,
    stand_in_the_way,
)
from shared.rulings import open_attentions
from shared.situations import SalesSituation, situation_of

SLOW_LOOK = timedelta(days=1)
"""How often a case is looked at that rests with an open attention: what a person set right meanwhile closes it."""
OLDEST_TOLD = timedelta(days=7)
"""Longer ago than a message can have waited; an event that says so says something else."""


def begun(key: ProspectKey, claim: Claim, now: datetime, hint: Hint | None = None) -> Onboarding:
    """A new record, claimed by the invocation that makes it by that hint. Its correlation id follows from the key."""
    return Onboarding(
        key=key,
        correlation_id=str(key.identifier("onboarding")),
        stage=Stage.REQUESTED,
        stage_since=now,
        created_at=now,
        requested_at=_told_at(hint, now) if hint else None,
        legal_entity=key.legal_entity,
        prospect_id=key.prospect_id,
        claim=claim,
    )


def _told_at(hint: Hint, now: datetime) -> datetime:
    """When the event happened, else when it was received, as far as that can be."""
    said = (at for at in (hint.occurred_at, hint.first_seen) if at and now - OLDEST_TOLD <= at <= now)
    return next(said, now)


def learned(known: Onboarding, seen: Observation, now: datetime) -> Onboarding:
    """The record with the ids and states that were just read."""
    if seen.sales and seen.sales.lead:
        known = _learned_lead(known, seen.sales.lead, now)
    if seen.commerce:
        known = _learned_prospect(known, seen.commerce, now)
    return known


def _learned_lead(known: Onboarding, lead: Lead, now: datetime) -> Onboarding:
    there = {opportunity.id: opportunity.state.value for opportunity in lead.opportunities}
    return replace(
        known,
        lead_id=lead.id,
        lead_state=lead.state.value,
        account_id=str((lead.account or {}).get("accountid") or known.account_id),
        contact_id=str((lead.contact or {}).get("contactid") or known.contact_id),
        opportunities={**known.opportunities, **there},
        opportunities_gone=tuple(sorted(known.opportunities.keys() - there.keys())),
        lead_created_at=known.lead_created_at or now,
        qualified_at=known.qualified_at or (now if lead.state is LeadState.QUALIFIED else None),
        closed_at=_closed_at(known, lead, now),
        **_touched(known, lead, there),
    )


def _touched(known: Onboarding, lead: Lead, there: Mapping[str, str]) -> dict[str, Any]:
    """Who brought lead and opportunities into these states, and when; a later change of other columns does not count."""
    touch = lead.last_touch()
    if touch is None or (known.sales_changed_at and (known.lead_state, known.opportunities_there) == (lead.state.value, there)):
        return {}
    return {"sales_changed_at": touch.at, "sales_changed_by": touch.by}


_VERDICTS = {
    SalesSituation.WON: Verdict.APPROVE,
    SalesSituation.LOST: Verdict.REJECT,
    SalesSituation.DISQUALIFIED: Verdict.REJECT,
}


def _closed_at(known: Onboarding, lead: Lead, now: datetime) -> datetime | None:
    """Since when the verdict holds that Sales shows. What is reopened has none, but that a decision of Commerce rests on it."""
    verdict = _VERDICTS.get(situation_of(lead))
    if verdict is None:
        return known.closed_at if known.decided_at else None
    return known.closed_at if known.closed_at and verdict is _verdict_before(known, lead) else now


def _verdict_before(known: Onboarding, lead: Lead) -> Verdict | None:
    """What the same lead and opportunities showed when they were last seen."""
    if not known.lead_state:
        return None
    states = known.opportunities
    opportunities = tuple(replace(o, state=OpportunityState(states[o.id])) for o in lead.opportunities if o.id in states)
    return _VERDICTS.get(situation_of(replace(lead, state=LeadState(known.lead_state), opportunities=opportunities)))


def _learned_prospect(known: Onboarding, view: CommerceView, now: datetime) -> Onboarding:
    prospect = view.prospect
    if prospect is None:
        return replace(known, missing_since=known.missing_since or now)
    parties = {customer.account: customer.party_number for customer in view.customers}
    return replace(
        known,
        legal_entity=prospect.legal_entity,
        prospect_id=prospect.prospect_id,
        organization_name=str(prospect.fields.get("CompanyName") or known.organization_name)[:200],
        prospect_status=prospect.status,
        party_number=prospect.party_number,
        party_type=prospect.party_type,
        channel=prospect.channel,
        missing_since=None,
        organization_party=parties.get(known.organization_account, known.organization_party),
        person_party=parties.get(known.person_account, known.person_party),
        accounts_made=with_made(known, _made_unrecorded(known, view)),
        hierarchy_id=view.hierarchies[0].id if view.hierarchies else known.hierarchy_id,
        decided_at=known.decided_at or (now if decided(prospect.status) else None),
        in_doubt_since=None if decided(prospect.status) else known.in_doubt_since,
    )


def with_made(known: Onboarding, accounts: Iterable[str]) -> tuple[str, ...]:
    """The customers that this onboarding made, these too."""
    return tuple(dict.fromkeys((*known.accounts_made, *accounts)))


def _made_unrecorded(known: Onboarding, view: CommerceView) -> list[str]:
    """Customers that are certainly ours, whoever was to record that: an account that is neither the prospect's number nor given
    by head office, and a Person that is invoiced to one."""
    ours = {known.organization_account, known.person_account} - {"", known.key.prospect_id}
    invoiced = {c.account for c in view.customers if c.account == known.person_account and c.invoice_account in ours}
    return [c.account for c in view.customers if c.account in ours | invoiced]


def placed(known: Onboarding, plan: Plan, policy: Policy, now: datetime) -> Onboarding:
    """The record where the plan puts it: stage, attentions (each keeps its own `since`), held verdict, next look.

    No attention waits without a look; one that an operator settled or closed costs none any more.
    """
    moved = plan.stage is not known.stage
    same_verdict = plan.verdict is known.verdict and known.verdict_since
    settled = known.in_doubt_since and now >= known.in_doubt_since + policy.settle
    found = attentions(known, plan.findings, now)
    due = plan.due or (now + SLOW_LOOK if found else None)
    blocked = known.held_by or stand_in_the_way(cause for cause, _ in plan.findings)
    return replace(
        known,
        stage=plan.stage,
        stage_since=now if moved else known.stage_since,
        excluded_because=plan.because,
        attentions=found,
        blocked_at=now if blocked and plan.stage in OPEN_STAGES else known.blocked_at,
        verdict=plan.verdict,
        verdict_since=(known.verdict_since if same_verdict else now) if plan.verdict else None,
        due=due,
        due_type=plan.due_type if due else None,
        in_doubt_since=None if settled else known.in_doubt_since,
        completed_at=(known.completed_at or now) if _is_complete(plan, found) else None,
    )


def _is_complete(plan: Plan, found: tuple[Attention, ...]) -> bool:
    return plan.stage in (Stage.APPROVED, Stage.REJECTED, Stage.EXCLUDED) and not found and not plan.due and not plan.actions


def attentions(known: Onboarding, findings: tuple[Finding, ...], now: datetime) -> tuple[Attention, ...]:
    """The findings as attentions, but for what an operator closed; one that is open already keeps the time since when."""
    since = {attention.cause: attention.since for attention in known.attentions}
    details = {cause: detail or both_sides(known, cause) for cause, detail in reversed(findings)}
    ordered = dict.fromkeys(cause for cause, _ in findings)
    found = tuple(Attention(cause, since.get(cause, now), details[cause][:200]) for cause in ordered)
    return open_attentions(known, found)


def closed_still(known: Onboarding) -> tuple[str, ...]:
    """What an operator closed, after a look that came to its end: without the troubles, which are over."""
    return tuple(mark for mark in known.acknowledged if mark.partition(" ")[0] not in TROUBLES)


def both_sides(known: Onboarding, cause: Cause) -> str:
    """What each side shows, and behind a semicolon since when and who did that, for a cause about which they disagree; ids and
    states alone."""
    if cause not in DISPUTED:
        return ""
    states = "+".join(filter(None, (known.lead_state, *sorted(known.opportunities_there.values())))) or "no lead"
    sales = f"in Sales at {_minute(known.sales_changed_at)} by {known.sales_changed_by or 'an unknown user'}"
    return f"sales={states}, commerce={known.prospect_status or 'unknown'}; {sales}{_decided(known)}"


def _decided(known: Onboarding) -> str:
    """Who decided in Commerce, and when that was first seen; of what stands in the place of the bridge's no time is on record."""
    if not decided(known.prospect_status):
        return ""
    is_ours = known.sent is not None and known.prospect_status is known.sent.status
    at = known.decided_at if is_ours or not known.sent else None
    return f", in Commerce at {_minute(at)} by {'the bridge' if is_ours else 'a clerk'}"


def _minute(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%MZ") if at else "an unknown time"


def sent(known: Onboarding, verdict: Verdict, now: datetime) -> Onboarding:
    """The verdict was accepted by Commerce."""
    return replace(known, sent=verdict, sent_at=now)


_OF_THE_LOOK = {
    *("claim", "observed_at", "quiet_looks", "due", "due_type", "blocked_at", "sales_changed_at", "sales_changed_by"),
    *("sales_requests", "commerce_requests", "table_operations"),
}
"""What is no news by itself: when a look was, when the next one is, what it cost, that somebody edited a record in Sales."""


def is_the_same(before: Onboarding, after: Onboarding) -> bool:
    """Whether a later look left everything on record as an earlier one had."""
    names = (entry.name for entry in fields(Onboarding) if entry.name not in _OF_THE_LOOK)
    return before.observed_at is not None and all(getattr(before, name) == getattr(after, name) for name in names)


def changes(before: Onboarding, after: Onboarding, now: datetime) -> list[HistoryEntry]:
    """What an operator would want to read in the history, beside the actions."""
    entries = []
    if before.stage is not after.stage:
        entries.append(HistoryEntry(now, "stage", f"{before.stage} -> {after.stage}"))
    if before.prospect_status is not after.prospect_status and after.prospect_status:
        entries.append(HistoryEntry(now, "commerce", after.prospect_status))
    opened = {
        f"{a.cause} {a.detail}" if a.cause in DISPUTED else a.cause.value for a in after.attentions if not before.has(a.cause)
    }
    healed = {a.cause for a in before.attentions} - {a.cause for a in after.attentions}
    entries += [HistoryEntry(now, "attention", detail) for detail in sorted(opened)]
    entries += [HistoryEntry(now, "attention-closed", cause) for cause in sorted(healed)]
    return entries
