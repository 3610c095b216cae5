"""Timers of the sample app, on the real clock."""

import datetime as dt

import pytest
import requests

from sandbox.host import Host
from tests.integration.host.conftest import SAMPLE_APP, Sample, eventually

pytestmark = pytest.mark.integration

NOW = dt.datetime.now(dt.UTC)


def test_a_timer_comes_on_its_second(sample: Sample) -> None:
    with Host(SAMPLE_APP, {**sample.env, "EVERY": "* * * * * *"}):
        first, second = eventually(lambda: len(seen := sample.seen("tick")) == 2 and seen)
    assert 0.5 < second["at"] - first["at"] < 1.9
    assert not first["past_due"]


@pytest.mark.parametrize(("due", "seen"), [(NOW - dt.timedelta(hours=1), [True]), (NOW + dt.timedelta(days=300), [])])
def test_a_monitored_timer_that_was_missed_runs_at_once_and_says_so(sample: Sample, due: dt.datetime, seen: list[bool]) -> None:
    with Host(SAMPLE_APP, {**sample.env, "EVERY": "* * * * * *"}, timer_status={"yearly": due}):
        eventually(lambda: sample.seen("tick"))
    assert [line["past_due"] for line in sample.seen("yearly")] == seen


def test_an_administrator_can_start_a_timer_function(host: Host, sample: Sample) -> None:
    assert requests.post(f"{host.url}/admin/functions/yearly", json={}, timeout=10).status_code == 202
    [line] = eventually(lambda: sample.seen("yearly"))
    assert not line["past_due"]
