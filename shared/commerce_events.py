"""Events of Commerce headquarters: business events and data events, bare, in Event Grid's schema or as CloudEvents. Pure.

body = one event or a JSON array of them
  Event Grid schema / CloudEvents     `data` is the event, as an object or (F&O's default) as a JSON text
    business event                    flat object with BusinessEventId; the test event of an endpoint is one too
    data event                        RemoteExecutionContext of a virtual table, columns named mserp_*
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared import remote_context
from shared.errors import EventNotUnderstood
from shared.events import (
    Ignored,
    Members,
    Parsed,
    Rejected,
    first_moment,
    first_text,
    header,
    identifier,
    key_text,
    members,
    name_or_mark,
    read_json,
    sort_out,
    whole_number,
)
from shared.models import EventType, Hint, ProspectKey, ProspectStatus
from shared.remote_context import RemoteContext, plain

TEST_EVENT = "BusinessEventsTestEndpointContract"
PROSPECT_CREATED = "B2BProspectCreatedBusinessEvent"
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"

_STATUSES = (ProspectStatus.PENDING, ProspectStatus.APPROVED, ProspectStatus.REJECTED, ProspectStatus.UNKNOWN)
_VIRTUAL_ENUM = 192_350_000
"""The value in Dataverse of an F&O enum's 0; the others follow it."""
_DATA_MESSAGES = {
    "onexternalcreated": "created", "onexternalupdated": "updated", "onexternaldeleted": "deleted",
    "create": "created", "update": "updated", "delete": "deleted",
}  # fmt: skip


@dataclass(frozen=True)
class ValidationReply:
    """Event Grid asks whether its subscription is wanted: answer 200 with {"validationResponse": code}."""

    code: str


@dataclass(frozen=True)
class _Envelope:
    """What an event came in. `schema` is empty where it came bare."""

    event: object
    schema: str = ""
    id: str = ""
    time: object = None


def parse(body: bytes, headers: Mapping[str, str], now: datetime) -> Parsed | ValidationReply:
    """The hints in one request; raises EventNotUnderstood where nothing in it is understood (docs: event-grid delivery)."""
    content = read_json(body)
    batch = content if isinstance(content, list) else [content]
    if (header(headers, "aeg-event-type") or "").lower() == "subscriptiondeletion":
        return Parsed(ignored=("subscription-deleted",))
    if len(batch) == 1 and _is_validation(batch[0]):
        return ValidationReply(_validation_code(batch[0]))
    if not batch:
        return Parsed(ignored=("empty-batch",))
    return sort_out([_outcome(member, headers, now) for member in batch])


def _is_validation(member: object) -> bool:
    return first_text(members(member), "eventtype") == VALIDATION


def _validation_code(member: object) -> str:
    code = identifier(members(_unwrap(member).event).get("validationcode"))
    if not code:
        raise EventNotUnderstood("a subscription validation without a validationCode")
    return code


def _outcome(member: object, headers: Mapping[str, str], now: datetime) -> Hint | Ignored | Rejected:
    try:
        return _event(_unwrap(member), headers, now)
    except EventNotUnderstood as error:
        return Rejected(str(error), json.dumps(member).encode())


def _unwrap(member: object) -> _Envelope:
    fields = members(member)
    if "businesseventid" in fields:
        return _Envelope(member)
    if "specversion" in fields:
        return _Envelope(_data(fields), "/cloudevents", identifier(fields.get("id")), fields.get("time"))
    if "eventtype" in fields:
        return _Envelope(_data(fields), "/eventgrid", identifier(fields.get("id")), fields.get("eventtime"))
    return _Envelope(member)


def _data(envelope: Members) -> object:
    """`data` as an object: F&O writes a JSON text unless told to send an object (docs: business events home page)."""
    data = envelope.get("data")
    event = read_json(data) if isinstance(data, str) else data
    if not isinstance(event, dict):
        raise EventNotUnderstood("the envelope's data is neither an object nor the JSON text of one")
    return event


def _event(envelope: _Envelope, headers: Mapping[str, str], now: datetime) -> Hint | Ignored:
    fields = members(envelope.event)
    if "primaryentityname" in fields or "inputparameters" in fields:
        return _data_event(envelope, remote_context.read(envelope.event, headers), now)
    if first_text(fields, "businesseventid"):
        return _business_event(envelope, fields, now)
    raise EventNotUnderstood("neither a business event nor a data event")


