"""A manage.py command as a process of its own, marked so that everything that it starts can be found again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from sandbox.processes import ROOT
from tests.integration.waiting import eventually

MARK = "SANDBOX_TESTED_COMMAND"
PROC = Path("/proc")
LISTENING = "0A"
SLOWEST = 90
"""Seconds for a command to get to where a test wants it, on a busy machine."""


class Command:
    """`python manage.py ...`, running; `lines` is what it has printed so far."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._mark = uuid.uuid4().hex
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**os.environ, **environment, MARK: self._mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_ignore_sigint,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def says(self, words: str) -> str:
        """The first line with these words, once it is printed."""

        def line() -> str | None:
            assert self.process.poll() is None or words in self.text, f"ended before it said {words!r}:\n{self.text}"
            return next((line for line in self.lines if words in line), None)

        found = eventually(line, SLOWEST)
        assert found is not None
        return found

    @property
    def text(self) -> str:
        """All that was printed."""
        return "\n".join(self.lines)

    def ended(self, seconds: float = SLOWEST) -> int:
        """The exit code, once there is one."""
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def processes(self) -> dict[int, str]:
        """What runs of it and of all that it started: pid -> command line."""
        return {int(folder.name): _command_line(folder) for folder in PROC.glob("[0-9]*") if self._is_marked(folder)}

    def ports(self) -> set[int]:
        """The TCP ports at which these processes listen."""
        sockets = {name for pid in self.processes() for name in _sockets(PROC / str(pid))}
        return {port for port, inode in listening().items() if f"socket:[{inode}]" in sockets}

    def kill(self) -> None:
        """End whatever is left; for a test that failed."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        if self.process.stdout:
            self.process.stdout.close()

    def _is_marked(self, folder: Path) -> bool:
        """A process that has ended and waits to be collected has no environment any more."""
        with contextlib.suppress(OSError):
            return f"{MARK}={self._mark}".encode() in (folder / "environ").read_bytes()
        return False

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())


def _ignore_sigint() -> None:
    """As a shell does for what it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def command(*arguments: str, **environment: str) -> Iterator[Command]:
    """Run it for the length of a `with` block; what is left then is killed."""
    running = Command(*arguments, **environment)
    try:
        yield running
    finally:
        running.kill()


def _command_line(folder: Path) -> str:
    with contextlib.suppress(OSError):
        return (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _sockets(folder: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for link in (folder / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(link.readlink())


def listening() -> dict[int, str]:
    """Every TCP port of this machine at which somebody listens, and its socket's inode (docs: proc(5), /proc/net/tcp)."""
    table = [line.split() for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]]
    return {int(cells[1].rpartition(":")[2], 16): cells[9] for cells in table if cells[3] == LISTENING}
