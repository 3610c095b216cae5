"""The audit by night: a bit in each run of its timer, until it is done; then its report is kept until the next one."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import telemetry
from shared.audit_report import Audit, Step
from shared.auditing import Auditor, advance, ready_at
from shared.errors import ServiceError
from shared.reconciler import Watch

LEASE = timedelta(minutes=5)
RUN_FOR = timedelta(minutes=3)
"""Well within functionTimeout; a large environment needs several runs of a night."""
ONCE_IN = timedelta(hours=18)
UNDER_WAY, REPORT = "audit-run", "audit"
"""States in Checkpoints: where an audit stands, and the report of the last one that was done."""


@dataclass(frozen=True)
class Night:
    """What the timer needs."""

    auditor: Auditor
    watch: Watch
    elapsed: Callable[[], float] = time.monotonic


def audit_by_night(night: Night, now: datetime) -> Audit | None:
    """Begin, or go on; None where another run is at it, or the last audit was done not long ago. Raises Transient of Storage."""
    with telemetry.work():
        owner = str(uuid.uuid4())
        if not night.watch.lease("audit", owner, LEASE.total_seconds(), now):
            return None
        try:
            return _run(night, now)
        finally:
            night.watch.release("audit", owner)


def keep(watch: Watch, audit: Audit) -> None:
    """Keep the report of an audit that is done; raises Outdated where another one was kept at the same moment."""
    watch.put_state(REPORT, audit.report(), watch.state(REPORT))
    level = logging.ERROR if audit.drift else logging.INFO
    numbers = {"onboardings": audit.onboardings, "drift": audit.drift, "lost": audit.lost, "doubled": audit.doubled}
    telemetry.tell("audited", level=level, **numbers)


def _run(night: Night, now: datetime) -> Audit | None:
    kept = night.watch.state(UNDER_WAY)
    audit = Audit.of(kept.values) if kept else Audit(now)
    if audit.finished_at and audit.finished_at > now - ONCE_IN:
        return None
    audit = _advanced(night, Audit(now) if audit.finished_at else audit)
    night.watch.put_state(UNDER_WAY, audit.values(), kept)
    if audit.step is Step.DONE:
        keep(night.watch, audit)
    return audit


def _advanced(night: Night, audit: Audit) -> Audit:
    """As far as time allows; a system that cannot be asked ends this run, and the next one asks again."""
    ends = night.elapsed() + RUN_FOR.total_seconds()
    while audit.step is not Step.DONE and night.elapsed() < ends and ready_at(night.auditor, audit) is None:
        try:
            audit = advance(night.auditor, audit)
        except ServiceError as error:
            telemetry.tell("audit-interrupted", level=logging.WARNING, error=str(error), request_id=error.request_id)
            break
    return audit
