"""Service protection limits, per user in a sliding window (docs: api-limits): requests, execution time, concurrency."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.odata.errors import ODataError

if TYPE_CHECKING:
    from sandbox.sales.world import World

WINDOW_SECONDS = 300.0


class Throttled(ODataError):
    """429 with the seconds to wait."""

    def __init__(self, message: str, code: str, retry_after: int) -> None:
        super().__init__(429, message, code)
        self.retry_after = retry_after


class ServiceProtection:
    """Counts each user's requests of the last 300 s (scaled by the environment's clock)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._lock = threading.Lock()
        self._done: dict[str, deque[tuple[float, float]]] = defaultdict(deque)
        self._running: dict[str, int] = defaultdict(int)
        self._refused: dict[str, int] = defaultdict(int)

    @contextlib.contextmanager
    def admit(self, user_id: str) -> Iterator[dict[str, str]]:
        """Let a request run and give its x-ms-ratelimit headers; raises Throttled where a limit is reached."""
        started = time.monotonic()
        with self._lock:
            headers = self._check(user_id, started)
            self._refused[user_id] = 0
            self._running[user_id] += 1
            self._done[user_id].append((started, 0.0))
        try:
            yield headers
        finally:
            with self._lock:
                self._running[user_id] -= 1
                self._done[user_id].append((time.monotonic(), (time.monotonic() - started) * 1000))

    def _check(self, user_id: str, now: float) -> dict[str, str]:
        options, window = self.world.options, self.world.seconds(WINDOW_SECONDS).total_seconds()
        done = self._done[user_id]
        while done and done[0][0] < now - window:
            done.popleft()
        requests = sum(1 for _, milliseconds in done if milliseconds == 0.0)
        milliseconds = sum(spent for _, spent in done)
        wait = done[0][0] + window - now if done else 1
        if requests >= options.burst_requests:
            raise self._throttled(user_id, _TOO_MANY.format(limit=options.burst_requests), "0x80072322", wait)
        if milliseconds >= options.burst_milliseconds:
            raise self._throttled(user_id, _TOO_LONG.format(limit=options.burst_milliseconds), "0x80072321", wait)
        if self._running[user_id] >= options.concurrent_requests:
            raise self._throttled(user_id, _TOO_PARALLEL.format(limit=options.concurrent_requests), "0x80072326", 1)
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(options.burst_requests - requests - 1),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{(options.burst_milliseconds - milliseconds) / 1000:.2f}",
        }

    def _throttled(self, user_id: str, message: str, code: str, wait: float) -> Throttled:
        """docs: api-limits: Retry-After is extended while a client keeps sending; by how much is not said (a window at most)."""
        window = self.world.seconds(WINDOW_SECONDS).total_seconds()
        wait = max(1, math.ceil(min(wait + self._refused[user_id], max(wait, window))))
        self._refused[user_id] += 1
        return Throttled(message, code, wait)


_TOO_MANY = "Number of requests exceeded the limit of {limit} over time window of 300 seconds."
_TOO_LONG = "Combined execution time of incoming requests exceeded limit of {limit} milliseconds over time window of 300 seconds."
_TOO_PARALLEL = "Number of concurrent requests exceeded the limit of {limit}."
