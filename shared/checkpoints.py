"""What timers and breakers remember between runs: leases, watermarks, and small states, each guarded by its row's ETag."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from azure.data.tables import TableEntity, TableServiceClient

from shared.errors import Outdated, System, Transient
from shared.ports import State as State
from shared.rows import escape, utc
from shared.storage import CHECKPOINTS
from shared.tables import Conflict, Row, Table, create, etag_of, new_token, replace_unchanged

ATTEMPTS = 5
"""How often a watermark is written when others move it at the same moment."""
NOBODY = ""


class Checkpoints:
    """The table Checkpoints. Every method raises Transient where Storage does not serve it."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = Table(tables.get_table_client(CHECKPOINTS))

    # ---- leases: one holder at a time, until it lets go or its time is over

    def lease(self, name: str, owner: str, seconds: float, now: datetime) -> bool:
        """Take the lease, or prolong one's own; False while another holds it. Two operations."""
        there = self._read("lease", name)
        if there and there["owner"] not in (NOBODY, owner) and utc(there["until"]) > now:
            return False
        return self._write("lease", name, {"owner": owner, "until": utc(now) + timedelta(seconds=seconds)}, there) is not None

    def release(self, name: str, owner: str) -> None:
        """Let go of the lease, if it is still the owner's. Two operations."""
        there = self._read("lease", name)
        if there and there["owner"] == owner:
            self._write("lease", name, {"owner": NOBODY, "until": utc(there["until"])}, there)

    # ---- watermarks: how far a reader has come

    def watermark(self, name: str) -> datetime | None:
        """How far it has come; None before the first run. One operation."""
        row = self._read("watermark", name)
        return utc(row["at"]) if row else None

    def advance(self, name: str, to: datetime) -> None:
        """Move the watermark forward, never back. Two operations."""
        for _ in range(ATTEMPTS):
            there = self._read("watermark", name)
            if there and utc(there["at"]) >= to:
                return
            if self._write("watermark", name, {"at": utc(to)}, there):
                return
        raise Transient(System.STORAGE, f"too many writers of the watermark {name}")

    # ---- states

    def state(self, name: str) -> State | None:
        """The state, or None. One operation."""
        row = self._read("state", name)
        return State(json.loads(row["values"]), etag_of(row)) if row else None

    def put_state(self, name: str, values: Mapping[str, Any], over: State | None) -> State:
        """Write the state over the one that was read (None: there was none); raises Outdated where it changed. One operation."""
        etag = self._guarded("state", name, {"values": json.dumps(values)}, over.etag if over else None)
        if etag is None:
            raise Outdated(System.STORAGE, f"the state {name} changed")
        return State(values, etag)

    # ---- rows

    def _read(self, kind: str, name: str) -> TableEntity | None:
        return self._table.read(kind, escape(name))

    def _write(self, kind: str, name: str, cells: Row, there: TableEntity | None) -> str | None:
        return self._guarded(kind, name, cells, etag_of(there) if there else None)

    def _guarded(self, kind: str, name: str, cells: Row, over: str | None) -> str | None:
        """The ETag of what was written over that ETag (None: over nothing); None where another was faster."""
        row = {"PartitionKey": kind, "RowKey": escape(name), "token": new_token(), **cells}
        try:
            return self._table.commit([replace_unchanged(row, over) if over else create(row)])
        except Conflict as conflict:
            untouched = conflict.unchanged_since(over) if over else conflict.row is None
            if untouched:
                raise Transient(System.STORAGE, f"{kind} {name} was not written", status=conflict.status) from conflict
            return None
