"""What FakeSales keeps: leads and opportunities as rows that people change, and how the port shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.models import Lead, LeadState, Opportunity, OpportunityState, ProspectKey, SalesView, Touch

SELLER = "5e11e200-0000-4000-8000-000000000001"
"""The user who does everything."""
MERGED_STATUS = 7
"""lead.statuscode of a merged lead is a closed one's (docs: merge deactivates the subordinate)."""


@dataclass
class FakeLead:
    """One lead. `fields` are its other columns."""

    id: str
    key: ProspectKey | None
    modified_on: datetime
    fields: dict[str, object] = field(default_factory=dict)
    state: LeadState = LeadState.OPEN
    status_code: int = 1
    account_id: str = ""
    contact_id: str = ""
    merged_into: str = ""

    @property
    def etag(self) -> str:
        """Another one after each change."""
        return f'W/"{self.modified_on.timestamp()};{hash(frozenset(map(str, self.fields.items())))}"'


@dataclass
class FakeOpportunity:
    """One opportunity; `lead_id` is its originating lead, empty for one made by hand."""

    id: str
    lead_id: str
    modified_on: datetime
    state: OpportunityState = OpportunityState.OPEN
    status_code: int = 1


@dataclass
class SalesRecords:
    """The tables of one environment. Accounts and contacts are Web API records."""

    leads: dict[str, FakeLead] = field(default_factory=dict)
    opportunities: dict[str, FakeOpportunity] = field(default_factory=dict)
    accounts: dict[str, dict[str, object]] = field(default_factory=dict)
    contacts: dict[str, dict[str, object]] = field(default_factory=dict)

    def by_key(self, key: ProspectKey) -> FakeLead | None:
        """The lead with this alternate key."""
        return next((lead for lead in self.leads.values() if lead.key == key), None)

    def of_lead(self, lead_id: str) -> tuple[FakeOpportunity, ...]:
        """The opportunities that came from a lead, the oldest first."""
        return tuple(one for one in self.opportunities.values() if one.lead_id == lead_id)

    def view(self, lead: FakeLead | None, key: ProspectKey) -> tuple[SalesView, int]:
        """The lead as the port shows it, and how many requests following its merges cost."""
        if lead is None:
            return SalesView(None), 0
        survivor, steps = self._survivor(lead)
        if survivor is None:
            return SalesView(None), steps
        if survivor is lead:
            return SalesView(self.shown(lead)), 0
        if survivor.key in (None, key):
            return SalesView(replace(self.shown(survivor), merged_into=survivor.id)), steps
        return SalesView(replace(self.shown(lead), merged_into=survivor.id), survivor_key=survivor.key), steps

    def shown(self, lead: FakeLead) -> Lead:
        """The lead with its account, contact and opportunities expanded."""
        rows = self.of_lead(lead.id)
        states = (Opportunity(one.id, one.state, one.status_code, Touch(one.modified_on, SELLER)) for one in rows)
        account, contact = self.accounts.get(lead.account_id), self.contacts.get(lead.contact_id)
        return Lead(
            lead.id,
            lead.state,
            lead.status_code,
            lead.key,
            _copy(account),
            _copy(contact),
            tuple(states),
            dict(lead.fields),
            touch=Touch(lead.modified_on, SELLER),
        )

    def _survivor(self, lead: FakeLead) -> tuple[FakeLead | None, int]:
        found: FakeLead | None = lead
        steps = 0
        while found and found.merged_into:
            found, steps = self.leads.get(found.merged_into), steps + 1
        return found, steps


def _copy(record: Mapping[str, object] | None) -> dict[str, object] | None:
    return dict(record) if record is not None else None
