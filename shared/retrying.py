"""How long to wait before a failed hint is tried again: whether, how long, jitter. Pure but for the jitter."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from shared.errors import AccessRefused, ServiceError, Transient

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=15)
LONGEST_MESSAGE_DELAY = timedelta(minutes=5)
"""Longer waits are a row's due time: hidden messages count as queue length and scale the app out (docs: target-based scaling)."""
SYSTEM_WIDE = timedelta(minutes=5)
"""An identity that is refused is refused for every case; more attempts change nothing."""
GIVE_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Pace:
    """The first wait after a failure; each next one is twice as long, up to the longest."""

    first: timedelta = FIRST
    longest: timedelta = LONGEST


USUAL = Pace()


def backoff(attempt: int, error: ServiceError, failing_for: timedelta = timedelta(0), pace: Pace = USUAL) -> timedelta:
    """The server's own wish if it said one, else twice as long each time, up to a quarter of an hour.

    `failing_for`: for how long it fails already, which a due row knows and its attempts do not say.
    """
    if isinstance(error, AccessRefused):
        return SYSTEM_WIDE
    if isinstance(error, Transient) and error.retry_after is not None:
        return max(error.retry_after, timedelta(seconds=1))
    return jittered(min(max(pace.first * 2 ** min(attempt, 10), failing_for), pace.longest))


def jittered(wait: timedelta) -> timedelta:
    """Between 100 and 125 % of the wait, so that a thousand cases do not come back in the same second."""
    return wait * random.uniform(1.0, 1.25)  # noqa: S311 - spreading load, not a secret
