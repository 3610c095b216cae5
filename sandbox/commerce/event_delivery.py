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
from sandbox.commerce.settings import Settings
from sandbox.fates import LOST, REPEATED, UNTOUCHED, Fate

QUEUED, HELD, DELIVERED, ERROR, DROPPED = "queued", "held", "delivered", "error", "dropped"


@dataclass(frozen=True)
class Policy:
    """How a sender delivers: `waits` in seconds between attempts, and how long it waits for an answer.

    An answer in `accepted` ends it well; one that is not `repeated`, or the last one, ends it in the state `given_up`."""

    waits: tuple[float, ...]
    time_out: Callable[[Settings], float]
    accepted: frozenset[int]
    repeated: Callable[[int], bool]
    given_up: str


_ANY_SUCCESS = frozenset(range(200, 300))
HEAD_OFFICE = Policy(
    # docs: business events: three retries, 1000 ms apart; then the Errors list, where an operator can resend.
    waits=(1.0, 1.0, 1.0),
    time_out=lambda settings: settings.event_timeout,
    accepted=_ANY_SUCCESS,
    repeated=lambda _: True,
    given_up=ERROR,
)
EVENT_GRID = Policy(
    # docs: event-grid delivery-and-retry: success codes, schedule until 24 hours are over, "no retry" codes; the topic has no
    # dead-letter destination, so the event is dropped, and head office, which handed it over, does not know.
    waits=(10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 21600.0, 43200.0),
    time_out=lambda settings: settings.event_grid_timeout,
    accepted=frozenset({200, 201, 202, 203, 204}),
    repeated=lambda status: status not in {400, 401, 413},
    given_up=DROPPED,
)
DATAVERSE = Policy(
    # docs: data-events, use-webhooks: data events go out through Dataverse: one more attempt on 502, 503 and 504, then lost.
    waits=(1.0,),
    time_out=lambda settings: settings.dataverse_timeout,
    accepted=_ANY_SUCCESS,
    repeated=lambda status: status in {502, 503, 504},
    given_up=LOST,
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
    """Delivers on the background's threads; `clock` scales the waits, the time-outs of `settings` are not scaled."""

    def __init__(self, background: Background, clock: float, settings: Callable[[], Settings]) -> None:
        self._background = background
        self._clock = clock
        self._settings = settings
        self._threads = threading.local()

    def send(self, delivery: Delivery) -> None:
        """Start delivering; the outcome shows in the delivery's state."""
        delivery.state = QUEUED
        self._background.run(lambda: self._attempt(delivery, 0), after=delivery.fate.wait)

    def post(self, policy: Policy, url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        """One POST; raises requests.RequestException."""
        return self._session().post(url, data=body, headers=headers, timeout=policy.time_out(self._settings()))

    def _attempt(self, delivery: Delivery, attempt: int) -> None:
        policy = delivery.policy
        count = {"aeg-delivery-count": str(attempt)} if policy is EVENT_GRID else {}
        status = self._status(delivery, delivery.headers | count)
        if status in policy.accepted:
            delivery.state = DELIVERED
            self._repeat(delivery, delivery.headers | count)
        elif policy.repeated(status) and attempt < len(policy.waits):
            wait = policy.waits[attempt] * self._clock
            self._background.run(lambda: self._attempt(delivery, attempt + 1), after=wait)
        else:
            delivery.state = policy.given_up

    def _status(self, delivery: Delivery, headers: dict[str, str]) -> int:
        try:
            status = self.post(delivery.policy, delivery.url, delivery.body, headers).status_code
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
