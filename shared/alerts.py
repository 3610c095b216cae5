"""Alerts: each rule is looked at after every poll, and the operator's webhook is told once when an incident begins and once when
it is over.

What is under way is kept in one state in Checkpoints, written before the webhook is called and again when it took the message: a
crash between the two tells the same news again, under the same id.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared import telemetry
from shared.alert_rules import Rule, When
from shared.breaker import closure_of
from shared.checkpoints import State
from shared.errors import System
from shared.figures import Standing
from shared.record import Cause
from shared.rows import Summary, time_text

ALERTS, AUDIT = "alerts", "audit"
CANARIES = {"approve": "canary-approve", "reject": "canary-reject"}
"""Decision -> the state that the last canary of that kind left."""

Post = Callable[[Mapping[str, Any]], bool]
"""Sends one message to the operator; whether it was taken."""


class Rows(Protocol):
    """The index rows of the store."""

    def listed(self, legal_entity: str, after: str, before: str, limit: int) -> list[Summary]:
        """The index rows between two keys, in order."""


class States(Protocol):
    """Small states, each guarded by its row's ETag."""

    def state(self, name: str) -> State | None:
        """The state, or None."""

    def put_state(self, name: str, values: Mapping[str, Any], over: State | None) -> State:
        """Write it over the one that was read; raises Outdated."""


class Figures(Protocol):
    """The running counts."""

    def standing(self, legal_entities: Iterable[str]) -> Standing:
        """How many are where: only causes that are open are looked for by a rule about any cause."""


@dataclass(frozen=True)
class Incident:
    """One that is under way. `told`: the webhook took its beginning; `over`: it has ended, and that is still to be told."""

    name: str
    since: datetime
    text: str
    told: bool = False
    over: bool = False

    @property
    def id(self) -> str:
        """The same in all messages about it."""
        return f"{self.name} @ {self.since:%Y-%m-%dT%H:%M:%SZ}"

    def values(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"since": self.since.isoformat()}


Incidents = tuple[Incident, ...]


def incidents(state: State | None) -> Incidents:
    """What the state named ALERTS says. One that another version of the app wrote, and this one cannot read, begins anew."""
    stored = state.values.values() if state else ()
    return tuple(one for values in stored if (one := _incident(values)))


def _incident(values: Any) -> Incident | None:
    try:
        return Incident(**values | {"since": datetime.fromisoformat(values["since"])})
    except (TypeError, KeyError, ValueError):
        return None


@dataclass(frozen=True)
class Alerts:
    """The rules, and what they are asked of. `address`: the app's own, where the console is; empty: not known."""

    rules: tuple[Rule, ...]
    rows: Rows
    states: States
    legal_entities: Sequence[str]
    figures: Figures
    post: Post
    address: str = ""

    def check(self, now: datetime) -> list[str]:
        """Look at every rule; the names of those of which the webhook took news. Reads a few rows for each rule, never more."""
        before = self.states.state(ALERTS)
        known = incidents(before)
        found = {rule.name: text for rule in self.rules if (text := self._found(rule, now))}
        news = _followed(known, found, now)
        for one in news:
            if one not in known:
                telemetry.tell("alert", level=logging.WARNING, state="over" if one.over else "begun", incident=one.id)
        state = self._keep(news, known, before)
        told = [incident for incident in news if (not incident.told or incident.over) and self._tell(incident, now)]
        left = tuple(replace(one, told=True) if one in told else one for one in news if not (one.over and one in told))
        self._keep(left, news, state)
        return [incident.name for incident in told]

    def _keep(self, incidents: Incidents, over: Incidents, before: State | None) -> State | None:
        if incidents == over:
            return before
        return self.states.put_state(ALERTS, {one.name: one.values() for one in incidents}, before)

    def _tell(self, incident: Incident, now: datetime) -> bool:
        state, text = ("over", f"Over: {incident.name}") if incident.over else ("begun", incident.text)
        body = {"state": state, "incident": incident.id, "rule": incident.name, "text": text, "link": self._link(incident)}
        return self.post({**body, "since": incident.since.isoformat(), "at": now.isoformat()})

    def _link(self, incident: Incident) -> str:
        """Where the console shows what it is about; empty where the app's address is not known."""
        rule = next((rule for rule in self.rules if rule.name == incident.name), None)
        page = "/list/attention" if rule and rule.when in (When.ATTENTIONS, When.OLDEST) else ""
        cause = f"?cause={rule.cause}" if rule and rule.cause and page else ""
        return f"{self.address}/api/console{page}{cause}" if self.address else ""

    # ---- what the rules find: a text, or nothing

    def _found(self, rule: Rule, now: datetime) -> str:
        return _WATCHED[rule.when](self, rule, now)

    def _attentions(self, rule: Rule, now: datetime) -> str:
        """Open ones alone count: what healed by itself meanwhile needs nobody."""
        since = time_text(now - timedelta(minutes=rule.minutes))
        found = sum(len(self._listed(cause, since, "~", rule.count)) for cause in self._causes(rule))
        about = f" of {rule.cause}" if rule.cause else ""
        return f"{rule.count} or more attentions{about} were opened within {rule.minutes} minutes" if found >= rule.count else ""

    def _oldest(self, rule: Rule, now: datetime) -> str:
        before = time_text(now - timedelta(minutes=rule.minutes))
        found = [summary for cause in self._causes(rule) for summary in self._listed(cause, "", before, 1)]
        if not found:
            return ""
        oldest = min(found, key=lambda summary: summary.since)
        return f"An attention ({oldest.attention}) is open for more than {rule.minutes} minutes: {oldest.key.text}"

    def _drift(self, rule: Rule, now: datetime) -> str:
        drift = self._values(AUDIT).get("drift")
        return f"The last audit found a drift of {drift}" if drift else ""

    def _canary(self, rule: Rule, now: datetime) -> str:
        failed = [decision for decision, name in CANARIES.items() if self._values(name).get("ok") is False]
        return f"The last canary failed ({', '.join(failed)})" if failed else ""

    def _breaker(self, rule: Rule, now: datetime) -> str:
        closed = [system.value for system in (System.SALES, System.COMMERCE) if closure_of(self.states, system).until]
        return f"Closed to traffic: {', '.join(closed)}" if closed else ""

    def _listed(self, cause: Cause, after: str, before: str, limit: int) -> list[Summary]:
        prefix = f"a~{cause}~"
        return [row for entity in self.legal_entities for row in self.rows.listed(entity, prefix + after, prefix + before, limit)]

    def _causes(self, rule: Rule) -> Sequence[Cause]:
        return [rule.cause] if rule.cause else self.figures.standing(self.legal_entities).open_causes

    def _values(self, name: str) -> Mapping[str, Any]:
        state = self.states.state(name)
        return state.values if state else {}


def _followed(known: Incidents, found: Mapping[str, str], now: datetime) -> Incidents:
    """What goes on, what is over, and what begins; where nobody was told of the beginning, the end is no news."""
    there = {one.name for one in known}
    before = tuple(one if one.name in found else replace(one, over=True) for one in known if one.told or one.name in found)
    return (*before, *(Incident(name, now, text) for name, text in found.items() if name not in there))


_WATCHED: dict[When, Callable[[Alerts, Rule, datetime], str]] = {
    When.ATTENTIONS: Alerts._attentions,
    When.OLDEST: Alerts._oldest,
    When.DRIFT: Alerts._drift,
    When.CANARY_FAILED: Alerts._canary,
    When.BREAKER_OPEN: Alerts._breaker,
}
