"""What an operation did, as the pipeline sees it: the source of webhook calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.sales.call import Call
from sandbox.sales.store import Row


@dataclass(frozen=True)
class OptionValue:
    """A choice value among a message's parameters."""

    value: int


@dataclass(frozen=True)
class EntityValue:
    """A row among a message's parameters: the columns that were sent, and the ones that the platform added."""

    table: str
    id: str
    sent: Row
    computed: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """One message on one row; `columns` are what an update carries (for filteringattributes), `before` and `after` whole rows."""

    message: str
    table: str
    row_id: str
    call: Call
    inputs: dict[str, Any]
    outputs: dict[str, Any] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    before: Row | None = None
    after: Row | None = None
