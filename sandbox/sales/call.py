"""Who calls, and what the call's headers say about its effects."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import uuid4


@dataclass(frozen=True)
class Call:
    """One request's context, down through the operations that it causes; `depth` counts operations inside operations."""

    user_id: str
    correlation_id: str = field(default_factory=lambda: str(uuid4()))
    tag: str | None = None
    detect_duplicates: bool = False
    bypassed: frozenset[str] = frozenset()  # the ids of steps that are left out, and "CustomSync", "CustomAsync"
    solution: str | None = None
    depth: int = 1
    platform: bool = False

    def inner(self) -> Call:
        """The context of an operation that the platform runs inside this one: no privilege or closed-record check."""
        return replace(self, depth=self.depth + 1, platform=True)
