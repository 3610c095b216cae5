"""Child processes that never outlive their parent, not even one that was killed.

Each child's stdin is a pipe that only the parent holds. Our own servers stop when it ends (`until_stopped`); a foreign
program is started under a guardian, `python -m sandbox.processes -- COMMAND`, which does the same on its behalf.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any

READY_SECONDS = 30
GRACE_SECONDS = 10
TAIL_LINES = 30
ROOT = Path(__file__).resolve().parents[1]

ReadyParser = Callable[[str], dict[str, Any] | None]

_OF_THE_MACHINE = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|LANG|LANGUAGE|LC_\w+|TMPDIR|TEMP|TMP|VIRTUAL_ENV|XDG_\w+|(DY)?LD_\w+|SSL_CERT_\w+"
    r"|\w+_CA_BUNDLE|(HTTPS?|NO|ALL)_PROXY|NODE_\w+|DOTNET_\w+|COVERAGE_\w+|SANDBOX_\w+",
    re.IGNORECASE,
)


def machine_environment() -> dict[str, str]:
    """The part of this process's environment that says how the machine is, and nothing that an app takes for its setting.

    A developer's shell may hold the settings of a real environment: they must not reach the one that is played here.
    """
    return {name: value for name, value in os.environ.items() if _OF_THE_MACHINE.fullmatch(name)}


class ChildDied(RuntimeError):
    """A child ended by itself; the message holds the last lines that it wrote."""


def ready_line(line: str) -> dict[str, Any] | None:
    """Return the JSON object that one of our servers prints when it is ready, else None."""
    with contextlib.suppress(ValueError):
        value = json.loads(line)
        if isinstance(value, dict) and "name" in value:
            return value
    return None


class Child:
    """One running child process."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path | None, parser: ReadyParser) -> None:
        self.name = name
        self.ready: dict[str, Any] = {}
        self._parser = parser
        self._ready: Future[dict[str, Any]] = Future()
        self._tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
        self._log = log.open("a", encoding="utf-8") if log else None
        # A session of its own: Ctrl-C reaches the parent alone, which then stops its children in order.
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**machine_environment(), **env},
            start_new_session=True,
            text=True,
            errors="replace",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._readers = [self._reader(self.process.stdout, self._look_for_ready), self._reader(self.process.stderr, None)]

    @property
    def url(self) -> str:
        """The address that the child gave in its ready line."""
        return str(self.ready["url"])

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Fill `ready`; raises ChildDied when the child ends first, or says nothing in time."""
        try:
            self.ready = self._ready.result(seconds)
        except TimeoutError:
            raise ChildDied(f"{self.name} was not ready after {seconds:.0f} s; it wrote:\n{self.tail()}") from None

    def tail(self) -> str:
        """The last lines that the child wrote to stdout and stderr."""
        return "\n".join(self._tail)

    def died(self) -> ChildDied | None:
        """An error that says why the child is gone, or None while it runs."""
        code = self.process.poll()
        return None if code is None else ChildDied(f"{self.name} ended with code {code}; it wrote:\n{self.tail()}")

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """SIGTERM, then SIGKILL after `grace` seconds; returns when the child is gone."""
        self.process.terminate()
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._close()

    def _close(self) -> None:
        for reader in self._readers:
            reader.join(1)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr, self._log):
            if stream:
                stream.close()

    def _reader(self, stream: IO[str] | None, on_line: Callable[[str], None] | None) -> threading.Thread:
        assert stream is not None
        thread = threading.Thread(target=self._read, args=(stream, on_line), daemon=True)
        thread.start()
        return thread

    def _read(self, stream: IO[str], on_line: Callable[[str], None] | None) -> None:
        for line in stream:
            self._tail.append(line.rstrip("\n"))
            if self._log:
                self._log.write(line)
                self._log.flush()
            if on_line:
                on_line(line)
        if on_line and not self._ready.done():
            self.process.wait()
            self._readers[1].join(1)
            self._ready.set_exception(self.died() or ChildDied(self.name))

    def _look_for_ready(self, line: str) -> None:
        if not self._ready.done() and (found := self._parser(line)):
            self._ready.set_result(found)


class Processes:
    """The children of one run; leaving the `with` block stops them in reverse order.

    Each has the machine's environment and what it is given, and nothing else of this process's.
    """

    def __init__(self, log_dir: Path | None = None) -> None:
        self.children: list[Child] = []
        self._log_dir = log_dir
        if log_dir:
            log_dir.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Child:
        """Run one of our own servers (`python -m MODULE ARGUMENTS`) and wait for its ready line."""
        return self._start(name, [sys.executable, "-m", module, *arguments], env or {}, ready_line)

    def start_foreign(self, name: str, command: Sequence[str], parser: ReadyParser, env: Mapping[str, str]) -> Child:
        """Run another's program under a guardian; `parser` is given each line of its stdout until it returns a value."""
        return self._start(name, [sys.executable, "-m", "sandbox.processes", "--", *command], env, parser)

    def check(self) -> None:
        """Raise ChildDied for the first child that has ended by itself."""
        for child in self.children:
            if error := child.died():
                raise error

    def stop(self) -> None:
        """Stop all children, the last started first."""
        while self.children:
            self.children.pop().stop()

    def _start(self, name: str, command: Sequence[str], env: Mapping[str, str], parser: ReadyParser) -> Child:
        child = Child(name, command, env, self._log_dir / f"{name}.log" if self._log_dir else None, parser)
        self.children.append(child)
        child.wait_until_ready()
        return child


def until_stopped() -> None:
    """Return on SIGTERM, on Ctrl-C, or at the end of stdin, which is how a dead parent shows. For the main thread."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(KeyboardInterrupt):
        while sys.stdin.buffer.read(1024):
            pass
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def guard(command: Sequence[str]) -> int:
    """Run a command in a process group of its own, end the group when stdin ends, and return the command's exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_dies_with_parent())

    def end(*_: object) -> None:
        _signal_group(child.pid, signal.SIGTERM)
        killer = threading.Timer(3, _signal_group, (child.pid, signal.SIGKILL))
        killer.daemon = True
        killer.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)

    def end_with_stdin() -> None:
        sys.stdin.buffer.read()
        end()

    threading.Thread(target=end_with_stdin, daemon=True).start()
    code = child.wait()
    _signal_group(child.pid, signal.SIGKILL)
    return code


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _dies_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel itself ends the command when its guardian is killed; elsewhere there is no such call."""
    if sys.platform != "linux":
        return None
    import ctypes

    libc = ctypes.CDLL(None)
    pr_set_pdeathsig = 1
    return lambda: libc.prctl(pr_set_pdeathsig, signal.SIGKILL)


if __name__ == "__main__":
    # _exit, since the thread that waits for stdin still holds its lock.
    os._exit(guard(sys.argv[sys.argv.index("--") + 1 :]))
