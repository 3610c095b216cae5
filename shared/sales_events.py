"""Events of Dynamics 365 Sales: webhooks about leads and opportunities (docs: use-webhooks). Pure.

    lead            QualifyLead, Update, SetState, Delete, Merge
    opportunity     Create, Update, SetState, Win, WinOpportunity, Lose, LoseOpportunity, Delete

An event is dropped only where it proves that it is not about a request of ours: a registered image without our key column,
an opportunity that comes from no lead, an update that touches no state. Everything else becomes a hint.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from shared import remote_context
from shared.errors import EventNotUnderstood
from shared.events import Ignored, Parsed, first_moment, guid, key_text, name_or_mark, read_json, sort_out, whole_number
from shared.models import EventType, Hint, LeadState, OpportunityState, ProspectKey
from shared.remote_context import Entity, RemoteContext, plain

DELETED, MERGED = "deleted", "merged"

_STATE_COLUMNS = {"statecode", "statuscode"}
_LEAD_STATES: Mapping[int, str] = {0: LeadState.OPEN, 1: LeadState.QUALIFIED, 2: LeadState.DISQUALIFIED}
_OPPORTUNITY_STATES: Mapping[int, str] = {0: OpportunityState.OPEN, 1: OpportunityState.WON, 2: OpportunityState.LOST}


def parse(body: bytes, headers: Mapping[str, str], key_column: str, now: datetime) -> Parsed:
    """The hints in one webhook call. `key_column` is the lead's column that holds our key; raises EventNotUnderstood."""
    context = remote_context.read(read_json(body), headers)
    sender = str(context.organization_id) if context.organization_id else None
    return sort_out(_outcomes(context, key_column.lower(), now), sender)


def _outcomes(context: RemoteContext, key_column: str, now: datetime) -> list[Hint | Ignored]:
    if context.entity == "opportunity":
        return [_opportunity(context, now)]
    if context.entity != "lead":
        return [Ignored(f"unused-entity:{name_or_mark(context.entity)}")]
    if context.message.lower() == "merge":
        return _merged_leads(context, key_column, now)
    return [_lead(context, key_column, now)]


def _lead(context: RemoteContext, key_column: str, now: datetime) -> Hint | Ignored:
    state = _lead_state(context)
    return state if isinstance(state, Ignored) else _lead_hint(context, _record_id(context), state, key_column, now)


def _lead_state(context: RemoteContext) -> str | None | Ignored:
    match context.message.lower():
        case "qualifylead":
            return LeadState.QUALIFIED
        case "delete":
            return DELETED
        case "update" | "setstate":
            return _changed_state(context, _LEAD_STATES)
    return _unused(context)


def _merged_leads(context: RemoteContext, key_column: str, now: datetime) -> list[Hint | Ignored]:
    """Both leads: Target survives, and nothing is said of its state; SubordinateId is the one that was merged into it."""
    survivor, subordinate = _record_id(context), context.id_parameter("subordinateid")
    outcomes = [_lead_hint(context, survivor, None, key_column, now)]
    if subordinate:
        outcomes.append(_lead_hint(context, subordinate, MERGED, key_column, now))
    return outcomes


def _lead_hint(context: RemoteContext, lead: uuid.UUID, state: str | None, key_column: str, now: datetime) -> Hint | Ignored:
    images = [image for image in _images(context) if image.id in (None, lead)]
    shown = [value for image in images if (value := image.column(key_column))]
    if images and not shown and not context.stripped:
        return Ignored("not-ours")
    return Hint(
        type=EventType.LEAD_QUALIFIED if state == LeadState.QUALIFIED else EventType.LEAD_DISQUALIFIED,
        key=_key(shown[0]) if shown else None,
        lead_id=lead,
        state=state,
        event_id=_event_id(context, lead),
        source=context.message,
        occurred_at=_occurred_at(context),
        first_seen=now,
    )


def _key(shown: object) -> str | None:
    """The key in canonical form; None where it is malformed, which the onboarding's own look at the lead will find out."""
    try:
        return key_text(ProspectKey.parse(shown)) if isinstance(shown, str) else None
    except ValueError:
        return None


def _opportunity(context: RemoteContext, now: datetime) -> Hint | Ignored:
    state = _opportunity_state(context)
    if isinstance(state, Ignored):
        return state
    lead = _originating_lead(context)
    if isinstance(lead, Ignored):
        return lead
    opportunity = _opportunity_id(context)
    return Hint(
        type=EventType.LEAD_QUALIFIED if _is_create(context) else EventType.OPPORTUNITY_CLOSED,
        lead_id=lead,
        opportunity_id=opportunity,
        state=state,
        event_id=_event_id(context, opportunity),
        source=context.message,
        occurred_at=_occurred_at(context),
        first_seen=now,
    )


def _opportunity_state(context: RemoteContext) -> str | None | Ignored:
    match context.message.lower():
        case "create":
            return OpportunityState.OPEN
        case "win" | "winopportunity":
            return OpportunityState.WON
        case "lose" | "loseopportunity":
            return OpportunityState.LOST
        case "delete":
            return DELETED
        case "update" | "setstate":
            return _changed_state(context, _OPPORTUNITY_STATES)
    return _unused(context)


def _originating_lead(context: RemoteContext) -> uuid.UUID | None | Ignored:
    """The lead that it came from; Ignored where a whole record shows none, None where too little of it came to say."""
    images = _images(context)
    shown = [value for entity in (*images, context.target) if (value := entity.column("originatingleadid"))]
    if shown:
        return guid(shown[0])
    whole = bool(images) or (_is_create(context) and context.target.columns is not None)
    return Ignored("no-originating-lead") if whole and not context.stripped else None


def _opportunity_id(context: RemoteContext) -> uuid.UUID:
    """Win and Lose have no Target: the opportunity is a column of the activity that closes it."""
    return guid(context.entity_parameter("opportunityclose").column("opportunityid")) or _record_id(context)


def _changed_state(context: RemoteContext, states: Mapping[int, str]) -> str | None | Ignored:
    """The state in SetState's parameter, the update itself or the image from after it; None: not said, or not a known one.

    A status is no substitute: its values differ from one environment to the next.
    """
    if _touches_no_state(context):
        return Ignored("no-state")
    said = (plain(context.parameters.get("state")), *(entity.column("statecode") for entity in (context.target, *context.after)))
    code = next((number for number in map(whole_number, said) if number is not None), None)
    return None if code is None else states.get(code)


def _touches_no_state(context: RemoteContext) -> bool:
    columns = context.target.columns
    whole = columns is not None and not context.stripped
    return whole and context.message.lower() == "update" and not (columns or {}).keys() & _STATE_COLUMNS


def _unused(context: RemoteContext) -> Ignored:
    return Ignored(f"unused-message:{name_or_mark(context.message)}")


def _is_create(context: RemoteContext) -> bool:
    return context.message.lower() == "create"


def _images(context: RemoteContext) -> tuple[Entity, ...]:
    return (*context.after, *context.before)


def _record_id(context: RemoteContext) -> uuid.UUID:
    record = context.record_id()
    if not record:
        raise EventNotUnderstood(f"an event of a {context.entity} without the record's id")
    return record


def _event_id(context: RemoteContext, record: uuid.UUID) -> str:
    """One operation of one record; CorrelationId is shared by a chain of operations, RequestId can be null."""
    return f"{context.operation_id}:{context.message}:{record}" if context.operation_id else ""


def _occurred_at(context: RemoteContext) -> datetime | None:
    return first_moment(context.target.column("modifiedon")) or context.created_on
