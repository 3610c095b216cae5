"""Leads as the Web API shows them: what to ask for, and how to read it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.models import Lead, LeadState, Opportunity, OpportunityState, Prospect, ProspectKey, Record, Touch
from shared.odata_messages import Operation, any_of, literal, query

LEAD_STATES = {0: LeadState.OPEN, 1: LeadState.QUALIFIED, 2: LeadState.DISQUALIFIED}
OPPORTUNITY_STATES = {0: OpportunityState.OPEN, 1: OpportunityState.WON, 2: OpportunityState.LOST}

FRESH = {"If-None-Match": "null"}
"""Without it a query that expands a collection may answer from a cache (docs: perform-conditional-operations)."""

_ADDRESS = (
    "address1_line1,address1_line2,address1_line3,address1_city,address1_stateorprovince,address1_postalcode,"
    "address1_postofficebox,address1_county,address1_country"
)
_MERGING = "statecode,merged,_masterid_value"
_LEAD = (
    f"leadid,{_MERGING},statuscode,subject,firstname,middlename,lastname,companyname,jobtitle,emailaddress1,telephone1,"
    f"mobilephone,fax,websiteurl,numberofemployees,{_ADDRESS},_qualifyingopportunityid_value,modifiedon,_modifiedby_value,"
    "versionnumber"
)
ACCOUNT = f"accountid,name,accountnumber,emailaddress1,telephone1,fax,websiteurl,{_ADDRESS},{_MERGING},_originatingleadid_value"
CONTACT = (
    f"contactid,firstname,middlename,lastname,jobtitle,emailaddress1,telephone1,mobilephone,{_ADDRESS},{_MERGING},"
    "_originatingleadid_value,_parentcustomerid_value"
)
_OPPORTUNITIES = "opportunity_originating_lead"
_OPPORTUNITY_COLUMNS = "opportunityid,statecode,statuscode,modifiedon,_modifiedby_value,versionnumber"


def key_column(prefix: str) -> str:
    """The lead's column that is its alternate key: the prospect's key as one text."""
    return f"{prefix}_prospectkey"


def lead_query(prefix: str) -> str:
    """The query for a lead with everything that Sales made from it, in one request.

    A single-level $expand brings every opportunity; the nextLink beside it only repeats them (docs: query-data-web-api).
    """
    expand = (
        f"parentaccountid($select={ACCOUNT}),parentcontactid($select={CONTACT}),"
        f"{_OPPORTUNITIES}($select={_OPPORTUNITY_COLUMNS};$orderby=createdon)"
    )
    return query(select=f"{_LEAD},{key_column(prefix)}", expand=expand)


def leads_queries(prefix: str, keys: Sequence[str]) -> tuple[Operation, Operation]:
    """Two queries for several leads: with account and contact, and their opportunities apart.

    That a list of leads would expand every opportunity of each is not documented.
    """
    column = key_column(prefix)
    expand = f"parentaccountid($select={ACCOUNT}),parentcontactid($select={CONTACT})"
    leads = query(select=f"{_LEAD},{column}", filter=any_of(column, keys), expand=expand)
    select, condition = f"{_OPPORTUNITY_COLUMNS},_originatingleadid_value", any_of(f"originatingleadid/{column}", keys)
    opportunities = query(select=select, filter=condition, orderby="createdon")
    return Operation("GET", f"leads?{leads}"), Operation("GET", f"opportunities?{opportunities}")


def keys_query(prefix: str, after: str, most: int) -> str:
    """The query for the keys of leads behind one, in order of key."""
    column = key_column(prefix)
    return query(select=f"leadid,{column}", filter=f"{column} gt {literal(after)}", orderby=column, top=str(most))


def unclaimed_query(prefix: str, prospect: Prospect) -> str:
    """The query for the oldest lead that dual-write made of a prospect and that has no key of ours.

    Prospect ids repeat across legal entities, and no public page names the lead's column for the company: the party's number is
    in the same map (docs: mapping-reference #180), and is one across them all.
    """
    number, party = literal(prospect.prospect_id), literal(prospect.party_number)
    made_of_it = f"msdyn_prospectid eq {number} and msdyn_partyid/msdyn_partynumber eq {party}"
    return query(select="leadid", filter=f"{made_of_it} and {key_column(prefix)} eq null", orderby="createdon", top="1")


def with_opportunities(leads: Sequence[Record], opportunities: Sequence[Record]) -> Iterator[Record]:
    """The leads as a query for one lead shows each: with its opportunities."""
    of_lead: dict[str, list[Record]] = defaultdict(list)
    for opportunity in opportunities:
        of_lead[text(opportunity, "_originatingleadid_value").lower()].append(opportunity)
    for lead in leads:
        yield {**lead, _OPPORTUNITIES: of_lead[text(lead, "leadid").lower()]}


def read_lead(record: Record, prefix: str) -> Lead:
    """The lead with its account, contact and opportunities; raises KeyError for a state that Dynamics does not have."""
    return Lead(
        id=text(record, "leadid"),
        state=LEAD_STATES[_number(record, "statecode")],
        status_code=_status_code(record),
        key=read_key(record, prefix),
        account=_expanded(record, "parentaccountid"),
        contact=_expanded(record, "parentcontactid"),
        opportunities=tuple(_opportunity(member) for member in _members(record, _OPPORTUNITIES)),
        fields={name: value for name, value in record.items() if not isinstance(value, (dict, list))},
        touch=_touch(record),
    )


def read_key(record: Record, prefix: str) -> ProspectKey | None:
    """The prospect's key on a lead; None where the column is empty or holds something that we did not write."""
    try:
        return ProspectKey.parse(text(record, key_column(prefix)))
    except ValueError:
        return None


def master_of(record: Record) -> str:
    """The id of the record that this one was merged into; empty where it was not merged."""
    return text(record, "_masterid_value") if record.get("merged") else ""


def text(record: Record, column: str) -> str:
    """A text column; empty for null."""
    return str(record.get(column) or "")


def _opportunity(record: Record) -> Opportunity:
    state = OPPORTUNITY_STATES[_number(record, "statecode")]
    return Opportunity(text(record, "opportunityid"), state, _status_code(record), _touch(record))


def _touch(record: Record) -> Touch | None:
    """None where it does not say when, with a zone."""
    try:
        at = datetime.fromisoformat(text(record, "modifiedon"))
    except ValueError:
        return None
    return Touch(at, text(record, "_modifiedby_value")) if at.tzinfo else None


def _number(record: Record, column: str) -> int:
    return int(str(record[column]))


def _status_code(record: Record) -> int | None:
    return None if record.get("statuscode") is None else _number(record, "statuscode")


def _expanded(record: Record, column: str) -> Record | None:
    value = record.get(column)
    return value if isinstance(value, dict) else None


def _members(record: Record, column: str) -> list[Record]:
    value = record.get(column)
    return value if isinstance(value, list) else []
