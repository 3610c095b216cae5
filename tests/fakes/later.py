"""What happens by itself after a while: effects of an approval, writes whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.fakes.clock import Clock


class Later:
    """Effects in order of their time; they happen when somebody looks (`catch_up`), as late as the clock says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[datetime, Callable[[], object]]] = []

    def after(self, time: timedelta, effect: Callable[[], object]) -> None:
        """Let it happen then; at once where no time is to pass."""
        if time:
            self._waiting.append((self._clock() + time, effect))
        else:
            effect()

    def next(self) -> datetime | None:
        """When something happens."""
        return min((at for at, _ in self._waiting), default=None)

    def catch_up(self) -> None:
        """Let happen what is due by now."""
        now = self._clock()
        due = sorted((one for one in self._waiting if one[0] <= now), key=lambda one: one[0])
        self._waiting = [one for one in self._waiting if one[0] > now]
        for _, effect in due:
            effect()
