"""When a system is closed to traffic, for how long, and who opens it again."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from azure.core.exceptions import ServiceRequestError

from shared.breaker import FAILURES_IN_A_ROW, FIRST_PAUSE, LONGEST_PAUSE, ONE_CASE, PROBE, READ_EVERY, closure_of
from shared.bridge import WRITE_TIMEOUT
from shared.errors import Closed, InDoubt, Missing, Outdated, Refused, ServiceError, System, Transient
from shared.retrying import SYSTEM_WIDE
from tests.unit.breaker.steps import Site, no_answer, refused, throttled


@pytest.fixture
def site() -> Site:
    return Site()


def told(caplog: pytest.LogCaptureFixture, event: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if json.loads(record.getMessage())["event"] == event]


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_says_when_to_come_back_is_left_alone_until_then(site: Site, status: int) -> None:
    assert site.told(answer=throttled(60, status)) == "Transient"
    assert site.told() == "Closed"
    site.clock.forward(seconds=59)
    assert site.told() == "Closed"
    site.clock.forward(seconds=1)
    assert site.told() == "served"
    assert site.requests == 2


def test_every_process_knows_within_five_seconds(site: Site) -> None:
    site.told(process=1)
    site.told(answer=throttled(60))
    assert site.told(process=1) == "served"
    site.clock.forward(READ_EVERY)
    assert site.told(process=1) == "Closed"


def test_the_closed_error_says_how_long_to_wait(site: Site) -> None:
    site.told(answer=throttled(60))
    site.clock.forward(seconds=20)
    with pytest.raises(Closed) as caught:
        site.ask()
    assert caught.value.retry_after == site.processes[0].closed_for() == timedelta(seconds=40)


@pytest.mark.parametrize(
    "failure",
    [
        no_answer(),
        Transient(System.SALES, "bad gateway", status=502),
        Transient(System.SALES, "time-out", status=504),
        InDoubt(System.SALES, "ReadTimeout"),
    ],
    ids=["no answer", "502", "504", "in doubt"],
)
def test_failures_in_a_row_close_it(site: Site, failure: ServiceError) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        assert site.told(answer=failure) == type(failure).__name__
    assert site.told() == "Closed"
    assert closure_of(site.states, System.SALES).until == site.clock() + FIRST_PAUSE


@pytest.mark.parametrize(
    "answer",
    [
        None,
        Missing(System.SALES, "no such record", status=404),
        Refused(System.SALES, "a rule said no", status=400),
        Outdated(System.SALES, "changed", status=412),
        Transient(System.SALES, "An unexpected error occurred.", status=500),
    ],
    ids=["success", "404", "400", "412", "500"],
)
def test_any_answer_between_them_ends_the_row_of_failures(site: Site, answer: ServiceError | None) -> None:
    for _ in range(4 * FAILURES_IN_A_ROW):
        site.told(answer=answer)
        for _ in range(FAILURES_IN_A_ROW - 1):
            site.told(answer=no_answer())
    assert site.told() == "served"


def test_one_request_probes_while_the_others_wait(site: Site) -> None:
    site.told(answer=throttled(10))
    site.clock.forward(seconds=10)
    with site.processes[0].passage():
        assert site.told(process=0) == site.told(process=1) == "Closed"
        assert site.processes[1].closed_for() == READ_EVERY
    assert site.told(process=0) == "served"


def test_an_answered_probe_opens_it_for_all(site: Site) -> None:
    site.told(process=1, answer=throttled(10))
    site.clock.forward(seconds=10)
    assert site.told(process=0) == "served"
    assert [site.told(process=n) for n in (0, 1)] == ["served", "served"]
    assert closure_of(site.states, System.SALES).until is None


def test_a_probe_that_died_is_followed_by_another(site: Site) -> None:
    site.told(answer=throttled(10))
    site.clock.forward(seconds=10)
    with pytest.raises(KeyboardInterrupt), site.processes[0].passage():
        raise KeyboardInterrupt
    assert site.told(process=1) == "Closed"
    site.clock.forward(PROBE)
    assert site.told(process=1) == "served"


def test_a_probe_that_hangs_is_the_only_one() -> None:
    site = Site(processes=3)
    site.told(answer=throttled(10))
    site.clock.forward(seconds=10)
    with site.processes[0].passage():
        site.clock.forward(WRITE_TIMEOUT)
        assert [site.told(process=n) for n in (1, 2)] == ["Closed", "Closed"]
    assert site.told(process=0) == "served"


@pytest.mark.parametrize("late", [no_answer(), None], ids=["in vain", "answered"])
def test_a_probe_that_ends_late_leaves_alone_what_others_said_since(late: ServiceError | None) -> None:
    site = Site(processes=3)
    site.told(answer=throttled(10))
    site.clock.forward(seconds=10)
    hung = site.processes[0].passage()
    hung.__enter__()
    site.clock.forward(PROBE)
    assert site.told(process=1) == "served"
    if late:
        hung.__exit__(type(late), late, None)
        assert closure_of(site.states, System.SALES).until is None
        return
    site.told(process=1, answer=throttled(60))
    closed_until = closure_of(site.states, System.SALES).until
    hung.__exit__(None, None, None)
    assert closure_of(site.states, System.SALES).until == closed_until


def test_a_failed_probe_closes_it_for_longer_each_time_up_to_five_minutes(site: Site) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        site.told(answer=no_answer())
    pauses = []
    for _ in range(8):
        pause = (closure_of(site.states, System.SALES).until or site.clock()) - site.clock()
        pauses.append(pause.total_seconds())
        site.clock.forward(pause)
        assert site.told(answer=no_answer()) == "Transient"
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]
    assert LONGEST_PAUSE.total_seconds() == pauses[-1]


def test_a_wish_to_be_left_alone_is_an_answer_after_which_the_pauses_begin_anew(site: Site) -> None:
    site.told(answer=throttled(10))
    site.clock.forward(seconds=10)
    assert site.told(answer=no_answer()) == "Transient"
    assert closure_of(site.states, System.SALES).until == site.clock() + FIRST_PAUSE


def test_after_an_answer_the_pauses_begin_anew(site: Site) -> None:
    site.told(answer=throttled(10))
    site.clock.forward(seconds=10)
    site.told()
    for _ in range(FAILURES_IN_A_ROW):
        site.told(answer=no_answer())
    assert closure_of(site.states, System.SALES).until == site.clock() + FIRST_PAUSE


def test_a_refused_identity_closes_it_at_once_with_one_alarm(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "prospect_bridge")
    requests_under_way = [site.processes[n % 2].passage() for n in range(8)]
    for passage in requests_under_way:
        passage.__enter__()
    for passage in requests_under_way:
        passage.__exit__(type(refused()), refused(), None)
    assert site.told(process=0) == site.told(process=1) == "Closed"
    assert [record.levelname for record in told(caplog, "system-closed")] == ["ERROR"]
    for _ in range(3):
        site.clock.forward(SYSTEM_WIDE)
        site.told(answer=refused())
    assert len(told(caplog, "system-closed")) == 1
    site.clock.forward(SYSTEM_WIDE)
    site.told()
    assert len(told(caplog, "system-open")) == 1


def test_a_throttled_system_is_no_alarm(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.told(answer=throttled())
    assert [record.levelname for record in told(caplog, "system-closed")] == ["WARNING"]


def test_one_record_that_is_refused_does_not_close_the_system_again_and_again(site: Site) -> None:
    site.told(answer=refused("lead 1"))
    site.clock.forward(SYSTEM_WIDE)
    assert site.told() == "served"
    assert site.told(answer=refused("lead 1")) == "AccessRefused"
    assert site.told() == "served"
    assert site.told(answer=refused("another privilege")) == "AccessRefused"
    assert site.told() == "Closed"


def test_the_same_refusal_after_an_hour_is_news_again(site: Site) -> None:
    site.told(answer=refused())
    site.clock.forward(SYSTEM_WIDE)
    site.told()
    site.clock.forward(ONE_CASE)
    site.told(answer=refused())
    assert site.told() == "Closed"


def test_a_shorter_wish_does_not_shorten_a_longer_closure(site: Site) -> None:
    passages = [site.processes[0].passage() for _ in range(2)]
    for passage in passages:
        passage.__enter__()
    for passage, wish in zip(passages, (throttled(60), throttled(1)), strict=True):
        passage.__exit__(type(wish), wish, None)
    assert site.processes[0].closed_for() == timedelta(seconds=60)


def test_an_undisturbed_system_costs_one_read_in_five_seconds(site: Site) -> None:
    for _ in range(100):
        site.ask()
    assert site.calls.names() == ["tables.get_entity"]
    site.clock.forward(READ_EVERY)
    site.ask()
    assert site.calls.names() == ["tables.get_entity"] * 2


def test_where_storage_does_not_answer_the_last_known_state_counts(site: Site) -> None:
    site.told(answer=throttled(60))

    def unreachable(name: str, _: object) -> None:
        raise ServiceRequestError("connection refused")

    site.calls.before_call = unreachable
    site.clock.forward(READ_EVERY)
    assert site.told() == "Closed"
    site.clock.forward(seconds=60)
    assert site.told() == "Closed", "a probe is made under the row's ETag or not at all"
    site.calls.heal()
    assert site.told() == "served"


def test_a_process_that_cannot_reach_storage_from_the_start_lets_requests_pass(site: Site) -> None:
    site.calls.fail_next("tables.get_entity", ServiceRequestError("connection refused"))
    assert site.told() == "served"
