"""The store of onboardings: each with its history, its index rows and its claim in one partition.

A claim, and a record with its release, is one transaction under the row's ETag. The row knows the exact keys of its index rows: a
transaction deletes those it no longer has and writes those that are new or show something else, never one key twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, TypeVar

from azure.data.tables import TableEntity, TableServiceClient

from shared import telemetry
from shared.errors import ClaimHeld, ClaimLost, System, Transient
from shared.links import Links
from shared.measuring import Measured, measured
from shared.models import EventType, ProspectKey
from shared.ports import Stored
from shared.record import Cause, Claim, HistoryEntry, Onboarding, Stage
from shared.rows import (
    Row,
    Summary,
    claim_of,
    due_of,
    history_entry_of,
    history_prefix,
    history_rows,
    index_keys_of,
    index_rows,
    measure_row,
    onboarding_of,
    onboarding_row_key,
    partition_of,
    row_of,
    summary_of,
    time_text,
)
from shared.storage import ONBOARDINGS
from shared.tables import (
    MOST_OPERATIONS,
    Conflict,
    Operation,
    Page,
    Table,
    create,
    delete,
    etag_of,
    new_token,
    replace_any,
    replace_unchanged,
    utc_now,
)
from shared.traffic import Traffic

UNREADABLE = (KeyError, ValueError)
"""What reading a row raises that holds a value, or misses one, which this version does not expect."""
HISTORY_CUT = "history-cut"
"""The last line of a history that did not fit into its transaction."""

T = TypeVar("T")


class Correlation(Links):
    """The tables Onboardings and Links: ports.Store, and the lists that timers and the console read."""

    def __init__(self, tables: TableServiceClient, now: Callable[[], datetime] = utc_now, traffic: Traffic | None = None) -> None:
        """`traffic`: what this process sends, which each write tells the figures by the way."""
        super().__init__(tables, now)
        self._onboardings, self._traffic = Table(tables.get_table_client(ONBOARDINGS)), traffic or Traffic()

    # ---- one onboarding

    def load(self, key: ProspectKey) -> Stored | None:
        """The row, or None. A claim that ran out is still in it, so that whoever takes over knows that somebody died.

        Raises Transient where another version of the app wrote what this one cannot read, which must not write over it.
        """
        row = self._onboardings.read(partition_of(key.legal_entity), onboarding_row_key(key))
        return None if row is None else _stored(row)

    def open(self, onboarding: Onboarding) -> Stored:
        """Create the row with the claim that it carries; as it is where there is one already (one more operation)."""
        rows, token = index_rows(onboarding), new_token()
        first = create(row_of(onboarding, rows, token))
        try:
            with self._counted(measured(None, onboarding, self._now()), onboarding.key.legal_entity, token) as counted:
                etag = self._onboardings.commit([first, *map(replace_any, rows.values()), *counted])
        except Conflict as conflict:
            if conflict.row is None:
                raise _try_again(conflict) from conflict
            return _stored(conflict.row)
        return Stored(onboarding, etag, tuple(sorted(rows)))

    def take(self, stored: Stored, claim: Claim) -> Stored:
        """Claim the row; raises ClaimHeld where another holds it or was faster."""
        held = stored.onboarding.claim
        if held and held.owner != claim.owner and held.until > claim.at:
            raise ClaimHeld(held.until)
        try:
            return self._write(stored, replace(stored.onboarding, claim=claim), ())
        except Conflict as conflict:
            if conflict.unchanged_since(stored.etag):
                raise _try_again(conflict) from conflict
            faster = claim_of(conflict.row) if conflict.row else None
            raise ClaimHeld(faster.until if faster else claim.at) from conflict

    def record(self, stored: Stored, onboarding: Onboarding, history: Sequence[HistoryEntry]) -> Stored:
        """Write row, history and index, and release the claim; raises ClaimLost where the row changed under us.

        A transaction has room for some 25 lines of history; where there are more, the last line says how many were left out.
        """
        try:
            return self._write(stored, replace(onboarding, claim=None), history)
        except Conflict as conflict:
            if conflict.unchanged_since(stored.etag):
                raise _try_again(conflict) from conflict
            raise ClaimLost("the onboarding changed under us: our claim ran out") from conflict

    def add_line(self, key: ProspectKey, line: HistoryEntry) -> None:
        """Write one line of history, whoever holds the claim. One operation."""
        self._onboardings.put(history_rows(key, [line], new_token())[0])

    def _write(self, stored: Stored, onboarding: Onboarding, history: Sequence[HistoryEntry]) -> Stored:
        rows, token = index_rows(onboarding), new_token()
        first = replace_unchanged(row_of(onboarding, rows, token), stored.etag)
        outdated, changed = _index_changes(stored, rows)
        room = MOST_OPERATIONS - 2 - len(outdated) - len(changed)
        lines = map(create, history_rows(onboarding.key, _fitting(history, room), token))
        moved = measured(stored.onboarding, onboarding, self._now())
        with self._counted(moved, onboarding.key.legal_entity, token) as counted:
            etag = self._committed(stored, first, outdated, [*changed, *lines, *counted])
        return Stored(onboarding, etag, tuple(sorted(rows)))

    def _committed(self, stored: Stored, first: Operation, outdated: Sequence[Operation], rest: Sequence[Operation]) -> str:
        try:
            return self._onboardings.commit([first, *outdated, *rest])
        except Conflict as conflict:
            if conflict.status != 404 or not conflict.unchanged_since(stored.etag):
                raise
            return self._onboardings.commit([first, *self._still_there(outdated), *rest])

    def _still_there(self, deletions: Sequence[Operation]) -> list[Operation]:
        """An index row that is missing needs no deletion. One operation each; only after a transaction failed because of one."""
        return [one for one in deletions if self._onboardings.read(one[1]["PartitionKey"], one[1]["RowKey"]) is not None]

    # ---- what the figures count

    @contextmanager
    def _counted(self, moved: Measured, legal_entity: str, token: str) -> Iterator[list[Operation]]:
        """For a transaction: the row of what it adds to the figures, if anything."""
        with self._traffic.told() as requests:
            counted = moved | requests
            yield [create(measure_row(legal_entity, counted, self._now(), token))] if counted else []

    def count_requests(self, legal_entity: str) -> None:
        """Leave to the figures what this process sent and no write told. One operation; none where nothing was sent."""
        with self._traffic.told() as requests:
            if requests:
                self._onboardings.put(measure_row(legal_entity, requests, self._now(), new_token()))

    # ---- lists; each costs one operation per page of the service, at most 1,000 rows

    def due(self, legal_entities: Sequence[str], now: datetime, limit: int) -> list[tuple[ProspectKey, datetime, EventType]]:
        """The onboardings longest due for another look, dead claims among them. One page per legal entity, or more."""
        partitions = [partition_of(legal_entity) for legal_entity in legal_entities]
        found = [self._onboardings.scan(partition, "d~", f"d~{time_text(now)}~~", limit) for partition in partitions]
        return list(_read(due_of, islice(merge(*found, key=lambda row: row["RowKey"]), limit)))

    def in_stage(
        self, legal_entity: str, stage: Stage | None = None, page_size: int = 50, continuation: str | None = None
    ) -> Page[Summary]:
        """The onboardings of a stage, or of all, those longest in it first."""
        return self._page(legal_entity, f"s~{stage}~" if stage else "s~", page_size, continuation, summary_of)

    def with_attention(
        self, legal_entity: str, cause: Cause | None = None, page_size: int = 50, continuation: str | None = None
    ) -> Page[Summary]:
        """The open attentions of a cause, or of all, oldest first; an onboarding with several is there once for each."""
        return self._page(legal_entity, f"a~{cause}~" if cause else "a~", page_size, continuation, summary_of)

    def known(self, keys: Collection[ProspectKey]) -> dict[ProspectKey, Onboarding]:
        """Those of the keys that have an onboarding. One operation for keys that lie close together, else one each."""
        found: dict[ProspectKey, Onboarding] = {}
        for legal_entity in sorted({key.legal_entity for key in keys}):
            wanted = {onboarding_row_key(key): key for key in keys if key.legal_entity == legal_entity}
            rows = (row for row in self._rows_of(partition_of(legal_entity), sorted(wanted)) if row["RowKey"] in wanted)
            found |= {onboarding.key: onboarding for onboarding in _read(onboarding_of, rows)}
        return found

    def _rows_of(self, partition: str, row_keys: list[str]) -> Iterator[TableEntity]:
        """A page from the first key on, and what lies behind it one by one."""
        limit = 2 * len(row_keys) + 10
        rows = self._onboardings.scan(partition, row_keys[0][:-1], f"{row_keys[-1]}!", limit)
        yield from rows
        rest = [row_key for row_key in row_keys if row_key > rows[-1]["RowKey"]] if len(rows) == limit else []
        for row_key in rest:
            if (row := self._onboardings.read(partition, row_key)) is not None:
                yield row

    def onboardings(self, legal_entity: str, page_size: int = 50, continuation: str | None = None) -> Page[Onboarding]:
        """Every onboarding of a legal entity in order of key, closed ones too: for the audit."""
        rows = self._onboardings.scan(partition_of(legal_entity), continuation or "o~", "p", page_size)
        return Page(tuple(_read(onboarding_of, rows)), rows[-1]["RowKey"] if len(rows) == page_size else None)

    def waiting(
        self, legal_entity: str, page_size: int = 50, continuation: str | None = None
    ) -> Page[tuple[ProspectKey, datetime, EventType]]:
        """What is due, now or later, and what is claimed: soonest first."""
        return self._page(legal_entity, "d~", page_size, continuation, due_of)

    def listed(self, legal_entity: str, after: str, before: str, limit: int) -> list[Summary]:
        """The index rows of lists between two keys, in order; a summary's `row_key` is where to go on."""
        return list(_read(summary_of, self._onboardings.scan(partition_of(legal_entity), after, before, limit)))

    def uncounted(self, legal_entity: str, limit: int) -> list[TableEntity]:
        """What writes added to the figures and is not folded yet, oldest first."""
        return self._onboardings.scan(partition_of(legal_entity), "m~", "m~~", limit)

    def forget_counted(self, legal_entity: str, row_keys: Sequence[str]) -> None:
        """Delete what was folded; one operation for a hundred. Raises Transient where another run was faster."""
        deletions = [delete(partition_of(legal_entity), row_key) for row_key in row_keys]
        try:
            for start in range(0, len(deletions), MOST_OPERATIONS):
                self._onboardings.commit(deletions[start : start + MOST_OPERATIONS])
        except Conflict as conflict:
            raise _try_again(conflict) from conflict

    def history(self, key: ProspectKey, page_size: int = 1000, continuation: str | None = None) -> Page[HistoryEntry]:
        """The onboarding's history, newest first."""
        return self._page(key.legal_entity, history_prefix(key), page_size, continuation, history_entry_of)

    def _page(
        self, legal_entity: str, prefix: str, size: int, continuation: str | None, read: Callable[[TableEntity], T]
    ) -> Page[T]:
        after = continuation if continuation and continuation.startswith(prefix) else prefix
        # Stages, causes and times are what follows a prefix: all sort before `~`.
        rows = self._onboardings.scan(partition_of(legal_entity), after, f"{prefix}~", size)
        return Page(tuple(_read(read, rows)), rows[-1]["RowKey"] if len(rows) == size else None)


