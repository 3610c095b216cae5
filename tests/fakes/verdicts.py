"""What follows from the documents alone: what sellers decided on a request, and which accounts can be its own."""

from __future__ import annotations

from shared.mapping import accounts_for
from shared.models import LeadState, OpportunityState, PartyType, ProspectKey
from shared.record import Verdict
from tests.fakes.sales import FakeSales


def verdict_of(sales: FakeSales, key: ProspectKey) -> Verdict | None:
    """What the sellers decided on a request, by the documents alone: an opportunity won; all lost; or the lead disqualified."""
    view = sales.records.view(sales.records.by_key(key), key)[0]
    if view.lead is None or view.survivor_key:
        return None
    states = {one.state for one in view.lead.opportunities}
    if view.lead.state is LeadState.QUALIFIED:
        if OpportunityState.WON in states:
            return Verdict.APPROVE
        return Verdict.REJECT if states == {OpportunityState.LOST} else None
    return Verdict.REJECT if view.lead.state is LeadState.DISQUALIFIED and states <= {OpportunityState.LOST} else None


def own_accounts(key: ProspectKey) -> set[str]:
    """Every account number that a customer of this request may have by its key."""
    return {account for kind in PartyType for account in accounts_for(key, kind)}
