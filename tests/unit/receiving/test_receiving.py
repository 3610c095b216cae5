"""Events in: 200 when they are durable, 400 when they cannot be understood, 503 when they should come again."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import azure.functions as func
import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from functions import commerce_events as commerce_function
from shared import commerce_events, sales_events, telemetry
from shared.models import Hint
from shared.queues import EventQueues
from shared.receiving import Receiver, Reply, receive
from tests.fakes.world import World
from tests.unit.events import payloads

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY_COLUMN = "b2b_prospectkey"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OURS = "88bbccdd-0000-4000-8000-0000000000a1"


def from_commerce(world: World, body: bytes) -> Reply:
    return receive(world.receiver, "commerce", body, lambda: commerce_events.parse(body, {}, NOW))


def from_sales(world: World, body: bytes, organization_id: str = "") -> Reply:
    receiver = Receiver(world.queues, world.dead_letters, organization_id)
    return receive(receiver, "sales", body, lambda: sales_events.parse(body, {}, KEY_COLUMN, NOW))


def sent(world: World) -> list[tuple[str, Hint]]:
    """Queue and hint of every message."""
    queues = world.fake_queues.messages.items()
    return [(queue, Hint.model_validate_json(message.text)) for queue, messages in queues for message in messages]


def dead_letters(world: World) -> list[tuple[str, str]]:
    """Source and reason of each."""
    return [(letter.source, letter.reason) for letter in world.dead_letters.listed().items]


# ---- taken


def test_a_prospects_event_becomes_one_message_in_its_queue() -> None:
    world = World()
    reply = from_commerce(world, payloads.body("commerce", "business-event"))
    assert (reply.status, reply.text) == (200, "1 taken, 0 not ours, 0 not understood")
    [(queue, hint)] = sent(world)
    assert (queue, hint.source, hint.first_seen) == ("prospect-created", "business-event", NOW)


@pytest.mark.parametrize("sent_with, goes_on", [(TRACE, True), ("", False), ("no trace", False), (f"ff{TRACE[2:]}", False)])
def test_a_message_goes_on_with_the_senders_trace_or_with_a_new_one(sent_with: str, goes_on: bool) -> None:
    world, body = World(), payloads.body("commerce", "business-event")
    receive(world.receiver, "commerce", body, lambda: commerce_events.parse(body, {}, NOW), sent_with)
    [(_, hint)] = sent(world)
    assert hint.prospect_key
    assert hint.correlation_id == str(hint.prospect_key.identifier("onboarding"))
    assert (hint.traceparent == sent_with) is goes_on
    assert hint.traceparent and telemetry.trace(hint.traceparent) == hint.traceparent


@pytest.mark.parametrize(
    ("name", "queue", "state"),
    [
        ("qualify-lead", "lead-qualified", "qualified"),
        ("lead-update-disqualified", "lead-disqualified", "disqualified"),
        ("opportunity-win", "opportunity-closed", "won"),
        ("opportunity-create", "lead-qualified", "open"),
    ],
)
def test_a_sales_event_becomes_one_message_in_its_queue(name: str, queue: str, state: str) -> None:
    world = World()
    assert from_sales(world, payloads.body("sales", name)).status == 200
    [(found, hint)] = sent(world)
    assert (found, hint.state) == (queue, state)


def test_a_merge_becomes_a_message_for_each_of_both_leads() -> None:
    world = World()
    from_sales(world, payloads.body("sales", "lead-merge-both-ours"))
    assert len({hint.lead_id for _, hint in sent(world)}) == 2


def test_what_is_not_ours_is_done_with_and_leaves_no_message() -> None:
    world = World()
    reply = from_sales(world, payloads.body("sales", "lead-update-not-ours"))
    assert (reply.status, sent(world), dead_letters(world)) == (200, [], [])


@pytest.mark.parametrize("name", ["test-event", "business-event-not-b2b", "data-event-other-entity", "business-event-unused"])
def test_events_that_we_do_not_use_are_done_with(name: str) -> None:
    world = World()
    assert from_commerce(world, payloads.body("commerce", name)).status == 200
    assert sent(world) == []


# ---- not understood


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1]", b'{"a": 1}', b"[" * 2000], ids=range(6))
def test_what_cannot_be_understood_is_kept_whole_and_refused(body: bytes) -> None:
    world = World()
    reply = from_commerce(world, body)
    assert (reply.status, sent(world)) == (400, [])
    [letter] = world.dead_letters.listed().items
    assert (letter.source, letter.reason, letter.size) == ("commerce", reply.text, len(body))
    assert world.dead_letters.body(letter.id) == body
    assert "\n" not in reply.text


def test_a_batch_with_a_bad_member_takes_the_others_and_keeps_that_one() -> None:
    world = World()
    reply = from_commerce(world, payloads.body("commerce", "eventgrid-batch-with-a-bad-member"))
    assert (reply.status, reply.text) == (200, "2 taken, 1 not ours, 2 not understood")
    assert (len(sent(world)), [source for source, _ in dead_letters(world)]) == (2, ["commerce", "commerce"])


def test_a_reason_holds_nothing_of_the_body(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    with caplog.at_level(logging.DEBUG):
        reply = from_commerce(world, b'{"secret@contoso.example": "Doe"}')
    assert (reply.status, "contoso" in reply.text, "Doe" in caplog.text, "contoso" in caplog.text) == (400, False, False, False)


# ---- please send again


@pytest.mark.parametrize("error", [ServiceResponseError("no answer"), HttpResponseError("busy")])
def test_an_event_that_cannot_be_enqueued_should_come_again(error: Exception) -> None:
    world = World()
    world.queues = EventQueues(world.fake_queues, clock=iter(range(0, 1000, 6)).__next__, sleep=lambda _: None)
    world.receiver = Receiver(world.queues, world.dead_letters)

    def down(name: str, _: object) -> None:
        if name == "queues.send_message":
            raise error

    world.calls.before_call = down
    assert from_commerce(world, payloads.body("commerce", "business-event")).status == 503
    assert sent(world) == []


def test_a_body_that_cannot_be_kept_should_come_again_instead_of_being_refused() -> None:
    world = World()
    world.calls.fail_next("tables.upsert_entity", ServiceResponseError("no answer"))
    assert from_commerce(world, b"{").status == 503


def test_a_batch_that_was_enqueued_in_part_should_come_again_as_a_whole() -> None:
    world = World()
    hints = iter(range(100))

    def down_after_one(name: str, _: object) -> None:
        if name == "queues.send_message" and next(hints) == 1:
            error = HttpResponseError("too large")
            error.status_code = 413
            raise error

    world.calls.before_call = down_after_one
    body = payloads.body("commerce", "cloudevents-batch")
    assert from_commerce(world, body).status == 503
    world.calls.before_call = lambda *_: None
    assert from_commerce(world, body).status == 200
    assert len(sent(world)) == 1 + len(json.loads(body))


# ---- whose environment


def test_a_copied_environments_events_are_dropped() -> None:
    world = World()
    body = payloads.body("sales", "qualify-lead")
    own = json.loads(body)["OrganizationId"]
    assert from_sales(world, body, organization_id=OURS).text == "not from our environment"
    assert sent(world) == []
    for spelling in (own, own.upper(), f"{{{own}}}"):
        assert from_sales(world, body, organization_id=spelling).status == 200
    assert len(sent(world)) == 3


def test_any_environments_events_count_where_none_is_named() -> None:
    world = World()
    from_sales(world, payloads.body("sales", "qualify-lead"))
    assert len(sent(world)) == 1


# ---- handshakes


def test_event_grids_question_is_answered_with_its_code() -> None:
    world = World()
    reply = from_commerce(world, payloads.body("commerce", "eventgrid-validation"))
    [event] = json.loads(payloads.body("commerce", "eventgrid-validation"))
    assert (reply.status, reply.validation_code) == (200, event["data"]["validationCode"])
    assert sent(world) == []


def test_the_handshake_of_cloud_events_is_answered_without_an_app() -> None:
    headers = {"WebHook-Request-Origin": "eventgrid.azure.net"}
    request = func.HttpRequest("OPTIONS", "/api/events/commerce", body=b"", headers=headers)
    reply = commerce_function.commerce_events(request)
    assert reply.status_code == 200
    assert reply.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    assert reply.headers["WebHook-Allowed-Rate"] == "*"


def test_nothing_personal_is_in_a_message() -> None:
    world = World()
    for name in payloads.names("sales"):
        body = payloads.body("sales", name)
        receive(world.receiver, "sales", body, lambda body=body: sales_events.parse(body, {}, KEY_COLUMN, NOW))
    texts = [message.text for messages in world.fake_queues.messages.values() for message in messages]
    assert len(texts) > 20
    assert not [text for text in texts if "@" in text or "example" in text]
