"""An endpoint of ours, over real HTTP, that keeps what it was sent and answers as a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from tests.contract.commerce.environment import Commerce, Json

Answer = Callable[["Received"], Response]


@dataclass(frozen=True)
class Received:
    """One request that arrived."""

    method: str
    headers: dict[str, str]
    body: Any


class Receiver:
    """Answers 200 to everything unless `answers` says otherwise, in turn; the last one stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Received] = []
        self.answers: list[Answer] = [lambda _received: Response(status=200)]
        self._lock = threading.Lock()

    def answer_with(self, *statuses: int) -> None:
        self.answers = [lambda _received, status=status: Response(status=status) for status in statuses]

    def hanging(self) -> threading.Lock:
        """While this is held (`with`), no request is answered."""
        return self._lock

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


def receiver_app(by_name: dict[str, Receiver]) -> Flask:
    """One app for all endpoints: /events/{name}."""
    app = Flask("receiver")

    @app.route("/events/<name>", methods=["POST", "OPTIONS"], provide_automatic_options=False)
    def take(name: str) -> Response:
        return by_name[name].take()

    return app


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


def activate(commerce: Commerce, receiver: Receiver, kind: str = "business", **more: Any) -> Json:
    return commerce.people("POST", "events/activate", {"kind": kind, "url": receiver.url} | more)


def settle(commerce: Commerce) -> None:
    assert commerce.world.background.wait_until_idle(10)
