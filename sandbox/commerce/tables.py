"""Rows in memory: a table per entity set, with ETags, secondary indexes, and a journal that undoes a failed change set."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

Row = dict[str, Any]
ETAG = "@odata.etag"
_FIRST_RECORD_ID = 5637144576  # F&O: the first RecId that a new environment hands out


class Journal:
    """The undo steps of the transaction that is under way, newest last."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []

    def remember(self, undo: Callable[[], None]) -> None:
        self._steps.append(undo)

    def forget(self) -> None:
        self._steps.clear()

    def roll_back(self) -> None:
        while self._steps:
            self._steps.pop()()


class Table:
    """The rows of one entity set. Keys and indexed values compare without regard to letter case, as they do in F&O.

    A row that was handed out is never changed in place: `put` replaces it, so a reader keeps a consistent picture.
    """

    def __init__(self, name: str, keys: tuple[str, ...], indexed: tuple[str, ...], journal: Journal) -> None:
        self.name = name
        self.keys = keys
        self._journal = journal
        self._rows: dict[tuple[Any, ...], Row] = {}
        self._index: dict[str, dict[Any, dict[tuple[Any, ...], None]]] = {name: {} for name in indexed}
        self._versions: dict[tuple[Any, ...], tuple[int, int]] = {}
        self._next_record_id = _FIRST_RECORD_ID

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, *key: str) -> Row | None:
        """The row with this full key, or None."""
        return self._rows.get(_folded(key))

    def find(self, **equal: Any) -> list[Row]:
        """The rows whose properties equal all of the values (text without regard to letter case)."""
        rows = self._narrowed(equal)
        return [row for row in rows if all(fold(row.get(name)) == fold(value) for name, value in equal.items())]

    def indexed(self, name: str, value: Any) -> list[Row] | None:
        """The rows with this value, where the property is indexed; else None."""
        if name not in self._index:
            return None
        return [self._rows[key] for key in self._index[name].get(fold(value), {})]

    def put(self, row: Row) -> Row:
        """Insert the row or replace the one with its key; returns what is stored, with a new ETag."""
        key = self._key_of(row)
        before, before_version = self._rows.get(key), self._versions.get(key)
        self._journal.remember(lambda: self._restore(key, before, before_version))
        version, record_id = before_version or (0, self._new_record_id())
        self._versions[key] = (version + 1, record_id)
        stored = {**row, ETAG: _etag(version + 1, record_id)}
        self._store(key, stored)
        return stored

    def delete(self, row: Row) -> None:
        key = self._key_of(row)
        before, before_version = self._rows.get(key), self._versions.get(key)
        self._journal.remember(lambda: self._restore(key, before, before_version))
        self._restore(key, None, None)

    def _narrowed(self, equal: dict[str, Any]) -> Iterator[Row]:
        if all(name in equal for name in self.keys):
            row = self._rows.get(_folded(tuple(equal[name] for name in self.keys)))
            return iter([row] if row else [])
        groups = [self._index[name].get(fold(value), {}) for name, value in equal.items() if name in self._index]
        if not groups:
            return iter(self)
        return iter([self._rows[key] for key in min(groups, key=len)])

    def _restore(self, key: tuple[Any, ...], row: Row | None, version: tuple[int, int] | None) -> None:
        if row is not None and version is not None:
            self._versions[key] = version
            self._store(key, row)
            return
        self._versions.pop(key, None)
        self._unindex(key)
        self._rows.pop(key, None)

    def _store(self, key: tuple[Any, ...], row: Row) -> None:
        self._unindex(key)
        self._rows[key] = row
        for name, groups in self._index.items():
            groups.setdefault(fold(row.get(name)), {})[key] = None

    def _unindex(self, key: tuple[Any, ...]) -> None:
        row = self._rows.get(key)
        for name, groups in self._index.items():
            if row is not None:
                groups.get(fold(row.get(name)), {}).pop(key, None)

    def _key_of(self, row: Row) -> tuple[Any, ...]:
        return _folded(tuple(row[name] for name in self.keys))

    def _new_record_id(self) -> int:
        self._next_record_id += 1
        return self._next_record_id


def fold(value: Any) -> Any:
    """The form in which F&O compares a value: text without letter case."""
    return value.casefold() if isinstance(value, str) else value


def _folded(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(fold(part) for part in key)


def _etag(version: int, record_id: int) -> str:
    # The documented example W/"JzEsNTYzNzYyMTU5Mic=" is base64 of '1,563762159': version and record id in single quotes.
    return f'W/"{base64.b64encode(f"{chr(39)}{version},{record_id}{chr(39)}".encode()).decode()}"'
