"""What changed in Sales and no event told: by modifiedon with overlap, and by comparing open onboardings bit by bit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from typing import TypeVar

from shared.models import EventType, Hint, LeadState, OpportunityState, ProspectKey, SalesView
from shared.onboarding import RECONCILE, is_no_news
from shared.ports import ChangedLead, ChangedOpportunity
from shared.reconciler import Run
from shared.record import Cause, Onboarding, Stage

OVERLAP = timedelta(minutes=2)
"""Rows whose modifiedon is older than the newest seen may become visible later, when their transaction ends."""
SETTLED = timedelta(minutes=10)
"""Nothing older becomes visible any more, clocks that differ by minutes included: without this, a quiet system would read its
last changes again and again."""
COMPARED = 50
"""Onboardings that are read together; so many open ones a run compares with Sales."""
WITH_LEADS = (Stage.IN_REVIEW, Stage.QUALIFIED)

Changed = TypeVar("Changed", ChangedLead, ChangedOpportunity)


def follow(run: Run) -> dict[str, int]:
    """{"leads", "opportunities"} that changed. The watermark is the highest modifiedon seen, by the server's clock."""
    watch, sales = run.reconciler.watch, run.reconciler.sales
    since = watch.watermark("sales")
    if since is None:
        watch.advance("sales", run.now - OVERLAP)
        return {"leads": 0, "opportunities": 0}
    leads = _enqueue(run, sales.changed_leads(since - OVERLAP), _lead_hint, since)
    opportunities = _enqueue(run, sales.changed_opportunities(since - OVERLAP), _opportunity_hint, since)
    cut = [part.newest for part in (leads, opportunities) if part.cut]
    watch.advance("sales", min(cut) if cut else max(leads.newest, opportunities.newest, run.now - SETTLED))
    return {"leads": leads.count, "opportunities": opportunities.count}


def compare(run: Run) -> dict[str, int]:
    """{"differing"}: the next few open onboardings whose lead is gone or shows what is not on record.

    A deletion leaves no row with a modifiedon: what is gone is found by what is missing.
    """
    listed, place = _next_open(run)
    known = run.reconciler.listing.known(listed) if listed else {}
    resting = {key: one for key, one in known.items() if one.lead_id and not (one.claim and one.claim.until > run.now)}
    found = run.reconciler.sales.leads(list(resting)) if resting else {}
    now = run.reconciler.clock()
    hints = [_difference_hint(one, found.get(key), now) for key, one in resting.items() if _differs(one, found.get(key))]
    sent = sum(takewhile(bool, map(run.send, hints[: run.fits(len(hints))])))
    if sent == len(hints):
        run.kept["compared"] = place
    return {"differing": sent}


# ---- by modifiedon


@dataclass(frozen=True)
class _Enqueued:
    """How many changes, and the newest of them; `cut`: there are more."""

    count: int
    newest: datetime
    cut: bool = False


def _enqueue(run: Run, changes: Iterator[Changed], hint: Callable[[Changed, datetime], Hint], since: datetime) -> _Enqueued:
    """What is not on record yet. For want of room a second of changes is never left in part: any number of rows can share it.

    A row that is dated ahead (a migration's, or by a clock that was wrong) does not carry the watermark with it.
    """
    count, newest, is_first = 0, since, True
    for change, news in _with_news(run, changes, hint):
        if change.modified_on > newest:
            if not is_first and (run.fits(1) == 0 or run.is_over()):
                return _Enqueued(count, newest, cut=True)
            is_first = False
        if news and not run.send(news):
            return _Enqueued(count, newest, cut=True)
        if change.modified_on <= run.now + OVERLAP:
            newest = max(newest, change.modified_on)
        count += bool(news)
    return _Enqueued(count, newest)


def _with_news(
    run: Run, changes: Iterator[Changed], hint: Callable[[Changed, datetime], Hint]
) -> Iterator[tuple[Changed, Hint | None]]:
    """Each change with its hint; None where that is on record: what we wrote ourselves, what an event told, the overlap."""
    while batch := list(islice(changes, COMPARED)):
        read_at = run.reconciler.clock()
        known = run.reconciler.listing.known([change.key for change in batch])
        for change in batch:
            told, there = hint(change, read_at), known.get(change.key)
            yield change, None if there and is_no_news(told, there) else told


def _lead_hint(changed: ChangedLead, now: datetime) -> Hint:
    queue = EventType.LEAD_QUALIFIED if changed.state == LeadState.QUALIFIED else EventType.LEAD_DISQUALIFIED
    record_id = uuid.UUID(changed.lead_id)
    return Hint(type=queue, key=changed.key.text, lead_id=record_id, state=changed.state, source=RECONCILE, first_seen=now)


def _opportunity_hint(changed: ChangedOpportunity, now: datetime) -> Hint:
    queue = EventType.LEAD_QUALIFIED if changed.state == OpportunityState.OPEN else EventType.OPPORTUNITY_CLOSED
    record_id = uuid.UUID(changed.opportunity_id)
    return Hint(type=queue, key=changed.key.text, opportunity_id=record_id, state=changed.state, source=RECONCILE, first_seen=now)


# ---- by comparison


def _next_open(run: Run) -> tuple[Sequence[ProspectKey], tuple[int, str | None]]:
    """The next open onboardings, from where the last run left off, once around at most; and where the next run begins."""
    lists = [(legal_entity, stage) for legal_entity in run.reconciler.legal_entities for stage in WITH_LEADS]
    place, after = run.kept.get("compared", (0, None))
    if place >= len(lists):  # a legal entity was taken out of scope since
        place, after = 0, None
    found: list[ProspectKey] = []
    for n in chain(range(place, len(lists)), range(place)):
        page = run.reconciler.listing.in_stage(*lists[n], COMPARED - len(found), after)
        found += [item.key for item in page.items]
        after = page.continuation
        if len(found) >= COMPARED or after:
            return found, ((n, after) if after else ((n + 1) % len(lists), None))
    return found, (0, None)


def _differs(known: Onboarding, seen: SalesView | None) -> bool:
    """A lead that is back, from the recycle bin or from a wrong answer, differs too."""
    lead = seen.lead if seen else None
    is_told = known.has(Cause.LEAD_DELETED)
    if lead is None:
        return not is_told and Cause.LEAD_DELETED not in known.acknowledged
    opportunities = {opportunity.id: opportunity.state.value for opportunity in lead.opportunities}
    return is_told or lead.state != known.lead_state or opportunities != known.opportunities_there


def _difference_hint(known: Onboarding, seen: SalesView | None, now: datetime) -> Hint:
    state = None if seen and seen.lead else "deleted"
    queue = EventType.LEAD_QUALIFIED if state is None else EventType.LEAD_DISQUALIFIED
    return Hint(type=queue, key=known.key.text, state=state, source=RECONCILE, first_seen=now)
