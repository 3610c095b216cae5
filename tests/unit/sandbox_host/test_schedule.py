"""TimeSpan and NCRONTAB."""

import datetime as dt
import random

import pytest

from sandbox.host.model import Unsupported
from sandbox.host.queues import polling_delay
from sandbox.host.schedule import Schedule, seconds

# A Monday.
NOW = dt.datetime(2026, 11, 23, 17, 0, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [("00:00:02", 2), ("00:02:00", 120), ("01:00:00", 3600), ("1.00:00:00", 86400), ("00:00:00.100", 0.1)],
)
def test_a_timespan_is_read_in_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


def test_what_is_no_timespan_is_refused() -> None:
    with pytest.raises(ValueError, match="not a TimeSpan: '5m'"):
        seconds("5m")


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("0 */5 * * * *", "2026-11-23 17:05:00"),
        ("*/2 * * * * *", "2026-11-23 17:00:02"),
        ("30 * * * * *", "2026-11-23 17:00:30"),
        ("*/5 * * * *", "2026-11-23 17:05:00"),
        ("0 0 9-17 * * 1-5", "2026-11-24 09:00:00"),
        ("0 30 9 * Jan Mon", "2027-01-04 09:30:00"),
        ("0 30 9 * january monday", "2027-01-04 09:30:00"),
        ("0 0 9 * * 0", "2026-11-29 09:00:00"),
        ("0 0 9 1 * Mon", "2027-02-01 09:00:00"),
        ("0 0 0 1 1 *", "2027-01-01 00:00:00"),
        ("00:00:10", "2026-11-23 17:00:10"),
    ],
)
def test_the_next_occurrence_is_after_now(expression: str, due: str) -> None:
    assert Schedule(expression).after(NOW) == dt.datetime.fromisoformat(due).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "expression", ["* * * *", "@daily", "0 0 9 L * *", "0 0 9 * * mon#1", "61 * * * * *", "0 0 0 31 2 *", "0 0 9 ? * *", ""]
)
def test_what_ncrontab_does_not_take_is_refused(expression: str) -> None:
    with pytest.raises(Unsupported):
        Schedule(expression)


def test_an_empty_queue_is_looked_at_less_and_less_often_and_never_beyond_the_longest_interval() -> None:
    delays = [polling_delay(misses, 2.0, spread=lambda low, high: 1.0) for misses in (0, 1, 2, 3, 4, 5, 100)]
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])


def test_looking_at_a_queue_leaves_the_process_own_random_state_alone() -> None:
    before = random.getstate()
    polling_delay(3, 2.0)
    assert random.getstate() == before
