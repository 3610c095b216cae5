"""Time that tests move by hand; every fake of one world shares it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """Call it for the present moment. What is listed in `before_move` is called before each move."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self.before_move: list[Callable[[], None]] = []

    def __call__(self) -> datetime:
        return self._now

    def forward(self, by: timedelta | None = None, **parts: float) -> None:
        """Move on by that much, e.g. forward(minutes=5)."""
        self.to(self._now + (by or timedelta(**parts)))

    def to(self, moment: datetime) -> None:
        """Move on to that moment; never back."""
        for notice in self.before_move:
            notice()
        self._now = max(self._now, moment)
