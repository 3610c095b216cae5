"""Faults on demand, for both servers: which requests and which deliveries meet which trouble, deterministic by seed.

A rule strikes a request, or a part of a $batch, `before` it has any effect, or `after` it, when the effect is there and the
answer is not; events and webhook calls before or after they are received (sandbox/fates.py).
Under /sandbox/faults: POST a rule, GET the rules with their hits, DELETE them all (which also ends every hang).
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
from typing import Any, TypeVar

import flask

from sandbox.fates import DELIVERIES, REORDERED, UNTOUCHED, Fate
from sandbox.http_server import CONNECTION
from sandbox.odata.batch import Answer, BatchRequest, BatchResponse, ChangeSet

STATUSES = {"429": 429, "500": 500, "502": 502, "503": 503, "504": 504}
KINDS = {*STATUSES, "timeout", "reset", "truncate", "slow", *DELIVERIES}
GATEWAY = {502, 503, 504}

Held = TypeVar("Held", BatchResponse, Answer)
ErrorBody = Callable[[int], dict[str, Any]]


@dataclass
class Rule:
    """One kind of trouble, at a rate, at most `times` times: for requests whose method and path (with query) match, or,
    of the kinds of sandbox/fates.py, for deliveries whose message and table match."""

    kind: str
    route: str = ".*"
    method: str = ".*"
    message: str = ".*"
    table: str = ".*"
    part: bool = False
    """Parts of a $batch by their own method and address, instead of whole requests."""
    rate: float = 1.0
    seed: int = 0
    moment: str = "before"
    times: int | None = None
    seconds: float | None = None
    """How long a hang, a slow answer or a wait lasts, at most: of a delivery 1, else 600 where nothing is said."""
    retry_after: str = "1"
    header: str = ""
    """Only requests that carry this header: people are spared where only the app is meant."""
    hits: int = 0
    length: float = field(init=False)
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.moment not in {"before", "after"}:
            raise ValueError(f"kind is one of {sorted(KINDS)}, moment is before or after")
        if (self.kind, self.moment) == (REORDERED, "after") or (self.kind == "truncate" and self.part):
            raise ValueError("what was received keeps its order, and a part's answer ends with its batch's")
        self.length = self.seconds if self.seconds is not None else 1.0 if self.is_of_deliveries else 600.0
        self._random = random.Random(self.seed)

    @property
    def is_of_deliveries(self) -> bool:
        """Whether events and webhook calls meet it, not requests."""
        return self.kind in DELIVERIES

    def strikes(self, method: str, path: str, headers: Container[str] = (), part: bool = False) -> bool:
        """Whether this request, or part, is hit."""
        if self.is_of_deliveries or self.part != part or (self.header and self.header not in headers):
            return False
        return bool(re.fullmatch(self.method, method) and re.search(self.route, path)) and self._is_drawn()

    def befalls(self, message: str, table: str) -> bool:
        """Whether this delivery is hit."""
        if not self.is_of_deliveries or not re.fullmatch(self.message, message):
            return False
        return bool(re.fullmatch(self.table, table)) and self._is_drawn()

    def fate(self) -> Fate:
        """What it brings the delivery that was hit."""
        share = self._random.random() if self.kind == REORDERED else 1.0
        return Fate(self.kind, self.moment, self.length * share)

    def _is_drawn(self) -> bool:
        """Whether chance will have it; each match draws once, so that a seed gives the same sequence."""
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

    def pick(self, method: str, path: str, headers: Container[str] = (), part: bool = False) -> Rule | None:
        """The rule that hits a request, or a part of one with these headers, if any."""
        with self._lock:
            return next((rule for rule in self.rules if rule.strikes(method, path, headers, part)), None)

    def fate(self, message: str, table: str) -> Fate:
        """What becomes of the next delivery of this message of this table."""
        with self._lock:
            rule = next((rule for rule in self.rules if rule.befalls(message, table)), None)
            return rule.fate() if rule else UNTOUCHED

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
            time.sleep(rule.length)
            return response
        if rule.kind == "truncate":
            return None if response is None else _truncated(response)
        if rule.kind == "timeout":
            self._cleared.wait(rule.length)
        _cut(flask.request.environ[CONNECTION])
        return flask.Response(status=500)

    def answer_part(self, part: BatchRequest, answer: Callable[[BatchRequest], BatchResponse]) -> BatchResponse:
        """The answer to a single part of a $batch, or what a rule for parts makes of it."""
        rule = self.pick(part.method, part.url, flask.request.headers, part=True)
        if rule is None:
            return answer(part)
        if rule.kind in STATUSES and rule.moment == "after":
            answer(part)
        return self._failed(rule, part) if rule.kind in STATUSES else self._held_up(rule, lambda: answer(part))

    def answer_changes(self, changes: ChangeSet, answer: Callable[[ChangeSet], Answer]) -> Answer:
        """The answer to a change set; where a rule lets one of its parts fail, none of it happens."""
        for change in changes:
            if rule := self.pick(change.method, change.url, flask.request.headers, part=True):
                return self._failed(rule, change) if rule.kind in STATUSES else self._held_up(rule, lambda: answer(changes))
        return answer(changes)

    def _failed(self, rule: Rule, part: BatchRequest) -> BatchResponse:
        answer = self._status(rule)
        return BatchResponse(answer.status_code, dict(answer.headers), answer.get_data(), part.content_id)

    def _held_up(self, rule: Rule, run: Callable[[], Held]) -> Held:
        """Slow, or the last that is done of this batch: nobody gets its answer."""
        if rule.kind != "slow":
            if rule.moment == "after":
                run()
            flask.abort(self.strike(rule, None) or 500)
        time.sleep(rule.length)
        return run()

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
