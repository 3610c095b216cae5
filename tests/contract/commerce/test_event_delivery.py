"""How events are delivered: retries, Errors list, Event Grid's rules, chance (docs: business events, delivery-and-retry)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytest

from tests.contract.commerce.environment import Commerce
from tests.contract.commerce.receiver import Receiver, activate, settle, validation_answer


def test_three_retries_then_the_errors_list_then_a_resend_by_hand(commerce: Commerce, receiver: Receiver) -> None:
    """docs: business events: retry count 3, wait 1000 ms (scaled here); Errors tab; Resend."""
    activate(commerce, receiver)
    receiver.answer_with(503)
    commerce.prospect()
    settle(commerce)
    assert len(receiver.events) == 4
    [error] = commerce.people("GET", "events/errors")["errors"]
    assert error["answers"] == ["503"] * 4
    receiver.answer_with(200)
    commerce.people("POST", f"events/{error['number']}/resend")
    settle(commerce)
    assert commerce.people("GET", "events/errors") == {"errors": []}
    assert len(receiver.events) == 5


def test_retries_are_a_second_apart(start: Callable[..., Commerce], receiver: Receiver) -> None:
    """docs: business events: 1000 ms, here 100."""
    commerce = start(clock=0.1)
    activate(commerce, receiver)
    receiver.answer_with(503)
    begun = monotonic()
    commerce.prospect()
    settle(commerce)
    assert monotonic() - begun >= 0.3


def test_a_retry_that_is_accepted_ends_the_delivery(commerce: Commerce, receiver: Receiver) -> None:
    activate(commerce, receiver)
    receiver.answer_with(500, 200)
    commerce.prospect()
    settle(commerce)
    assert len(receiver.events) == 2
    assert commerce.people("GET", "events/errors") == {"errors": []}


def test_an_endpoint_that_takes_too_long_counts_as_failed(start: Callable[..., Commerce], receiver: Receiver) -> None:
    """docs: business events: 10 s HTTPS time-out (0.2 s here)."""
    commerce = start(event_timeout=0.2)
    activate(commerce, receiver)
    with receiver.hanging():
        commerce.prospect()
        settle(commerce)
        [error] = commerce.people("GET", "events/errors")["errors"]
    assert error["answers"] == ["ReadTimeout"] * 4


@pytest.mark.parametrize("status", [400, 401, 413])
def test_event_grid_drops_what_is_answered_400_401_or_413(commerce: Commerce, receiver: Receiver, status: int) -> None:
    """docs: delivery-and-retry: no retry; dropped without a dead-letter destination."""
    receiver.answers = [validation_answer]
    activate(commerce, receiver, "eventgrid")
    receiver.answer_with(status)
    before = len(receiver.received)
    commerce.prospect()
    settle(commerce)
    assert len(receiver.received) == before + 1
    assert commerce.people("GET", "events")["deliveries"][-1]["state"] == "dropped"


def test_event_grid_repeats_on_503_and_counts_its_attempts(start: Callable[..., Commerce], receiver: Receiver) -> None:
    """docs: delivery-and-retry: 10 s, 30 s, ... (scaled here)."""
    commerce = start(clock=0.001)
    receiver.answers = [validation_answer]
    activate(commerce, receiver, "eventgrid")
    receiver.answer_with(503, 503, 200)
    commerce.prospect()
    settle(commerce)
    assert [item.headers["aeg-delivery-count"] for item in receiver.received[-3:]] == ["0", "1", "2"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_event_can_arrive_twice_with_the_same_id(commerce: Commerce, receiver: Receiver, moment: str) -> None:
    """At-least-once delivery; EventId and ControlNumber tell."""
    activate(commerce, receiver)
    commerce.people("POST", "faults", {"kind": "repeated", "moment": moment})
    commerce.prospect()
    settle(commerce)
    first, second = receiver.events
    assert first == second


def test_deliveries_can_be_held_and_lost(commerce: Commerce, receiver: Receiver) -> None:
    activate(commerce, receiver)
    commerce.people("POST", "faults", {"kind": "lost", "message": ".*ProspectCreated.*", "table": "Prospects", "times": 1})
    commerce.people("POST", "events/pause")
    for name in ("lost", "first", "second"):
        commerce.prospect(f"{name}@x.example")
    assert receiver.events == []
    assert commerce.people("POST", "events/resume") == {"released": 2}
    settle(commerce)
    assert {event["ProspectId"] for event in receiver.events} == {"P-000002", "P-000003"}


def test_an_event_whose_answer_is_lost_is_sent_again(commerce: Commerce, receiver: Receiver) -> None:
    activate(commerce, receiver)
    commerce.people("POST", "faults", {"kind": "lost", "moment": "after"})
    commerce.prospect()
    settle(commerce)
    assert len(receiver.events) == 2
    assert commerce.people("GET", "events")["deliveries"][-1]["answers"] == ["ReadTimeout", "200"]


def test_events_overtake_each_other_in_the_order_of_the_seed(commerce: Commerce, receiver: Receiver) -> None:
    activate(commerce, receiver)
    commerce.people("POST", "faults", {"kind": "reordered", "seconds": 0.4, "seed": 3})
    for number in range(6):
        commerce.prospect(f"{number}@x.example")
    settle(commerce)
    arrived = [event["ProspectId"] for event in receiver.events]
    assert sorted(arrived) != arrived
    assert len(arrived) == 6
