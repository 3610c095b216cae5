"""The timers' work: find what no event told. It only enqueues; the same convergence does the rest."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from shared import telemetry
from shared.models import EventType, Hint, LeadState, OpportunityState, Preflight, Prospect, ProspectKey
from shared.onboarding import DUE, RECONCILE
from shared.ports import Commerce, Queue, Sales, Store
from shared.record import OPEN_STAGES, Cause, Stage

OVERLAP = timedelta(minutes=2)
"""Rows whose modifiedon is older than the newest seen may become visible later, when their transaction ends."""
SETTLED = timedelta(minutes=10)
"""Nothing older becomes visible any more, clocks that differ by minutes included: without this, a quiet system would read its
last changes again and again."""
RECONCILE_LEASE = timedelta(minutes=5)
DUE_LEASE = timedelta(minutes=1)
PREFLIGHT_TOGETHER = 50
"""New prospects whose e-mail addresses are looked up in one request."""
DUE_AT_ONCE = 500
PASSING_EXCLUSIONS = frozenset({"not-b2b", "out-of-scope", "prospect-deleted", "decided-in-commerce"})
"""Why `decide` excludes: all of it can change, so that a prospect that is pending (again) is announced (again)."""


class Listing(Protocol):
    """The lists that the timers read; each costs one table operation a page of 1,000 index rows."""

    def open_keys(self, legal_entity: str) -> Iterator[ProspectKey]:
        """The keys of onboardings in an open stage."""

    def due(self, legal_entities: Sequence[str], now: datetime, limit: int) -> list[tuple[ProspectKey, datetime, EventType]]:
        """Onboardings whose time has come, and claims that ran out."""


class Watch(Protocol):
    """Leases and watermarks."""

    def lease(self, name: str, owner: str, seconds: float, now: datetime) -> bool:
        """Take the lease if it is free; two runs never overlap."""

    def release(self, name: str, owner: str) -> None:
        """Give it back."""

    def watermark(self, name: str) -> datetime | None:
        """Up to where changes are enqueued already."""

    def advance(self, name: str, to: datetime) -> None:
        """Move it on, never back."""


@dataclass(frozen=True)
class Reconciler:
    """What the timers need."""

    commerce: Commerce
    sales: Sales
    store: Store
    listing: Listing
    watch: Watch
    queue: Queue
    legal_entities: tuple[str, ...]
    room: Callable[[int], int] = lambda most: most
    """How many of that many hints are worth enqueueing, both systems' breakers asked (shared.breaker)."""


def enqueue_due(reconciler: Reconciler, now: datetime) -> int:
    """Enqueue each onboarding whose time has come; the number of them. Another run's lease: none."""
    with telemetry.work():
        owner = str(uuid.uuid4())
        if not reconciler.watch.lease("due", owner, DUE_LEASE.total_seconds(), now):
            return 0
        room = reconciler.room(DUE_AT_ONCE)
        rows = reconciler.listing.due(reconciler.legal_entities, now, room) if room else []
        for key, _, queue in rows:
            reconciler.queue.send(Hint(type=queue, key=key.text, source=DUE, first_seen=now))
        reconciler.watch.release("due", owner)
        return len(rows)


def reconcile(reconciler: Reconciler, now: datetime) -> dict[str, int]:
    """Enqueue what was never announced; how many of each kind. Another run's lease: nothing."""
    with telemetry.work():
        owner = str(uuid.uuid4())
        if not reconciler.watch.lease("reconcile", owner, RECONCILE_LEASE.total_seconds(), now):
            return {}
        try:
            found = {**_commerce(reconciler, now), **_sales(reconciler, now)}
        finally:
            reconciler.watch.release("reconcile", owner)
        if any(found.values()):
            telemetry.tell("reconciled", **found)
        return found


# ---- Commerce: the poll is the main trigger, since no standard event announces a prospect


def _commerce(reconciler: Reconciler, now: datetime) -> dict[str, int]:
    """`Prospects` has no modified time: all Pending ones are paged, and open onboardings missing from them are looked at."""
    open_keys = {key for legal_entity in reconciler.legal_entities for key in reconciler.listing.open_keys(legal_entity)}
    pending: set[ProspectKey] = set()
    announced = 0
    for page in _pages(_noting(reconciler.commerce.pending(reconciler.legal_entities), pending), PREFLIGHT_TOGETHER):
        announced += _announce(reconciler, [prospect for prospect in page if prospect.key not in open_keys], now)
    missing = [key for key in sorted(open_keys - pending) if _is_still_open(reconciler, key, now)]
    for key in missing:
        reconciler.queue.send(Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="reconcile-missing", first_seen=now))
    return {"announced": announced, "no_longer_pending": len(missing)}


