"""Events in, over HTTP with a function key: what is answered, and what then is in the queues and among the dead letters."""

from __future__ import annotations

import json

import pytest

from shared.models import Hint
from shared.storage import CHECKPOINTS, DEAD_LETTERS, LINKS, ONBOARDINGS
from tests.integration.app.scene import Scene
from tests.unit.events import payloads

pytestmark = pytest.mark.integration

TAKEN = {
    ("commerce", "business-event"): {"prospect-created": 1},
    ("commerce", "data-event-created"): {"prospect-created": 1},
    ("commerce", "eventgrid-text"): {"prospect-created": 1},
    ("commerce", "cloudevents-batch"): {"prospect-created": 2},
    ("sales", "qualify-lead"): {"lead-qualified": 1},
    ("sales", "opportunity-create"): {"lead-qualified": 1},
    ("sales", "opportunity-win-opportunity"): {"opportunity-closed": 1},
    ("sales", "opportunity-lose"): {"opportunity-closed": 1},
    ("sales", "lead-update-disqualified"): {"lead-disqualified": 1},
    ("sales", "lead-merge-both-ours"): {"lead-disqualified": 2},
}
NOT_FOR_US = [
    ("commerce", "test-event"),
    ("commerce", "business-event-unused"),
    ("commerce", "data-event-not-b2b"),
    ("sales", "lead-update-not-ours"),
    ("sales", "opportunity-create-without-lead"),
    ("sales", "contact-update"),
    ("sales", "lead-assign"),
]


@pytest.mark.parametrize("route", ["events/commerce", "events/sales"])
@pytest.mark.parametrize("key", [None, "a wrong key"])
def test_without_its_function_key_nothing_is_taken(receiving: Scene, route: str, key: str | None) -> None:
    body = payloads.body("sales", "qualify-lead")
    assert receiving.request("POST", route, body, key).status_code == 401
    assert receiving.waiting() == {}


def test_a_webhook_key_in_the_address_is_as_good_as_a_header(receiving: Scene) -> None:
    body = payloads.body("sales", "qualify-lead")
    assert receiving.request("POST", "events/sales?code=a-function-key", body, key=None).status_code == 200
    assert receiving.waiting() == {"lead-qualified": 1}


@pytest.mark.parametrize(("event", "queues"), TAKEN.items(), ids=[f"{system}-{name}" for system, name in TAKEN])
def test_an_event_that_concerns_us_is_in_its_queue_before_it_is_acknowledged(
    receiving: Scene, event: tuple[str, str], queues: dict[str, int]
) -> None:
    answer = receiving.post(event[0], payloads.body(*event))
    assert (answer.status_code, receiving.waiting()) == (200, queues)
    for queue in queues:
        hints = [Hint.model_validate_json(message) for message in receiving.messages(queue)]
        assert {hint.type.value for hint in hints} == {queue}
    assert receiving.rows(DEAD_LETTERS) == []


@pytest.mark.parametrize(("system", "name", "queue"), [
    ("commerce", "business-event", "prospect-created"), ("sales", "qualify-lead", "lead-qualified"),
])  # fmt: skip
def test_a_message_goes_on_with_the_trace_of_the_request(receiving: Scene, system: str, name: str, queue: str) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    receiving.post(system, payloads.body(system, name), traceparent=trace)
    [hint] = [Hint.model_validate_json(message) for message in receiving.messages(queue)]
    assert hint.traceparent == trace
    assert (hint.correlation_id is not None) is (hint.key is not None)


@pytest.mark.parametrize(("system", "name"), NOT_FOR_US)
def test_an_event_that_is_not_for_us_is_acknowledged_and_leaves_no_trace(receiving: Scene, system: str, name: str) -> None:
    assert receiving.post(system, payloads.body(system, name)).status_code == 200
    assert untouched(receiving)
    assert receiving.rows(DEAD_LETTERS) == []


@pytest.mark.parametrize("route", ["commerce", "sales"])
@pytest.mark.parametrize("body", [b"", b"{", b"[1, 2", b"\xff\xfe{\x00}\x00", b'{"hello": "world"}', b"null"])
def test_what_is_not_understood_is_refused_and_kept_and_touches_nothing_else(receiving: Scene, route: str, body: bytes) -> None:
    answer = receiving.post(route, body)
    [letter] = receiving.dead_letters.listed().items
    assert (answer.status_code, answer.text, "\n" in answer.text) == (400, letter.reason, False)
    assert (letter.source, letter.size, receiving.dead_letters.body(letter.id)) == (route, len(body), body)
    assert untouched(receiving)


def test_a_bad_member_of_a_batch_is_kept_and_the_others_are_taken(receiving: Scene) -> None:
    members = payloads.content("commerce", "eventgrid-batch-with-a-bad-member")
    answer = receiving.post("commerce", json.dumps(members).encode())
    kept = [json.loads(receiving.dead_letters.body(letter.id) or b"") for letter in receiving.dead_letters.listed().items]
    assert (answer.status_code, answer.text) == (200, "2 taken, 1 not ours, 2 not understood")
    assert (len(members), receiving.waiting()) == (5, {"prospect-created": 2})
    assert len(kept) == 2
    assert all(member in members for member in kept)


def test_a_queue_that_was_deleted_is_made_again(receiving: Scene) -> None:
    receiving.raw_queue("lead-qualified").delete_queue()
    assert receiving.post("sales", payloads.body("sales", "qualify-lead")).status_code == 200
    assert receiving.waiting() == {"lead-qualified": 1}


def test_event_grid_gets_its_validation_code_back(receiving: Scene) -> None:
    body = payloads.body("commerce", "eventgrid-validation")
    answer = receiving.post("commerce", body)
    [event] = json.loads(body)
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": event["data"]["validationCode"]})
    assert answer.headers["Content-Type"].startswith("application/json")
    assert untouched(receiving)


def test_a_sender_of_cloud_events_is_told_that_it_may_deliver(receiving: Scene) -> None:
    origin = {"WebHook-Request-Origin": "eventgrid.azure.net"}
    answer = receiving.request("OPTIONS", "events/commerce", **origin)
    assert (answer.status_code, answer.headers["WebHook-Allowed-Origin"]) == (200, "eventgrid.azure.net")
    assert answer.headers["WebHook-Allowed-Rate"] == "*"
    assert receiving.request("OPTIONS", "events/commerce", key=None, **origin).status_code == 401


def untouched(scene: Scene) -> bool:
    """Whether no queue holds a message and no table but that of the dead letters a row."""
    return scene.waiting() == {} and not any(scene.rows(table) for table in (ONBOARDINGS, LINKS, CHECKPOINTS))
