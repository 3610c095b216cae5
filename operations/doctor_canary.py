"""The checks of what the last canaries brought. A failure is told once: an approval's by C219 where decisions rest on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from operations.canary_record import last_canary
from operations.doctor_model import Context, Result, error, ok, skipped, warning
from shared.policy import DecisionChannel

AGE = timedelta(hours=24)


def canary(context: Context) -> Result:
    """B314: the last canary."""
    kept = _kept(context)
    if not kept:
        return skipped("none was sent so far", "manage.py canary")
    told_elsewhere = set() if _clerks_decide(context) else {"approve"}
    if failed := [str(found["line"]) for decision, found in kept if not found["ok"] and decision not in told_elsewhere]:
        return error("; ".join(failed))
    _, newest = kept[0]
    age = context.now() - datetime.fromisoformat(newest["at"])
    return ok(str(newest["line"])) if age < AGE else warning(f"{age.days} days ago")


def decision_proven(context: Context) -> Result:
    """C219: decisions take effect."""
    if _clerks_decide(context):
        return ok("clerks decide; nothing rests on it")
    found = last_canary(context.environment, "approve")
    if found is None:
        return skipped("no canary was approved so far", "manage.py canary --decision approve")
    if not found["ok"]:
        return error(f"the canary failed: {found['line']}")
    return ok(f"approved at {datetime.fromisoformat(found['at']):%Y-%m-%d %H:%M:%S} UTC")


def _kept(context: Context) -> list[tuple[str, Mapping[str, Any]]]:
    """The last canary of each decision, the newest first."""
    kept = [(decision, found) for decision in ("reject", "approve") if (found := last_canary(context.environment, decision))]
    return sorted(kept, key=lambda item: datetime.fromisoformat(item[1]["at"]), reverse=True)


def _clerks_decide(context: Context) -> bool:
    return context.settings.decision_channel is DecisionChannel.MANUAL
