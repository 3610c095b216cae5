"""What checkpoints promise, on whichever table service the `tables` fixture gives. Run by test_checkpoints."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseTimeoutError

from shared.checkpoints import Checkpoints
from shared.errors import Outdated, Transient
from tests.fakes.calls import Calls
from tests.unit.store.builders import NOW, at

SEND = "tables.submit_transaction"


@pytest.fixture
def checkpoints(tables: Any) -> Checkpoints:
    return Checkpoints(tables)


def lost_answer() -> Exception:
    return ServiceResponseTimeoutError("read timed out")


# ---- leases


def test_a_lease_has_one_holder_until_its_time_is_over(checkpoints: Checkpoints) -> None:
    assert checkpoints.lease("reconcile", "one", 60, NOW)
    assert not checkpoints.lease("reconcile", "two", 60, at(0.9))
    assert checkpoints.lease("reconcile", "two", 60, at(1))
    assert not checkpoints.lease("reconcile", "one", 60, at(1.5))


def test_a_holder_may_prolong_its_lease(checkpoints: Checkpoints) -> None:
    assert checkpoints.lease("reconcile", "one", 60, NOW)
    assert checkpoints.lease("reconcile", "one", 60, at(0.9))
    assert not checkpoints.lease("reconcile", "two", 60, at(1.5))


def test_a_lease_that_was_let_go_is_free(checkpoints: Checkpoints) -> None:
    checkpoints.lease("reconcile", "one", 60, NOW)
    checkpoints.release("reconcile", "one")
    assert checkpoints.lease("reconcile", "two", 60, NOW)


def test_only_the_holder_lets_a_lease_go(checkpoints: Checkpoints) -> None:
    checkpoints.lease("reconcile", "one", 60, NOW)
    checkpoints.release("reconcile", "two")
    checkpoints.release("never taken", "two")
    assert not checkpoints.lease("reconcile", "two", 60, NOW)


def test_leases_of_other_names_are_others(checkpoints: Checkpoints) -> None:
    assert checkpoints.lease("reconcile/usmf", "one", 60, NOW)
    assert checkpoints.lease("reconcile/demf", "two", 60, NOW)


def test_one_of_many_at_the_same_moment_has_the_lease(checkpoints: Checkpoints) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda number: checkpoints.lease("reconcile", f"owner {number}", 60, NOW), range(8))) == 1


def test_a_lease_is_ours_where_only_the_answer_was_lost(checkpoints: Checkpoints, calls: Calls) -> None:
    calls.fail_next(SEND, lost_answer(), after=True)
    assert checkpoints.lease("reconcile", "one", 60, NOW)


@pytest.mark.parametrize("prolonged", [False, True])
def test_a_lease_that_never_arrived_is_trouble_with_storage(checkpoints: Checkpoints, calls: Calls, prolonged: bool) -> None:
    if prolonged:
        checkpoints.lease("reconcile", "one", 60, NOW)
    calls.fail_next(SEND, lost_answer())
    with pytest.raises(Transient):
        checkpoints.lease("reconcile", "one", 60, NOW)


# ---- watermarks


def test_a_watermark_only_moves_forward(checkpoints: Checkpoints) -> None:
    assert checkpoints.watermark("leads") is None
    checkpoints.advance("leads", at(5))
    checkpoints.advance("leads", at(3))
    assert checkpoints.watermark("leads") == at(5)
    checkpoints.advance("leads", at(7))
    assert checkpoints.watermark("leads") == at(7)


def test_the_furthest_of_many_watermarks_stays(checkpoints: Checkpoints) -> None:
    checkpoints.advance("leads", NOW)

    def advance(minutes: int) -> bool:
        try:
            checkpoints.advance("leads", at(minutes))
        except Transient:  # too many at once: whoever called comes again
            checkpoints.advance("leads", at(minutes))
        return True

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(advance, range(1, 9)))
    assert checkpoints.watermark("leads") == at(8)


# ---- states


def test_a_state_is_written_over_the_one_that_was_read(checkpoints: Checkpoints) -> None:
    assert checkpoints.state("breaker-sales") is None
    first = checkpoints.put_state("breaker-sales", {"closed_until": None, "failures": 1}, None)
    assert checkpoints.state("breaker-sales") == first
    second = checkpoints.put_state("breaker-sales", {"failures": 2}, first)
    assert checkpoints.state("breaker-sales") == second
    assert second.values == {"failures": 2}


def test_a_state_that_changed_meanwhile_is_not_overwritten(checkpoints: Checkpoints) -> None:
    first = checkpoints.put_state("breaker-sales", {"failures": 1}, None)
    second = checkpoints.put_state("breaker-sales", {"failures": 2}, first)
    for over in (None, first):
        with pytest.raises(Outdated):
            checkpoints.put_state("breaker-sales", {"failures": 3}, over)
    assert checkpoints.state("breaker-sales") == second
