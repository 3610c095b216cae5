"""One table: every operation counted, every failure told as Transient, guarded writes settled by one read.

A guarded write carries a fresh token in its first row. Where the answer is a conflict, or none came, the row is read once: with
our token in it the write is ours and done, whatever was answered.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, TableEntity, UpdateMode

from shared import telemetry
from shared.ports import Page as Page
from shared.storage import FAILURES, status_of, told_as_transient, transient

MOST_OPERATIONS = 100
"""Of one transaction (docs: scalability-targets, Table storage)."""
PAGE = 1000
"""The most rows that the service answers at once."""

Row = dict[str, Any]
Operation = tuple[Literal["create", "update", "upsert", "delete"], Row, Mapping[str, Any]]


class Conflict(Exception):
    """A guarded write did not take effect. `row` is what is there now, `status` the answer (None: there was none)."""

    def __init__(self, row: TableEntity | None, status: int | None) -> None:
        super().__init__(f"not written: {status}")
        self.row, self.status = row, status

    def unchanged_since(self, etag: str) -> bool:
        """Whether the row is still as it was read."""
        return self.row is not None and etag_of(self.row) == etag


class Table:
    """A table, by the few operations that the bridge needs. Every method raises Transient where Storage does not serve it."""

    def __init__(self, client: TableClient) -> None:
        self._client = client
        self._doing = f"table {client.table_name}"

    def read(self, partition: str, row_key: str) -> TableEntity | None:
        """The row, or None. One operation."""
        telemetry.count(telemetry.TABLE)
        with told_as_transient(self._doing):
            try:
                return self._client.get_entity(partition, row_key)
            except ResourceNotFoundError as error:
                if _table_is_missing(error):
                    raise
                return None

    def scan(self, partition: str, after: str, before: str, limit: int) -> list[TableEntity]:
        """The first `limit` rows whose key is between both, in order of key. One operation per page that the service gives."""
        condition = "PartitionKey eq @partition and RowKey gt @after and RowKey lt @before"
        return self._found(condition, {"partition": partition, "after": after, "before": before}, limit)

    def before(self, partition: str, column: str, at: datetime, limit: int) -> list[TableEntity]:
        """The first `limit` rows of a partition whose time in that column has passed. The service reads the whole partition."""
        return self._found(f"PartitionKey eq @partition and {column} lt @at", {"partition": partition, "at": at}, limit)

    def _found(self, condition: str, parameters: dict[str, Any], limit: int) -> list[TableEntity]:
        query = self._client.query_entities(condition, parameters=parameters, results_per_page=min(limit, PAGE))
        rows: list[TableEntity] = []
        with told_as_transient(self._doing):
            for page in query.by_page():
                telemetry.count(telemetry.TABLE)
                rows.extend(page)
                if len(rows) >= limit:
                    break
        return rows[:limit]

    def put(self, row: Row) -> None:
        """Write the row whatever was there. One operation."""
        telemetry.count(telemetry.TABLE)
        with told_as_transient(self._doing):
            self._client.upsert_entity(row, UpdateMode.REPLACE)

    def remove(self, partition: str, row_key: str) -> None:
        """Delete the row if it is there. One operation."""
        telemetry.count(telemetry.TABLE)
        with told_as_transient(self._doing):
            self._client.delete_entity(partition, row_key)

    def commit(self, operations: Sequence[Operation]) -> str:
        """Carry all out, or none; the first row holds a new `token`. One operation, two in a conflict or where no answer came.

        Returns the first row's ETag (empty where it was deleted); raises Conflict where nothing was written.
        """
        telemetry.count(telemetry.TABLE)
        try:
            return str(self._client.submit_transaction(operations)[0].get("etag", ""))
        except FAILURES as error:
            if _is_beyond_doubt(error):
                raise transient(self._doing, error) from error
            return self._settle(operations[0][1], status_of(error), error)

    def _settle(self, written: Row, status: int | None, error: Exception) -> str:
        row = self.read(written["PartitionKey"], written["RowKey"])
        if row is not None and row.get("token", "") == written.get("token"):
            return etag_of(row)
        raise Conflict(row, status) from error


def new_token() -> str:
    """The mark of one guarded write. Sorts by time, so that history lines of one moment keep their order."""
    return f"{time.time_ns():016x}{secrets.token_hex(4)}"


def create(row: Row) -> Operation:
    """Refused with 409 where there is such a row."""
    return "create", row, {}


def replace_unchanged(row: Row, etag: str) -> Operation:
    """Refused with 412 where the row is not as it was read, 404 where it is gone."""
    return "update", row, {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}


def replace_any(row: Row) -> Operation:
    """Written whatever was there."""
    return "upsert", row, {"mode": UpdateMode.REPLACE}


def delete_unchanged(row: TableEntity) -> Operation:
    """Refused with 412 where the row is not as it was read, 404 where it is gone."""
    keys = {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]}
    return "delete", keys, {"etag": etag_of(row), "match_condition": MatchConditions.IfNotModified}


def delete(partition: str, row_key: str) -> Operation:
    """Refused with 404 where there is no such row."""
    return "delete", {"PartitionKey": partition, "RowKey": row_key}, {}


def utc_now() -> datetime:
    """The present time, where no other clock is given."""
    return datetime.now(UTC)


def etag_of(row: TableEntity) -> str:
    """The ETag that the row was read with."""
    return str(row.metadata["etag"])


def _is_beyond_doubt(error: Exception) -> bool:
    """Whether the answer says for certain that nothing was written, and no other writer is the reason."""
    status = status_of(error)
    return status is not None and 400 <= status < 500 and status not in (404, 408, 409, 412)


def _table_is_missing(error: ResourceNotFoundError) -> bool:
    return getattr(error, "error_code", None) == "TableNotFound"
