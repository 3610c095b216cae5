"""The audit: proves over both systems, page by page, that each request is where it must be. It reads only.

    onboardings   each is compared with what both systems show
    leads         each that carries our key must be explained by an onboarding
    requests      each pending one in scope must have an onboarding
    second look   what looked wrong is looked at once more by itself, since people and handlers go on meanwhile

Any step can be left and gone on with later: where it stands is a small value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from shared.audit_report import Audit, Step, Violation
from shared.audit_rules import Kind, Next, Standing, standing
from shared.bridge import Bridge
from shared.decisions import Act, decide
from shared.errors import AccessRefused, ServiceError, Transient
from shared.models import Observation, ProspectKey
from shared.observing import observe, observe_all
from shared.ports import Page
from shared.progress import learned, placed
from shared.record import Onboarding
from shared.rehearsing import Rehearsal, reading_only, rehearse

TOGETHER = 20
"""Onboardings compared by one request to each system."""
KEYS_TOGETHER = 500
PATIENCE = timedelta(minutes=3)
"""What looks wrong and still does after this time is drift; it covers a poll and a handler."""
READS = frozenset({Act.LOOK_CLOSER})


class Lists(Protocol):
    """The table's pages."""

    def onboardings(self, legal_entity: str, page_size: int = 50, continuation: str | None = None) -> Page[Onboarding]:
        """Every onboarding of a legal entity in order of key."""

    def known(self, keys: Collection[ProspectKey]) -> Mapping[ProspectKey, Onboarding]:
        """Those of the keys that have an onboarding."""


@dataclass(frozen=True)
class Auditor:
    """What the audit needs. `since`: only onboardings that were looked at, or changed stage, then or later."""

    bridge: Bridge
    lists: Lists
    legal_entities: tuple[str, ...]
    patience: timedelta = PATIENCE
    since: datetime | None = None


def advance(auditor: Auditor, audit: Audit) -> Audit:
    """The audit one page further; raises the ServiceErrors, after which the same page can be tried again."""
    return _STEPS[audit.step](auditor, audit)


def ready_at(auditor: Auditor, audit: Audit) -> datetime | None:
    """When the second look may go on; None: there is something to do now."""
    if audit.step is not Step.SECOND_LOOK or not audit.suspects:
        return None
    at = min(audit.suspects.values()) + auditor.patience
    return at if at > auditor.bridge.now() else None


# ---- onboardings


def _onboardings(auditor: Auditor, audit: Audit) -> Audit:
    areas = auditor.legal_entities
    if audit.area >= len(areas):  # one was taken out of scope meanwhile
        return replace(audit, after="", area=0, step=Step.LEADS)
    page = auditor.lists.onboardings(areas[audit.area], TOGETHER, audit.after or None)
    audit = audit.counted(page.items)
    chosen = [known for known in page.items if _is_chosen(auditor, known)]
    seen = observe_all(reading_only(auditor.bridge, []), chosen) if chosen else []
    for known, observation in zip(chosen, seen, strict=True):
        audit = _judged(auditor, audit, known, observation)
    if page.continuation:
        return replace(audit, after=page.continuation)
    if audit.area + 1 < len(areas):
        return replace(audit, after="", area=audit.area + 1)
    return replace(audit, after="", area=0, step=Step.LEADS)


def _is_chosen(auditor: Auditor, known: Onboarding) -> bool:
    since = auditor.since
    return since is None or max(known.stage_since, known.observed_at or known.created_at) >= since


def _judged(auditor: Auditor, audit: Audit, known: Onboarding, seen: Observation) -> Audit:
    now, policy = auditor.bridge.now(), auditor.bridge.policy
    facts = learned(known, seen, now)
    plan = decide(seen, facts, policy, now)
    following = Next(placed(facts, plan, policy, now), writes=bool(plan.actions))
    stands, _ = standing(known, seen, following, policy, now)
    if stands is Standing.DRIFT or READS & set(plan.actions):
        return audit.suspecting(known.key, now)
    return audit.standing(known, stands)


# ---- leads, requests


