"""Faults on demand, for both servers: which requests meet which trouble, deterministic by seed.

A rule strikes `before` the request has any effect, or `after` it, when the effect is there and the answer is not.
Under /sandbox/faults: POST a rule, GET the rules with their hits, DELETE them all (which also ends every hang).
Webhooks have controls of their own.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import flask

from sandbox.http_server import CONNECTION

STATUSES = {"429": 429, "500": 500, "502": 502, "503": 503, "504": 504}
KINDS = {*STATUSES, "timeout", "reset", "truncate", "slow"}
GATEWAY = {502, 503, 504}

ErrorBody = Callable[[int], dict[str, Any]]


@dataclass
class Rule:
    """One kind of trouble: for requests whose method and path (with query) match, at a rate, at most `times` times."""

    kind: str
    route: str = ".*"
    method: str = ".*"
    rate: float = 1.0
    seed: int = 0
    moment: str = "before"
    times: int | None = None
    seconds: float = 600.0
    retry_after: str = "1"
    header: str = ""
    """Only requests that carry this header: people are spared where only the app is meant."""
    hits: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.moment not in {"before", "after"}:
            raise ValueError(f"kind is one of {sorted(KINDS)}, moment is before or after")
        self._random = random.Random(self.seed)

    def strikes(self, method: str, path: str, headers: Container[str] = ()) -> bool:
        """Whether this request is hit; each matching request draws once, so that a seed gives the same sequence."""
        if not re.fullmatch(self.method, method) or not re.search(self.route, path):
            return False
        if self.header and self.header not in headers:
            return False
        drawn = self._random.random() < self.rate
        if not drawn or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """The rule for GET /sandbox/faults."""
        return {name: value for name, value in asdict(self).items() if name != "_random"}


class Faults:
    """The rules of one server; the first that strikes counts."""

    def __init__(self, error_body: ErrorBody) -> None:
        self.error_body = error_body
        self.rules: list[Rule] = []
        self._lock = threading.Lock()
        self._cleared = threading.Event()

    def pick(self, method: str, path: str, headers: Container[str] = ()) -> Rule | None:
        """The rule that hits a request, if any."""
        with self._lock:
            return next((rule for rule in self.rules if rule.strikes(method, path, headers)), None)

    def add(self, rule: Rule) -> None:
        """Let a rule strike from now on."""
        with self._lock:
            self.rules.append(rule)

    def clear(self) -> None:
        """Forget every rule and end every hang."""
        with self._lock:
            self.rules = []
            self._cleared.set()
            self._cleared = threading.Event()

    def strike(self, rule: Rule, response: flask.Response | None) -> flask.Response | None:
        """Do what the rule says and return the answer; None lets the request go on.

        `response` is the real answer, where the effect is there."""
        if rule.kind in STATUSES:
            return self._status(rule)
        if rule.kind == "slow":
            time.sleep(rule.seconds)
            return response
        if rule.kind == "truncate":
            return None if response is None else _truncated(response)
        if rule.kind == "timeout":
            self._cleared.wait(rule.seconds)
        _cut(flask.request.environ[CONNECTION])
        return flask.Response(status=500)

    def _status(self, rule: Rule) -> flask.Response:
        status = STATUSES[rule.kind]
        if status in GATEWAY:
            return flask.Response(f"<html><body><h1>{status}</h1></body></html>", status, content_type="text/html")
        answer = flask.jsonify(self.error_body(status))
        answer.status_code = status
        if status == 429:
            answer.headers["Retry-After"] = rule.retry_after
        return answer


def add_faults(app: flask.Flask, error_body: ErrorBody) -> Faults:
    """Make the app's documented routes fail by rule, and add /sandbox/faults.

    `error_body` gives the product's own JSON for 429 and 500."""
    faults = Faults(error_body)

    @app.before_request
    def before() -> flask.Response | None:
        request = flask.request
        if request.path.startswith("/sandbox/"):
            return None
        flask.g.fault = faults.pick(request.method, request.full_path.rstrip("?"), request.headers)
        late = flask.g.fault is None or flask.g.fault.moment == "after" or flask.g.fault.kind == "truncate"
        return None if late else faults.strike(flask.g.fault, None)

    @app.after_request
    def after(response: flask.Response) -> flask.Response:
        rule: Rule | None = flask.g.get("fault")
        late = rule is not None and (rule.moment == "after" or rule.kind == "truncate")
        return (faults.strike(rule, response) if late and rule else None) or response

    @app.route("/sandbox/faults", methods=["GET", "POST", "DELETE"])
    def rules() -> tuple[dict[str, Any], int]:
        if flask.request.method == "DELETE":
            faults.clear()
        if flask.request.method == "POST":
            try:
                faults.add(Rule(**flask.request.get_json()))
            except (TypeError, ValueError) as error:
                return {"error": str(error)}, 400
        return {"rules": [rule.as_json() for rule in faults.rules]}, 200

    return faults


def _truncated(response: flask.Response) -> flask.Response:
    """The same headers, half of the body, and then nothing more."""
    body, connection = response.get_data(), flask.request.environ[CONNECTION]

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        _cut(connection)

    answer = flask.Response(half(), response.status_code, headers=dict(response.headers))
    answer.headers["Content-Length"] = str(len(body))
    return answer


def _cut(connection: socket.socket) -> None:
    """End the client's connection without a word; the server itself closes the socket, which then resets instead of lingering."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
