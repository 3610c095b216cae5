"""In which situation each system shows an onboarding to be: the two axes of the decision table. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from shared.models import CommerceView, Lead, LeadState, OpportunityState, ProspectStatus, SalesView
from shared.record import Onboarding

FIRST_APPEARANCE = timedelta(minutes=10)
"""An event may be faster than the prospect's visibility; only then is a prospect never seen really not there."""
SECOND_LOOK = timedelta(minutes=5)
"""A prospect seen before is gone only when it is missing twice, this far apart."""


class SalesSituation(StrEnum):
    """What Sales shows."""

    UNREAD = "unread"
    NONE = "no lead"
    OPEN = "lead open"
    DEALING = "qualified, an opportunity open"
    NO_OPPORTUNITY = "qualified, no opportunity"
    WON = "an opportunity won"
    LOST = "all opportunities lost"
    DISQUALIFIED = "lead disqualified"
    DELETED = "lead deleted"
    MERGED = "lead merged into another prospect's"
    CONTRADICTORY = "lead and opportunity disagree"


class CommerceSituation(StrEnum):
    """What Commerce shows."""

    UNREAD = "unread"
    PENDING = "Pending"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    UNKNOWN = "Unknown"
    MISSING = "not found, to be confirmed"
    GONE = "gone"


def sales_situation(view: SalesView | None, known: Onboarding, *, fresh: bool) -> SalesSituation:
    """Classify Sales; `fresh`: this invocation created the row, so there can be no lead of ours that it must read.

    Merged is tested before disqualified, since a merged lead looks disqualified (docs: merge).
    """
    if view is None:
        return SalesSituation.NONE if fresh else SalesSituation.UNREAD
    if view.survivor_key:
        return SalesSituation.MERGED
    if view.lead is None:
        return SalesSituation.DELETED if known.lead_id else SalesSituation.NONE
    return situation_of(view.lead)


def situation_of(lead: Lead) -> SalesSituation:
    """What a lead and its opportunities show together."""
    states = {opportunity.state for opportunity in lead.opportunities}
    if lead.state is LeadState.OPEN:
        return SalesSituation.CONTRADICTORY if OpportunityState.WON in states else SalesSituation.OPEN
    if lead.state is LeadState.DISQUALIFIED:
        return SalesSituation.CONTRADICTORY if states - {OpportunityState.LOST} else SalesSituation.DISQUALIFIED
    if OpportunityState.WON in states:
        return SalesSituation.WON
    if OpportunityState.OPEN in states:
        return SalesSituation.DEALING
    return SalesSituation.LOST if states else SalesSituation.NO_OPPORTUNITY


def commerce_situation(view: CommerceView | None, known: Onboarding, now: datetime) -> CommerceSituation:
    """Classify Commerce; a missing prospect is gone only after a second look."""
    if view is None:
        return CommerceSituation.UNREAD
    if view.prospect:
        return _STATUSES[view.prospect.status]
    return CommerceSituation.GONE if known.missing_since and now >= missing_until(known) else CommerceSituation.MISSING


def missing_until(known: Onboarding, now: datetime | None = None) -> datetime:
    """When a prospect that is not found counts as gone."""
    since = known.missing_since or now or known.created_at
    return since + (SECOND_LOOK if known.prospect_status else FIRST_APPEARANCE)


_STATUSES = {
    ProspectStatus.PENDING: CommerceSituation.PENDING,
    ProspectStatus.APPROVED: CommerceSituation.APPROVED,
    ProspectStatus.REJECTED: CommerceSituation.REJECTED,
    ProspectStatus.UNKNOWN: CommerceSituation.UNKNOWN,
}
