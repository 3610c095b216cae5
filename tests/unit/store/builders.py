"""Values that the store's tests share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.models import EventType, ProspectKey, ProspectStatus
from shared.record import Attention, Cause, Claim, HistoryEntry, Onboarding, Stage, Verdict

NOW = datetime(2026, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY = ProspectKey("usmf", "P-000123")
CLAIM_LENGTH = timedelta(minutes=4)


def key(number: int, legal_entity: str = "usmf") -> ProspectKey:
    """One of many prospects."""
    return ProspectKey.of(legal_entity, f"P-{number:06}")


def at(minutes: float) -> datetime:
    """A time so many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def claim(owner: str = "one", minutes: float = 0) -> Claim:
    """A claim that began so many minutes after NOW."""
    return Claim(owner, at(minutes), at(minutes) + CLAIM_LENGTH)


def attention(cause: Cause, minutes: float = 0) -> Attention:
    """An attention that is open since then."""
    return Attention(cause, at(minutes), "5f1c")


def onboarding(prospect: ProspectKey = KEY, **values: Any) -> Onboarding:
    """An onboarding that has just begun, but for `values`."""
    defaults: dict[str, Any] = {
        "correlation_id": f"corr-{prospect.prospect_id}",
        "stage": Stage.REQUESTED,
        "stage_since": NOW,
        "created_at": NOW,
        "legal_entity": prospect.legal_entity.upper(),
        "prospect_id": prospect.prospect_id,
        "organization_name": "Fabrikam, Inc.",
    }
    return Onboarding(prospect, **{**defaults, **values})


def line(what: str, minutes: float = 0) -> HistoryEntry:
    """A line of history."""
    return HistoryEntry(at(minutes), what, f"detail of {what}", "6d0a")


FULL = onboarding(
    stage=Stage.QUALIFIED,
    excluded_because="not-b2b",
    attentions=(attention(Cause.DUPLICATE_EMAIL, 1), attention(Cause.NO_OPPORTUNITY, 2)),
    epoch=2,
    lead_id="6d81597f-0f9f-e711-8122-000d3aa2331c",
    lead_state="qualified",
    account_id="a1",
    contact_id="c1",
    opportunities={"o1": "open", "o2": "lost"},
    opportunities_gone=("o2",),
    notes=("created", "approved"),
    prospect_status=ProspectStatus.PENDING,
    party_number="000001",
    party_type="Person",
    channel="houston",
    organization_account="O-1",
    organization_party="000002",
    person_account="P-000123",
    person_party="000001",
    accounts_made=("O-1",),
    customers_held=True,
    customer_losses=("Organization AddressState left empty",),
    hierarchy_id="h1",
    missing_since=at(3),
    verdict=Verdict.APPROVE,
    verdict_since=at(4),
    sent=Verdict.REJECT,
    sent_at=at(5),
    decided_at=at(6),
    in_doubt_since=at(7),
    assigned_to="8a5b",
    operator_note="asked head office",
    held_by="8a5b",
    held_since=at(15),
    acknowledged=("duplicate-email B-1",),
    rulings={"contradiction": "commerce"},
    lead_created_at=at(8),
    qualified_at=at(9),
    closed_at=at(10),
    blocked_at=at(16),
    requested_at=at(-1),
    completed_at=at(11),
    due=at(12),
    due_type=EventType.OPPORTUNITY_CLOSED,
    observed_at=at(13),
    quiet_looks=5,
    failing_since=at(14),
    last_error="commerce: HTTP 503",
    sales_changed_at=at(16),
    sales_changed_by="8a5b",
    closed_system="commerce",
    postponed_since=at(15),
    claim=claim(),
    sales_requests=3,
    commerce_requests=4,
    table_operations=12,
)
"""An onboarding with a value in every field."""
