"""Everything that one convergence works with, chosen by services (or by a test)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import ClaimLost
from shared.policy import Policy
from shared.ports import Commerce, Sales, Store
from shared.record import Claim
from shared.retrying import USUAL, Pace
from shared.translation import Translation

CLAIM = timedelta(minutes=4)
"""Shorter than functionTimeout (5 min) and a crashed host's message (10 min). The fence lets no write begin later than 110 s
after it was taken: what is left is WRITE_TIMEOUT and CLOCK_SKEW. No handler has another deadline."""
WRITE_TIMEOUT = timedelta(seconds=100)
"""The longest that one write to Sales or Commerce may take before we stop listening."""
TURN = timedelta(seconds=5)
"""The longest that a request waits until it may go out (shared.odata_connection)."""
CLOCK_SKEW = timedelta(seconds=30)


@dataclass(frozen=True)
class Timing:
    """The times of one invocation, which fit together; shorter where everything is (the sandbox)."""

    claim: timedelta = CLAIM
    write: timedelta = WRITE_TIMEOUT
    skew: timedelta = CLOCK_SKEW
    retry: Pace = USUAL

    @property
    def to_write(self) -> timedelta:
        """How long a claim must last before a write begins: until its turn comes, until its time-out, by anybody's clock."""
        return min(TURN, self.write) + self.write + self.skew

    def latest_write(self, claim: Claim) -> datetime:
        """When a holder that is not heard of any more may have sent its last write: the fence lets none begin later."""
        return max(claim.at, claim.until - self.write - self.skew)


@dataclass(frozen=True)
class Bridge:
    """The two systems, the store, the company's choices, and the clock."""

    sales: Sales
    commerce: Commerce
    store: Store
    translation: Translation
    policy: Policy
    now: Callable[[], datetime]
    closed_for: Callable[[], timedelta | None] = lambda: None
    """How long a system is closed to traffic (shared.breaker); None: both are open."""
    timing: Timing = Timing()

    def fence(self, claim: Claim | None) -> None:
        """Before each write: our claim must outlast the request. A claim on a table row does not fence Dynamics by itself."""
        if claim is None or claim.until < self.now() + self.timing.to_write:
            raise ClaimLost("the claim would end before the write's time-out")
