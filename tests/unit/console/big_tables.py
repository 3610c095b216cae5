"""The table service in memory, its rows in order as Azure keeps them: a range costs what it holds, not what the table holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azure.data.tables import TableEntity
from sortedcontainers import SortedDict

from tests.fakes.tables import Condition, FakeTable, FakeTables, Key, _FakeEntity, _meets

LAST = "\U0010ffff"


class SortedTables(FakeTables):
    """FakeTables whose queries look only at the range that they name; `rows_read` counts what queries gave."""

    rows_read = 0

    def create_table_if_not_exists(self, table_name: str) -> FakeTable:
        self.tables.setdefault(table_name, SortedDict())
        return SortedTable(self, table_name)

    def get_table_client(self, table_name: str) -> FakeTable:
        return SortedTable(self, table_name)

    def fill(self, table_name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Put many rows in at once."""
        etag = self.new_etag()
        self.tables[table_name].update({(row["PartitionKey"], row["RowKey"]): (row, etag) for row in rows})


class SortedTable(FakeTable):
    """One of its tables."""

    def page(self, conditions: Sequence[Condition], after: Key | None, size: int) -> tuple[list[TableEntity], Key | None]:
        """One page, and the key at which the next one begins."""
        bounds = {sign: value for name, sign, value in conditions if name == "RowKey"}
        partition = next(value for name, _, value in conditions if name == "PartitionKey")
        size = min(size, self._service.rows_per_page)
        found: list[Key] = []
        with self._call("query_entities", after), self._service.lock:
            entries = self._entries()
            lowest = after or (partition, min(bounds.values(), default=""))
            for key in entries.irange(lowest, (partition, max(bounds.values(), default=LAST))):  # type: ignore[attr-defined]
                if _meets(entries[key][0], conditions):
                    found.append(key)
                if len(found) > size:
                    break
            rows: list[TableEntity] = [_FakeEntity(entries[key]) for key in found[:size]]
        self._service.rows_read += len(rows)  # type: ignore[attr-defined]
        return rows, found[size] if len(found) > size else None
