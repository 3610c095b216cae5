"""A list with what somebody typed into the search box: names by their index, ids by point reads alone.

Pages, files, bulk acts and the API read lists here, so that one filter means the same everywhere.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from shared.console_lists import PATIENT, Filter, ListPage, list_page, matches
from shared.models import ProspectKey
from shared.ports import Stored
from shared.rows import Summary, escape, index_rows, summary_of

LINKED = ("lead", "opportunity", "account")
_ID = re.compile(r"\S*\d\S*")
_LONGEST_ID = 60


class Finding(Protocol):
    """What the store is asked."""

    def load(self, key: ProspectKey) -> Stored | None:
        """The row, or None."""

    def linked(self, kind: str, record_id: str) -> ProspectKey | str | None:
        """The onboarding of a lead, opportunity or account."""

    def listed(self, legal_entity: str, after: str, before: str, limit: int) -> list[Summary]:
        """The index rows between two keys."""


def page_of(
    store: Finding, asked: Filter, scope: Sequence[str], size: int, cursor: str | None, now: datetime, in_vain: int = PATIENT
) -> ListPage:
    """A page of the list, the first one with what its text names by an id before the others; raises ValueError as list_page."""
    hits = [hit for hit in named(store, asked.text, scope) if matches(asked, hit, now)]
    page = list_page(store, asked, scope, size, cursor, now, in_vain)
    rest = [item for item in page.items if item.key not in {hit.key for hit in hits}]
    first = () if cursor else tuple(hits)
    return replace(page, items=(*first, *rest), named=first)


def named(store: Finding, text: str, legal_entities: Sequence[str]) -> list[Summary]:
    """The onboardings with that prospect id, key, lead, opportunity, account or correlation id; empty where it is none."""
    text = text.strip()
    if not _ID.fullmatch(text) or len(text) > _LONGEST_ID:
        return []
    keys = dict.fromkeys([*_of_guid(store, text, legal_entities), *_of_number(text, legal_entities)])
    stored = (store.load(key) for key in keys if key.legal_entity in legal_entities)
    return [summary(found) for found in stored if found]


def summary(stored: Stored) -> Summary:
    """What a list shows of it: its index row by stage is the first."""
    return summary_of(next(iter(index_rows(stored.onboarding).values())))


def _of_number(text: str, legal_entities: Sequence[str]) -> Iterator[ProspectKey]:
    """A prospect id in each legal entity, or a whole key such as `usmf.P-000123`, which may be written with a slash."""
    for entity in legal_entities:
        bare = re.sub(rf"^{re.escape(entity)}[./]", "", text, flags=re.IGNORECASE)
        yield ProspectKey.of(entity, bare)


def _of_guid(store: Finding, text: str, legal_entities: Sequence[str]) -> Iterator[ProspectKey]:
    try:
        guid = str(uuid.UUID(text))
    except ValueError:
        return
    for kind in LINKED:
        linked = store.linked(kind, guid)
        if isinstance(linked, ProspectKey):
            yield linked
    for entity in legal_entities:
        place = f"c~{escape(guid)}~"
        yield from (found.key for found in store.listed(entity, place, f"{place}~", 5))
