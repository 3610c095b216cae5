"""Converge: whatever a hint says, bring one onboarding to where both systems say that it belongs.

    resolve   which onboarding is meant
    claim     take it for this invocation
    observe   read both systems
    decide    a pure function
    act       carry it out, observe what came of it, decide again until nothing is left
    record    row, history and index in one transaction, which releases the claim

Replaying a hint is converging again: nothing in here depends on how often, when or in which order hints arrive.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared import telemetry
from shared.bridge import Bridge
from shared.errors import (
    AccessRefused,
    BridgeError,
    ClaimHeld,
    ClaimLost,
    Closed,
    Missing,
    Outdated,
    Refused,
    ServiceError,
    System,
    Transient,
)
from shared.models import EventType, Hint, ProspectKey
from shared.ports import Stored
from shared.progress import attentions, begun, changes, closed_still, is_the_same
from shared.pursuing import Pursuit
from shared.record import Cause, Claim, HistoryEntry, Onboarding
from shared.resolving import resolve
from shared.retrying import GIVE_UP_AFTER, LONGEST_MESSAGE_DELAY, backoff, jittered

DUE = "due"
"""The source of a hint that the due-timer sends for a row that is there already."""
RECONCILE = "reconcile"
"""The source of a hint that a poll found: what it repeats of the record is no news, whatever attention is open."""

CREATE = "Create"
"""The source of a hint that an opportunity came to be; one that is known can have been closed since."""
ORDERS = frozenset({"console", "replay"})
"""Sources that want a look whatever is on record: a person asked for it."""
WATCHING = frozenset({DUE, RECONCILE, "reconcile-missing"})
"""Sources of our own: a look that they asked for, that found nothing new and did nothing, is no line of the history."""
MOST_READS = 20
"""Request ids on a line: they fit into its property."""


@dataclass(frozen=True)
class Outcome:
    """How a hint ended. `again`: the hint should come back after this time; None: it is done with.

    `waited`: nothing was tried, since another was at work or a system closed to traffic; that is no attempt.
    """

    what: str
    again: timedelta | None = None
    waited: bool = False


def converge(bridge: Bridge, hint: Hint) -> Outcome:
    """Handle one hint to its end; raises only what is unforeseen."""
    with telemetry.work(hint.correlation_id or "", hint.traceparent or "") as work:
        try:
            return _converge(bridge, hint, work)
        except ClaimHeld as held:
            return Outcome("claimed", _while_claimed(held.until - bridge.now(), bridge.timing.claim), waited=True)
        except ClaimLost:
            return Outcome("claim-lost", timedelta(seconds=30))
        except (Transient, AccessRefused) as error:  # Storage, or Sales while resolving: nothing is on record yet
            telemetry.tell("not-recorded", error=str(error), request_id=error.request_id)
            again = min(backoff(hint.attempt, error, pace=bridge.timing.retry), LONGEST_MESSAGE_DELAY)
            return Outcome("not-recorded", None if _comes_by_itself(hint) else again)


def _comes_by_itself(hint: Hint) -> bool:
    """Whether a timer finds it again as long as nothing is on record: a message beside that would be one more each time."""
    return hint.source == DUE or (hint.source == RECONCILE and hint.type is EventType.PROSPECT_CREATED)


def _while_claimed(left: timedelta, whole: timedelta) -> timedelta:
    """As long as it is held already, 2 to 15 seconds: the holder is done in a moment, unless it died."""
    return max(timedelta(seconds=2), min(left, whole - left, timedelta(seconds=15)))


def _converge(bridge: Bridge, hint: Hint, work: telemetry.Work) -> Outcome:
    closed_for = bridge.closed_for()
    if closed_for and closed_for <= LONGEST_MESSAGE_DELAY and hint.source != DUE:
        return Outcome("closed", jittered(closed_for), waited=True)
    key = resolve(bridge, hint)
    if key is None:
        return Outcome("not-ours")
    taken = _claim(bridge, key, hint)
    if taken is None:
        return Outcome("nothing-newer")
    stored, fresh = taken
    work.correlation_id = stored.onboarding.correlation_id
    return _work(bridge, stored, Pursuit(bridge, stored.onboarding, hint, fresh=fresh), work)


# ---- claim


def _claim(bridge: Bridge, key: ProspectKey, hint: Hint) -> tuple[Stored, bool] | None:
    """The claimed row, and whether there can be no lead yet; None where the hint tells nothing newer."""
    now = bridge.now()
    claim = Claim(str(uuid.uuid4()), now, now + bridge.timing.claim)
    announced = hint.type is EventType.PROSPECT_CREATED and hint.source != DUE
    known = None if announced else bridge.store.load(key)  # what is announced is hardly ever there
    stored = known or bridge.store.open(begun(key, claim, now, hint))
    if stored.onboarding.claim == claim:
        return stored, announced
    if tells_nothing_newer(hint, stored.onboarding, now, bridge.timing.skew):
        return None
    return _take(bridge, stored, claim), False


def _take(bridge: Bridge, stored: Stored, claim: Claim) -> Stored:
    held = stored.onboarding.claim
    if held and held.until > claim.at:
        raise ClaimHeld(held.until)
    if held is None:
        return bridge.store.take(stored, claim)
    # The holder died. What it meant to write may have been sent: nothing is written again before that is settled, and
    # this is stored with the claim, in case the next holder dies as well.
    doubtful = replace(stored.onboarding, in_doubt_since=bridge.timing.latest_write(held))
    return bridge.store.take(replace(stored, onboarding=doubtful), claim)


def tells_nothing_newer(hint: Hint, known: Onboarding, now: datetime, clocks_apart: timedelta) -> bool:
    """Whether there is nothing to read: what the hint tells was there at the last observation, or is on record.

    A due time is no reason to look earlier. `clocks_apart`: by how much another instance's clock may differ.
    """
    if hint.source == DUE:
        return not (known.due and known.due <= now) and not (known.claim and known.claim.until <= now)
    if hint.source in ORDERS:
        return False
    if known.observed_at and hint.first_seen < known.observed_at - clocks_apart:
        return not _is_unsettled(known)  # it was received, so it had happened, before the observation began
    return is_no_news(hint, known)


def is_no_news(hint: Hint, known: Onboarding) -> bool:
    """Whether what the hint tells is on record. An attention is a reason to look: the same state may have got another reason."""
    unsettled = _is_unsettled(known)
    return _is_on_record(hint, known) and not unsettled and (not known.attentions or hint.source == RECONCILE)


def _is_unsettled(known: Onboarding) -> bool:
    return bool(known.claim or known.in_doubt_since or known.failing_since)


def _is_on_record(hint: Hint, known: Onboarding) -> bool:
    if hint.state is None:
        return False
    if hint.opportunity_id:
        state = known.opportunities.get(str(hint.opportunity_id))
        return state == hint.state or (state is not None and hint.source == CREATE)
    if hint.lead_id:
        return known.lead_id == str(hint.lead_id) and known.lead_state == hint.state
    return bool(known.lead_id) and known.prospect_status == hint.state and known.missing_since is None


# ---- work, record


def _work(bridge: Bridge, stored: Stored, pursuit: Pursuit, work: telemetry.Work) -> Outcome:
    begun_at, hint = bridge.now(), pursuit.hint
    arrived = HistoryEntry(begun_at, "hint", f"{hint.source} {hint.state or ''}".strip())
    try:
        pursuit.run()
    except (Refused, Missing, Outdated, Transient, AccessRefused) as error:
        return _record_failure(bridge, stored, pursuit, arrived, error, work)
    except ClaimLost:
        raise
    except Exception as error:
        _let_go(bridge, stored, pursuit, arrived, error, work)
        raise
    known = _heard(pursuit.at.known)
    known = replace(known, observed_at=begun_at, failing_since=None, last_error="", acknowledged=closed_still(known))
    news = [*pursuit.at.history, *changes(stored.onboarding, known, bridge.now())]
    quiet = hint.source in WATCHING and not news and is_the_same(stored.onboarding, known)
    known = replace(known, quiet_looks=known.quiet_looks + 1 if quiet else 0)
    _record(bridge, stored, known, [] if quiet else _lines(arrived, news, work), work)
    telemetry.tell("converged", stage=known.stage, attention=known.attention, source=hint.source)
    return Outcome(known.stage)


def _lines(arrived: HistoryEntry, news: Sequence[HistoryEntry], work: telemetry.Work) -> list[HistoryEntry]:
    """The hint's line with the ids of what was read for it: the requests that no other line names."""
    named = {request_id for line in news for request_id in line.request_id.split()}
    reads = [request_id for request_id in work.requests if request_id not in named]
    return [replace(arrived, request_id=" ".join(reads[:MOST_READS])), *news]


