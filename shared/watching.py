"""What follows each poll: the figures are folded, the alert rules looked at, old dead letters deleted. One run at a time."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared import telemetry
from shared.errors import ServiceError

LEASE = timedelta(minutes=5)
FOLDED = "figures"
"""The watermark that says up to when the figures are folded."""
DEAD_LETTERS_KEPT = timedelta(days=30)
"""They hold raw bodies, and so personal data."""


class Figures(Protocol):
    """The figures."""

    def fold(self, legal_entity: str) -> int:
        """Add what writes left since the last time; how many."""


class Requests(Protocol):
    """What this process sent."""

    def count_requests(self, legal_entity: str) -> None:
        """Leave to the figures what no write told."""


class Alerts(Protocol):
    """The alert rules."""

    def check(self, now: datetime) -> list[str]:
        """Look at every rule; the names of those that changed."""


class DeadLetters(Protocol):
    """What could not be parsed."""

    def purge(self, older_than: datetime) -> int:
        """Delete the oldest of those that are older than that, a bounded number; how many."""


class Leases(Protocol):
    """One holder at a time."""

    def lease(self, name: str, owner: str, seconds: float, now: datetime) -> bool:
        """Take the lease if it is free."""

    def release(self, name: str, owner: str) -> None:
        """Give it back."""

    def advance(self, name: str, to: datetime) -> None:
        """Move a watermark forward."""


@dataclass(frozen=True)
class Watcher:
    """What the timer needs."""

    requests: Requests
    figures: Figures
    alerts: Alerts
    dead_letters: DeadLetters
    leases: Leases
    legal_entities: Sequence[str]


def keep_watch(watcher: Watcher, now: datetime) -> int:
    """Count, fold, look, delete; how many writes were folded. Trouble with Storage is told and left to the next run."""
    with telemetry.work():
        owner = str(uuid.uuid4())
        try:
            watcher.requests.count_requests(watcher.legal_entities[0])
            if not watcher.leases.lease("watch", owner, LEASE.total_seconds(), now):
                return 0
            try:
                return _watch(watcher, now)
            finally:
                watcher.leases.release("watch", owner)
        except ServiceError as error:
            telemetry.tell("watch-interrupted", level=logging.WARNING, error=str(error))
            return 0


def _watch(watcher: Watcher, now: datetime) -> int:
    folded = sum(watcher.figures.fold(entity) for entity in watcher.legal_entities)
    watcher.leases.advance(FOLDED, now)
    watcher.alerts.check(now)
    if purged := watcher.dead_letters.purge(now - DEAD_LETTERS_KEPT):
        telemetry.tell("dead-letters-deleted", count=purged)
    return folded
