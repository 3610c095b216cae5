"""Work that head office does on its own: delayed approval effects and the delivery of events."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_THREADS = 4  # docs: business events: at most four processing threads


class Background:
    """Runs jobs on a few threads, now or later, and knows whether anything is still under way."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="commerce")
        self._changed = threading.Condition()
        self._pending = 0
        self._timers: set[threading.Timer] = set()
        self._closed = False

    def run(self, job: Callable[[], None], after: float = 0.0) -> None:
        """Run the job in the background after so many seconds of real time."""
        with self._changed:
            if self._closed:
                return
            self._pending += 1
            if after > 0:
                self._start_timer(job, after)
                return
        self._submit(job)

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting or under way."""
        with self._changed:
            return self._pending == 0

    def wait_until_idle(self, timeout: float) -> bool:
        """Whether everything was done within the time-out in seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._pending == 0, timeout)

    def close(self) -> None:
        """Drop what waits and let go of the threads."""
        with self._changed:
            self._closed = True
            for timer in self._timers:
                timer.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start_timer(self, job: Callable[[], None], after: float) -> None:
        timer = threading.Timer(after, lambda: self._fire(timer, job))
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def _fire(self, timer: threading.Timer, job: Callable[[], None]) -> None:
        with self._changed:
            self._timers.discard(timer)
        self._submit(job)

    def _submit(self, job: Callable[[], None]) -> None:
        try:
            self._pool.submit(self._perform, job)
        except RuntimeError:
            # The pool was closed between the timer's start and its end: the job is dropped with everything else.
            self._done()

    def _perform(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception:
            logging.getLogger(__name__).exception("a background job of Commerce failed")
        finally:
            self._done()

    def _done(self) -> None:
        with self._changed:
            self._pending -= 1
            self._changed.notify_all()
