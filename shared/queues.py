"""The event queues: one per event, and the poison queue beside each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from shared import telemetry
from shared.errors import System, Transient
from shared.models import EventType, Hint
from shared.storage import FAILURES, create_if_missing, status_of, told_as_transient, transient

QUEUES = tuple(event.value for event in EventType)
POISON_QUEUES = tuple(f"{queue}-poison" for queue in QUEUES)
"""Where the Functions host puts a message after maxDequeueCount (docs: functions-bindings-storage-queue-trigger)."""

MOST_BYTES = 48 * 1024
"""Of a message: 64 KiB as base64 (docs: scalability-targets, Queue storage)."""
LONGEST_DELAY = 7 * 24 * 3600
"""Seconds for which a message can be hidden (docs: put-message)."""
DEADLINE = 12.0
"""Seconds until `send`, or `send_all`, has ended one way or the other: the HTTP receivers answer 503 after 15."""
CALL_SECONDS = 4.0
"""The longest that one call takes: 2 s to connect, 2 s for the answer (shared.storage)."""
FIRST_PAUSE = 0.3
"""Seconds until the second attempt; each next pause is twice as long."""
NEVER_EXPIRES = -1


class EventQueues:
    """The queues as ports.Queue; `client_of` gives the client of a queue by its name."""

    def __init__(
        self,
        client_of: Callable[[str], QueueClient],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client_of = cache(client_of)
        self._clock, self._sleep = clock, sleep

    def send(self, hint: Hint, delay_seconds: float = 0) -> None:
        """Enqueue the hint where its event belongs, visible after the delay (7 days at most); raises Transient."""
        self.send_text(hint.type.value, _text(_correlated(hint)), delay_seconds)

    def send_all(self, hints: Iterable[Hint]) -> None:
        """Enqueue each where it belongs; raises Transient where one is not taken, or there is no time left for it."""
        deadline = self._clock() + DEADLINE
        for hint in hints:
            self._send(hint.type.value, _text(_correlated(hint)), 0, deadline)

    def send_text(self, queue: str, text: str, delay_seconds: float = 0) -> None:
        """Enqueue a message as it is, 48 KiB at most: a poison function that cannot store sends to its own queue again."""
        self._send(queue, text, min(math.ceil(max(delay_seconds, 0)), LONGEST_DELAY), self._clock() + DEADLINE)

    def _send(self, queue: str, text: str, visible_after: int, deadline: float) -> None:
        client, pause = self._client_of(queue), FIRST_PAUSE
        if self._clock() + CALL_SECONDS > deadline:
            raise Transient(System.STORAGE, f"queue {queue}: no time is left")
        while True:
            try:
                return _put(client, text, visible_after)
            except FAILURES as error:
                if not _may_pass(error) or self._clock() + pause + CALL_SECONDS > deadline:
                    raise transient(f"queue {queue}", error) from error
            self._sleep(pause)
            pause *= 2

    def depths(self) -> dict[str, int]:
        """About how many messages each queue holds, hidden ones too, the poison queues beside; raises Transient."""
        return {queue: self._depth(queue) for queue in QUEUES + POISON_QUEUES}

    def waiting(self) -> int:
        """About how many hints wait in the event queues, hidden ones too; raises Transient."""
        return sum(map(self._depth, QUEUES))

    def _depth(self, queue: str) -> int:
        with told_as_transient(f"queue {queue}"):
            try:
                return self._client_of(queue).get_queue_properties().approximate_message_count or 0
            except ResourceNotFoundError:
                return 0


def _put(client: QueueClient, text: str, visible_after: int) -> None:
    try:
        client.send_message(text, visibility_timeout=visible_after, time_to_live=NEVER_EXPIRES)
    except ResourceNotFoundError:
        create_if_missing(client.create_queue)
        client.send_message(text, visibility_timeout=visible_after, time_to_live=NEVER_EXPIRES)


def _may_pass(error: Exception) -> bool:
    """Whether the message may be taken a moment later. One that arrived though no answer came is doubled, which is harmless."""
    status = status_of(error)
    return status is None or status >= 500 or status in (408, 429)


def _correlated(hint: Hint) -> Hint:
    """With the onboarding's id where the key is known, and the trace in which it is sent; what it has already, it keeps."""
    traceparent = hint.traceparent or telemetry.trace(telemetry.current().traceparent)
    return hint.model_copy(update={"correlation_id": hint.correlation_id or _correlation(hint), "traceparent": traceparent})


def _correlation(hint: Hint) -> str | None:
    """The id of the onboarding; None where the event names another record, or a key that is none."""
    with suppress(ValueError):
        return str(hint.prospect_key.identifier("onboarding")) if hint.prospect_key else None
    return None


def _text(hint: Hint) -> str:
    """Each member of a hint is bounded but what a poll found; that only saves a request, and is left out where it is too much."""
    text = hint.model_dump_json(exclude_none=True)
    if len(text.encode()) <= MOST_BYTES:
        return text
    return hint.model_copy(update={"preflight": None}).model_dump_json(exclude_none=True)
