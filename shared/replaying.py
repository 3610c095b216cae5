"""Replay: which onboardings a filter selects, and the hint that makes each converge again.

Replaying is nothing but looking again: both systems are read anew, so any onboarding may be replayed at any time, any number
of times, and the selection may be left in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.models import EventType, Hint, ProspectKey
from shared.ports import Page
from shared.record import Cause, Stage
from shared.rows import Summary

REPLAY = "replay"
"""The source of these hints: they want a look whatever is on record."""
PAGE_SIZE = 200


class Lists(Protocol):
    """The index lists; each costs one table operation a page."""

    def in_stage(
        self, legal_entity: str, stage: Stage | None = None, page_size: int = 50, continuation: str | None = None
    ) -> Page[Summary]:
        """The onboardings of a stage, or of all, those longest in it first."""

    def with_attention(
        self, legal_entity: str, cause: Cause | None = None, page_size: int = 50, continuation: str | None = None
    ) -> Page[Summary]:
        """The open attentions of a cause, oldest first."""


@dataclass(frozen=True)
class Selection:
    """Which onboardings. Keys win over everything; `since`: in that stage, or with that attention, since then or later."""

    keys: tuple[ProspectKey, ...] = ()
    stage: Stage | None = None
    attention: Cause | None = None
    since: datetime | None = None


def selected(lists: Lists, legal_entities: tuple[str, ...], selection: Selection) -> Iterator[tuple[ProspectKey, Stage | None]]:
    """Each key once, with its stage where a list says it; page by page, so that any number can be selected."""
    if selection.keys:
        yield from ((key, None) for key in dict.fromkeys(selection.keys))
        return
    for legal_entity in legal_entities:
        for item in _all(lambda after, area=legal_entity: _page(lists, area, selection, after)):  # type: ignore[misc]
            if _fits(item, selection):
                yield item.key, item.stage


def hint(key: ProspectKey, stage: Stage | None, now: datetime) -> Hint:
    """The hint to look again. A prospect without an onboarding gets one by it."""
    kind = EventType.PROSPECT_CREATED if stage in (None, Stage.REQUESTED) else EventType.LEAD_QUALIFIED
    return Hint(type=kind, key=key.text, source=REPLAY, first_seen=now)


def _page(lists: Lists, legal_entity: str, selection: Selection, after: str | None) -> Page[Summary]:
    if selection.attention:
        return lists.with_attention(legal_entity, selection.attention, PAGE_SIZE, after)
    return lists.in_stage(legal_entity, selection.stage, PAGE_SIZE, after)


def _all(page_after: Callable[[str | None], Page[Summary]]) -> Iterator[Summary]:
    after: str | None = None
    while True:
        page = page_after(after)
        yield from page.items
        after = page.continuation
        if after is None:
            return


def _fits(item: Summary, selection: Selection) -> bool:
    in_stage = selection.stage is None or item.stage is selection.stage
    return in_stage and (selection.since is None or item.since >= selection.since)