def _pages(prospects: Iterator[Prospect], size: int) -> Iterator[list[Prospect]]:
    while page := list(islice(prospects, size)):
        yield page


def _noting(prospects: Iterable[Prospect], keys: set[ProspectKey]) -> Iterator[Prospect]:
    for prospect in prospects:
        keys.add(prospect.key)
        yield prospect


def _announce(reconciler: Reconciler, prospects: list[Prospect], now: datetime) -> int:
    """Enqueue new prospects with what the pre-flight found, checked for all of them in one request."""
    new = [prospect for prospect in prospects if not _is_settled(reconciler, prospect.key)]
    checked = reconciler.commerce.check(new) if new else {}
    for prospect in new:
        accounts, requests = checked.get(prospect.key, ((), ()))
        findings = (*([Cause.DUPLICATE_EMAIL] if accounts else []), *([Cause.DUPLICATE_REQUEST] if requests else []))
        preflight = Preflight(etag=prospect.etag, findings=findings)
        hint = Hint(
            type=EventType.PROSPECT_CREATED,
            key=prospect.key.text,
            state=prospect.status,
            source=RECONCILE,
            first_seen=now,
            preflight=preflight,
        )
        reconciler.queue.send(hint)
    return len(new)


def _is_still_open(reconciler: Reconciler, key: ProspectKey, now: datetime) -> bool:
    """Whether nobody decided it between the two lists, or is about to."""
    stored = reconciler.store.load(key)
    if stored is None or stored.onboarding.stage not in OPEN_STAGES:
        return False
    claim = stored.onboarding.claim
    return claim is None or claim.until <= now


def _is_settled(reconciler: Reconciler, key: ProspectKey) -> bool:
    """Whether it is on record already that this pending prospect's onboarding is closed: reset in Commerce, or left out."""
    stored = reconciler.store.load(key)
    if stored is None:
        return False
    known = stored.onboarding
    left_out = known.stage is Stage.EXCLUDED and known.excluded_because not in PASSING_EXCLUSIONS
    return left_out or known.has(Cause.STATUS_RESET)


# ---- Sales: by modifiedon, with overlap


def _sales(reconciler: Reconciler, now: datetime) -> dict[str, int]:
    since = reconciler.watch.watermark("sales")
    if since is None:
        reconciler.watch.advance("sales", now - OVERLAP)
        return {"leads": 0, "opportunities": 0}
    newest, counts = since, {"leads": 0, "opportunities": 0}
    for lead in reconciler.sales.changed_leads(since - OVERLAP):
        reconciler.queue.send(_lead_hint(lead.key, lead.lead_id, lead.state, now))
        newest, counts["leads"] = max(newest, lead.modified_on), counts["leads"] + 1
    for changed in reconciler.sales.changed_opportunities(since - OVERLAP):
        reconciler.queue.send(_opportunity_hint(changed.key, changed.opportunity_id, changed.state, now))
        newest, counts["opportunities"] = max(newest, changed.modified_on), counts["opportunities"] + 1
    reconciler.watch.advance("sales", max(newest, now - SETTLED))
    return counts


def _lead_hint(key: ProspectKey, lead_id: str, state: str, now: datetime) -> Hint:
    queue = EventType.LEAD_QUALIFIED if state == LeadState.QUALIFIED else EventType.LEAD_DISQUALIFIED
    return Hint(type=queue, key=key.text, lead_id=uuid.UUID(lead_id), state=state, source=RECONCILE, first_seen=now)


def _opportunity_hint(key: ProspectKey, opportunity_id: str, state: str, now: datetime) -> Hint:
    queue = EventType.LEAD_QUALIFIED if state == OpportunityState.OPEN else EventType.OPPORTUNITY_CLOSED
    record_id = uuid.UUID(opportunity_id)
    return Hint(type=queue, key=key.text, opportunity_id=record_id, state=state, source=RECONCILE, first_seen=now)
