"""The requests that this process sent, until a row of the figures tells them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Traffic:
    """Counted by name, e.g. `sales_requests`, `sales_throttled`. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock, self._untold = threading.Lock(), Counter[str]()

    def count(self, name: str) -> None:
        """One more."""
        with self._lock:
            self._untold[name] += 1

    @contextmanager
    def told(self) -> Iterator[dict[str, int]]:
        """All that was not told yet, to be told in here; where that fails it is left to the next time."""
        with self._lock:
            telling, self._untold = self._untold, Counter()
        try:
            yield dict(telling)
        except BaseException:
            with self._lock:
                self._untold.update(telling)
            raise
