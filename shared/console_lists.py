"""The console's lists: which index rows a filter means, read page by page. No page reads more than its share of rows.

A list is read from several streams of index rows (a legal entity's rows under one prefix), merged by what follows the prefix:
a time, or a name. A cursor is the last row that was shown, so that a page stays where it is while rows come and go.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge
from typing import Protocol

from shared.models import ProspectKey
from shared.record import OPEN_STAGES, Cause, Stage
from shared.rows import Summary, escape, time_text
from shared.searching import counting_down, start_of, word_starts

PATIENT = 2000
"""Rows that may be read in vain for one page: a filter that hits seldom shows what it found so far, and where to go on."""
NOBODY = "nobody"
"""In place of an operator's object id."""
LARGEST_BATCH = 200
"""Rows of one read of a stream. The first is as small as a page without a narrow filter needs, each next one twice as large."""


class View(StrEnum):
    """The four lists, and all of them together."""

    PROGRESS = "progress"
    SYNC = "sync"
    EXCLUDED = "excluded"
    ATTENTION = "attention"
    ALL = "all"


STAGES_OF: dict[View, tuple[Stage, ...]] = {
    View.PROGRESS: (Stage.REQUESTED, Stage.IN_REVIEW, Stage.QUALIFIED),
    View.SYNC: (Stage.APPROVED, Stage.REJECTED),
    View.EXCLUDED: (Stage.EXCLUDED,),
    View.ATTENTION: tuple(Stage),
    View.ALL: tuple(Stage),
}


@dataclass(frozen=True)
class Filter:
    """What a list shows. Empty members do not narrow it."""

    view: View = View.ALL
    stage: Stage | None = None
    cause: Cause | None = None
    legal_entity: str = ""
    older_than: timedelta | None = None
    """Longer in this stage, or with this attention open, than that."""
    text: str = ""
    """The beginning of a word of the organization's name, a prospect id, or an id of either system."""
    assigned_to: str = ""
    """An operator's object id, or NOBODY."""


@dataclass(frozen=True)
class ListPage:
    """Part of a list. `cursor` None: there is no more. `unfinished`: reading ended early, and more may follow."""

    items: tuple[Summary, ...]
    cursor: str | None = None
    unfinished: bool = False
    named: tuple[Summary, ...] = ()
    """Those of the items that the text names by an id (shared.console_search)."""


class Rows(Protocol):
    """The index rows of the store."""

    def listed(self, legal_entity: str, after: str, before: str, limit: int) -> list[Summary]:
        """The index rows between two keys, in order. One table operation."""


@dataclass(frozen=True, order=True)
class Stream:
    """A legal entity's index rows under one prefix, between two texts that follow it."""

    prefix: str
    legal_entity: str
    after: str = ""
    before: str = "~"


