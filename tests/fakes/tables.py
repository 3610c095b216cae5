"""The table service in memory: the part of TableServiceClient and TableClient that the bridge uses, with Azure's limits."""

from __future__ import annotations

import operator
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import RequestTooLargeError, TableEntity, TableTransactionError, UpdateMode

from tests.fakes.calls import Calls
from tests.fakes.table_rules import Refused, check_together, stored

MOST_OPERATIONS = 100
MOST_ROWS_PER_PAGE = 1000

Key = tuple[str, str]
Entry = tuple[dict[str, Any], str]
"""A row's properties and its ETag."""

Condition = tuple[str, Callable[[Any, Any], bool], Any]
"""A property, how it is compared, with what."""

_CONDITION = re.compile(r"(\w+) (eq|gt|ge|lt|le) @(\w+)")
_HOLDS = {"eq": operator.eq, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}
_ERRORS = {404: ResourceNotFoundError, 409: ResourceExistsError, 412: ResourceModifiedError}


class FakeTables:
    """Stands in for TableServiceClient. `rows_per_page` below 1,000 makes the service stop earlier, as Azure may at any time."""

    def __init__(self, calls: Calls | None = None, rows_per_page: int = MOST_ROWS_PER_PAGE) -> None:
        self.calls = calls or Calls()
        self.rows_per_page = rows_per_page
        self.tables: dict[str, dict[Key, Entry]] = {}
        self.lock = threading.Lock()
        self._versions = count(1)

    def create_table_if_not_exists(self, table_name: str) -> FakeTable:
        """Create the table, or find it there."""
        with self.calls.around("tables.create_table_if_not_exists", table_name):
            self.tables.setdefault(table_name, {})
        return FakeTable(self, table_name)

    def get_table_client(self, table_name: str) -> FakeTable:
        """A client of the table, which need not exist yet."""
        return FakeTable(self, table_name)

    def rows(self, table_name: str) -> dict[Key, dict[str, Any]]:
        """For tests: every row of a table, in order of its keys."""
        return {key: dict(entry[0]) for key, entry in sorted(self.tables[table_name].items())}

    def new_etag(self) -> str:
        """An ETag that no row ever had."""
        return f"W/\"datetime'2026-01-01T00%3A00%3A00.{next(self._versions):07}Z'\""


