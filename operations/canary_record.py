"""What the last canary brought, kept beside the app's own checkpoints, so that the doctor can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operations.environment import Environment
from shared.checkpoints import Checkpoints


def last_canary(environment: Environment, decision: str) -> Mapping[str, Any] | None:
    """{"at", "ok", "line", "hops"} of the last canary with this decision, or None; raises Transient."""
    found = Checkpoints(environment.storage.tables).state(_name(decision))
    return found.values if found else None


def keep(environment: Environment, decision: str, values: Mapping[str, Any]) -> None:
    """Keep it; raises Transient, or Outdated where another canary was kept at the same moment."""
    checkpoints = Checkpoints(environment.storage.tables)
    checkpoints.put_state(_name(decision), values, checkpoints.state(_name(decision)))


def _name(decision: str) -> str:
    return f"canary-{decision}"
