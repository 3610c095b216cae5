"""How an event reaches its endpoint: attempts, waits, what counts as accepted, and what becomes of the rest."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.commerce.background import Background
from sandbox.fates import LOST, REPEATED, UNTOUCHED, Fate

QUEUED, HELD, DELIVERED, ERROR, DROPPED = "queued", "held", "delivered", "error", "dropped"


@dataclass(frozen=True)
class Policy:
    """`waits` in seconds between attempts; answers in `accepted` end it well, those in `final` end it for good."""

    waits: tuple[float, ...]
    accepted: frozenset[int]
    final: frozenset[int] = frozenset()


# docs: business events: three retries, 1000 ms apart; then the Errors list, where an operator can resend.
HEAD_OFFICE = Policy(waits=(1.0, 1.0, 1.0), accepted=frozenset(range(200, 300)))
# docs: event-grid delivery-and-retry: success codes, schedule and "no retry" codes; 30 attempts at most, within 24 hours.
EVENT_GRID = Policy(
    waits=(10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 21600.0, 43200.0),
    accepted=frozenset({200, 201, 202, 203, 204}),
    final=frozenset({400, 401, 413}),
)


@dataclass
class Delivery:
    """One event on its way to one endpoint."""

    number: int
    subscription: str
    url: str
    body: bytes
    headers: dict[str, str]
    policy: Policy
    fate: Fate = UNTOUCHED
    state: str = QUEUED
    answers: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        shown = {"number": self.number, "subscription": self.subscription, "state": self.state, "answers": list(self.answers)}
        return shown | {"payload": json.loads(self.body)}


class Courier:
    """Delivers on the background's threads; `clock` scales the waits, `time_out` (seconds) is not scaled."""

    def __init__(self, background: Background, clock: float, time_out: Callable[[], float]) -> None:
        self._background = background
        self._clock = clock
        self._time_out = time_out
        self._threads = threading.local()

    def send(self, delivery: Delivery) -> None:
        """Start delivering; the outcome shows in the delivery's state."""
        delivery.state = QUEUED
        self._background.run(lambda: self._attempt(delivery, 0), after=delivery.fate.wait)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        """One POST; raises requests.RequestException."""
        return self._session().post(url, data=body, headers=headers, timeout=self._time_out())

    def _attempt(self, delivery: Delivery, attempt: int) -> None:
        headers = delivery.headers
        if delivery.policy is EVENT_GRID:
            headers = headers | {"aeg-delivery-count": str(attempt)}
        status = self._status(delivery, headers)
        if status in delivery.policy.accepted:
            delivery.state = DELIVERED
            self._repeat(delivery, headers)
        elif status in delivery.policy.final:
            delivery.state = DROPPED
        elif attempt < len(delivery.policy.waits):
            wait = delivery.policy.waits[attempt] * self._clock
            self._background.run(lambda: self._attempt(delivery, attempt + 1), after=wait)
        else:
            delivery.state = ERROR

    def _status(self, delivery: Delivery, headers: dict[str, str]) -> int:
        try:
            status = self.post(delivery.url, delivery.body, headers).status_code
        except requests.RequestException as error:
            delivery.answers.append(type(error).__name__)
            return 0
        time.sleep(delivery.fate.answer_wait)
        if delivery.fate.is_after(LOST):
            delivery.fate = UNTOUCHED
            delivery.answers.append("ReadTimeout")
            return 0
        delivery.answers.append(str(status))
        return status

    def _repeat(self, delivery: Delivery, headers: dict[str, str]) -> None:
        """At least once: what was accepted may come again."""
        if delivery.fate.is_after(REPEATED):
            delivery.fate = UNTOUCHED
            self._status(delivery, headers)

    def _session(self) -> requests.Session:
        if not hasattr(self._threads, "session"):
            self._threads.session = requests.Session()
        session: requests.Session = self._threads.session
        return session
