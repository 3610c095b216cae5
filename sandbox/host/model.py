"""What passes between the host's parts, and its errors:

HostError
 +-- SettingMissing   a %SETTING% or connection that a trigger names is not set
 +-- Unsupported      a binding, route constraint or schedule that this host does not serve
 +-- IndexingFailed   the runtime library refused the app; the message is the library's own
 +-- WorkerLost       the worker process is gone, or did not answer in time
 +-- HostStopped      the host was stopped under a running invocation, whose outcome is unknown
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

# The category of what the app and the runtime library write to stdout and stderr.
CONSOLE = "console"
# A value as the host hands it to a worker: its kind ("string", "bytes", "json", "http" or None) and itself.
Typed = tuple[str | None, Any]


class HostError(RuntimeError):
    """Anything that this host itself reports."""


class SettingMissing(HostError):
    """A %SETTING% or connection that a trigger names is not set."""


class Unsupported(HostError):
    """A binding, route constraint or schedule that this host does not serve."""


class IndexingFailed(HostError):
    """The runtime library refused the app; the message is the library's own."""


class WorkerLost(HostError):
    """The worker process is gone, or did not answer in time."""


class HostStopped(HostError):
    """The host was stopped under a running invocation, whose outcome is unknown."""


@dataclass(frozen=True)
class Function:
    """One indexed function; `bindings` are those of function.json."""

    name: str
    id: str
    bindings: list[dict[str, Any]]

    @property
    def trigger(self) -> dict[str, Any]:
        """The trigger's binding."""
        return next(b for b in self.bindings if str(b["type"]).lower().endswith("trigger"))

    @property
    def kind(self) -> str:
        """The trigger's type, such as httpTrigger."""
        return str(self.trigger["type"])


class Log(NamedTuple):
    """One line that the app or the runtime library logged; the level is a number of Python's logging."""

    level: int
    message: str
    category: str
    invocation_id: str


class Reply(NamedTuple):
    """A worker's answer to one invocation; outputs by binding name, "$return" among them."""

    ok: bool
    outputs: dict[str, Typed]
    error: str


@dataclass(frozen=True)
class Result:
    """What one invocation gave, as its trigger sees it."""

    function: str
    invocation_id: str
    ok: bool
    outputs: dict[str, Typed]
    error: str
    seconds: float
