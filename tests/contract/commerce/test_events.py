"""Events out: activation, envelopes, retries and the Errors list (docs: business events, data-events, event-grid)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Response

from sandbox import identity
from tests.contract.commerce.environment import SECRET, Commerce, address, request_text
from tests.contract.commerce.receiver import Receiver, activate, cloud_events_answer, settle, validation_answer

Json = dict[str, Any]


def created_event(commerce: Commerce, receiver: Receiver) -> Any:
    """The event of one new prospect."""
    commerce.prospect()
    settle(commerce)
    [event] = receiver.events
    return event


def test_activation_sends_the_test_event(commerce: Commerce, receiver: Receiver) -> None:
    """docs: how-to-eventgrid: a test message validates the configuration; its id and its huge negative number as captured."""
    assert activate(commerce, receiver)["active"]
    [test] = [item.body for item in receiver.received]
    assert (test["BusinessEventId"], test["ControlNumber"]) == ("BusinessEventsTestEndpointContract", -(2**63))
    assert test["EventTime"] == "/Date(-2208988800000)/"
    assert test["ParentContextRecordSubjects"] is None


def test_an_endpoint_that_refuses_the_test_event_is_not_activated(commerce: Commerce, receiver: Receiver) -> None:
    receiver.answer_with(401)
    state = activate(commerce, receiver)
    assert (state["active"], state["finding"]) == (False, "the test event was answered 401")
    commerce.prospect()
    settle(commerce)
    assert len(receiver.received) == 1


def test_a_business_event_has_the_captured_envelope_and_its_contract(commerce: Commerce, receiver: Receiver) -> None:
    """Captured example of a customer's event; company in the envelope, LegalEntity and ProspectId in the contract."""
    activate(commerce, receiver)
    event = created_event(commerce, receiver)
    assert event["BusinessEventId"] == "B2BProspectCreatedBusinessEvent"
    assert (event["LegalEntity"], event["ProspectId"], event["BusinessEventLegalEntity"]) == ("usmf", "P-000001", "USMF")
    assert re.fullmatch(r"/Date\(\d+000\)/", event["EventTime"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", event["EventTimeIso8601"])
    assert re.fullmatch(r"[0-9A-F-]{36}", event["EventId"])
    assert event["InitiatingUserAADObjectId"].startswith("{")
    assert event["ParentContextRecordSubjects"] == []
    assert event["ControlNumber"] > 2**31


def test_control_numbers_increase_with_gaps(commerce: Commerce, receiver: Receiver) -> None:
    """docs: business events: no sequence, good for telling duplicates and order."""
    activate(commerce, receiver)
    for number in range(8):
        commerce.prospect(f"p{number}@x.example")
    settle(commerce)
    numbers = sorted(event["ControlNumber"] for event in receiver.events)
    steps = [later - earlier for earlier, later in zip(numbers, numbers[1:], strict=False)]
    assert min(steps) >= 1
    assert max(steps) > 1


def test_an_event_is_active_for_the_legal_entities_that_were_chosen(commerce: Commerce, receiver: Receiver) -> None:
    activate(commerce, receiver, legal_entities=["demf"])
    commerce.prospect("ann@x.example", "usmf")
    commerce.prospect("bob@x.example", "demf")
    settle(commerce)
    assert [event["LegalEntity"] for event in receiver.events] == ["demf"]


def attributes(entity: Json) -> Json:
    return {item["key"]: item["value"] for item in entity["Attributes"]}


def test_a_data_event_is_a_remote_execution_context(commerce: Commerce, receiver: Receiver) -> None:
    """docs: data-events, and captured payloads: mserp_ names, wrapped options, no empty dates, company as mserp_dataareaid."""
    activate(commerce, receiver, "data")
    event = created_event(commerce, receiver)
    assert event["MessageName"] == "OnExternalCreated"
    assert event["PrimaryEntityId"] == "00000000-0000-0000-0000-000000000000"
    [target] = [item["value"] for item in event["InputParameters"] if item["key"] == "Target"]
    values = attributes(target)
    assert (values["mserp_dataareaid"], values["mserp_prospectid"]) == ("usmf", "P-000001")
    assert values["mserp_b2bprospectstatus"] == {"Value": 200000000}
    assert "mserp_addressvalidfrom" not in values
    assert target["Id"] != event["PrimaryEntityId"]


def test_an_event_names_the_user_whose_call_raised_it(commerce: Commerce, receiver: Receiver) -> None:
    """Captured envelope: InitiatingUserAADObjectId in braces; a client can tell its own echo by it."""
    prospect = commerce.prospect()
    activate(commerce, receiver, "data")
    commerce.set_status(prospect, "Unknown")
    settle(commerce)
    [event] = receiver.events
    claims = identity.verify(SECRET, commerce.url, commerce.session.headers["Authorization"].removeprefix("Bearer "))
    assert event["InitiatingUserAADObjectId"] == f"{{{claims['oid'].upper()}}}"


def test_updates_and_deletes_raise_data_events_too(commerce: Commerce, receiver: Receiver) -> None:
    """docs: data-events: Target and PreImage."""
    prospect = commerce.prospect()
    activate(commerce, receiver, "data")
    commerce.set_status(prospect, "Rejected")
    commerce.delete(address(prospect))
    settle(commerce)
    by_message = {event["MessageName"]: event for event in receiver.events}
    assert set(by_message) == {"OnExternalUpdated", "OnExternalDeleted"}
    images = {item["key"]: attributes(item["value"]) for item in by_message["OnExternalUpdated"]["InputParameters"]}
    assert images["PreImage"]["mserp_b2bprospectstatus"] == {"Value": 200000000}
    assert images["Target"]["mserp_b2bprospectstatus"] == {"Value": 200000002}


@pytest.mark.parametrize("data_as", ["string", "object"])
def test_event_grid_wraps_the_event_in_an_array(start: Callable[..., Commerce], receiver: Receiver, data_as: str) -> None:
    """docs: event-schema; business events home page: data is a JSON string unless the parameter says object."""
    commerce = start(event_grid_data=data_as)
    receiver.answers = [validation_answer]
    assert activate(commerce, receiver, "eventgrid")["active"]
    commerce.prospect()
    settle(commerce)
    notification = receiver.received[-1]
    [event] = notification.body
    data = json.loads(event["data"]) if data_as == "string" else event["data"]
    assert (data["ProspectId"], event["eventType"]) == ("P-000001", "B2BProspectCreatedBusinessEvent")
    assert notification.headers["aeg-event-type"] == "Notification"
    assert notification.headers["aeg-delivery-count"] == "0"
    assert notification.headers["aeg-subscription-name"] == notification.headers["aeg-subscription-name"].upper()


def test_the_event_grid_handshake_comes_first_and_alone(commerce: Commerce, receiver: Receiver) -> None:
    """docs: end-point-validation-event-grid-events-schema."""
    receiver.answers = [validation_answer]
    activate(commerce, receiver, "eventgrid")
    first = receiver.received[0]
    assert first.headers["aeg-event-type"] == "SubscriptionValidation"
    [event] = first.body
    assert event["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    assert set(event["data"]) == {"validationCode", "validationUrl"}


@pytest.mark.parametrize(("status", "finding"), [(202, "answered 202"), (200, "AwaitingManualAction")])
def test_a_handshake_needs_200_and_the_code(commerce: Commerce, receiver: Receiver, status: int, finding: str) -> None:
    """docs: 202 is not accepted; 200 without the code waits for somebody to open the validationUrl."""
    receiver.answer_with(status)
    state = activate(commerce, receiver, "eventgrid")
    assert not state["active"]
    assert finding in state["finding"]


def test_opening_the_validation_url_completes_the_handshake(commerce: Commerce, receiver: Receiver) -> None:
    activate(commerce, receiver, "eventgrid")
    url = receiver.received[0].body[0]["data"]["validationUrl"]
    assert requests.get(url, timeout=5).json()["active"]


def test_cloud_events_ask_for_consent_by_options(commerce: Commerce, receiver: Receiver) -> None:
    """docs: end-point-validation-cloud-events-schema, cloud-event-schema."""
    receiver.answers = [cloud_events_answer]
    assert activate(commerce, receiver, "cloudevents")["active"]
    commerce.prospect()
    settle(commerce)
    assert receiver.received[0].method == "OPTIONS"
    event = receiver.received[-1]
    assert event.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert (event.body["specversion"], json.loads(event.body["data"])["LegalEntity"]) == ("1.0", "usmf")


def test_a_status_code_alone_is_no_consent(commerce: Commerce, receiver: Receiver) -> None:
    assert not activate(commerce, receiver, "cloudevents")["active"]


def test_a_prospect_of_a_failed_transaction_raises_no_event(commerce: Commerce, receiver: Receiver) -> None:
    """docs: business events: sent only if the transaction commits."""
    activate(commerce, receiver, "data")
    good, bad = ({"ProspectName": "Contoso", "CurrencyCode": currency} for currency in ("USD", "XXX"))
    answers = commerce.batch([request_text("POST", "Prospects", json.dumps(body), "1") for body in (good, bad)])
    assert [answer.status for answer in answers] == [400]
    settle(commerce)
    assert receiver.events == []


def test_activation_shows_in_the_entity_sets_of_business_events(commerce: Commerce, receiver: Receiver) -> None:
    """$metadata: BusinessEventsCatalogs, BusinessEventsConfigurations, BusinessEventsEndpoints."""
    activate(commerce, receiver, legal_entities=["usmf"])
    [endpoint] = commerce.rows(
        "BusinessEventsEndpoints?$filter=Type eq Microsoft.Dynamics.DataEntities.BusinessEventsEndpointType'Http'"
    )
    [configuration] = commerce.rows(f"BusinessEventsConfigurations?$filter=BusinessEventsEndpoint_Name eq '{endpoint['Name']}'")
    assert (configuration["BusinessEventsTable"], configuration["Disabled"]) == ("B2BProspectCreatedBusinessEvent", "No")
    assert commerce.rows("BusinessEventsCatalogs")[0]["BusinessEventId"] == "B2BProspectCreatedBusinessEvent"


def test_an_endpoint_that_nobody_answers_at_is_reported(commerce: Commerce) -> None:
    body = {"kind": "cloudevents", "url": "http://127.0.0.1:9/events"}
    state = commerce.people("POST", "events/activate", body)
    assert "cannot be reached" in state["finding"]


def test_an_unknown_kind_of_event_is_refused(commerce: Commerce) -> None:
    body = {"kind": "pigeon", "url": "http://127.0.0.1:9/"}
    assert requests.post(f"{commerce.url}/sandbox/events/activate", json=body, timeout=5).status_code == 400


def test_a_handshake_answer_that_is_no_json_awaits_a_person(commerce: Commerce, receiver: Receiver) -> None:
    receiver.answers = [lambda _received: Response("OK", status=200)]
    assert activate(commerce, receiver, "eventgrid")["finding"] == "AwaitingManualAction"
