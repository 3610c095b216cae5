"""The overview: counts, ages, hops, throughput, budgets, and what watches over it. Reads only rows whose number does not grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.alerts import ALERTS, AUDIT, CANARIES, Incident, incidents
from shared.breaker import Closure, closure_of
from shared.checkpoints import State
from shared.errors import System
from shared.figures import Figures, Slot, Span, Standing, together
from shared.histograms import percentile
from shared.measuring import WHOSE, Hop, Whose
from shared.record import OPEN_STAGES, Cause, Stage
from shared.rows import Summary
from shared.watching import FOLDED

SALES_LIMIT = 6000 * 12
"""Requests an hour: 6,000 in 300 seconds for one user and web server (docs: api-limits). Commerce's is published nowhere."""
HOUR = timedelta(hours=1)
SHARES = (0.5, 0.95, 0.99)


class Sources(Protocol):
    """The lists of the store."""

    def listed(self, legal_entity: str, after: str, before: str, limit: int) -> list[Summary]:
        """The index rows between two keys, in order."""


class States(Protocol):
    """Small states."""

    def state(self, name: str) -> State | None:
        """The state, or None."""

    def watermark(self, name: str) -> datetime | None:
        """How far it has come; None before the first run."""

    def put_state(self, name: str, values: Mapping[str, Any], over: State | None) -> State:
        """Write it over the one that was read."""


@dataclass(frozen=True)
class Trouble:
    """The open attentions of one cause."""

    cause: Cause
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class HopTimes:
    """How long one hop takes: seconds at each of SHARES (None: nothing was measured), for a day and for 30 days."""

    hop: Hop
    whose: Whose
    day: tuple[float | None, ...]
    month: tuple[float | None, ...]
    today: int
    count: int
    """Of 30 days."""


@dataclass(frozen=True)
class Bar:
    """One hour or day of a chart."""

    at: str
    came: int
    decided: int
    backlog: int
    requests: int


@dataclass(frozen=True)
class Budget:
    """The requests to one system within the last 60 minutes, whatever sent them. `limit` None: none is published."""

    system: System
    used: int
    throttled: int
    limit: int | None

    @property
    def share(self) -> str:
        """How much of the limit is used, in whole percents; nothing where there is none."""
        if not self.limit:
            return ""
        percents = 100 * self.used / self.limit
        return f"{percents:.0f} %" if percents >= 1 or not self.used else "under 1 %"


