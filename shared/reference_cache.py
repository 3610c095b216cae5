"""Reference data that hardly changes (currencies, teams, channels), kept for an hour in each process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

from shared import telemetry

HOUR = 3600.0
ABSENT = 300.0
"""Seconds after which something that was not there is looked for again: a person may be setting it up."""


Value = TypeVar("Value")


class ReferenceCache(Generic[Value]):
    """Values by key. One lock for all: a value that is being read is waited for, not read twice."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """`clock` gives seconds that only grow."""
        self._clock, self._lock = clock, threading.Lock()
        self._values: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable, read: Callable[[], Value]) -> Value:
        """The value, read where it is not known or too old; the requests are counted for no onboarding. Errors are not kept."""
        with self._lock:
            known = self._values.get(key)
            if known and self._clock() < known[0]:
                return known[1]
            with telemetry.shared_read():
                value = read()
            self._values[key] = (self._clock() + (HOUR if value else ABSENT), value)
            return value
