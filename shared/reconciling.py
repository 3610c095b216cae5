"""The timers' work: find what no event told. It only enqueues; the same convergence does the rest."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile
from math import ceil

from shared import telemetry
from shared.errors import ServiceError
from shared.following import compare, follow
from shared.models import Hint
from shared.onboarding import DUE
from shared.polling import poll
from shared.reconciler import Reconciler, Run

LONGEST_DUE_LEASE = timedelta(minutes=1)
DUE_AT_ONCE = 500
FOUND_AT_ONCE = 1000
"""Hints of one run: a flood of requests, or of changes in bulk, is taken in over several runs, and nothing of it is lost."""
STATE = "reconcile"

_PARTS: tuple[tuple[Callable[[Run], dict[str, int]], tuple[str, ...]], ...] = (
    (follow, ("leads", "opportunities")),
    (compare, ("differing",)),
    (poll, ("announced", "no_longer_pending")),
)
"""Each has a third of the run, of time as of room, and what those before it left: a flood in one does not stop the others."""


def enqueue_due(reconciler: Reconciler, now: datetime) -> int:
    """Enqueue each onboarding whose time has come; the number of them. Another run's lease: none."""
    with telemetry.work():
        owner, seconds = str(uuid.uuid4()), min(LONGEST_DUE_LEASE, reconciler.lease).total_seconds()
        ends = reconciler.elapsed() + seconds / 2
        if not reconciler.watch.lease("due", owner, seconds, now):
            return 0
        try:
            return _enqueued_due(Run(reconciler, now, ends, reconciler.room(DUE_AT_ONCE)))
        finally:
            reconciler.watch.release("due", owner)


def _enqueued_due(run: Run) -> int:
    rows = run.reconciler.listing.due(run.reconciler.legal_entities, run.now, run.room) if run.room else []
    hints = (Hint(type=queue, key=key.text, source=DUE, first_seen=run.now) for key, _, queue in rows)
    return sum(takewhile(bool, map(run.send, hints)))


def reconcile(reconciler: Reconciler, now: datetime) -> dict[str, int]:
    """Enqueue what was never told: how many of each kind, and how many parts are `unfinished`, left to the next run.

    Another run's lease: nothing. A system that does not answer does not keep the other from being read; where one is closed to
    traffic (shared.breaker) nothing is, since what would be found can be worked on only with both.
    """
    with telemetry.work():
        owner = str(uuid.uuid4())
        if not reconciler.watch.lease("reconcile", owner, reconciler.lease.total_seconds(), now):
            return {}
        try:
            found = _run(reconciler, now)
        finally:
            reconciler.watch.release("reconcile", owner)
        if any(found.values()):
            telemetry.tell("reconciled", **found)
        return found


def _run(reconciler: Reconciler, now: datetime) -> dict[str, int]:
    before = reconciler.watch.state(STATE)
    kept = dict(before.values) if before else {}
    begun_with, begun_at, seconds = dict(kept), reconciler.elapsed(), reconciler.lease.total_seconds() / 2
    found: dict[str, int] = {}
    room, unfinished = reconciler.room(FOUND_AT_ONCE), 0
    for place, (part, names) in enumerate(_PARTS):
        share = ceil(room / (len(_PARTS) - place))
        run = Run(reconciler, now, begun_at + seconds * (place + 1) / len(_PARTS), share, kept)
        found |= _told(run, part, names)
        room -= share - run.room
        unfinished += run.cut
    if kept != begun_with:
        reconciler.watch.put_state(STATE, kept, before)
    return {**found, "unfinished": unfinished}


def _told(run: Run, part: Callable[[Run], dict[str, int]], names: tuple[str, ...]) -> dict[str, int]:
    if run.is_over() or run.fits(1) == 0:
        return dict.fromkeys(names, 0)
    try:
        return part(run)
    except ServiceError as error:
        telemetry.tell("reconcile-interrupted", level=logging.WARNING, error=str(error), request_id=error.request_id)
        run.cut = True
        return dict.fromkeys(names, 0)