def _record(bridge: Bridge, stored: Stored, known: Onboarding, history: list[HistoryEntry], work: telemetry.Work) -> None:
    """Release the claim with what came of it and what it cost; this transaction is counted too, since it is part of the cost."""
    costs = replace(
        known,
        sales_requests=known.sales_requests + work.counts[System.SALES],
        commerce_requests=known.commerce_requests + work.counts[System.COMMERCE],
        table_operations=known.table_operations + work.counts[telemetry.TABLE] + 1,
        claim=None,
    )
    bridge.store.record(stored, costs, history)


# ---- failures


_REFUSALS = {System.SALES: Cause.REFUSED_BY_SALES, System.COMMERCE: Cause.REFUSED_BY_COMMERCE}


def _record_failure(
    bridge: Bridge, stored: Stored, pursuit: Pursuit, arrived: HistoryEntry, error: ServiceError, work: telemetry.Work
) -> Outcome:
    """Release the claim with the error on record; whether the hint comes back soon, later, or only a person can help."""
    if isinstance(error, Closed) or (isinstance(error, AccessRefused) and bridge.closed_for()):
        return _postpone(bridge, stored, pursuit, arrived, error, work)
    now, hint = bridge.now(), pursuit.hint
    known = replace(_heard(pursuit.at.known), last_error=str(error)[:500])
    history = _lines(arrived, [*pursuit.at.history, HistoryEntry(now, "failed", str(error)[:500], error.request_id)], work)
    telemetry.tell("failed", error=str(error), request_id=error.request_id, source=hint.source)
    if isinstance(error, Refused):
        known = replace(known, failing_since=None)  # it answered
        _record(bridge, stored, _for_a_person(known, _REFUSALS[error.system], str(error), hint.type, now), history, work)
        return Outcome("refused")
    known = replace(known, failing_since=known.failing_since or now)
    if now - (known.failing_since or now) >= GIVE_UP_AFTER:
        _record(bridge, stored, _for_a_person(known, Cause.GAVE_UP, str(error), hint.type, now), history, work)
        return Outcome("gave-up")
    wait = backoff(hint.attempt, error, now - (known.failing_since or now), bridge.timing.retry)
    if wait <= LONGEST_MESSAGE_DELAY and hint.source != DUE:  # a due row repeats itself, without a message beside it
        _record(bridge, stored, known, history, work)
        return Outcome("again", wait)
    _record(bridge, stored, replace(known, due=now + wait, due_type=hint.type), history, work)
    return Outcome("later")