@dataclass(frozen=True)
class Cursor:
    """The last row that was shown: what followed the prefix, and in which stream it was."""

    text: str
    prefix: str
    legal_entity: str

    @classmethod
    def parse(cls, value: str) -> Cursor:
        """From `str(cursor)`; raises ValueError."""
        try:
            parts = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        except (binascii.Error, UnicodeDecodeError, RecursionError) as error:
            raise ValueError("not a cursor") from error
        if (
            not isinstance(parts, list)
            or len(parts) != 3
            or not all(isinstance(part, str) and part.isprintable() for part in parts)
        ):
            raise ValueError("not a cursor")
        return cls(*parts)

    def __str__(self) -> str:
        text = json.dumps([self.text, self.prefix, self.legal_entity], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def list_page(
    rows: Rows, asked: Filter, scope: Sequence[str], size: int, cursor: str | None, now: datetime, in_vain: int = PATIENT
) -> ListPage:
    """One page of the list; raises ValueError for a cursor that is none. `in_vain`: rows that may be read and not shown."""
    entities = [asked.legal_entity] if asked.legal_entity else list(scope)
    begin = Cursor.parse(cursor) if cursor else None
    wanted = streams(asked, entities, now)
    reading = _Reading(rows, begin, max(10, 2 * size // max(1, len(wanted))) + 1, in_vain)
    items: dict[ProspectKey, Summary] = {}
    last: Cursor | None = None
    for place, summary in reading.merged(wanted):
        if reading.ended_early or len(items) == size:
            return ListPage(tuple(items.values()), str(last) if last else cursor, reading.ended_early)
        last = place
        if matches(asked, summary, now) and summary.key not in items:
            items[summary.key] = summary
        else:
            reading.in_vain_left -= 1
    if reading.ended_early:
        return ListPage(tuple(items.values()), str(last) if last else cursor, True)
    return ListPage(tuple(items.values()))


def streams(asked: Filter, legal_entities: Sequence[str], now: datetime) -> list[Stream]:
    """The rows that a filter needs, in as few streams as there can be."""
    return [replace(stream, legal_entity=entity) for entity in legal_entities for stream in _streams(asked, now)]


def _streams(asked: Filter, now: datetime) -> list[Stream]:
    oldest = now - asked.older_than if asked.older_than else None
    until = time_text(oldest) if oldest else "~"
    if asked.text:
        start = escape(start_of(asked.text))
        return [Stream("n~", "", start, _just_after(start))] if start else []
    if asked.cause:
        return [Stream(f"a~{asked.cause}~", "", "", until)]
    stages = [stage for stage in STAGES_OF[asked.view] if asked.stage in (None, stage)]
    if asked.view is View.ATTENTION and (asked.stage or oldest):
        return [Stream(f"w~{stage}~", "", "", until) for stage in stages]
    if asked.assigned_to not in ("", NOBODY):
        return [Stream(f"u~{escape(asked.assigned_to)}~{stage}~", "", "", until) for stage in stages]
    if asked.view is View.ATTENTION:
        return [Stream("a~", "")]
    if asked.view is View.PROGRESS or (asked.view is View.ALL and asked.stage in OPEN_STAGES):
        return [Stream(f"s~{stage}~", "", "", until) for stage in stages]
    return [Stream(f"l~{stage}~", "", counting_down(oldest) if oldest else "") for stage in stages]


def matches(asked: Filter, found: Summary, now: datetime) -> bool:
    """Whether a row that was read belongs into the list."""
    return (
        found.stage in STAGES_OF[asked.view]
        and asked.stage in (None, found.stage)
        and asked.legal_entity in ("", found.key.legal_entity)
        and (asked.view is not View.ATTENTION or bool(found.causes))
        and (asked.view is not View.SYNC or not found.causes)
        and (asked.cause is None or asked.cause in found.causes)
        and (not asked.older_than or found.since <= now - asked.older_than)
        and asked.assigned_to in ("", found.assigned_to or NOBODY)
        and _is_its_first(asked, found)
    )


def _is_its_first(asked: Filter, found: Summary) -> bool:
    """Of several rows of an onboarding in one stream, only one is shown, or it would be on several pages."""
    kind, part, *_ = found.row_key.split("~")
    if kind == "a" and asked.cause is None:
        return found.attention == found.causes[0]
    if kind == "n":
        start = escape(start_of(asked.text))
        hits = [hit for hit in map(escape, word_starts(found.organization_name)) if hit.startswith(start)]
        return part not in hits or part == min(hits)
    return True


class _Reading:
    """The streams of one page, each read batch by batch when its rows are needed."""

    def __init__(self, rows: Rows, begin: Cursor | None, first_batch: int, in_vain: int) -> None:
        self._rows, self._begin, self._first_batch = rows, begin, first_batch
        self.in_vain_left = in_vain
        self.ended_early = False

    def merged(self, streams: Sequence[Stream]) -> Iterator[tuple[Cursor, Summary]]:
        """All rows in the order of what follows their prefixes; ends early where too many were read in vain."""
        yield from merge(*(self._of(stream) for stream in streams), key=lambda found: _rank(found[0]))

    def _of(self, stream: Stream) -> Iterator[tuple[Cursor, Summary]]:
        after, before, batch = stream.prefix + self._after(stream), stream.prefix + stream.before, self._first_batch
        while True:
            found = self._rows.listed(stream.legal_entity, after, before, batch)
            for summary in found:
                place = Cursor(summary.row_key[len(stream.prefix) :], stream.prefix, stream.legal_entity)
                if self._begin is None or _rank(place) > _rank(self._begin):
                    yield place, summary
            if len(found) < batch:
                return
            if self.in_vain_left <= 0:
                self.ended_early = True
                return
            after, batch = found[-1].row_key, max(batch, min(2 * batch, LARGEST_BATCH))

    def _after(self, stream: Stream) -> str:
        """Where this stream goes on; a stream that ranks after the cursor's may have a row of the very same text."""
        if self._begin is None:
            return stream.after
        begin = self._begin
        is_seen = (stream.prefix, stream.legal_entity) <= (begin.prefix, begin.legal_entity)
        return max(stream.after, begin.text if is_seen else begin.text[:-1])


def _rank(place: Cursor) -> tuple[str, str, str]:
    return place.text, place.prefix, place.legal_entity


def _just_after(start: str) -> str:
    """The first text that does not begin with this any more."""
    return start[:-1] + chr(ord(start[-1]) + 1)
