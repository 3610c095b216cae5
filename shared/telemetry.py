"""What one invocation does, counted and told: requests per system, table operations, log lines with the correlation id."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

LOGGER = logging.getLogger("prospect_bridge")
TABLE = "table"
"""The counter of table operations; a transaction is one. Requests are counted under the name of their System."""
MOST_IDS = 100
"""More than a convergence sends; an audit sends thousands."""
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass
class Work:
    """One invocation: which onboarding it is about, and what it cost so far."""

    correlation_id: str = ""
    traceparent: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    requests: list[str] = field(default_factory=list)
    """The ids of the requests that it sent, in order: the first MOST_IDS of them."""


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def current() -> Work:
    """The invocation that runs in this thread; a throw-away one where none was begun."""
    return _current.get() or Work()


def trace(traceparent: str = "") -> str:
    """The trace to go on with: the given one, or a new one where that is none (W3C: trace-context)."""
    if _TRACEPARENT.fullmatch(traceparent):
        return traceparent
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


@contextmanager
def work(correlation_id: str = "", traceparent: str = "") -> Iterator[Work]:
    """Begin an invocation: what it counts and logs from here on carries its correlation id, what it sends its trace too."""
    begun = Work(correlation_id, trace(traceparent))
    token = _current.set(begun)
    try:
        yield begun
    finally:
        _current.reset(token)


@contextmanager
def shared_read() -> Iterator[None]:
    """Requests made in here serve everybody (cached reference data): they are counted for no onboarding."""
    token = _current.set(Work("reference-data", current().traceparent))
    try:
        yield
    finally:
        _current.reset(token)


def count(what: str, times: int = 1) -> None:
    """Add to the running invocation's counters."""
    current().counts[what] += times


def sent(system: str, request_id: str) -> None:
    """Count a request to that system, and remember its id; one that goes out again with another token is counted again."""
    work = current()
    work.counts[system] += 1
    if request_id not in work.requests and len(work.requests) < MOST_IDS:
        work.requests.append(request_id)


def tell(event: str, *, level: int = logging.INFO, **details: object) -> None:
    """One log line: a JSON object with the event's name, the correlation id and ids; never names, addresses or bodies."""
    line = {"event": event, "correlation_id": current().correlation_id, **details}
    LOGGER.log(level, "%s", json.dumps(line, default=str))
