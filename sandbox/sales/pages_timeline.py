"""The timeline of a record: its notes and, for an opportunity, the activities that closed it. Newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.sales.pages_desk import Desk, Record


@dataclass(frozen=True)
class Entry:
    """One thing that happened, when (ISO 8601, UTC), and in whose name."""

    title: str
    text: str
    at: str
    who: str


def of_record(at: Desk, row_id: str) -> list[Entry]:
    """The notes on a record."""
    return _newest_first(_notes(at, row_id))


def of_opportunity(at: Desk, row_id: str) -> list[Entry]:
    """The notes on an opportunity and its closing activities; one that reopening canceled says so."""
    rows = at.rows("opportunitycloses", filter=f"_opportunityid_value eq {row_id}")
    closes = [_entry(row, f"{row.text('subject')} ({row.text('statecode')})", row.text("description")) for row in rows]
    return _newest_first(_notes(at, row_id) + closes)


def _notes(at: Desk, row_id: str) -> list[Entry]:
    rows = at.rows("annotations", filter=f"_objectid_value eq {row_id}")
    return [_entry(row, row.text("subject"), row.text("notetext")) for row in rows]


def _entry(row: Record, title: str, text: str) -> Entry:
    return Entry(title, text, row["createdon"], row.text("createdby"))


def _newest_first(entries: list[Entry]) -> list[Entry]:
    """Times are whole seconds: of two in the same one, the later row is the newer."""
    return sorted(entries, key=lambda entry: entry.at)[::-1]
