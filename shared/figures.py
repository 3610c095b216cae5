"""Figures that a page can show at once: running counts, and what happened in each hour and day. A timer folds them together.

Each write of an onboarding leaves an `m~` row (shared.measuring). A fold adds up to 400 of them to the rows below in one
transaction, which also remembers their keys, and then deletes them. Those whose deletion was lost are deleted first by the next
fold, and never added twice.

    table Checkpoints   PartitionKey = figures
        now~{legal entity}              how many are where, how many attentions are open by cause, the requests of the last
                                        minutes; the keys folded last
        hour~{legal entity}~{hour}      hops as histograms, how many went where, opened and closed attentions, requests
        day~{legal entity}~{day}        the same, by day
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from azure.data.tables import TableEntity, TableServiceClient

from shared.errors import System, Transient
from shared.histograms import Histogram, added, bucket
from shared.measuring import Measured
from shared.record import Cause
from shared.rows import escape, utc
from shared.storage import CHECKPOINTS
from shared.tables import Conflict, Row, Table, create, etag_of, new_token, replace_any, replace_unchanged

TOGETHER = 400
"""Rows folded in one transaction: their keys fit into a property."""
MOST_HOURS = 40
"""That one transaction can touch, each with its day; it has room for a hundred rows."""
MOST_FOLDS = 25
"""Of one run and legal entity."""
MOST_MINUTES = 75
"""Of which requests are kept by the minute: more than the hour that is shown."""
PARTITION = "figures"


class Span(StrEnum):
    """The length of time that one row is about."""

    HOUR = "hour"
    DAY = "day"

    def text(self, at: datetime) -> str:
        """The hour or day of a moment, as it is in keys; sorts by time."""
        return utc(at).strftime("%Y%m%dT%H" if self is Span.HOUR else "%Y%m%d")


@dataclass
class Slot:
    """What happened in one hour or day."""

    at: str = ""
    hops: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    went: Counter[str] = field(default_factory=Counter)
    """Place (stage, with `!` while an attention is open) -> how many came there."""
    left: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    costs: Counter[str] = field(default_factory=Counter)
    """Requests and throttled requests by system, e.g. `sales_requests`."""

    def add(self, measured: Measured) -> None:
        """Add what one write left."""
        for hop, seconds in measured.get("hops", {}).items():
            self.hops[hop][bucket(seconds)] += 1
        before, after = measured.get("stage", ("", ""))
        self.left.update([before] if before else [])
        self.went.update([after] if after else [])
        self.opened.update(measured.get("opened", ()))
        self.closed.update(measured.get("closed", ()))
        self.costs.update(_requests(measured))

    def histogram(self, hop: str) -> Histogram:
        """How long that hop took."""
        return self.hops.get(hop, {})

    def cells(self) -> Row:
        """As a row keeps it."""
        return {"values": json.dumps({name: getattr(self, name) for name in _SLOT_PARTS})}

    @classmethod
    def of(cls, row: TableEntity | None, at: str) -> Slot:
        """As a row keeps it, or an empty one."""
        slot = cls(at)
        for name, counts in (json.loads(row["values"]) if row else {}).items():
            if name == "hops":
                slot.hops.update({hop: Counter(histogram) for hop, histogram in counts.items()})
            else:
                getattr(slot, name).update(counts)
        return slot


_SLOT_PARTS = ("hops", "went", "left", "opened", "closed", "costs")


@dataclass
class Standing:
    """How many are where now, as far as was folded."""

    places: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)

    @property
    def open_causes(self) -> list[Cause]:
        """The causes of which any attention is open."""
        return [cause for cause in Cause if self.causes[cause] > 0]

    def add(self, measured: Measured) -> None:
        """Add what one write left."""
        before, after = measured.get("stage", ("", ""))
        self.places.update({after: 1} if after else {})
        self.places.subtract({before: 1} if before else {})
        self.causes.update(measured.get("opened", ()))
        self.causes.subtract(measured.get("closed", ()))


class Uncounted(Protocol):
    """Where the `m~` rows are."""

    def uncounted(self, legal_entity: str, limit: int) -> list[TableEntity]:
        """What is not folded yet, oldest first."""

    def forget_counted(self, legal_entity: str, row_keys: Sequence[str]) -> None:
        """Delete what was folded."""


class Figures:
    """The figures of all legal entities. Every method raises Transient where Storage does not serve it."""

    def __init__(self, tables: TableServiceClient, uncounted: Uncounted) -> None:
        self._table = Table(tables.get_table_client(CHECKPOINTS))
        self._uncounted = uncounted

    # ---- reading: the same cost whatever the number of onboardings

    def standing(self, legal_entities: Iterable[str]) -> Standing:
        """How many are where, over all of them. One operation each."""
        total = Standing()
        for row in filter(None, (self._read_now(entity) for entity in legal_entities)):
            total.places.update(json.loads(row["places"]))
            total.causes.update(json.loads(row["causes"]))
        return total

    def slots(self, legal_entities: Iterable[str], span: Span, since: datetime) -> list[Slot]:
        """The hours or days since then in which anything happened, over all legal entities, oldest first. One operation each."""
        rows = [row for entity in legal_entities for row in self._slot_rows(entity, span, since)]
        by_time: dict[str, list[TableEntity]] = defaultdict(list)
        for row in rows:
            by_time[row["RowKey"].rpartition("~")[2]].append(row)
        return [together(at, [Slot.of(row, at) for row in by_time[at]]) for at in sorted(by_time)]

    def _slot_rows(self, legal_entity: str, span: Span, since: datetime) -> list[TableEntity]:
        prefix = f"{span}~{_name(legal_entity)}~"
        just_before = f"{prefix}{span.text(since - timedelta(hours=1 if span is Span.HOUR else 24))}"
        return self._table.scan(PARTITION, just_before, f"{prefix}~", 1000)

    def _read_now(self, legal_entity: str) -> TableEntity | None:
        return self._table.read(PARTITION, f"now~{_name(legal_entity)}")

    def requests(self, legal_entities: Iterable[str], since: datetime) -> Counter[str]:
        """The requests by system that were told since then, at most an hour ago. One operation each."""
        total: Counter[str] = Counter()
        for row in filter(None, (self._read_now(entity) for entity in legal_entities)):
            for minute, counts in _minutes(row).items():
                total.update(counts if minute > _minute(since) else {})
        return total

    # ---- folding

    def fold(self, legal_entity: str) -> int:
        """Add what writes left since the last time; how many. Bounded; what is left over is folded by the next run."""
        folded = 0
        for _ in range(MOST_FOLDS):
            rows = self._uncounted.uncounted(legal_entity, TOGETHER)
            if not rows:
                break
            folded += self._fold(legal_entity, rows)
        return folded

    def _fold(self, legal_entity: str, rows: list[TableEntity]) -> int:
        now = self._read_now(legal_entity)
        done = set(json.loads(now["folded"])) if now else set()
        if leftover := [row["RowKey"] for row in rows if row["RowKey"] in done]:
            self._uncounted.forget_counted(legal_entity, leftover)
        new = _fitting([row for row in rows if row["RowKey"] not in done])
        if new:
            self._commit(legal_entity, now, new)
            self._uncounted.forget_counted(legal_entity, [row["RowKey"] for row in new])
        return len(new)

    def _commit(self, legal_entity: str, now: TableEntity | None, rows: list[TableEntity]) -> None:
        """One transaction, under the ETag of the row of counts; raises Transient where another run was faster."""
        standing = self._standing_with(now, rows)
        counts = {"places": json.dumps(_not_zero(standing.places)), "causes": json.dumps(_not_zero(standing.causes))}
        counts["minutes"] = json.dumps(_minutes_with(now, rows))
        first = _row(f"now~{_name(legal_entity)}") | counts | {"folded": json.dumps([row["RowKey"] for row in rows])}
        slots = [replace_any(_row(row_key) | slot.cells()) for row_key, slot in self._slots_with(legal_entity, rows).items()]
        try:
            self._table.commit([replace_unchanged(first, etag_of(now)) if now else create(first), *slots])
        except Conflict as conflict:
            raise Transient(System.STORAGE, "another run folded the figures", status=conflict.status) from conflict

    def _standing_with(self, now: TableEntity | None, rows: list[TableEntity]) -> Standing:
        standing = Standing(Counter(json.loads(now["places"])), Counter(json.loads(now["causes"]))) if now else Standing()
        for row in rows:
            standing.add(json.loads(row["measured"]))
        return standing

    def _slots_with(self, legal_entity: str, rows: list[TableEntity]) -> dict[str, Slot]:
        slots: dict[str, Slot] = {}
        for row in rows:
            for span in Span:
                at = span.text(row["at"])
                row_key = f"{span}~{_name(legal_entity)}~{at}"
                if row_key not in slots:
                    slots[row_key] = Slot.of(self._table.read(PARTITION, row_key), at)
                slots[row_key].add(json.loads(row["measured"]))
        return slots


def together(at: str, slots: Iterable[Slot]) -> Slot:
    """Several as one, e.g. those of all legal entities, or of all hours of a day."""
    total = Slot(at)
    for slot in slots:
        for hop, histogram in slot.hops.items():
            total.hops[hop] = added((total.hops[hop], histogram))
        for name in _SLOT_PARTS[1:]:
            getattr(total, name).update(getattr(slot, name))
    return total


def _minute(at: datetime) -> str:
    return f"{utc(at):%Y%m%dT%H%M}"


def _minutes(now: TableEntity | None) -> dict[str, dict[str, int]]:
    minutes: dict[str, dict[str, int]] = json.loads(now.get("minutes", "{}")) if now else {}
    return minutes


def _minutes_with(now: TableEntity | None, rows: list[TableEntity]) -> dict[str, dict[str, int]]:
    minutes = {minute: Counter(counts) for minute, counts in _minutes(now).items()}
    for row in rows:
        if requests := _requests(json.loads(row["measured"])):
            minutes.setdefault(_minute(row["at"]), Counter()).update(requests)
    return {minute: dict(minutes[minute]) for minute in sorted(minutes)[-MOST_MINUTES:]}


def _requests(measured: Measured) -> dict[str, int]:
    return {name: value for name, value in measured.items() if isinstance(value, int)}


def _fitting(rows: list[TableEntity]) -> list[TableEntity]:
    """As many of the first rows as one transaction can fold."""
    hours = list(dict.fromkeys(Span.HOUR.text(row["at"]) for row in rows))[:MOST_HOURS]
    return [row for row in rows if Span.HOUR.text(row["at"]) in hours]


def _not_zero(counts: Counter[str]) -> dict[str, int]:
    """What is below zero stays: clocks differ, and what ended may be folded before what began."""
    return {name: count for name, count in counts.items() if count}


def _name(legal_entity: str) -> str:
    return escape(legal_entity.strip().lower())


def _row(row_key: str) -> dict[str, Any]:
    return {"PartitionKey": PARTITION, "RowKey": row_key, "token": new_token()}
