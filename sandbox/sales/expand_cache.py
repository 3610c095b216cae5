"""What an expanded collection was when it was last read: the cache that a client meets who does not send If-None-Match: null."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.sales.store import Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

CacheKey = tuple[str, str, str]


class ExpandCache:
    """The last answer per row and navigation property, kept for `stale_expand_seconds`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._kept: dict[CacheKey, tuple[datetime, list[Row]]] = {}

    def answer(self, key: CacheKey, rows: list[Row], fresh: bool) -> list[Row]:
        """The rows as they are where `fresh`; else as they were when last read, if that is not long ago."""
        now = self.world.now()
        kept = self._kept.get(key)
        if not fresh and kept and now - kept[0] < self._life():
            return kept[1]
        self._kept[key] = (now, rows)
        return rows

    def _life(self) -> timedelta:
        return self.world.seconds(self.world.options.stale_expand_seconds)