@dataclass(frozen=True)
class Overview:
    """All that the overview shows."""

    at: datetime
    as_of: datetime | None
    """Up to when everything is counted; what came later is counted after the next poll."""
    stages: dict[Stage, int]
    troubled: dict[Stage, int]
    """How many in each stage have an open attention."""
    oldest: dict[Stage, datetime]
    troubles: tuple[Trouble, ...]
    in_progress: int
    in_sync: int
    excluded: int
    with_attention: int
    hops: tuple[HopTimes, ...]
    hours: tuple[Bar, ...]
    days: tuple[Bar, ...]
    budgets: tuple[Budget, ...]
    breakers: dict[System, Closure]
    alerts: tuple[Incident, ...]
    """Those under way."""
    audit: Mapping[str, Any] = field(default_factory=dict)
    canaries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Decision -> {"at", "ok", "line", "hops"}, as far as one ran."""

    @property
    def piled_up(self) -> Stage | None:
        """The open stage in which most wait; None where nothing waits."""
        waiting = max(OPEN_STAGES, key=lambda stage: (self.stages[stage], stage))
        return waiting if self.stages[waiting] else None

    def hop(self, hop: Hop) -> HopTimes:
        """How long that hop takes."""
        return next(times for times in self.hops if times.hop == hop)

    @property
    def to_prospect(self) -> float | None:
        """Seconds from a request on the site to its prospect, as the last canary that came that way measured it."""
        runs = [run for run in self.canaries.values() if run.get("on_site") and "prospect" in run["hops"]]
        latest = max(runs, key=lambda run: str(run["at"]), default=None)
        return float(latest["hops"]["prospect"]) if latest else None

    @property
    def attentions(self) -> int:
        """Open attentions of all causes."""
        return sum(trouble.count for trouble in self.troubles)


def overview(
    sources: Sources,
    figures: Figures,
    states: States,
    legal_entities: Sequence[str],
    now: datetime,
    *,
    everywhere: Sequence[str] = (),
    clerks_decide: bool = False,
) -> Overview:
    """The overview of these legal entities. `everywhere`: all of them, whose requests a system counts together.

    `clerks_decide`: the time until a decision is in Commerce is head office's.
    """
    standing = figures.standing(legal_entities)
    hours = figures.slots(legal_entities, Span.HOUR, now - timedelta(hours=23))
    days = figures.slots(legal_entities, Span.DAY, now - timedelta(days=29))
    places = {place: max(0, count) for place, count in standing.places.items()}
    troubled = {stage: places.get(f"{stage}!", 0) for stage in Stage}
    stages = {stage: places.get(stage, 0) + troubled[stage] for stage in Stage}
    return Overview(
        at=now,
        as_of=states.watermark(FOLDED),
        stages=stages,
        troubled=troubled,
        oldest=_oldest_in_stages(sources, legal_entities, stages),
        troubles=_troubles(sources, legal_entities, standing),
        in_progress=sum(stages[stage] for stage in OPEN_STAGES),
        in_sync=sum(places.get(stage, 0) for stage in (Stage.APPROVED, Stage.REJECTED)),
        excluded=stages[Stage.EXCLUDED],
        with_attention=sum(troubled.values()),
        hops=_hops(together("", hours), together("", days), clerks_decide=clerks_decide),
        hours=_bars(hours, Span.HOUR, [now - timedelta(hours=age) for age in range(23, -1, -1)], stages),
        days=_bars(days, Span.DAY, [now - timedelta(days=age) for age in range(29, -1, -1)], stages),
        budgets=_budgets(figures.requests(everywhere or legal_entities, now - HOUR)),
        breakers={system: closure_of(states, system) for system in (System.SALES, System.COMMERCE)},
        alerts=tuple(incident for incident in incidents(states.state(ALERTS)) if not incident.over),
        audit=_values(states.state(AUDIT)),
        canaries={decision: values for decision, name in CANARIES.items() if (values := _values(states.state(name)))},
    )


# ---- ages: the first row of a list is the oldest


def _oldest_in_stages(sources: Sources, legal_entities: Sequence[str], stages: Mapping[Stage, int]) -> dict[Stage, datetime]:
    found = {stage: _oldest(sources, legal_entities, f"s~{stage}~") for stage in OPEN_STAGES if stages[stage]}
    return {stage: since for stage, since in found.items() if since}


def _troubles(sources: Sources, legal_entities: Sequence[str], standing: Standing) -> tuple[Trouble, ...]:
    causes = [cause for cause in Cause if standing.causes[cause] > 0]
    found = [Trouble(cause, standing.causes[cause], _oldest(sources, legal_entities, f"a~{cause}~")) for cause in causes]
    return tuple(sorted(found, key=lambda trouble: -trouble.count))


def _oldest(sources: Sources, legal_entities: Sequence[str], prefix: str) -> datetime | None:
    firsts = [row.since for entity in legal_entities for row in sources.listed(entity, prefix, f"{prefix}~", 1)]
    return min(firsts, default=None)


# ---- figures


def _hops(day: Slot, month: Slot, *, clerks_decide: bool) -> tuple[HopTimes, ...]:
    whose = WHOSE | (dict.fromkeys((Hop.APPROVED, Hop.REJECTED), Whose.HEAD_OFFICE) if clerks_decide else {})
    return tuple(
        HopTimes(hop, whose[hop], _times(day, hop), _times(month, hop), _count(day, hop), _count(month, hop)) for hop in Hop
    )


def _count(slot: Slot, hop: Hop) -> int:
    return sum(slot.histogram(hop).values())


def _times(slot: Slot, hop: Hop) -> tuple[float | None, ...]:
    return tuple(percentile(slot.histogram(hop), share) for share in SHARES)


def _bars(slots: Sequence[Slot], span: Span, moments: Sequence[datetime], stages: Mapping[Stage, int]) -> tuple[Bar, ...]:
    """One bar for each moment, also where nothing happened. The backlog is counted back from what is open now."""
    by_time = {slot.at: slot for slot in slots}
    backlog, bars = sum(stages[stage] for stage in OPEN_STAGES), []
    for moment in reversed(moments):
        slot = by_time.get(span.text(moment), Slot())
        requests = sum(count for name, count in slot.costs.items() if name.endswith("_requests"))
        bars.append(Bar(span.text(moment), slot.went.total() - slot.left.total(), _decided(slot), max(0, backlog), requests))
        backlog -= sum(_net(slot, stage) for stage in OPEN_STAGES)
    return tuple(reversed(bars))


def _decided(slot: Slot) -> int:
    return sum(max(0, _net(slot, stage)) for stage in Stage if stage not in OPEN_STAGES)


def _net(slot: Slot, stage: Stage) -> int:
    """How many more came into a stage than left it; what came and got an attention at the same time came once."""
    places = (stage.value, f"{stage}!")
    return _sum(slot.went, places) - _sum(slot.left, places)


def _sum(counts: Counter[str], names: Sequence[str]) -> int:
    return sum(counts[name] for name in names)


def _budgets(recent: Counter[str]) -> tuple[Budget, ...]:
    return tuple(
        Budget(system, recent[f"{system}_requests"], recent[f"{system}_throttled"], limit)
        for system, limit in ((System.SALES, SALES_LIMIT), (System.COMMERCE, None))
    )


def _values(state: State | None) -> Mapping[str, Any]:
    return state.values if state else {}