def _leads(auditor: Auditor, audit: Audit) -> Audit:
    page = auditor.bridge.sales.keys_of_leads(audit.after, KEYS_TOGETHER)
    known = auditor.lists.known([key for key, _ in page.items])
    for key, lead_id in page.items:
        if key not in known or known[key].lead_id not in ("", lead_id):
            audit = audit.suspecting(key, auditor.bridge.now())
    audit = replace(audit, leads=audit.leads + len(page.items))
    return replace(audit, after=page.continuation) if page.continuation else replace(audit, after="", step=Step.REQUESTS)


def _requests(auditor: Auditor, audit: Audit) -> Audit:
    pending = auditor.bridge.commerce.pending(auditor.legal_entities, audit.requests)
    keys = [prospect.key for prospect in islice(pending, KEYS_TOGETHER)]
    known = auditor.lists.known(keys)
    for key in keys:
        if key not in known:
            audit = audit.suspecting(key, auditor.bridge.now())
    audit = replace(audit, requests=audit.requests + len(keys))
    return audit if len(keys) == KEYS_TOGETHER else replace(audit, step=Step.SECOND_LOOK)


# ---- second look


def _second_look(auditor: Auditor, audit: Audit) -> Audit:
    """One suspect, if its time has come."""
    if not audit.suspects:
        return replace(audit, step=Step.DONE, finished_at=auditor.bridge.now())
    text, since = min(audit.suspects.items(), key=lambda item: item[1])
    if since + auditor.patience > auditor.bridge.now():
        return audit
    key = ProspectKey.parse(text)
    told = rehearse(auditor.bridge, key)
    audit = audit.cleared(key)
    if told.failure:
        return _unread(audit, told, told.failure)
    return _without_onboarding(auditor, audit, told) if told.before is None else _with_onboarding(auditor, audit, told)


def _unread(audit: Audit, told: Rehearsal, failure: ServiceError) -> Audit:
    """Nothing is known of it: raise, so that it is looked at again; a system that says no would say so for ever."""
    if isinstance(failure, (Transient, AccessRefused)):
        raise failure
    detail = f"{failure.system} HTTP {failure.status}, request {failure.request_id}"
    return audit.found(Violation(told.key.text, (Kind.UNREADABLE,), detail, _repair(told)))


def _without_onboarding(auditor: Auditor, audit: Audit, told: Rehearsal) -> Audit:
    """A request that is pending and unknown is lost; a lead of ours that nothing explains should not be there."""
    bridge, key = auditor.bridge, told.key
    kinds = [Kind.UNEXPLAINED_LEAD] if bridge.sales.leads([key]) else []
    if told.is_pending and key.legal_entity in auditor.legal_entities:
        kinds.append(Kind.NO_ONBOARDING)
    return audit.found(Violation(key.text, tuple(kinds), "", _repair(told))) if kinds else audit


def _with_onboarding(auditor: Auditor, audit: Audit, told: Rehearsal) -> Audit:
    bridge, known = auditor.bridge, told.before
    assert known
    seen = observe(reading_only(bridge, []), known) if told.writes else told.seen
    following = Next(told.after, writes=bool(told.writes))
    stands, kinds = standing(known, seen, following, bridge.policy, bridge.now())
    if _has_two_leads(bridge, known, seen):
        stands, kinds = Standing.DRIFT, (Kind.TWO_LEADS, *kinds)
    if stands is not Standing.DRIFT:
        return audit.standing(known, stands)
    return audit.found(Violation(known.key.text, kinds, "", _repair(told)))


def _has_two_leads(bridge: Bridge, known: Onboarding, seen: Observation) -> bool:
    """Whether our lead is there, and another one carries the key."""
    ours, by_key = seen.sales.lead if seen.sales else None, bridge.sales.leads([known.key]).get(known.key)
    other = by_key.lead if by_key else None
    return ours is not None and other is not None and ours.merged_into is None and ours.id != other.id


def _repair(told: Rehearsal) -> str:
    """What replaying it would do, by ids alone."""
    before, after = told.before.stage if told.before else "nothing", told.after.stage
    steps = [write.record for write in told.writes] or ([f"{before} -> {after}"] if before != after else [])
    mails = sorted({write.mail for write in told.writes if write.mail})
    return "; ".join((*steps, *mails)) or "nothing by itself: a person must look"


_STEPS = {
    Step.ONBOARDINGS: _onboardings,
    Step.LEADS: _leads,
    Step.REQUESTS: _requests,
    Step.SECOND_LOOK: _second_look,
}
