"""An endpoint of ours, over real HTTP, that keeps what it was sent and answers as a test wants."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from sandbox.web import running

Answer = Callable[["Received"], Response]


@dataclass(frozen=True)
class Received:
    """One request that arrived."""

    method: str
    headers: dict[str, str]
    body: Any


class Receiver:
    """Answers 200 to everything unless `answers` says otherwise, in turn; the last one stays."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[Answer] = [lambda _received: Response(status=200)]
        self.url = ""
        self._lock = threading.Lock()

    def answer_with(self, *statuses: int) -> None:
        self.answers = [lambda _received, status=status: Response(status=status) for status in statuses]

    @property
    def events(self) -> list[Any]:
        """The bodies that arrived, without the test of the endpoint."""
        return [item.body for item in self.received if "TestEndpoint" not in json.dumps(item.body)]

    def take(self) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        item = Received(request.method, headers, request.get_json(force=True, silent=True))
        with self._lock:
            self.received.append(item)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(item)


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    app = Flask("receiver")
    app.add_url_rule("/events", view_func=receiver.take, methods=["POST", "OPTIONS"], provide_automatic_options=False)
    with running(app) as url:
        receiver.url = f"{url}/events"
        yield receiver


def validation_answer(received: Received) -> Response:
    """What a webhook owes Event Grid: the code back to the handshake, 200 to the rest."""
    if received.headers.get("aeg-event-type") != "SubscriptionValidation":
        return Response(status=200)
    code = received.body[0]["data"]["validationCode"]
    return Response(json.dumps({"validationResponse": code}), status=200, content_type="application/json")


def cloud_events_answer(received: Received) -> Response:
    """Consent to the origin that asks."""
    if received.method != "OPTIONS":
        return Response(status=200)
    origin = received.headers["webhook-request-origin"]
    return Response(status=200, headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})