def _postpone(
    bridge: Bridge, stored: Stored, pursuit: Pursuit, arrived: HistoryEntry, error: ServiceError, work: telemetry.Work
) -> Outcome:
    """The system is closed to traffic, for all: that is no failure of this case, and no news for its history.

    It comes back by a due time, however short: what was learned on the way would make the repeated message old news.
    """
    now, known = bridge.now(), pursuit.at.known
    history = _lines(arrived, pursuit.at.history, work) if pursuit.at.history else []
    postponed = replace(known, closed_system=error.system.value, postponed_since=known.postponed_since or now)
    postponed = replace(postponed, due=now + backoff(0, error), due_type=pursuit.hint.type)
    _record(bridge, stored, postponed, history, work)
    return Outcome("later")


def _heard(known: Onboarding) -> Onboarding:
    """Both systems let us in: nothing is postponed any more."""
    return replace(known, closed_system="", postponed_since=None)


def _let_go(
    bridge: Bridge, stored: Stored, pursuit: Pursuit, arrived: HistoryEntry, error: Exception, work: telemetry.Work
) -> None:
    """Something unforeseen: release the claim, so that repetitions fail as fast as they come and reach the poison queue.

    What was being written is in doubt. Where the release fails too, the claim runs out and says the same.
    """
    now, name = bridge.now(), type(error).__name__
    known = replace(pursuit.at.known, in_doubt_since=now, last_error=name)
    with suppress(BridgeError):
        _record(bridge, stored, known, _lines(arrived, [*pursuit.at.history, HistoryEntry(now, "failed", name)], work), work)


def _for_a_person(known: Onboarding, cause: Cause, detail: str, queue: EventType, now: datetime) -> Onboarding:
    """With the attention at once, and another look every day, in case it heals by itself."""
    findings = ((cause, detail), *((a.cause, a.detail) for a in known.attentions if a.cause is not cause))
    return replace(known, attentions=attentions(known, findings, now), due=now + timedelta(days=1), due_type=queue)
