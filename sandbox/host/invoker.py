"""Invokes functions on a worker that is kept running: after a crash, and after a function that ran too long, it is replaced."""

from __future__ import annotations

import collections
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.host.model import CONSOLE, Function, HostError, HostStopped, Log, Reply, Result, Typed, WorkerLost
from sandbox.host.settings import Settings
from sandbox.host.worker import Worker

# The real host gives up after this many crashes within this time, and is recycled by its platform.
CRASHES, CRASH_WINDOW_SECONDS = 3, 30 * 60
KEPT = 2000

log = logging.getLogger(__name__)


class Invoker:
    """Runs one function at a time per caller, any number of callers at once; counts what came of it."""

    def __init__(self, app_dir: Path, settings: Settings, start_seconds: float, on_given_up: Callable[[str], None]) -> None:
        self.logs: collections.deque[Log] = collections.deque(maxlen=KEPT)
        self.results: collections.deque[Result] = collections.deque(maxlen=KEPT)
        self.restarts = 0
        self.stopping = False
        self._app_dir, self._settings, self._start_seconds, self._on_given_up = app_dir, settings, start_seconds, on_given_up
        self._counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        self._crashes: list[float] = []
        self._lock, self._ready = threading.RLock(), threading.Event()
        self._running = 0
        self._worker: Worker | None = None

    def start(self) -> list[Function]:
        """Start a worker and index the app; raises IndexingFailed or WorkerLost."""
        with self._lock:  # one that dies at once is replaced only after that
            self._worker = Worker(self._app_dir, self._settings.env, self._on_log, self._on_lost)
            functions = self._worker.functions(self._start_seconds)
            self._ready.set()
            return functions

    def stop(self, drain: float) -> None:
        """Let running invocations finish for at most `drain` seconds, then end the worker."""
        deadline = time.monotonic() + drain
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)
        with self._lock:
            self.stopping = True
            if self._worker:
                self._worker.stop()

    def invoke(
        self, function: Function, inputs: list[tuple[str, Typed]], metadata: Mapping[str, Typed], trace_parent: str = ""
    ) -> Result:
        """Run a function to its end; its failure is in the result. Raises HostStopped when stop() came first."""
        invocation_id, started = str(uuid.uuid4()), time.monotonic()
        with self._lock:
            self._running += 1
        try:
            reply = self._reply(function, invocation_id, inputs, metadata, trace_parent or _new_trace_parent())
        except HostError as error:
            reply = Reply(False, {}, f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._running -= 1
        if self.stopping and not reply.ok:
            raise HostStopped(function.name)
        result = Result(function.name, invocation_id, reply.ok, reply.outputs, reply.error, time.monotonic() - started)
        self._record(result)
        return result

    def counts(self) -> dict[str, dict[str, int]]:
        """Invocations so far, by function: {"NAME": {"ok": n, "failed": n}}."""
        with self._lock:
            return {name: {"ok": count["ok"], "failed": count["failed"]} for name, count in self._counts.items()}

    @property
    def worker_pid(self) -> int:
        """The process id of the present worker."""
        assert self._worker is not None
        return self._worker.process.pid

    def _reply(
        self,
        function: Function,
        invocation_id: str,
        inputs: list[tuple[str, Typed]],
        metadata: Mapping[str, Typed],
        trace_parent: str,
    ) -> Reply:
        if not self._ready.wait(self._start_seconds) or self._worker is None:
            raise WorkerLost("no worker is running")
        worker, limit = self._worker, self._settings.function_timeout
        try:
            return worker.invoke(invocation_id, function.id, inputs, metadata, trace_parent).result(limit)
        except TimeoutError:
            reason = f"Timeout value of {limit} s was exceeded by function: Functions.{function.name}"
            # In a thread: the failed message need not wait for the new worker.
            threading.Thread(target=self._replace, args=(worker, reason), daemon=True).start()
            raise HostError(reason) from None

    def _record(self, result: Result) -> None:
        with self._lock:
            self.results.append(result)
            self._counts[result.function]["ok" if result.ok else "failed"] += 1
        if not result.ok:
            log.warning("Executed 'Functions.%s' (Failed, Id=%s): %s", result.function, result.invocation_id, result.error)

    def _on_log(self, entry: Log) -> None:
        self.logs.append(entry)
        level = logging.DEBUG if entry.category == CONSOLE else entry.level
        logging.getLogger(f"app.{entry.category}").log(level, "%s", entry.message)

    def _on_lost(self, worker: Worker, reason: str) -> None:
        now = time.monotonic()
        self._crashes = [at for at in self._crashes if now - at < CRASH_WINDOW_SECONDS] + [now]
        self._replace(worker, reason)

    def _replace(self, worker: Worker, reason: str) -> None:
        with self._lock:
            if self.stopping or worker is not self._worker:
                return
            self._ready.clear()
            worker.stop()
            if len(self._crashes) > CRASHES:
                self._give_up(f"{reason}, for the {len(self._crashes)}th time")
                return
            log.warning("replacing the worker: %s", reason)
            self.restarts += 1
            try:
                self.start()
            except HostError as error:
                self._give_up(str(error))

    def _give_up(self, reason: str) -> None:
        """Messages in hand are left to their lease, as when the whole host goes."""
        self.stopping = True
        self._ready.set()
        self._on_given_up(reason)


def _new_trace_parent() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
