"""Rows in memory, with versions, transactions that roll back, and tombstones for change tracking."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Reference:
    """What a lookup column holds: the row that it points to."""

    table: str
    id: str


@dataclass(frozen=True)
class Tombstone:
    """A deleted row, for delta links and the recycle bin."""

    table: str
    id: str
    version: int
    row: Row


class Store:
    """Rows by table and id. A stored row is never changed in place: `put` replaces it, so that a caller may keep what it read."""

    def __init__(self) -> None:
        self.version = 1_000
        self.tombstones: list[Tombstone] = []
        self._rows: dict[str, dict[str, Row]] = {}
        self._undo: list[tuple[str, str, Row | None]] | None = None

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, oldest first."""
        return list(self._rows.get(table, {}).values())

    def get(self, table: str, row_id: str) -> Row | None:
        """One row, or None."""
        return self._rows.get(table, {}).get(row_id)

    def put(self, table: str, row_id: str, row: Row) -> Row:
        """Store a row under the next version and return it."""
        self._remember(table, row_id)
        self.version += 1
        stored = {**row, "versionnumber": self.version}
        self._rows.setdefault(table, {})[row_id] = stored
        return stored

    def remove(self, table: str, row_id: str) -> None:
        """Delete a row that exists."""
        self._remember(table, row_id)
        self.version += 1
        row = self._rows[table].pop(row_id)
        self.tombstones.append(Tombstone(table, row_id, self.version, row))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another joins it."""
        if self._undo is not None:
            yield
            return
        self._undo, tombstones = [], len(self.tombstones)
        try:
            yield
        except BaseException:
            self._roll_back(tombstones)
            raise
        finally:
            self._undo = None

    def _remember(self, table: str, row_id: str) -> None:
        if self._undo is not None:
            self._undo.append((table, row_id, self.get(table, row_id)))

    def _roll_back(self, tombstones: int) -> None:
        for table, row_id, row in reversed(self._undo or []):
            if row is None:
                self._rows[table].pop(row_id, None)
            else:
                self._rows[table][row_id] = row
        del self.tombstones[tombstones:]
