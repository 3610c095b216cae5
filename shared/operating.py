"""What operators do to one onboarding: each act is a record under the row's ETag, with who did it in its history.

No act writes to Sales or Commerce. Where something should follow, a hint is sent and the onboarding converges as always.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared import telemetry
from shared.bridge import Timing
from shared.errors import ClaimHeld, Missing, System
from shared.models import EventType, Hint, ProspectKey
from shared.ports import Queue, Store, Stored
from shared.record import Attention, Cause, Claim, HistoryEntry, Onboarding, Stage
from shared.rulings import ruled

CONSOLE = "console"
"""The source of these hints: they want a look whatever is on record."""
CLAIM = timedelta(seconds=30)
LONGEST_NOTE, LONGEST_REASON = 500, 200
MOST_ACKNOWLEDGED = 40


class Act(StrEnum):
    """What an operator does; also what the history calls it."""

    LOOK_AGAIN = "look-again"
    HOLD = "hold"
    RELEASE = "release"
    SETTLE = "settle"
    CLOSE = "close"
    NOTE = "note"
    ASSIGN = "assign"


@dataclass(frozen=True)
class By:
    """Who did it, and from where: an object id and an address, never a name."""

    object_id: str
    address: str = ""


class Records(Store, Protocol):
    """The store, and a line of history by itself."""

    def add_line(self, key: ProspectKey, line: HistoryEntry) -> None:
        """Write it whoever works on the onboarding. One table operation."""


@dataclass(frozen=True)
class Desk:
    """What acts work with."""

    store: Records
    queue: Queue
    now: Callable[[], datetime]
    timing: Timing = Timing()


def look_again(desk: Desk, key: ProspectKey, by: By, delay_seconds: float = 0) -> None:
    """Have it converge now, or in a while; raises Missing. It changes nothing on record, so it needs no claim."""
    stored = desk.store.load(key)
    if stored is None:
        raise _no_such(key)
    desk.store.add_line(key, _line(desk.now(), Act.LOOK_AGAIN, "", by))
    _send(desk, stored.onboarding, delay_seconds)
    _tell(Act.LOOK_AGAIN, stored.onboarding, by)


def hold(desk: Desk, key: ProspectKey, by: By, reason: str) -> Onboarding:
    """Write nothing to either system until it is released; what both show is still read."""
    return _record(desk, key, by, Act.HOLD, reason, lambda known: _held(known, by, desk.now()))


def release(desk: Desk, key: ProspectKey, by: By, reason: str = "") -> Onboarding:
    """Go on; what was due meanwhile is done now."""
    return _then_look(
        desk, _record(desk, key, by, Act.RELEASE, reason, lambda known: replace(known, held_by="", held_since=None))
    )


def settle(desk: Desk, key: ProspectKey, by: By, cause: Cause, choice: str, reason: str) -> Onboarding:
    """Choose about an open attention; raises ValueError where that cannot be chosen."""
    detail = f"{cause}: {choice}; {reason}"
    return _then_look(desk, _record(desk, key, by, Act.SETTLE, detail, lambda known: ruled(known, cause, choice)))


def close(desk: Desk, key: ProspectKey, by: By, reason: str, cause: Cause | None = None) -> Onboarding:
    """Close its attentions, or that one: the same one does not open again, another does."""
    return _record(desk, key, by, Act.CLOSE, f"{cause}: {reason}" if cause else reason, lambda known: _acknowledged(known, cause))


def note(desk: Desk, key: ProspectKey, by: By, text: str) -> Onboarding:
    """The operators' own note; an empty one takes it away."""
    text = text.strip()[:LONGEST_NOTE]
    return _record(desk, key, by, Act.NOTE, text, lambda known: replace(known, operator_note=text))


def assign(desk: Desk, key: ProspectKey, by: By, to: str) -> Onboarding:
    """To an operator's object id; an empty one takes it away."""
    to = to.strip()[:64]
    return _record(desk, key, by, Act.ASSIGN, to or "nobody", lambda known: replace(known, assigned_to=to))


# ---- what changes


def _held(known: Onboarding, by: By, now: datetime) -> Onboarding:
    return replace(known, held_by=by.object_id, held_since=known.held_since or now)


def _acknowledged(known: Onboarding, cause: Cause | None) -> Onboarding:
    def is_meant(attention: Attention) -> bool:
        return cause in (None, attention.cause)

    marks = tuple(attention.mark for attention in known.attentions if is_meant(attention))
    left = tuple(attention for attention in known.attentions if not is_meant(attention))
    acknowledged = tuple(dict.fromkeys((*known.acknowledged, *marks)))[-MOST_ACKNOWLEDGED:]
    return replace(known, attentions=left, acknowledged=acknowledged)


# ---- recording


def _record(
    desk: Desk, key: ProspectKey, by: By, act: Act, detail: str, change: Callable[[Onboarding], Onboarding]
) -> Onboarding:
    """Claim, change, record; raises Missing, ClaimHeld where an invocation works on it, and what `change` raises."""
    stored = desk.store.load(key)
    if stored is None:
        raise _no_such(key)
    changed = change(stored.onboarding)
    taken, now = _take(desk, stored), desk.now()
    line = _line(now, act, detail, by)
    blocked_at = now if stored.onboarding.is_blocked else changed.blocked_at
    changed = replace(changed, in_doubt_since=taken.onboarding.in_doubt_since, blocked_at=blocked_at)
    recorded = desk.store.record(
        taken, replace(changed, claim=None), [line, *_opened_and_closed(stored.onboarding, changed, line)]
    )
    _tell(act, changed, by)
    return recorded.onboarding


def _line(now: datetime, act: Act, detail: str, by: By) -> HistoryEntry:
    address = f"from {by.address}" if by.address else ""
    return HistoryEntry(now, act, " ".join(detail.split())[:LONGEST_NOTE], address, by.object_id)


def _take(desk: Desk, stored: Stored) -> Stored:
    """As an invocation takes it: who died before is remembered as a doubt."""
    now, held = desk.now(), stored.onboarding.claim
    if held and held.until > now:
        raise ClaimHeld(held.until)
    if held:
        stored = replace(stored, onboarding=replace(stored.onboarding, in_doubt_since=desk.timing.latest_write(held)))
    return desk.store.take(stored, Claim(f"{CONSOLE} {uuid.uuid4()}", now, now + CLAIM))


def _opened_and_closed(before: Onboarding, after: Onboarding, line: HistoryEntry) -> list[HistoryEntry]:
    healed = sorted({a.cause for a in before.attentions} - {a.cause for a in after.attentions})
    return [replace(line, what="attention-closed", detail=cause) for cause in healed]


def _then_look(desk: Desk, known: Onboarding) -> Onboarding:
    _send(desk, known, 0)
    return known


def _send(desk: Desk, known: Onboarding, delay_seconds: float) -> None:
    kind = EventType.PROSPECT_CREATED if known.stage is Stage.REQUESTED else known.due_type or EventType.LEAD_QUALIFIED
    hint = Hint(type=kind, key=known.key.text, source=CONSOLE, correlation_id=known.correlation_id, first_seen=desk.now())
    desk.queue.send(hint, delay_seconds)


def _tell(act: Act, known: Onboarding, by: By) -> None:
    with telemetry.work(known.correlation_id):
        telemetry.tell("operator", act=act, who=by.object_id)


def _no_such(key: ProspectKey) -> Missing:
    return Missing(System.STORAGE, f"there is no onboarding of {key.text}", status=404)
