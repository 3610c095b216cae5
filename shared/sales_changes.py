"""What changed in Sales since a moment of its own clock: the reconciliation's way to find what no event told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from shared.models import Record
from shared.odata import ODataService
from shared.odata_messages import Operation, query
from shared.ports import ChangedLead, ChangedOpportunity
from shared.sales_reading import LEAD_STATES, OPPORTUNITY_STATES, key_column, read_key, text

PAGE = {"Prefer": "odata.maxpagesize=500"}


def changed_leads(service: ODataService, prefix: str, since: datetime) -> Iterator[ChangedLead]:
    """Leads that carry our key, oldest change first. A merged one shows the state that merging left it in."""
    column = key_column(prefix)
    condition = f"modifiedon ge {_instant(since)} and {column} ne null"
    options = query(select=f"leadid,statecode,modifiedon,{column}", filter=condition, orderby="modifiedon,leadid")
    for record in service.rows(Operation("GET", f"leads?{options}", PAGE)):
        key = read_key(record, prefix)
        if key:
            state = LEAD_STATES[int(str(record["statecode"]))]
            yield ChangedLead(text(record, "leadid"), key, state, _modified_on(record))


def changed_opportunities(service: ODataService, prefix: str, since: datetime) -> Iterator[ChangedOpportunity]:
    """Opportunities that came from leads with our key, oldest change first."""
    column = key_column(prefix)
    condition = f"modifiedon ge {_instant(since)} and originatingleadid/{column} ne null"
    expand = f"originatingleadid($select=leadid,{column})"
    options = query(
        select="opportunityid,statecode,modifiedon", filter=condition, expand=expand, orderby="modifiedon,opportunityid"
    )
    for record in service.rows(Operation("GET", f"opportunities?{options}", PAGE)):
        lead = record.get("originatingleadid")
        key = read_key(lead, prefix) if isinstance(lead, dict) else None
        if isinstance(lead, dict) and key:
            state = OPPORTUNITY_STATES[int(str(record["statecode"]))]
            yield ChangedOpportunity(text(record, "opportunityid"), text(lead, "leadid"), key, state, _modified_on(record))


def _instant(moment: datetime) -> str:
    """Whole seconds, rounded down: Dataverse's own precision in a filter."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _modified_on(record: Record) -> datetime:
    return datetime.fromisoformat(text(record, "modifiedon"))
