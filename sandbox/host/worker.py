"""The host's end of a worker: starts the process, matches answers to questions, and tells when the process goes."""

from __future__ import annotations

import contextlib
import logging
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any

from sandbox.host.model import CONSOLE, Function, IndexingFailed, Log, Reply, Typed, WorkerLost

SCRIPT = Path(__file__).with_name("worker_process.py")


class Worker:
    """One worker process. `on_lost` is called, with the reason, when it ends without having been stopped.

    One that ends before it has indexed the app is told by `functions` alone.
    """

    def __init__(
        self, app_dir: Path, env: Mapping[str, str], on_log: Callable[[Log], None], on_lost: Callable[[Worker, str], None]
    ) -> None:
        self._on_log, self._on_lost = on_log, on_lost
        self._lock = threading.Lock()
        self._hello: Future[tuple[str, Any]] = Future()
        self._waiting: dict[str, Future[Reply]] = {}
        self._said: deque[str] = deque(maxlen=15)
        self._stopping = False
        # -P: the script's own folder must not be importable for the app.
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(SCRIPT), str(app_dir)],
            cwd=app_dir,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        streams = ((self._read_answers, self.process.stdout), (self._read_console, self.process.stderr))
        self._threads = [self._thread(read, stream) for read, stream in streams]

    def functions(self, seconds: float) -> list[Function]:
        """The indexed functions; raises IndexingFailed, or WorkerLost when there is no answer in time."""
        try:
            kind, value = self._hello.result(seconds)
        except TimeoutError:
            raise WorkerLost(f"no answer within {seconds:.0f} s; the last it said:\n{self._tail()}") from None
        if kind == "error":
            raise IndexingFailed(value)
        return [Function(**each) for each in value]

    def invoke(
        self,
        invocation_id: str,
        function_id: str,
        inputs: list[tuple[str, Typed]],
        metadata: Mapping[str, Typed],
        trace_parent: str,
    ) -> Future[Reply]:
        """Send one invocation; the future ends with its reply, or with WorkerLost."""
        future: Future[Reply] = Future()
        try:
            with self._lock:
                self._waiting[invocation_id] = future
                pickle.dump((invocation_id, function_id, inputs, dict(metadata), trace_parent), self._stream(self.process.stdin))
                self._stream(self.process.stdin).flush()
        except (OSError, ValueError):  # a pipe that is broken, or closed by stop()
            self._fail("the worker is gone")
        return future

    def stop(self, grace: float = 5) -> None:
        """End the process; invocations that still run fail with WorkerLost."""
        self._stopping = True
        self.process.terminate()
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):  # a question that a dead worker had not read yet cannot be flushed
                self._stream(stream).close()

    def _read_answers(self, stream: IO[bytes]) -> None:
        try:
            while True:
                self._take(*pickle.load(stream))
        except (EOFError, pickle.UnpicklingError):
            code = self.process.wait()
        reason = "the worker was stopped" if self._stopping else f"the worker exited with code {code}"
        had_indexed = self._hello.done()
        self._fail(reason)
        if had_indexed and not self._stopping:
            self._on_lost(self, reason)

    def _take(self, key: str, value: Any) -> None:
        if key == "log":
            self._log(Log(*value))
        elif key == "hello":
            self._hello.set_result(value)
        elif future := self._waiting.pop(key, None):
            future.set_result(Reply(*value))

    def _read_console(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._log(Log(logging.INFO, line.decode(errors="replace").rstrip("\n"), CONSOLE, ""))

    def _log(self, entry: Log) -> None:
        self._said.append(entry.message)
        self._on_log(entry)

    def _fail(self, reason: str) -> None:
        if not self._hello.done():
            self._hello.set_exception(WorkerLost(f"{reason}; the last it said:\n{self._tail()}"))
        for key in list(self._waiting):
            if future := self._waiting.pop(key, None):
                future.set_exception(WorkerLost(reason))

    def _tail(self) -> str:
        return "\n".join(self._said)

    @staticmethod
    def _thread(target: Callable[[IO[bytes]], None], stream: IO[bytes] | None) -> threading.Thread:
        thread = threading.Thread(target=target, args=(stream,), daemon=True)
        thread.start()
        return thread

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream
