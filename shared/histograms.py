"""Lengths of time counted in buckets, each a tenth longer than the one before: percentiles are right to 5 %. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

_SHORTEST = 0.001
_STEP = math.log(1.1)

Histogram = Mapping[str, int]
"""Bucket number as text -> how many; adding two is adding their counts."""


def bucket(seconds: float) -> str:
    """The bucket of a length of time."""
    return str(max(0, math.floor(math.log(max(seconds, _SHORTEST) / _SHORTEST) / _STEP)))


def added(histograms: Iterable[Histogram]) -> Counter[str]:
    """All of them as one."""
    total: Counter[str] = Counter()
    for histogram in histograms:
        total.update(histogram)
    return total


def percentile(histogram: Histogram, share: float) -> float | None:
    """The seconds within which that share (0 to 1) came to an end; None where nothing was counted."""
    counted = sorted((int(number), count) for number, count in histogram.items())
    wanted = share * sum(count for _, count in counted)
    for number, count in counted:
        wanted -= count
        if wanted <= 0:
            return _SHORTEST * math.exp(_STEP * (number + 0.5))
    return None