class FakeTable:
    """Stands in for TableClient."""

    def __init__(self, service: FakeTables, table_name: str) -> None:
        self.table_name = table_name
        self._service = service

    def get_entity(self, partition_key: str, row_key: str) -> TableEntity:
        """The row; raises ResourceNotFoundError."""
        with self._call("get_entity", partition_key, row_key), _told(), self._service.lock:
            entry = self._entries().get((partition_key, row_key))
            if entry is None:
                raise Refused(404, "ResourceNotFound")
            return _FakeEntity(entry)

    def upsert_entity(self, entity: Mapping[str, Any], mode: UpdateMode = UpdateMode.MERGE) -> dict[str, Any]:
        """Write the row whatever was there."""
        with self._call("upsert_entity", entity, mode), _told(), self._service.lock:
            etag = self._apply([("upsert", entity, {"mode": mode})])[0]
        return {"etag": etag}

    def delete_entity(self, partition_key: str, row_key: str) -> None:
        """Delete the row; content where there is none, as the client is."""
        with self._call("delete_entity", partition_key, row_key), _told(), self._service.lock:
            self._entries().pop((partition_key, row_key), None)

    def query_entities(
        self, query_filter: str, *, parameters: Mapping[str, Any], results_per_page: int | None = None
    ) -> FakeQuery:
        """Rows that meet every condition; nothing is sent before the first page is asked for."""
        conditions = [_condition(text, parameters) for text in query_filter.split(" and ")]
        return FakeQuery(self, conditions, results_per_page or MOST_ROWS_PER_PAGE)

    def submit_transaction(self, operations: Sequence[Any]) -> list[dict[str, Any]]:
        """All operations or none; raises TableTransactionError with the index of the one that was refused."""
        complete = [(*operation, {})[:3] for operation in operations]
        if len({entity["PartitionKey"] for _, entity, _ in complete}) > 1:
            raise ValueError("Partition Keys in the batch must all be the same.")
        with self._call("submit_transaction", complete), _told_of_transaction(), self._service.lock:
            etags = self._apply(complete)
        return [{"etag": etag} if etag else {} for etag in etags]

    def page(self, conditions: Sequence[Condition], after: Key | None, size: int) -> tuple[list[TableEntity], Key | None]:
        """One page, and the key at which the next one begins."""
        with self._call("query_entities", after), _told(), self._service.lock:
            found_by = self._entries().items()
            keys = sorted(key for key, (row, _) in found_by if _meets(row, conditions) and (after is None or key >= after))
            size = min(size, self._service.rows_per_page)
            found = [_FakeEntity(self._entries()[key]) for key in keys[:size]]
        return found, keys[size] if len(keys) > size else None

    def _call(self, name: str, *args: Any) -> Any:
        return self._service.calls.around(f"tables.{name}", self.table_name, *args)

    def _entries(self) -> dict[Key, Entry]:
        if self.table_name not in self._service.tables:
            raise Refused(404, "TableNotFound")
        return self._service.tables[self.table_name]

    def _apply(self, operations: Sequence[Any]) -> list[str | None]:
        """Stage every operation, then carry all out. A key comes once at most, so none sees another's effect."""
        staged: dict[Key, Entry | None] = {}
        for index, operation in enumerate(operations):
            try:
                self._stage(staged, *operation)
                if index >= MOST_OPERATIONS:
                    raise Refused(400, "InvalidInput")
            except Refused as refused:
                refused.index = index
                raise
        check_together(entry[0] for entry in staged.values() if entry)
        for key, entry in staged.items():
            if entry:
                self._entries()[key] = entry
            else:
                del self._entries()[key]
        return [entry[1] if entry else None for entry in staged.values()]

    def _stage(self, staged: dict[Key, Entry | None], name: str, entity: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        row = stored(entity)
        key = (row["PartitionKey"], row["RowKey"])
        if key in staged:
            raise Refused(400, "InvalidDuplicateRow")
        _check_guard(name, self._entries().get(key), options)
        staged[key] = None if name == "delete" else (row, self._service.new_etag())


class FakeQuery:
    """Stands in for ItemPaged."""

    def __init__(self, table: FakeTable, conditions: Sequence[Condition], size: int) -> None:
        self._table, self._conditions, self._size = table, conditions, size

    def by_page(self, continuation_token: Key | None = None) -> Iterator[list[TableEntity]]:
        """Page after page, each read when it is asked for."""
        while True:
            rows, continuation_token = self._table.page(self._conditions, continuation_token, self._size)
            yield rows
            if continuation_token is None:
                return


class _FakeEntity(TableEntity):
    """A row with the metadata that the client gives it."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry[0])
        self._etag = entry[1]

    @property
    def metadata(self) -> Any:
        """Only what the bridge reads of it."""
        return {"etag": self._etag}


def _check_guard(name: str, there: Entry | None, options: Mapping[str, Any]) -> None:
    if name not in ("create", "update", "upsert", "delete"):
        raise ValueError(f"Unrecognized operation: {name}")
    if name in ("update", "upsert") and options.get("mode", UpdateMode.MERGE) != UpdateMode.REPLACE:
        raise NotImplementedError("the bridge replaces whole rows: a merge cannot clear a property")
    if name == "create" and there:
        raise Refused(409, "EntityAlreadyExists")
    if name in ("update", "delete") and not there:
        raise Refused(404, "ResourceNotFound")
    if options.get("match_condition") is MatchConditions.IfNotModified and there and options["etag"] != there[1]:
        raise Refused(412, "UpdateConditionNotSatisfied")


def _condition(text: str, parameters: Mapping[str, Any]) -> Condition:
    found = _CONDITION.fullmatch(text)
    if not found:
        raise NotImplementedError(f"not a condition that the bridge uses: {text}")
    return found[1], _HOLDS[found[2]], parameters[found[3]]


def _meets(row: Mapping[str, Any], conditions: Sequence[Condition]) -> bool:
    """A property that a row does not have meets nothing."""
    return all(name in row and holds(row[name], value) for name, holds, value in conditions)


@contextmanager
def _told() -> Iterator[None]:
    """Raise the client's exception for what the service refuses in here."""
    try:
        yield
    except Refused as refused:
        raise _as_answer(_ERRORS.get(refused.status, HttpResponseError)(message=refused.code), refused) from None


@contextmanager
def _told_of_transaction() -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        kind = RequestTooLargeError if refused.status == 413 else TableTransactionError
        raise _as_answer(kind(message=f"{refused.index}:{refused.code}"), refused) from None


def _as_answer(error: HttpResponseError, refused: Refused) -> HttpResponseError:
    error.status_code = refused.status
    error.error_code = refused.code
    return error
