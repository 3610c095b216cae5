"""The two notations of time in host.json and on timers: .NET TimeSpan and NCRONTAB."""

from __future__ import annotations

import datetime as dt
import re

from croniter import CroniterError, croniter

from sandbox.host.model import Unsupported

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
TIMESPAN = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)")
# What NCRONTAB takes in a field; croniter alone would let more pass (@daily, L, #, R, ?).
FIELD = re.compile(r"[\d*,/a-z-]+")


def seconds(timespan: str) -> float:
    """Return the seconds of a TimeSpan `[d.]hh:mm:ss[.fff]`; raises ValueError."""
    match = TIMESPAN.fullmatch(timespan.strip())
    if not match:
        raise ValueError(f"not a TimeSpan: {timespan!r}")
    days, hours, minutes, secs = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + secs


class Schedule:
    """A timer's schedule in UTC: six fields, or five that mean second 0, or a TimeSpan (docs: functions-bindings-timer)."""

    def __init__(self, text: str) -> None:
        self._interval: float | None = None
        if TIMESPAN.fullmatch(text.strip()):
            self._interval = seconds(text)
            return
        self._fields = _fields(text)
        try:
            self.after(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        except CroniterError as error:
            raise Unsupported(f"not an NCRONTAB expression: {text!r} ({error})") from error

    def after(self, moment: dt.datetime) -> dt.datetime:
        """The first occurrence after a moment."""
        if self._interval is not None:
            return moment + dt.timedelta(seconds=self._interval)
        # day_or: unlike cron, NCRONTAB wants the day of the month AND the day of the week to match.
        occurrences = croniter(self._fields, moment, second_at_beginning=True, day_or=False)
        found: dt.datetime = occurrences.get_next(dt.datetime)
        return found


def _fields(text: str) -> str:
    fields = text.lower().split()
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) != 6:
        raise Unsupported(f"not an NCRONTAB expression: {text!r} has {len(fields)} fields")
    fields[4], fields[5] = _shortened(fields[4], MONTHS), _shortened(fields[5], DAYS)
    for field in fields:
        _check(field, text)
    return " ".join(fields)


def _shortened(field: str, names: tuple[str, ...]) -> str:
    """NCRONTAB takes full names too, croniter only the first three letters."""
    return re.sub("|".join(names), lambda match: match[0][:3], field)


def _check(field: str, text: str) -> None:
    words = set(re.findall(r"[a-z]+", field))
    if not FIELD.fullmatch(field) or not words <= {name[:3] for name in DAYS + MONTHS}:
        raise Unsupported(f"not an NCRONTAB expression: {text!r}, at {field!r}")
