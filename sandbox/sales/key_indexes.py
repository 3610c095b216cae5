"""The indexes of alternate keys (docs: define-alternate-keys-entity): built in the background, and they may fail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.sales.schema import AlternateKey, Table
from sandbox.sales.store import Reference, Store


class KeyIndexes:
    """The keys whose index is being built: Pending, InProgress, then Active, or Failed where rows collide."""

    def __init__(self) -> None:
        self._building: list[tuple[datetime, AlternateKey, Table]] = []

    def begin(self, key: AlternateKey, table: Table, now: datetime) -> None:
        """Build the index of a key, which is Pending until then."""
        key.status = "Pending"
        self._building.append((now, key, table))

    def give_up(self, key: AlternateKey) -> None:
        """Forget a key that was removed."""
        self._building = [item for item in self._building if item[1] is not key]

    def advance(self, store: Store, now: datetime, step: timedelta) -> None:
        """Move the keys on by the clock: each stage takes one step."""
        for started, key, table in self._building:
            if now >= started + 2 * step:
                key.status = "Failed" if _collides(store, table, key) else "Active"
            elif now >= started + step:
                key.status = "InProgress"
        self._building = [item for item in self._building if item[1].status in {"Pending", "InProgress"}]


def _collides(store: Store, table: Table, key: AlternateKey) -> bool:
    seen: set[tuple[Any, ...]] = set()
    for row in store.rows(table.name):
        values = tuple(_comparable(row.get(name)) for name in key.columns)
        if None in values:
            continue
        if values in seen:
            return True
        seen.add(values)
    return False


def _comparable(value: Any) -> Any:
    if isinstance(value, Reference):
        return value.id
    return value.casefold() if isinstance(value, str) else value
