"""How events are delivered: retries, Errors list, Event Grid's rules, chance (docs: business events, delivery-and-retry)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytest

from sandbox.commerce.background import Background
from sandbox.commerce.event_delivery import DATAVERSE, EVENT_GRID, HEAD_OFFICE, Courier, Delivery, Policy
from sandbox.commerce.settings import Settings
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


class Recorder(Background):
    """Does everything at once, and remembers how long it should have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def run(self, job: Callable[[], None], after: float = 0.0) -> None:
        self.waits += [after] if after else []
        job()


GRID_WAITS = [10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200]


@pytest.mark.parametrize(("policy", "waits", "end"), [
    (HEAD_OFFICE, [1, 1, 1], "error"), (EVENT_GRID, GRID_WAITS, "dropped"), (DATAVERSE, [1], "lost"),
])  # fmt: skip
def test_each_sender_repeats_at_its_own_times_and_then_gives_up(
    receiver: Receiver, policy: Policy, waits: list[int], end: str
) -> None:
    """docs: business events; delivery-and-retry: 10 s to 12 h, for a day; use-webhooks: one more attempt on 502, 503, 504."""
    receiver.answer_with(503)
    background, delivery = Recorder(), Delivery(1, "s", receiver.url, b"{}", {"Content-Type": "application/json"}, policy)
    Courier(background, 1.0, Settings).send(delivery)
    assert background.waits == waits
    assert sum(waits) <= 24 * 3600
    assert (len(receiver.received), delivery.state) == (len(waits) + 1, end)
    background.close()


def test_each_sender_waits_for_an_answer_as_long_as_is_documented() -> None:
    """docs: business events 10 s, delivery-and-retry 30 s, use-webhooks 60 s."""
    assert [policy.time_out(Settings()) for policy in (HEAD_OFFICE, EVENT_GRID, DATAVERSE)] == [10, 30, 60]


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_data_event_is_repeated_on_502_503_and_504_only(commerce: Commerce, receiver: Receiver, status: int) -> None:
    """docs: data-events, use-webhooks: it goes through Dataverse; another failure is final, and head office does not know."""
    activate(commerce, receiver, "data")
    before = len(receiver.received)
    receiver.answer_with(status)
    commerce.prospect()
    settle(commerce)
    failed = commerce.people("GET", "events")["deliveries"][-1]
    assert (failed["state"], failed["answers"]) == ("lost", [str(status)])
    assert len(receiver.received) > before
    assert commerce.people("GET", "events/errors") == {"errors": []}


def test_what_event_grid_gave_up_is_not_head_offices_to_resend(commerce: Commerce, receiver: Receiver) -> None:
    """docs: delivery-and-retry: head office handed it over; its Errors list, and so Resend, knows nothing of it."""
    receiver.answers = [validation_answer]
    activate(commerce, receiver, "eventgrid")
    receiver.answer_with(400)
    commerce.prospect()
    settle(commerce)
    dropped = commerce.people("GET", "events")["deliveries"][-1]
    assert (dropped["state"], commerce.people("GET", "events/errors")) == ("dropped", {"errors": []})
    with pytest.raises(AssertionError, match="no delivery"):
        commerce.people("POST", f"events/{dropped['number']}/resend")


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
