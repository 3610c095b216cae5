"""The bodies of the events that head office sends, as captured from real environments.

business_event      the flat envelope of a business event with its contract's members
data_event          a RemoteExecutionContext with `mserp_` attributes (docs: data-events)
event_grid          an Event Grid event around a business event (docs: event-schema)
cloud_event         the same as a CloudEvents 1.0 event (docs: cloud-event-schema)
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.commerce.schema import EMPTY_DATE, ENUMS, NAMESPACE, EntitySet
from sandbox.commerce.tables import Row

Payload = dict[str, Any]
PROSPECT_CREATED = "B2BProspectCreatedBusinessEvent"
TEST_EVENT = "BusinessEventsTestEndpointContract"
TOPIC = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/commerce/providers/Microsoft.EventGrid/topics/b2b"
_NOBODY = str(uuid.UUID(int=0))
_SMALLEST_INT64 = -9223372036854775808
_FIRST_OPTION = 200_000_000  # virtual tables number an enum's options from here
_MESSAGES = {"created": "OnExternalCreated", "updated": "OnExternalUpdated", "deleted": "OnExternalDeleted"}


@dataclass(frozen=True)
class Occasion:
    """When an event was raised, by whom (object id; empty for a job), under which number."""

    control_number: int
    now: datetime
    user: str = ""

    @property
    def user_id(self) -> str:
        return self.user or _NOBODY


def business_event(event_id: str, legal_entity: str, occasion: Occasion, **members: Any) -> Payload:
    """The envelope with the contract's members; `ParentContextRecordSubjects` is an array or null."""
    return {
        "BusinessEventId": event_id,
        "BusinessEventLegalEntity": legal_entity,
        "ContextRecordSubject": "",
        "ControlNumber": occasion.control_number,
        "EventId": str(uuid.uuid4()).upper(),
        "EventTime": escaped_date(occasion.now),
        "EventTimeIso8601": f"{occasion.now:%Y-%m-%dT%H:%M:%S.%f}0Z",
        "InitiatingUserAADObjectId": f"{{{occasion.user_id.upper()}}}",
        "MajorVersion": 0,
        "MinorVersion": 0,
        "ParentContextRecordSubjects": [],
        **members,
    }


def prospect_created(prospect: Row, occasion: Occasion) -> Payload:
    """The customer's own event for a new B2B prospect; its contract carries company and prospect."""
    company = prospect["dataAreaId"]
    # The envelope's company may be spelled in capitals while OData spells it in small letters.
    contract = {"LegalEntity": company, "ProspectId": prospect["ProspectId"]}
    return business_event(PROSPECT_CREATED, company.upper(), occasion, **contract)


def endpoint_test() -> Payload:
    """What is sent when an event is activated, to validate the endpoint."""
    nowhen = datetime(1900, 1, 1, tzinfo=UTC)
    return business_event(TEST_EVENT, "", Occasion(_SMALLEST_INT64, nowhen)) | {"ParentContextRecordSubjects": None}


def data_event(item: EntitySet, occurrence: str, row: Row, before: Row | None, occasion: Occasion) -> Payload:
    """A create, update or delete of a row; `PrimaryEntityId` is all zeros, the row's id is in Target."""
    company = row["dataAreaId"]
    envelope = business_event(f"{item.entity}DataEvent", company.upper(), occasion)
    parameters = [{"key": "Target", "value": _entity(item, row)}]
    if before:
        parameters.append({"key": "PreImage", "value": _entity(item, before)})
    return envelope | {
        "MessageName": _MESSAGES[occurrence],
        "PrimaryEntityName": _logical_name(item),
        "PrimaryEntityId": _NOBODY,
        "InputParameters": parameters,
        "OperationCreatedOn": escaped_date(occasion.now),
        "CorrelationId": str(uuid.uuid4()),
        "UserId": _NOBODY,
        "InitiatingUserAzureActiveDirectoryObjectId": occasion.user_id,
    }


def event_grid(payload: Payload, data_as: str, now: datetime) -> list[Payload]:
    """An array of one event; `data_as` is `string` (the default of F&O) or `object`."""
    event = {
        "id": payload["EventId"],
        "topic": TOPIC,
        "subject": payload["BusinessEventId"],
        "eventType": payload["BusinessEventId"],
        "eventTime": f"{now:%Y-%m-%dT%H:%M:%S.%f}0Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": _data(payload, data_as),
    }
    return [event]


def cloud_event(payload: Payload, data_as: str, now: datetime) -> Payload:
    """A CloudEvents 1.0 event."""
    return {
        "specversion": "1.0",
        "type": payload["BusinessEventId"],
        "source": TOPIC,
        "id": payload["EventId"],
        "time": f"{now:%Y-%m-%dT%H:%M:%S.%f}0Z",
        "subject": payload["BusinessEventId"],
        "data": _data(payload, data_as),
    }


def subscription_validation(code: str, validation_url: str, now: datetime) -> list[Payload]:
    """The handshake event of the Event Grid schema (docs: end-point-validation-event-grid-events-schema)."""
    event = {
        "id": str(uuid.uuid4()),
        "topic": TOPIC,
        "subject": "",
        "data": {"validationCode": code, "validationUrl": validation_url},
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": f"{now:%Y-%m-%dT%H:%M:%S.%f}0Z",
        "metadataVersion": "1",
        "dataVersion": "1",
    }
    return [event]


def escaped_date(moment: datetime) -> str:
    """The date form of the .NET serializer, whole seconds: `/Date(1697470966000)/`."""
    return f"/Date({int(moment.timestamp()) * 1000})/"


def _data(payload: Payload, data_as: str) -> Any:
    return json.dumps(payload) if data_as == "string" else payload


def _entity(item: EntitySet, row: Row) -> Payload:
    attributes = [
        {"key": f"mserp_{name.lower()}", "value": _value(item, name, row[name])}
        for name in item.properties
        if row[name] != EMPTY_DATE
    ]
    key = "/".join(str(row[name]) for name in item.keys)
    return {"LogicalName": _logical_name(item), "Id": str(uuid.uuid5(uuid.NAMESPACE_OID, key)), "Attributes": attributes}


def _value(item: EntitySet, name: str, value: Any) -> Any:
    property_ = item.properties[name]
    if property_.is_enum:
        return {"Value": _FIRST_OPTION + ENUMS[property_.type.removeprefix(f"{NAMESPACE}.")][value]}
    if property_.type == "Edm.DateTimeOffset":
        return escaped_date(datetime.fromisoformat(value))
    return value


def _logical_name(item: EntitySet) -> str:
    return f"mserp_{item.entity.lower()}"