def _stored(row: TableEntity) -> Stored:
    try:
        return Stored(onboarding_of(row), etag_of(row), index_keys_of(row))
    except UNREADABLE as error:
        raise Transient(System.STORAGE, f"the row {row['RowKey']} is another version's: {error}") from error


def _read(read: Callable[[TableEntity], T], rows: Iterable[TableEntity]) -> Iterator[T]:
    """What the rows say. One that another version of the app wrote, and this one cannot read, keeps no list from the others."""
    for row in rows:
        try:
            yield read(row)
        except UNREADABLE as error:
            telemetry.tell("row-unreadable", level=logging.ERROR, row=row["RowKey"], reason=str(error))


def _index_changes(stored: Stored, rows: dict[str, Row]) -> tuple[list[Operation], list[Operation]]:
    """Old minus new, to delete; and what is new, or shows something else than before, to write."""
    partition = partition_of(stored.onboarding.key.legal_entity)
    before: dict[str, Any] = {key: row for key, row in index_rows(stored.onboarding).items() if key in stored.index_rows}
    outdated = [delete(partition, key) for key in stored.index_rows if key not in rows]
    return outdated, [replace_any(row) for key, row in rows.items() if before.get(key) != row]


def _fitting(history: Sequence[HistoryEntry], room: int) -> Sequence[HistoryEntry]:
    if len(history) <= room:
        return history
    left_out = len(history) - room + 1
    return [*history[: room - 1], HistoryEntry(history[-1].at, HISTORY_CUT, f"{left_out} more")]


def _try_again(conflict: Conflict) -> Transient:
    return Transient(System.STORAGE, "a write did not take effect", status=conflict.status)
