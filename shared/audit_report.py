"""How far an audit has come and what it has found, as values that can be kept between its runs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import TypeAdapter

from shared.audit_rules import DOUBLED, LOST, Kind, Standing
from shared.models import ProspectKey
from shared.record import Onboarding

MOST_SUSPECTS = 300
MOST_VIOLATIONS = 60
"""Kept with their details; the numbers count all."""


class Step(StrEnum):
    """Where an audit stands."""

    ONBOARDINGS = "onboardings"
    LEADS = "leads"
    REQUESTS = "requests"
    SECOND_LOOK = "second-look"
    DONE = "done"


@dataclass(frozen=True)
class Violation:
    """One onboarding that is not as it must be. `detail` and `repair` hold ids at most."""

    key: str
    kinds: tuple[Kind, ...]
    detail: str
    repair: str


@dataclass(frozen=True)
class Audit:
    """One audit, begun or done. `suspects`: what looked wrong, since when; more than can be kept count as `unlooked`."""

    started_at: datetime
    finished_at: datetime | None = None
    step: Step = Step.ONBOARDINGS
    area: int = 0
    after: str = ""
    onboardings: int = 0
    leads: int = 0
    requests: int = 0
    waiting: int = 0
    attention: Mapping[str, int] = field(default_factory=dict)
    suspects: Mapping[str, datetime] = field(default_factory=dict)
    unlooked: int = 0
    drift: int = 0
    lost: int = 0
    doubled: int = 0
    violations: tuple[Violation, ...] = ()

    # ---- what it learns

    def counted(self, onboardings: Sequence[Onboarding]) -> Self:
        """With these onboardings and their open attentions counted."""
        causes = Counter(attention.cause.value for known in onboardings for attention in known.attentions)
        return replace(self, onboardings=self.onboardings + len(onboardings), attention=dict(Counter(self.attention) + causes))

    def standing(self, known: Onboarding, stands: Standing) -> Self:
        """With one more onboarding that is fine, known to people, or waiting."""
        return replace(self, waiting=self.waiting + 1) if stands is Standing.WAITING else self

    def suspecting(self, key: ProspectKey, since: datetime) -> Self:
        """With one more to look at a second time."""
        if key.text in self.suspects:
            return self
        if len(self.suspects) >= MOST_SUSPECTS:
            return replace(self, unlooked=self.unlooked + 1, drift=self.drift + 1)
        return replace(self, suspects={**self.suspects, key.text: since})

    def cleared(self, key: ProspectKey) -> Self:
        """Without this suspect."""
        return replace(self, suspects={text: since for text, since in self.suspects.items() if text != key.text})

    def found(self, violation: Violation) -> Self:
        """With one more violation."""
        kinds = set(violation.kinds)
        return replace(
            self,
            drift=self.drift + 1,
            lost=self.lost + bool(kinds & LOST),
            doubled=self.doubled + bool(kinds & DOUBLED),
            violations=(*self.violations, violation)[:MOST_VIOLATIONS],
        )

    # ---- as JSON

    def report(self) -> dict[str, Any]:
        """What is shown and kept once it is done."""
        seconds = (self.finished_at - self.started_at).total_seconds() if self.finished_at else None
        return {
            "started_at": self.started_at.isoformat(),
            "seconds": seconds,
            "onboardings": self.onboardings,
            "leads": self.leads,
            "pending_requests": self.requests,
            "drift": self.drift,
            "lost": self.lost,
            "doubled": self.doubled,
            "waiting": self.waiting,
            "attention": dict(sorted(self.attention.items())),
            "violations": self.values()["violations"],
            "not_looked_at_twice": self.unlooked,
            "ok": self.step is Step.DONE and self.drift == 0,
        }

    def values(self) -> dict[str, Any]:
        """Everything, to go on with later."""
        values: dict[str, Any] = _JSON.dump_python(self, mode="json")
        return values

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Audit:
        """The inverse of `values`."""
        return _JSON.validate_python(values)


_JSON = TypeAdapter(Audit)
