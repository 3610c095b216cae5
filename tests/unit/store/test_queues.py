"""The event queues, in memory."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseTimeoutError

from shared import telemetry
from shared.errors import System, Transient
from shared.models import EventType, Hint, Preflight
from shared.queues import CALL_SECONDS, DEADLINE, MOST_BYTES, POISON_QUEUES, QUEUES, EventQueues
from tests.fakes.calls import Calls
from tests.fakes.queues import FakeQueues
from tests.unit.store.builders import KEY, NOW

HINT = Hint(type=EventType.LEAD_QUALIFIED, key=KEY.text, state="qualified", source="QualifyLead", first_seen=NOW)


@dataclass
class Clock:
    """Time passes only while somebody waits."""

    time: float = 1000.0

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(queues: FakeQueues, clock: Clock) -> EventQueues:
    for name in QUEUES:
        queues.messages[name] = []
    return EventQueues(queues, clock, clock.sleep)  # type: ignore[arg-type]


def answer(status: int) -> HttpResponseError:
    error = HttpResponseError("no")
    error.status_code = status
    return error


def test_a_message_carries_the_onboardings_id_and_the_trace_in_which_it_was_sent(sender: EventQueues, queues: FakeQueues) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with telemetry.work(traceparent=trace):
        sender.send(HINT)
        sender.send(Hint(type=EventType.LEAD_QUALIFIED, lead_id=uuid.uuid4(), first_seen=NOW))
    sender.send(HINT.model_copy(update={"correlation_id": "c-1", "traceparent": trace}))
    known, unknown, before = (Hint.model_validate_json(message.text) for message in queues.messages["lead-qualified"])
    assert (known.correlation_id, known.traceparent) == (str(KEY.identifier("onboarding")), trace)
    assert (unknown.correlation_id, unknown.traceparent) == (None, trace)
    assert (before.correlation_id, before.traceparent) == ("c-1", trace)


@pytest.mark.parametrize("event", EventType)
def test_a_hint_goes_to_the_queue_of_its_event_and_comes_back_as_it_was(
    sender: EventQueues, queues: FakeQueues, event: EventType
) -> None:
    hint = HINT.model_copy(update={"type": event})
    sender.send(hint)
    (message,) = queues.messages[event.value]
    carried = Hint.model_validate_json(message.text)
    assert carried.model_copy(update={"correlation_id": None, "traceparent": None}) == hint
    assert (message.visible_after, message.time_to_live) == (0, -1)


@pytest.mark.parametrize(("delay", "visible_after"), [(0, 0), (0.1, 1), (61.5, 62), (-5, 0), (8 * 24 * 3600, 7 * 24 * 3600)])
def test_a_delay_is_whole_seconds_and_a_week_at_most(
    sender: EventQueues, queues: FakeQueues, delay: float, visible_after: int
) -> None:
    sender.send(HINT, delay)
    assert queues.messages["lead-qualified"][0].visible_after == visible_after


def test_a_queue_that_is_missing_is_created(queues: FakeQueues, clock: Clock) -> None:
    EventQueues(queues, clock, clock.sleep).send(HINT)  # type: ignore[arg-type]
    assert len(queues.messages["lead-qualified"]) == 1


@pytest.mark.parametrize("failure", [answer(503), answer(500), answer(429), ServiceRequestError("refused")])
def test_a_passing_failure_is_waited_out(sender: EventQueues, queues: FakeQueues, calls: Calls, failure: Exception) -> None:
    calls.fail_next("queues.send_message", failure)
    sender.send(HINT)
    assert len(queues.messages["lead-qualified"]) == 1


def test_a_lost_answer_doubles_a_message_rather_than_losing_it(sender: EventQueues, queues: FakeQueues, calls: Calls) -> None:
    calls.fail_next("queues.send_message", ServiceResponseTimeoutError("read timed out"), after=True)
    sender.send(HINT)
    assert len(queues.messages["lead-qualified"]) == 2


@pytest.mark.parametrize("call_seconds", [0.0, 0.5, CALL_SECONDS])
def test_sending_ends_in_time_however_slow_the_failure(
    sender: EventQueues, calls: Calls, clock: Clock, call_seconds: float
) -> None:
    def fail_slowly(name: str, _: object) -> None:
        clock.sleep(call_seconds)
        raise answer(503)

    calls.before_call = fail_slowly
    begun = clock()
    with pytest.raises(Transient) as told:
        sender.send(HINT)
    assert told.value.system is System.STORAGE
    assert clock() - begun <= DEADLINE
    assert 2 <= len(calls.made) <= 8


def test_a_refusal_is_told_at_once(sender: EventQueues, calls: Calls) -> None:
    calls.fail_next("queues.send_message", answer(403))
    with pytest.raises(Transient) as told:
        sender.send(HINT)
    assert told.value.status == 403
    assert calls.names() == ["queues.send_message"]


def test_the_longest_hint_fits_into_a_message(sender: EventQueues, queues: FakeQueues) -> None:
    longest = Hint(
        type=EventType.PROSPECT_CREATED,
        key="k" * 400,
        lead_id=uuid.uuid4(),
        opportunity_id=uuid.uuid4(),
        state="s" * 20,
        event_id="e" * 200,
        source="s" * 60,
        correlation_id="c" * 60,
        traceparent="t" * 60,
        occurred_at=NOW,
        first_seen=NOW,
        attempt=10**9,
        preflight=Preflight(etag="e" * 2000, findings=("duplicate-email",) * 5000),
    )
    sender.send(longest)
    (message,) = queues.messages["prospect-created"]
    assert len(message.text.encode()) <= MOST_BYTES
    assert Hint.model_validate_json(message.text) == longest.model_copy(update={"preflight": None})


def test_a_poison_message_is_sent_again_as_it_is(sender: EventQueues, queues: FakeQueues) -> None:
    sender.send_text("lead-qualified-poison", "not a hint", 60)
    (message,) = queues.messages["lead-qualified-poison"]
    assert (message.text, message.visible_after) == ("not a hint", 60)


def test_depths_count_every_queue_and_its_poison_queue(sender: EventQueues) -> None:
    sender.send(HINT)
    sender.send(HINT, 60)
    sender.send_text("lead-qualified-poison", "not a hint")
    expected = dict.fromkeys(QUEUES + POISON_QUEUES, 0) | {"lead-qualified": 2, "lead-qualified-poison": 1}
    assert sender.depths() == expected


def test_depths_that_cannot_be_read_are_trouble_with_storage(sender: EventQueues, calls: Calls) -> None:
    calls.fail_next("queues.get_queue_properties", answer(503))
    with pytest.raises(Transient):
        sender.depths()


# ---- several at once


def test_all_hints_of_a_request_have_one_deadline(sender: EventQueues, queues: FakeQueues, clock: Clock) -> None:
    def slow(name: str, _: object) -> None:
        clock.sleep(2.0)  # well within the time-out of a call

    queues.calls.before_call = slow
    begun = clock()
    with pytest.raises(Transient):
        sender.send_all([HINT] * 50)
    assert clock() - begun <= DEADLINE
    sender.send_all([HINT] * 3)
