"""What the timers work with, and what one of their runs may still do."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.models import EventType, Hint, ProspectKey
from shared.ports import Commerce, Page, Queue, Sales, State
from shared.record import Onboarding, Stage
from shared.rows import Summary


class Listing(Protocol):
    """The lists that the timers read; each costs one table operation a page of 1,000 rows."""

    def in_stage(
        self, legal_entity: str, stage: Stage | None = None, page_size: int = 50, continuation: str | None = None
    ) -> Page[Summary]:
        """The onboardings of a stage, those longest in it first."""

    def known(self, keys: Collection[ProspectKey]) -> Mapping[ProspectKey, Onboarding]:
        """Those of the keys that have an onboarding."""

    def due(self, legal_entities: Sequence[str], now: datetime, limit: int) -> list[tuple[ProspectKey, datetime, EventType]]:
        """Onboardings whose time has come, and claims that ran out."""


class Watch(Protocol):
    """Leases, watermarks, and where a run left off."""

    def lease(self, name: str, owner: str, seconds: float, now: datetime) -> bool:
        """Take the lease if it is free; two runs never overlap."""

    def release(self, name: str, owner: str) -> None:
        """Give it back."""

    def watermark(self, name: str) -> datetime | None:
        """Up to where changes are enqueued already."""

    def advance(self, name: str, to: datetime) -> None:
        """Move it on, never back."""

    def state(self, name: str) -> State | None:
        """A small state, or None."""

    def put_state(self, name: str, values: Mapping[str, Any], over: State | None) -> State:
        """Write it over the one that was read; raises Outdated where it changed."""


@dataclass(frozen=True)
class Reconciler:
    """What the timers need."""

    commerce: Commerce
    sales: Sales
    listing: Listing
    watch: Watch
    queue: Queue
    legal_entities: tuple[str, ...]
    clock: Callable[[], datetime]
    room: Callable[[int], int] = lambda most: most
    """How many of that many hints are worth enqueueing now: the systems' breakers and what is queued already say so."""
    elapsed: Callable[[], float] = time.monotonic
    lease: timedelta = timedelta(minutes=4)
    """How long a run that died keeps others out. One that lives enqueues nothing any more after half of it."""


@dataclass
class Run:
    """One part of a run. `kept` is where the next one goes on; `cut`: something was left to it."""

    reconciler: Reconciler
    now: datetime
    ends: float
    room: int
    kept: dict[str, Any] = field(default_factory=dict)
    cut: bool = False

    def is_over(self, before: timedelta = timedelta(0)) -> bool:
        """Whether its time is up, or will be in so long; what is left, the next run does."""
        over = self.reconciler.elapsed() + before.total_seconds() >= self.ends
        self.cut = self.cut or over
        return over

    def send(self, hint: Hint) -> bool:
        """Enqueue it; False where the time is up: one message of a slow queue takes seconds, and another run may begin."""
        if self.is_over():
            return False
        self.reconciler.queue.send(hint)
        self.room -= 1
        return True

    def fits(self, hints: int) -> int:
        """How many of so many may still be enqueued."""
        self.cut = self.cut or hints > self.room
        return max(0, min(hints, self.room))
