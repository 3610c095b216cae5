"""Builders for what both systems may show, and for what is on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.models import (
    CommerceView,
    Customer,
    Hierarchy,
    HierarchyNode,
    Lead,
    LeadState,
    Observation,
    Opportunity,
    OpportunityState,
    PartyType,
    Prospect,
    ProspectKey,
    ProspectStatus,
    SalesView,
)
from shared.policy import DecisionChannel, Policy
from shared.record import Onboarding, Stage

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = ProspectKey.of("usmf", "P-1")
OTHER_KEY = ProspectKey.of("usmf", "P-2")
LEAD_ID = "11111111-0000-4000-8000-000000000001"
POLICY = Policy(decision_channel=DecisionChannel.STATUS, reject_hold=timedelta(0))

ACCOUNT = {"accountid": "a-1", "name": "Contoso", "_originatingleadid_value": LEAD_ID}
CONTACT = {"contactid": "c-1", "lastname": "Doe", "emailaddress1": "jo@example.com"}
BOTH_CUSTOMERS = (
    Customer("BORG", "PARTY-O", "Organization", address_books="Web"),
    Customer("P-1", "PARTY-P", "Person", email="jo@example.com", address_books="Web"),
)
GOOD_HIERARCHY = Hierarchy("H-1", "PARTY-O", (HierarchyNode("PARTY-P", "Admin"),))


def prospect(status: ProspectStatus = ProspectStatus.PENDING, **changes: object) -> Prospect:
    made = Prospect(
        key=KEY,
        legal_entity="usmf",
        prospect_id="P-1",
        status=status,
        is_b2b=True,
        party_number="PARTY-P",
        party_type=PartyType.PERSON,
        email="jo@example.com",
        etag='W/"1"',
        channel="CH-1",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def commerce(status: ProspectStatus | None = ProspectStatus.PENDING, **changes: object) -> CommerceView:
    """Commerce as it shows a sound case; status None: the prospect is not there."""
    view = CommerceView(
        prospect=prospect(status) if status else None,
        same_email_accounts=(),
        same_email_prospects=(),
        channel_books=frozenset({"Web"}),
        hierarchies=(GOOD_HIERARCHY,) if status is ProspectStatus.APPROVED else (),
        customers=BOTH_CUSTOMERS,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def lead(state: LeadState = LeadState.OPEN, *opportunities: OpportunityState, **changes: object) -> Lead:
    """A lead; a qualified one has its account and contact. Its reason is Lost, its opportunities' reasons Out-Sold."""
    qualified = state is LeadState.QUALIFIED
    made = Lead(
        id=LEAD_ID,
        state=state,
        status_code={LeadState.OPEN: 1, LeadState.QUALIFIED: 3, LeadState.DISQUALIFIED: 4}[state],
        key=KEY,
        account=ACCOUNT if qualified else None,
        contact=CONTACT if qualified else None,
        opportunities=tuple(
            Opportunity(f"o-{n}", opportunity, 5 if opportunity is OpportunityState.LOST else 1)
            for n, opportunity in enumerate(opportunities)
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


OPEN = SalesView(lead())
DEALING = SalesView(lead(LeadState.QUALIFIED, OpportunityState.OPEN))
NO_OPPORTUNITY = SalesView(lead(LeadState.QUALIFIED))
WON = SalesView(lead(LeadState.QUALIFIED, OpportunityState.WON))
LOST = SalesView(lead(LeadState.QUALIFIED, OpportunityState.LOST))
DISQUALIFIED = SalesView(lead(LeadState.DISQUALIFIED))
NO_LEAD = SalesView(None)
MERGED = SalesView(lead(LeadState.DISQUALIFIED, merged_into="x"), survivor_key=OTHER_KEY)
CONTRADICTORY = SalesView(lead(LeadState.DISQUALIFIED, OpportunityState.WON))


def on_record(**changes: object) -> Onboarding:
    """An onboarding whose lead exists and whose customers have their accounts."""
    known = Onboarding(
        key=KEY,
        correlation_id="corr",
        stage=Stage.IN_REVIEW,
        stage_since=NOW,
        created_at=NOW - timedelta(days=1),
        legal_entity="usmf",
        prospect_id="P-1",
        lead_id=LEAD_ID,
        organization_account="BORG",
        person_account="P-1",
        organization_party="PARTY-O",
        person_party="PARTY-P",
        party_number="PARTY-P",
        prospect_status=ProspectStatus.PENDING,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def seen(sales: SalesView | None, view: CommerceView | None) -> Observation:
    return Observation(sales, view)
