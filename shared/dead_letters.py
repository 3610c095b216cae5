"""What could not even be parsed: a row that says what it was, and its raw body in a private container, for 30 days.

The one place where personal data may be stored. The row is written first: whatever a crash leaves behind, `purge` finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity, TableServiceClient
from azure.storage.blob import ContainerClient

from shared.rows import clean, time_text, utc
from shared.storage import DEAD_LETTERS, told_as_transient
from shared.tables import Page, Table, new_token, utc_now

MOST_BYTES = 1024 * 1024
"""Of a body; what is longer is cut, and the row says so."""

_PARTITION = "dead-letter"
_PURGE = 500


@dataclass(frozen=True)
class DeadLetter:
    """One of them. `size` and `sha256` are of the whole body, `cut` says that only its first MiB is kept."""

    id: str
    at: datetime
    source: str
    reason: str
    size: int
    sha256: str
    cut: bool


class DeadLetters:
    """The table DeadLetters and the container of the bodies. Every method raises Transient where Storage does not serve it."""

    def __init__(self, tables: TableServiceClient, bodies: ContainerClient, now: Callable[[], datetime] = utc_now) -> None:
        self._table = Table(tables.get_table_client(DEAD_LETTERS))
        self._bodies = bodies
        self._now = now

    def keep(self, source: str, reason: str, body: bytes) -> str:
        """Store it and return its id. `reason` is one line that holds nothing of the body."""
        at = self._now()
        letter_id = f"{time_text(at)}-{new_token()}"
        self._table.put(
            {
                "PartitionKey": _PARTITION,
                "RowKey": letter_id,
                "at": utc(at),
                "source": clean(source),
                "reason": clean(reason),
                "size": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
                "cut": len(body) > MOST_BYTES,
            }
        )
        with told_as_transient("keeping a dead letter's body"):
            self._bodies.upload_blob(letter_id, body[:MOST_BYTES], overwrite=True)
        return letter_id

    def body(self, letter_id: str) -> bytes | None:
        """The body, cut after a MiB; None where it was purged or never arrived."""
        with told_as_transient("reading a dead letter's body"):
            try:
                return self._bodies.download_blob(letter_id).readall()
            except ResourceNotFoundError:
                return None

    def listed(self, page_size: int = 50, continuation: str | None = None) -> Page[DeadLetter]:
        """Dead letters, oldest first."""
        rows = self._table.scan(_PARTITION, continuation or "0", "~", page_size)
        return Page(tuple(map(_letter_of, rows)), rows[-1]["RowKey"] if len(rows) == page_size else None)

    def purge(self, older_than: datetime) -> int:
        """Delete those older than that, body first; returns how many. At most 500 at a time, so that a timer's run is bounded."""
        rows = self._table.scan(_PARTITION, "0", time_text(older_than), _PURGE)
        for row in rows:
            with told_as_transient("deleting a dead letter's body"), suppress(ResourceNotFoundError):
                self._bodies.delete_blob(row["RowKey"])
            self._table.remove(_PARTITION, row["RowKey"])
        return len(rows)


def _letter_of(row: TableEntity) -> DeadLetter:
    return DeadLetter(row["RowKey"], utc(row["at"]), row["source"], row["reason"], row["size"], row["sha256"], row["cut"])
