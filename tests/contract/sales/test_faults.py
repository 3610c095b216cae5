"""The fault injector that both servers share: kinds, moments, rates, and that a seed repeats them."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests

from sandbox import identity
from tests.contract.sales.environment import ADMIN, API, SECRET, Sales, error_of, wait_until

LEAD = {"subject": "Request", "lastname": "Byron"}


def _rule(sales: Sales, **rule: Any) -> None:
    sales.control("faults", rule)


def _leads(sales: Sales) -> int:
    return len(sales.world.store.rows("lead"))


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504"])
@pytest.mark.parametrize(("moment", "effect"), [("before", 0), ("after", 1)])
def test_a_status_comes_before_or_after_the_effect(sales: Sales, kind: str, moment: str, effect: int) -> None:
    _rule(sales, kind=kind, route="leads", method="POST", moment=moment, times=1)
    response = sales.send("POST", "leads", LEAD)
    assert (response.status_code, _leads(sales)) == (int(kind), effect)
    assert sales.send("POST", "leads", LEAD).status_code == 204


def test_a_429_has_the_products_error_body_and_retry_after(sales: Sales) -> None:
    _rule(sales, kind="429", retry_after="7")
    response = sales.send("GET", "leads")
    assert (error_of(response), response.headers["Retry-After"]) == ((429, "0x80072322"), "7")


@pytest.mark.parametrize(("moment", "effect"), [("before", 0), ("after", 1)])
def test_a_reset_leaves_the_client_without_an_answer(sales: Sales, moment: str, effect: int) -> None:
    _rule(sales, kind="reset", method="POST", moment=moment)
    with pytest.raises(requests.ConnectionError):
        sales.send("POST", "leads", LEAD)
    assert _leads(sales) == effect


def test_a_truncated_body_is_an_error_to_the_client(sales: Sales) -> None:
    _rule(sales, kind="truncate", route="leads")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        sales.send("GET", "leads?$select=subject&$count=true")


@pytest.mark.parametrize(("moment", "effect"), [("before", 0), ("after", 1)])
def test_a_hang_outlasts_the_clients_patience(sales: Sales, moment: str, effect: int) -> None:
    _rule(sales, kind="timeout", method="POST", moment=moment, seconds=0.3)
    headers = {"Authorization": f"Bearer {_token(sales)}"}
    with pytest.raises(requests.Timeout):
        requests.post(f"{sales.url}{API}leads", json=LEAD, headers=headers, timeout=0.1)
    wait_until(lambda: _leads(sales) == effect)


def test_clearing_the_rules_ends_a_hang(sales: Sales) -> None:
    _rule(sales, kind="timeout", seconds=60)
    outcome: list[type] = []

    def call() -> None:
        try:
            requests.get(f"{sales.url}{API}leads", headers={"Authorization": f"Bearer {_token(sales)}"}, timeout=30)
        except requests.ConnectionError as error:
            outcome.append(type(error))

    thread = threading.Thread(target=call)
    thread.start()
    wait_until(lambda: sales.state("faults")["rules"][0]["hits"] == 1)
    requests.delete(f"{sales.url}/sandbox/faults", timeout=5)
    thread.join(5)
    assert outcome == [requests.ConnectionError]
    assert sales.send("GET", "leads").status_code == 200


def test_a_slow_answer_is_late_but_right(sales: Sales) -> None:
    _rule(sales, kind="slow", seconds=0.2)
    started = time.monotonic()
    assert sales.send("GET", "leads").status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_rate_is_drawn_the_same_way_for_the_same_seed(sales: Sales) -> None:
    def run(seed: int) -> list[int]:
        requests.delete(f"{sales.url}/sandbox/faults", timeout=5)
        _rule(sales, kind="503", rate=0.5, seed=seed)
        return [sales.send("GET", "WhoAmI").status_code for _ in range(20)]

    first = run(1)
    assert {200, 503} == set(first)
    assert (run(1) == first, run(2) == first) == (True, False)


def test_faults_do_not_touch_the_sandbox_routes_and_unknown_kinds_are_refused(sales: Sales) -> None:
    _rule(sales, kind="500")
    assert sales.state("idle") == {"idle": True}
    assert requests.post(f"{sales.url}/sandbox/faults", json={"kind": "fire"}, timeout=5).status_code == 400


def test_faulty_answers_are_counted_too(sales: Sales) -> None:
    _rule(sales, kind="503", times=1)
    sales.send("GET", "WhoAmI")
    sales.send("GET", "WhoAmI")
    assert sales.state("requests")["by_status"] == {"503": 1, "200": 1}


def _token(sales: Sales) -> str:

    return identity.issue(SECRET, sales.url, ADMIN)
