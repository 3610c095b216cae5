"""What one write of an onboarding adds to the figures: how long a hop took, where it went, what was opened. Pure.

Written beside the row in the same transaction, and folded later into hours and days (shared.figures).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.models import ProspectStatus
from shared.record import Onboarding

Measured = dict[str, Any]
"""{"stage": [from, to], "hops": {hop: seconds}, "opened": [cause], "closed": [cause]}; empty parts are left out.

Beside it the row has the requests that its process sent meanwhile, e.g. {"sales_requests": 3} (shared.traffic).
"""


class Hop(StrEnum):
    """One stretch of the way, named by its ends."""

    LEAD = "request-lead"
    QUALIFIED = "lead-qualified"
    CUSTOMERS = "qualified-customers"
    CLOSED = "qualified-closed"
    APPROVED = "closed-approved"
    REJECTED = "closed-rejected"
    HIERARCHY = "approved-hierarchy"


class Whose(StrEnum):
    """Whose time a hop is."""

    OURS = "the bridge"
    HOLD = "the hold"
    PEOPLE = "sellers"
    HEAD_OFFICE = "head office"


WHOSE = {
    Hop.LEAD: Whose.OURS,
    Hop.QUALIFIED: Whose.PEOPLE,
    Hop.CUSTOMERS: Whose.OURS,
    Hop.CLOSED: Whose.PEOPLE,
    Hop.APPROVED: Whose.OURS,
    Hop.REJECTED: Whose.HOLD,
    Hop.HIERARCHY: Whose.HEAD_OFFICE,
}


def place(known: Onboarding) -> str:
    """Where it counts: its stage, with a `!` while an attention is open."""
    return f"{known.stage}{'!' if known.attentions else ''}"


def measured(before: Onboarding | None, after: Onboarding, now: datetime) -> Measured:
    """What happened between two states of the row; empty: nothing that is counted."""
    return {name: value for name, value in _parts(before, after, now) if value}


def _parts(before: Onboarding | None, after: Onboarding, now: datetime) -> Iterator[tuple[str, object]]:
    was, now_at = place(before) if before else "", place(after)
    yield "stage", [was, now_at] if was != now_at else None
    yield "hops", {hop: max(0.0, (end - start).total_seconds()) for hop, start, end in _hops(before, after, now)}
    had, has = _causes(before), _causes(after)
    yield "opened", sorted(has - had)
    yield "closed", sorted(had - has)


def _hops(before: Onboarding | None, after: Onboarding, now: datetime) -> Iterator[tuple[Hop, datetime, datetime]]:
    """The hops that ended with this write, whose beginning is on record."""
    if before is None:
        return
    decided = Hop.APPROVED if after.prospect_status is ProspectStatus.APPROVED else Hop.REJECTED
    seen = after.completed_at if decided is Hop.APPROVED and after.hierarchy_id else None
    by_a_clerk = before.is_blocked and not after.sent  # who did not wait for what the bridge waited for
    customers = now if after.accounts_made and not before.accounts_made else None
    ends: list[tuple[Hop, datetime | None, datetime | None, datetime | None]] = [
        (Hop.LEAD, before.lead_created_at, _free(before, after, after.requested_at or after.created_at), after.lead_created_at),
        (Hop.QUALIFIED, before.qualified_at, after.lead_created_at, after.qualified_at),
        (Hop.CUSTOMERS, None, _free(before, after, after.qualified_at), customers),
        (Hop.CLOSED, before.closed_at, after.qualified_at, after.closed_at),
        (decided, before.decided_at, None if by_a_clerk else _free(before, after, after.closed_at), after.decided_at),
        (Hop.HIERARCHY, before.completed_at, after.decided_at, seen),
    ]
    yield from ((hop, start, end) for hop, ended, start, end in ends if start and end and not ended)


def _free(before: Onboarding, after: Onboarding, start: datetime | None) -> datetime | None:
    """From when nothing stood in the way. Where something did until now, this look found that it was gone."""
    since = after.observed_at if before.is_blocked else before.blocked_at
    return max(start, since) if start and since else start


def _causes(known: Onboarding | None) -> set[str]:
    return {attention.cause.value for attention in known.attentions} if known else set()
