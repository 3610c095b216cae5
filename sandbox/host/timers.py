"""The timer trigger: schedules in UTC, isPastDue, no second start while the first still runs (docs: functions-bindings-timer)."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, MutableMapping

from sandbox.host.model import Function, Result, Typed
from sandbox.host.schedule import Schedule
from sandbox.host.settings import Settings

NEVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
# Schedules shorter than this are not monitored, whatever the binding says.
MONITORED_SECONDS = 60

# When each timer is next due, by function; one that outlives a host shows the next host what was missed.
TimerStatus = MutableMapping[str, dt.datetime]
Invoke = Callable[[Function, list[tuple[str, Typed]], dict[str, Typed]], Result]


class TimerListener:
    """Starts one function on its schedule until `stopping` is set."""

    def __init__(self, function: Function, settings: Settings, invoke: Invoke, status: TimerStatus) -> None:
        self._function, self._invoke, self._status = function, invoke, status
        self._schedule = Schedule(settings.resolve(str(function.trigger["schedule"])))
        self._run_on_startup = _is_true(function.trigger.get("runOnStartup", False))
        first = self._schedule.after(_now())
        interval = (self._schedule.after(first) - first).total_seconds()
        self._monitored = _is_true(function.trigger.get("useMonitor", True)) and interval >= MONITORED_SECONDS
        self._last = NEVER

    def run(self, stopping: threading.Event) -> None:
        """Wait for each occurrence and run the function, until `stopping`."""
        now = _now()
        missed = self._status.get(self._function.name, now + dt.timedelta(days=1)) <= now and self._monitored
        if missed or self._run_on_startup:
            self._fire(now, past_due=missed)
        while not stopping.is_set():
            due = self._schedule.after(_now())
            self._status[self._function.name] = due
            if not stopping.wait(max(0.0, (due - _now()).total_seconds())):
                self._fire(due)

    def fire_now(self) -> Result:
        """Run the function outside its schedule, as the admin endpoint does."""
        return self._fire(_now())

    def _fire(self, due: dt.datetime, past_due: bool = False) -> Result:
        result = self._invoke(self._function, [(self._function.trigger["name"], self._timer_info(due, past_due))], {})
        self._last = due
        return result

    def _timer_info(self, due: dt.datetime, past_due: bool) -> Typed:
        status = {"Last": self._last.isoformat(), "Next": due.isoformat(), "LastUpdated": self._last.isoformat()}
        shown = status if self._monitored else None
        return "json", json.dumps({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": shown, "IsPastDue": past_due})


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
