"""The threshold rules of alerts, as the setting ALERT_RULES gives them: a JSON list, each rule an object. Pure."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from shared.record import Cause


class When(StrEnum):
    """What a rule watches."""

    ATTENTIONS = "attentions"
    """`count` open attentions (of `cause`, or of any) that were opened within `minutes`."""
    OLDEST = "oldest"
    """An open attention (of `cause`, or of any) that is older than `minutes`."""
    DRIFT = "drift"
    """The last audit found what no rule explains."""
    CANARY_FAILED = "canary-failed"
    """The last canary did not come through."""
    BREAKER_OPEN = "breaker-open"
    """A system is not called for a while, since it fails or throttles."""


class Rule(BaseModel):
    """One rule, e.g. {"when": "attentions", "cause": "duplicate-email", "count": 5, "minutes": 60}."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    when: When
    cause: Cause | None = None
    count: int = Field(1, ge=1, le=1000)
    minutes: int = Field(60, ge=1, le=60 * 24 * 365)

    @property
    def name(self) -> str:
        """What an incident of it is called; two rules of one name are one."""
        parts = [self.when.value, self.cause.value if self.cause else ""]
        if self.when is When.ATTENTIONS:
            parts += [f"{self.count} in {self.minutes} min"]
        if self.when is When.OLDEST:
            parts += [f"over {self.minutes} min"]
        return " ".join(part for part in parts if part)


DEFAULT_RULES = (
    Rule(when=When.DRIFT),
    Rule(when=When.CANARY_FAILED),
    Rule(when=When.BREAKER_OPEN),
    Rule(when=When.ATTENTIONS, cause=Cause.POISON),
    Rule(when=When.ATTENTIONS, count=10, minutes=60),
    Rule(when=When.OLDEST, minutes=3 * 24 * 60),
)
"""What is watched where nothing is said: a webhook alone is enough to be told."""
