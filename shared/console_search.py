"""What somebody types into the search box, if it is an id: the onboardings that it names, by point reads alone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from typing import Protocol

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
