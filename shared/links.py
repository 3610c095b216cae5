"""The table Links: which onboarding a lead, an opportunity or an account belongs to, and for a while which are not ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from azure.data.tables import TableServiceClient

from shared.errors import System, Transient
from shared.models import ProspectKey
from shared.rows import Row, escape, utc
from shared.storage import LINKS
from shared.tables import (
    MOST_OPERATIONS,
    Conflict,
    Table,
    create,
    delete_unchanged,
    etag_of,
    new_token,
    replace_unchanged,
    utc_now,
)

STRANGER = "stranger"
"""What `linked` says of a record that is known not to be ours."""

KINDS_OF_STRANGERS = ("lead", "opportunity")


class Links:
    """The links of ports.Store. Every method raises Transient where Storage does not serve it."""

    def __init__(self, tables: TableServiceClient, now: Callable[[], datetime] = utc_now) -> None:
        self._links = Table(tables.get_table_client(LINKS))
        self._now = now

    def link(self, kind: str, record_id: str, key: ProspectKey) -> None:
        """Remember that a lead, opportunity or account belongs to the onboarding, whatever was remembered before."""
        self._links.put(_link_keys(kind, record_id) | {"prospect_key": key.text})

    def link_first(self, kind: str, record_id: str, key: ProspectKey) -> ProspectKey:
        """Link it to the onboarding unless another was faster; whose it is. One operation, two where it is linked already."""
        row = _link_keys(kind, record_id) | {"prospect_key": key.text, "token": new_token()}
        try:
            self._links.commit([create(row)])
        except Conflict as conflict:
            if conflict.row is None or "prospect_key" not in conflict.row:
                raise _try_again(conflict) from conflict
            return ProspectKey.parse(conflict.row["prospect_key"])
        return key

    def linked(self, kind: str, record_id: str) -> ProspectKey | str | None:
        """The onboarding's key; `stranger` while that is remembered; None: not known."""
        row = self._links.read(*_link_keys(kind, record_id).values())
        if row is None:
            return None
        if "prospect_key" in row:
            return ProspectKey.parse(row["prospect_key"])
        return STRANGER if utc(row["stranger_until"]) > self._now() else None

    def link_stranger(self, kind: str, record_id: str, until: datetime) -> None:
        """Remember for a while that this record is not ours; a link to an onboarding stays. One operation for a new stranger."""
        row = _link_keys(kind, record_id) | {"stranger_until": utc(until), "token": new_token()}
        try:
            self._links.commit([create(row)])
        except Conflict as conflict:
            if conflict.row is None:
                raise _try_again(conflict) from conflict
            if "prospect_key" not in conflict.row:
                self._renew_stranger(row, etag_of(conflict.row))

    def forget_strangers(self, limit: int = 1000) -> int:
        """Delete what is remembered of strangers no longer; how many. What became ours meanwhile stays."""
        forgotten = 0
        for kind in KINDS_OF_STRANGERS:
            outdated = self._links.before(kind, "stranger_until", self._now(), limit)
            for start in range(0, len(outdated), MOST_OPERATIONS):
                rows = outdated[start : start + MOST_OPERATIONS]
                with suppress(Conflict):  # one of them changed since: the next time
                    self._links.commit([delete_unchanged(row) for row in rows])
                    forgotten += len(rows)
        return forgotten

    def _renew_stranger(self, row: Row, etag: str) -> None:
        try:
            self._links.commit([replace_unchanged(row, etag)])
        except Conflict as conflict:
            if conflict.unchanged_since(etag):
                raise _try_again(conflict) from conflict


def _link_keys(kind: str, record_id: str) -> Row:
    """Dataverse writes a GUID in either letter case, with braces or without."""
    return {"PartitionKey": kind, "RowKey": escape(record_id.strip().strip("{}").lower())}


def _try_again(conflict: Conflict) -> Transient:
    return Transient(System.STORAGE, "a link did not take effect", status=conflict.status)
