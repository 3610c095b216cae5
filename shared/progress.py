"""How the record follows what was seen, planned and done. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared.decisions import Plan, decided
from shared.findings import Finding
from shared.models import CommerceView, Lead, LeadState, Observation, OpportunityState, ProspectKey
from shared.policy import Policy
from shared.record import Attention, Claim, HistoryEntry, Onboarding, Stage, Verdict
from shared.rulings import open_attentions


def begun(key: ProspectKey, claim: Claim, now: datetime) -> Onboarding:
    """A new record, claimed by the invocation that makes it. Its correlation id follows from the key."""
    return Onboarding(
        key=key,
        correlation_id=str(key.identifier("onboarding")),
        stage=Stage.REQUESTED,
        stage_since=now,
        created_at=now,
        legal_entity=key.legal_entity,
        prospect_id=key.prospect_id,
        claim=claim,
    )


def learned(known: Onboarding, seen: Observation, now: datetime) -> Onboarding:
    """The record with the ids and states that were just read."""
    if seen.sales and seen.sales.lead:
        known = _learned_lead(known, seen.sales.lead, now)
    if seen.commerce:
        known = _learned_prospect(known, seen.commerce, now)
    return known


def _learned_lead(known: Onboarding, lead: Lead, now: datetime) -> Onboarding:
    states = {opportunity.state for opportunity in lead.opportunities}
    there = {opportunity.id: opportunity.state.value for opportunity in lead.opportunities}
    closed = lead.state is LeadState.DISQUALIFIED or bool(states & {OpportunityState.WON, OpportunityState.LOST})
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
        closed_at=known.closed_at or (now if closed else None),
    )


def _learned_prospect(known: Onboarding, view: CommerceView, now: datetime) -> Onboarding:
    prospect = view.prospect
    if prospect is None:
        return replace(known, missing_since=known.missing_since or now)
    parties = {customer.account: customer.party_number for customer in view.customers}
    # An account that is neither the prospect's number nor given by head office is one of ours, whoever was to record that.
    ours = {known.organization_account, known.person_account} - {"", known.key.prospect_id}
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
        customers_made=known.customers_made or not ours.isdisjoint(parties),
        hierarchy_id=view.hierarchies[0].id if view.hierarchies else known.hierarchy_id,
        decided_at=known.decided_at or (now if decided(prospect.status) else None),
        in_doubt_since=None if decided(prospect.status) else known.in_doubt_since,
    )


def placed(known: Onboarding, plan: Plan, policy: Policy, now: datetime) -> Onboarding:
    """The record where the plan puts it: stage, attentions (each keeps its own `since`), held verdict, next look."""
    moved = plan.stage is not known.stage
    same_verdict = plan.verdict is known.verdict and known.verdict_since
    settled = known.in_doubt_since and now >= known.in_doubt_since + policy.settle
    found = attentions(known, plan.findings, now)
    return replace(
        known,
        stage=plan.stage,
        stage_since=now if moved else known.stage_since,
        excluded_because=plan.because,
        attentions=found,
        verdict=plan.verdict,
        verdict_since=(known.verdict_since if same_verdict else now) if plan.verdict else None,
        due=plan.due,
        due_type=plan.due_type if plan.due else None,
        in_doubt_since=None if settled else known.in_doubt_since,
        completed_at=(known.completed_at or now) if _is_complete(plan, found) else None,
    )


def _is_complete(plan: Plan, found: tuple[Attention, ...]) -> bool:
    return plan.stage in (Stage.APPROVED, Stage.REJECTED, Stage.EXCLUDED) and not found and not plan.due and not plan.actions


def attentions(known: Onboarding, findings: tuple[Finding, ...], now: datetime) -> tuple[Attention, ...]:
    """The findings as attentions, but for what an operator closed; one that is open already keeps the time since when."""
    since = {attention.cause: attention.since for attention in known.attentions}
    details = dict(reversed(findings))
    ordered = dict.fromkeys(cause for cause, _ in findings)
    found = tuple(Attention(cause, since.get(cause, now), details[cause][:200]) for cause in ordered)
    return open_attentions(known, found)


def sent(known: Onboarding, verdict: Verdict, now: datetime) -> Onboarding:
    """The verdict was accepted by Commerce."""
    return replace(known, sent=verdict, sent_at=now)


def changes(before: Onboarding, after: Onboarding, now: datetime) -> list[HistoryEntry]:
    """What an operator would want to read in the history, beside the actions."""
    entries = []
    if before.stage is not after.stage:
        entries.append(HistoryEntry(now, "stage", f"{before.stage} -> {after.stage}"))
    if before.prospect_status is not after.prospect_status and after.prospect_status:
        entries.append(HistoryEntry(now, "commerce", after.prospect_status))
    opened = {a.cause for a in after.attentions} - {a.cause for a in before.attentions}
    healed = {a.cause for a in before.attentions} - {a.cause for a in after.attentions}
    entries += [HistoryEntry(now, "attention", cause) for cause in sorted(opened)]
    entries += [HistoryEntry(now, "attention-closed", cause) for cause in sorted(healed)]
    return entries
