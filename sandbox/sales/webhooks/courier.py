"""Delivers webhook calls in the background: order not guaranteed, one more attempt on 502, 503, 504; failures are System Jobs.

Rules of sandbox/faults.py say what becomes of a call on its way."""

from __future__ import annotations

import heapq
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.fates import LOST, REPEATED, UNTOUCHED, Fate
from sandbox.sales import errors
from sandbox.sales.events import Event
from sandbox.sales.store import Row
from sandbox.sales.webhooks import jobs
from sandbox.sales.webhooks.context import body_of
from sandbox.sales.webhooks.sender import Outcome, send
from sandbox.sales.webhooks.steps import endpoint_of, steps_for

if TYPE_CHECKING:
    from sandbox.faults import Faults
    from sandbox.sales.world import World

WORKERS = 4
SYNCHRONOUS = 0
_SPREAD = 0.05
"""Seconds: calls of the same moment go out in any order."""


@dataclass
class Delivery:
    """One step's call for one event, and what became of it: queued, sending, succeeded, failed or lost."""

    event: Event
    step: Row
    created: datetime
    operation_id: str = field(default_factory=lambda: str(uuid4()))
    fate: Fate = UNTOUCHED
    status: str = "queued"
    attempts: list[int | None] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The delivery for GET /sandbox/webhooks."""
        return {
            "operation_id": self.operation_id,
            "message": self.event.message,
            "table": self.event.table,
            "id": self.event.row_id,
            "step": self.step["name"],
            "created": self.created.isoformat(),
            "status": self.status,
            "attempts": self.attempts,
        }


class Courier:
    """Takes events from committed transactions and calls the webhooks of the steps that they fire."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.paused = False
        self._faults = faults
        self.deliveries: list[Delivery] = []
        self._random = random.Random(0)
        self._queue: list[tuple[float, int, Delivery]] = []
        self._changed = threading.Condition()
        self._in_flight = 0
        self._started = False

    def take(self, events: list[Event]) -> None:
        """Make the synchronous calls and queue the others; runs inside the transaction, so a queued call waits for the commit.

        docs: use-webhooks: a synchronous call that fails cancels the operation; one that was made cannot be recalled."""
        deliveries = [Delivery(event, step, self.world.now()) for event in events for step in steps_for(self.world, event)]
        for delivery in deliveries:
            if delivery.step["mode"] == SYNCHRONOUS:
                self._deliver_at_once(delivery)
        for delivery in deliveries:
            if delivery.step["mode"] != SYNCHRONOUS:
                self._accept(delivery)

    def idle(self) -> bool:
        """Whether nothing is queued or in flight."""
        with self._changed:
            return not self._queue and not self._in_flight

    def pause(self, paused: bool = True) -> None:
        """Hold back what is queued, or let it go."""
        with self._changed:
            self.paused = paused
            self._changed.notify_all()

    def _accept(self, delivery: Delivery) -> None:
        delivery.fate = self._faults.fate(delivery.event.message, delivery.event.table)
        with self._changed:
            self.deliveries.append(delivery)
        if delivery.fate.is_before(LOST):
            delivery.status = "lost"
            return
        jobs.begin(self.world, delivery.operation_id, delivery.event, delivery.step)
        for _ in range(delivery.fate.copies):
            self._push(delivery, delivery.fate.wait + self._random.random() * _SPREAD)

    def _deliver_at_once(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        outcome = self._attempt(delivery)
        delivery.status = "succeeded" if outcome.succeeded else "failed"
        if not outcome.succeeded:
            raise errors.rule(f"The webhook call of step {delivery.step['name']} failed: {outcome.reason}", "0x80040265")

    def _push(self, delivery: Delivery, delay: float) -> None:
        with self._changed:
            heapq.heappush(self._queue, (time.monotonic() + delay, self._random.randrange(2**31), delivery))
            self._start()
            self._changed.notify()

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for number in range(WORKERS):
                threading.Thread(target=self._work, name=f"webhooks-{number}", daemon=True).start()

    def _work(self) -> None:
        while True:
            delivery = self._next()
            try:
                self._deliver(delivery)
            finally:
                with self._changed:
                    self._in_flight -= 1

    def _next(self) -> Delivery:
        with self._changed:
            while True:
                wait = self._queue[0][0] - time.monotonic() if self._queue and not self.paused else None
                if wait is not None and wait <= 0:
                    self._in_flight += 1
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(wait)

    def _deliver(self, delivery: Delivery) -> None:
        delivery.status = "sending"
        outcome = self._attempt(delivery)
        if outcome.again:
            time.sleep(self.world.seconds(1).total_seconds())
            outcome = self._attempt(delivery)
        time.sleep(delivery.fate.answer_wait)
        if delivery.fate.is_after(LOST):
            outcome = Outcome(None, "The webhook call timed out.")
        delivery.status = "succeeded" if outcome.succeeded else "failed"
        jobs.finish(self.world, delivery.operation_id, delivery.step, outcome)
        if delivery.fate.is_after(REPEATED):
            self._attempt(delivery)

    def _attempt(self, delivery: Delivery) -> Outcome:
        event = delivery.event
        with self.world.lock:
            endpoint = endpoint_of(self.world, delivery.step)
            body, stripped = body_of(self.world, event, delivery.step, delivery.operation_id, delivery.created)
            organization = str(self.world.store.rows("organization")[0]["name"])
        if endpoint is None:
            return Outcome(None, "The service endpoint no longer exists.")
        headers = {
            "Content-Type": "application/json",
            "x-ms-dynamics-organization": f"{organization}.crm.dynamics.com",
            "x-ms-dynamics-entity-name": event.table,
            "x-ms-dynamics-request-name": event.message,
            "x-ms-correlation-request-id": event.call.correlation_id,
        }
        headers |= {"x-ms-dynamics-msg-size-exceeded": "true"} if stripped else {}
        timeout = self.world.seconds(self.world.options.webhook_timeout_seconds).total_seconds()
        outcome = send(endpoint, headers, body, timeout)
        delivery.attempts.append(outcome.status)
        return outcome