def _business_event(envelope: _Envelope, fields: Members, now: datetime) -> Hint | Ignored:
    name = first_text(fields, "businesseventid")
    if name.lower() == TEST_EVENT.lower():
        return Ignored("test-event")
    has_key = bool(first_text(fields, "prospectid"))
    if name.lower() != PROSPECT_CREATED.lower() and not ("prospect" in name.lower() and has_key):
        return Ignored(f"unused-event:{name_or_mark(name)}")
    if _says_no(fields.get("isb2bprospect")):
        return Ignored("not-a-b2b-prospect")
    # The contract's own members are about the prospect, the envelope's about the company in which the event was raised.
    return Hint(
        type=EventType.PROSPECT_CREATED,
        key=_key(first_text(fields, "legalentity", "dataareaid", "businesseventlegalentity"), first_text(fields, "prospectid")),
        state=_status(fields.get("b2bprospectstatus")),
        event_id=identifier(fields.get("eventid")) or envelope.id,
        source=f"business-event{envelope.schema}",
        occurred_at=_said_time(fields, envelope),
        first_seen=now,
    )


def _data_event(envelope: _Envelope, context: RemoteContext, now: datetime) -> Hint | Ignored:
    if "prospect" not in context.entity:
        return Ignored(f"unused-entity:{name_or_mark(context.entity)}")
    change = _DATA_MESSAGES.get(context.message.lower())
    if not change:
        return Ignored(f"unused-message:{name_or_mark(context.message)}")
    known = _known_columns(context)
    if _says_no(known.get("mserp_isb2bprospect")):
        return Ignored("not-a-b2b-prospect")
    return Hint(
        type=EventType.PROSPECT_CREATED,
        key=_key(first_text(known, "mserp_dataareaid"), first_text(known, "mserp_prospectid")),
        state="deleted" if change == "deleted" else _status(_new_columns(context).get("mserp_b2bprospectstatus")),
        event_id=_data_event_id(envelope, context, change),
        source=f"data-event{envelope.schema}",
        occurred_at=_said_time(members(envelope.event), envelope) or context.created_on,
        first_seen=now,
    )


def _known_columns(context: RemoteContext) -> Members:
    """The prospect's columns: those from before, over them the new ones."""
    earlier = (*context.before, context.entity_parameter("preimage"))
    return {name: value for entity in earlier for name, value in (entity.columns or {}).items()} | _new_columns(context)


def _new_columns(context: RemoteContext) -> dict[str, object]:
    return {name: value for entity in (*context.after, context.target) for name, value in (entity.columns or {}).items()}


def _data_event_id(envelope: _Envelope, context: RemoteContext, change: str) -> str:
    given = identifier(members(envelope.event).get("eventid")) or envelope.id
    made = f"{context.operation_id}:{change}:{context.record_id()}" if context.operation_id else ""
    return given or made


def _said_time(fields: Members, envelope: _Envelope) -> datetime | None:
    return first_moment(fields.get("eventtimeiso8601"), fields.get("eventtime"), envelope.time)


def _key(legal_entity: str, prospect_id: str) -> str:
    """The canonical key. What is wrong with a bad one is not told, since that would repeat the body."""
    try:
        return key_text(ProspectKey.of(legal_entity, prospect_id))
    except ValueError:
        raise EventNotUnderstood("a prospect's event without a usable legal entity and ProspectId") from None


def _says_no(value: object) -> bool:
    """Whether a NoYes says no: false, its number in F&O or in Dataverse, or its symbol. Nothing said is not a no."""
    answer = plain(value)
    if isinstance(answer, str):
        return answer.lower() in ("no", "false")
    return answer is False or whole_number(answer) in (0, _VIRTUAL_ENUM)


def _status(value: object) -> str | None:
    """A RetailB2BProspectStatus from its symbol or its number in F&O or in Dataverse; None: not said, or nothing known."""
    said = plain(value)
    if isinstance(said, str):
        return next((status.value for status in _STATUSES if status.value.lower() == said.strip().lower()), None)
    number = whole_number(said)
    if number is None:
        return None
    position = number - _VIRTUAL_ENUM if number >= _VIRTUAL_ENUM else number
    return _STATUSES[position].value if 0 <= position < len(_STATUSES) else None
