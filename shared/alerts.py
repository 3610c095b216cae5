"""Alerts: each rule is looked at after every poll, and the operator's webhook is told once when an incident begins and once when
it is over.

What is under way is kept in one state in Checkpoints, written after the webhook took the message: a crash between the two tells
the same incident again, under the same id.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
class Alerts:
    """The rules, and what they are asked of."""

    rules: tuple[Rule, ...]
    rows: Rows
    states: States
    legal_entities: Sequence[str]
    figures: Figures
    post: Post

    def check(self, now: datetime) -> list[str]:
        """Look at every rule; the names of those that changed and were told. Reads a few rows for each rule, never more."""
        before = self.states.state(ALERTS)
        under_way: dict[str, str] = dict(before.values) if before else {}
        found = {rule.name: text for rule in self.rules if (text := self._found(rule, now))}
        told = [name for name, text in found.items() if name not in under_way and self._tell_begun(name, text, now, under_way)]
        told += [name for name in [*under_way] if name not in found and self._tell_over(name, now, under_way)]
        if told:
            self.states.put_state(ALERTS, under_way, before)
        return told

    # ---- telling

    def _tell_begun(self, name: str, text: str, now: datetime, under_way: dict[str, str]) -> bool:
        if not self._post("begun", name, text, now, now):
            return False
        under_way[name] = now.isoformat()
        return True

    def _tell_over(self, name: str, now: datetime, under_way: dict[str, str]) -> bool:
        if not self._post("over", name, f"Over: {name}", datetime.fromisoformat(under_way[name]), now):
            return False
        del under_way[name]
        return True

    def _post(self, state: str, name: str, text: str, since: datetime, now: datetime) -> bool:
        incident = f"{name} @ {since:%Y-%m-%dT%H:%M:%SZ}"
        telemetry.tell("alert", level=logging.WARNING, state=state, incident=incident)
        body = {"state": state, "incident": incident, "rule": name, "text": text}
        return self.post({**body, "since": since.isoformat(), "at": now.isoformat()})

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


_WATCHED: dict[When, Callable[[Alerts, Rule, datetime], str]] = {
    When.ATTENTIONS: Alerts._attentions,
    When.OLDEST: Alerts._oldest,
    When.DRIFT: Alerts._drift,
    When.CANARY_FAILED: Alerts._canary,
    When.BREAKER_OPEN: Alerts._breaker,
}
