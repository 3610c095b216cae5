"""What an expanded collection was when it was last read: the cache that a client meets who does not send If-None-Match: null."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.sales.store import Row

CacheKey = tuple[str, str, str]


class ExpandCache:
    """The last answer per row and navigation property, kept as long as whoever asks wants to accept it."""

    def __init__(self) -> None:
        self._kept: dict[CacheKey, tuple[datetime, list[Row]]] = {}

    def answer(self, key: CacheKey, rows: list[Row], now: datetime, accepted_age: timedelta) -> list[Row]:
        """The rows as they were when last read, if that is not longer ago than accepted; else as they are."""
        kept = self._kept.get(key)
        if kept and now - kept[0] < accepted_age:
            return kept[1]
        self._kept[key] = (now, rows)
        return rows
