"""How many calls a second, by one thread and by several."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

THREADS = (1, 8)
"""One handler, and a batch of one queue (host.json: batchSize)."""

T = TypeVar("T")


def rates(what: str, work: Callable[[T], object], inputs: Callable[[], Sequence[T]]) -> Iterator[str]:
    """A line for each number of threads; `inputs` gives new ones for each."""
    for threads in THREADS:
        items = inputs()
        with ThreadPoolExecutor(threads) as pool:
            begun = time.monotonic()
            done = len(list(pool.map(work, items)))
            seconds = time.monotonic() - begun
        yield f"{what}, {threads} thread{'s' if threads > 1 else ''}: {done / seconds:6.0f} a second ({done} in {seconds:.2f} s)"
