"""Several app processes on one storage, any of which can be killed at any time and comes back at its own address."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from sandbox.processes import Child, ChildDied
from sandbox.stack import Stack, free_port


class Hosts:
    """The app's hosts, each with its worker process. Left by `with`, they are stopped."""

    def __init__(self, stack: Stack, count: int) -> None:
        self._stack = stack
        self._ports = [free_port() for _ in range(count)]
        self._running = [self._started(number) for number in range(count)]

    def __enter__(self) -> Hosts:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._running:
            child.stop()

    def url(self, number: int) -> str:
        """Where a host listens, also while it is down."""
        return f"http://127.0.0.1:{self._ports[number]}"

    def __len__(self) -> int:
        return len(self._ports)

    def kill(self, number: int) -> None:
        """SIGKILL: nothing is said, nothing is finished; its worker ends with it."""
        child = self._running[number]
        child.process.kill()
        child.stop()

    def start(self, number: int) -> None:
        """Bring it back; raises ChildDied where it cannot start."""
        self._running[number] = self._started(number)

    def kill_worker(self, number: int) -> bool:
        """SIGKILL its worker, which the host replaces; False where the system does not tell which process that is."""
        workers = _children(self._running[number].process.pid)
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(workers)

    def revive(self) -> int:
        """Bring back those that ended by themselves (a host gives up after some crashes of its worker); how many."""
        ended = [number for number, child in enumerate(self._running) if child.died()]
        for number in ended:
            self._running[number].stop()
            self.start(number)
        return len(ended)

    def _started(self, number: int) -> Child:
        """Once more where it died while starting: its last worker may have held the port a moment longer."""
        try:
            return self._start(number)
        except ChildDied:
            self._stack.processes.children.pop().stop()
            return self._start(number)

    def _start(self, number: int) -> Child:
        """It may end without that being an error of the run, so that the stack must not watch it."""
        child = self._stack.start_app(f"host-{number + 1}", self._ports[number])
        self._stack.processes.children.remove(child)
        return child


def _children(pid: int) -> list[int]:
    """The processes that a process started, on Linux."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, path.read_text().split())
    return found
