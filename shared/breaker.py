"""The breaker of a system: whether requests may go there. One row per system in Checkpoints, so that every process knows.

It is set by the server's own wish (429 or 503 with Retry-After), by repeated failure, or at once where our identity is refused.
While it is closed to traffic no request is made. When that time is over one request probes, under the row's ETag: an answer
opens the system for all, another failure closes it for longer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared import telemetry
from shared.errors import AccessRefused, Closed, InDoubt, Outdated, ServiceError, System, Transient
from shared.ports import State
from shared.retrying import SYSTEM_WIDE

READ_EVERY = timedelta(seconds=5)
"""How old a process's knowledge of the row may be."""
FAILURES_IN_A_ROW = 5
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
PROBE = timedelta(minutes=2)
"""How long one probe keeps the others out: longer than any request takes; after that its process is dead, and another probes."""
ONE_CASE = timedelta(hours=1)
"""A refusal that comes again so soon after the system had opened is one record's, not the system's."""
ATTEMPTS = 3

_OUTAGE = frozenset({None, 408, 429, 502, 503, 504})
"""No answer, or a gateway's. A plain 500 is an answer, often about one record only."""


class States(Protocol):
    """Small states, each guarded by its row's ETag; one table operation each."""

    def state(self, name: str) -> State | None:
        """The state, or None."""

    def put_state(self, name: str, values: Mapping[str, Any], over: State | None) -> State:
        """Write it over the one that was read; raises Outdated where it changed."""


@dataclass(frozen=True)
class Closure:
    """What a breaker's row says. `until` None: the system is open to traffic."""

    until: datetime | None = None
    reason: str = ""
    count: int = 0
    """How often it was closed since it last answered: a wish to be left alone is an answer."""
    probing: bool = False
    opened_at: datetime | None = None

    @classmethod
    def of(cls, state: State | None) -> Closure:
        """The row's values; no row: open."""
        if state is None:
            return cls()
        values = state.values
        until, opened_at = (datetime.fromisoformat(values[name]) if values.get(name) else None for name in ("until", "opened_at"))
        return cls(until, str(values["reason"]), int(values["count"]), bool(values["probing"]), opened_at)

    def values(self) -> dict[str, Any]:
        """As JSON."""
        until, opened_at = (moment.isoformat() if moment else None for moment in (self.until, self.opened_at))
        return {"until": until, "reason": self.reason, "count": self.count, "probing": self.probing, "opened_at": opened_at}


def closure_of(states: States, system: System) -> Closure:
    """The breaker's row as it is now, for people and alerts. One table operation."""
    return Closure.of(states.state(_name(system)))


class Breaker:
    """One system's breaker as one process sees it. Safe to share between threads."""

    def __init__(self, system: System, states: States, now: Callable[[], datetime], probe: timedelta = PROBE) -> None:
        self._system, self._states, self._now, self._probe = system, states, now, probe
        self._row: State | None = None
        self._read_at: datetime | None = None
        self._reading = threading.Lock()
        self._failures = 0

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Around each request; raises Closed instead of letting it go out."""
        probe = self._admit()
        try:
            yield
        except (AccessRefused, Transient, InDoubt) as error:
            self._failed(error, probe)
            raise
        except ServiceError:
            self._served(probe)
            raise
        self._served(probe)

    def closed_for(self) -> timedelta | None:
        """How long no request can go out; None: open, or to be probed."""
        closure, now = self._known(), self._now()
        return _wait(closure, now) if closure.until and now < closure.until else None

    def room(self, most: int) -> int:
        """How many hints are worth enqueueing now: none while closed, one to probe with, else `most`."""
        closure, now = self._known(), self._now()
        if closure.until is None:
            return most
        return 0 if now < closure.until else min(most, 1)

    # ---- what a request may do, and what it tells

    def _admit(self) -> State | None:
        """The row as this request wrote it, where it is the probe; raises Closed."""
        self._know()
        row, now = self._row, self._now()
        closure = Closure.of(row)
        is_over = closure.until is not None and now >= closure.until
        if is_over and (probe := self._write(replace(closure, until=now + self._probe, probing=True), row)):
            return probe
        closure = Closure.of(self._row)  # another's answer may have opened it meanwhile
        if closure.until is None:
            return None
        raise Closed(self._system, f"closed to traffic: {closure.reason}", retry_after=_wait(closure, now))

    def _served(self, probe: State | None) -> None:
        """An answer came, whatever it said. A probe's opens the closure that it probed, and no later one."""
        self._failures = 0
        if probe and self._write(Closure(reason=Closure.of(probe).reason, opened_at=self._now()), probe):
            telemetry.tell("system-open", system=self._system)

    def _failed(self, error: AccessRefused | Transient | InDoubt, probe: State | None) -> None:
        wish = error.retry_after if isinstance(error, Transient) else None
        if isinstance(error, AccessRefused):
            self._refused(error, probe)
        elif wish:
            self._close(wish, error)
        elif error.status not in _OUTAGE:
            self._served(probe)
        elif probe:
            self._probed_in_vain(probe, error)
        else:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._close(None, error)

    def _probed_in_vain(self, probe: State, error: ServiceError) -> None:
        """Closed for longer; not where another's answer has opened it since, or a new closure has come."""
        before = Closure.of(probe)
        until = self._now() + _pause_after(before)
        self._write(Closure(until, _reason(error), before.count + 1, opened_at=before.opened_at), probe)

    def _refused(self, error: AccessRefused, probe: State | None) -> None:
        """Who is refused in one case is refused in all, unless the others were served meanwhile."""
        before = Closure.of(self._row)
        lately = before.opened_at and self._now() < before.opened_at + ONE_CASE
        if not probe and before.until is None and lately and before.reason == _reason(error):
            return
        self._close(SYSTEM_WIDE, error)

    # ---- the row

    def _known(self) -> Closure:
        self._know()
        return Closure.of(self._row)

    def _know(self) -> None:
        """Read the row where what is known of it is old."""
        now = self._now()
        outdated = self._read_at is None or now >= self._read_at + READ_EVERY
        if outdated and self._reading.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._reading.release()

    def _read(self) -> None:
        """The present row; the last known one where Storage does not answer."""
        self._read_at = self._now()
        with suppress(Transient), telemetry.shared_read():
            self._row = self._states.state(_name(self._system))

    def _close(self, pause: timedelta | None, error: ServiceError) -> None:
        """Close it for that long, or (None) for longer each time; only who finds it open tells."""
        for _ in range(ATTEMPTS):
            self._read()
            row = self._row
            before = Closure.of(row)
            until = self._now() + (pause or _pause_after(before))
            if before.until and before.until >= until and not before.probing:
                return
            count = 0 if pause else before.count + 1
            if self._write(Closure(until, _reason(error), count, opened_at=before.opened_at), row):
                if before.until is None:
                    _tell(self._system, until, error)
                return

    def _write(self, closure: Closure, over: State | None) -> State | None:
        """Over the row as it was; None where another process was faster, or Storage does not answer."""
        try:
            with telemetry.shared_read():
                written = self._states.put_state(_name(self._system), closure.values(), over)
        except Outdated:
            self._read()
        except Transient:
            return None
        else:
            self._row, self._read_at = written, self._now()
            return written
        return None


class Breakers:
    """Both systems together: an onboarding is looked at on both sides, so one that is closed holds up the look."""

    def __init__(self, *breakers: Breaker) -> None:
        self._breakers = breakers

    def closed_for(self) -> timedelta | None:
        """How long until both can be asked; None: now."""
        return max(filter(None, (breaker.closed_for() for breaker in self._breakers)), default=None)

    def room(self, most: int) -> int:
        """How many hints are worth enqueueing now."""
        return min(breaker.room(most) for breaker in self._breakers)


def _name(system: System) -> str:
    return f"breaker-{system}"


def _pause_after(before: Closure) -> timedelta:
    """Twice as long each time."""
    pause: timedelta = FIRST_PAUSE * 2 ** min(before.count, 10)
    return min(pause, LONGEST_PAUSE)


def _wait(closure: Closure, now: datetime) -> timedelta:
    """Soon, while another request probes or the row cannot be written."""
    remaining = (closure.until or now) - now
    return remaining if remaining > timedelta() and not closure.probing else READ_EVERY


def _reason(error: ServiceError) -> str:
    return str(error)[:200]


def _tell(system: System, until: datetime, error: ServiceError) -> None:
    """The one log line of a closure; an identity that is refused is an alarm, since no time heals it."""
    level = logging.ERROR if isinstance(error, AccessRefused) else logging.WARNING
    telemetry.tell("system-closed", level=level, system=system, until=until, reason=_reason(error), request_id=error.request_id)
