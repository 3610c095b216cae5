"""Figures are exact: whatever crashes, each write is counted once; and reading them costs the same at any size."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.core.exceptions import ServiceRequestError
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.correlation import Correlation
from shared.errors import Transient
from shared.figures import Figures, Slot, Span
from shared.histograms import added, bucket, percentile
from shared.measuring import Hop, place
from shared.models import ProspectKey
from shared.ports import Stored
from shared.record import Attention, Cause, Onboarding, Stage
from shared.storage import CHECKPOINTS, TABLES
from shared.traffic import Traffic
from tests.fakes.calls import Calls
from tests.fakes.clock import Clock
from tests.fakes.tables import FakeTables

HOUR = timedelta(hours=1)


class Account:
    """Store and figures on one storage account."""

    def __init__(self) -> None:
        self.calls, self.clock = Calls(), Clock()
        self.tables = FakeTables(self.calls)
        for table in TABLES:
            self.tables.create_table_if_not_exists(table)
        self.traffic = Traffic()
        self.store = Correlation(self.tables, self.clock, self.traffic)  # type: ignore[arg-type]
        self.figures = Figures(self.tables, self.store)  # type: ignore[arg-type]

    def open(self, number: int, legal_entity: str = "usmf") -> Stored:
        key = ProspectKey.of(legal_entity, f"P-{number}")
        known = Onboarding(key, f"c{number}", Stage.REQUESTED, stage_since=self.clock(), created_at=self.clock())
        opened = self.store.open(known)
        assert opened
        return opened

    def sent(self, **counts: int) -> None:
        """The process sends so many requests."""
        for name, times in counts.items():
            for _ in range(times):
                self.traffic.count(name)

    def move(self, stored: Stored, **changes: object) -> Stored:
        return self.store.record(stored, replace(stored.onboarding, **changes), ())  # type: ignore[arg-type]


def test_after_a_fold_the_counts_say_how_many_are_where() -> None:
    account = Account()
    first, second = account.open(1), account.open(2)
    account.move(first, stage=Stage.IN_REVIEW, lead_created_at=account.clock() + timedelta(seconds=2))
    account.move(second, attentions=(Attention(Cause.NO_EMAIL, account.clock()),))
    assert account.figures.fold("usmf") == 4
    standing = account.figures.standing(["USMF", "demf"])
    assert +standing.places == Counter({"in_review": 1, "requested!": 1})
    assert +standing.causes == Counter({"no-email": 1})


def test_an_hour_and_a_day_hold_hops_moves_attentions_and_requests() -> None:
    account = Account()
    stored = account.open(1)
    account.clock.forward(seconds=4)
    account.sent(sales_requests=1, commerce_requests=2)
    account.move(stored, stage=Stage.IN_REVIEW, lead_created_at=account.clock())
    account.clock.forward(hours=1)
    account.sent(sales_requests=3, sales_throttled=1)
    account.store.count_requests("usmf")
    account.figures.fold("usmf")
    hours = account.figures.slots(["usmf"], Span.HOUR, account.clock() - timedelta(hours=2))
    (day,) = account.figures.slots(["usmf"], Span.DAY, account.clock())
    assert [hour.at for hour in hours] == ["20261123T12", "20261123T13"]
    assert [dict(hour.costs) for hour in hours] == [
        {"sales_requests": 1, "commerce_requests": 2},
        {"sales_requests": 3, "sales_throttled": 1},
    ]
    assert percentile(hours[0].histogram(Hop.LEAD), 0.5) == pytest.approx(4, rel=0.05)
    assert (day.went, day.left, day.costs["sales_requests"]) == (
        Counter({"requested": 1, "in_review": 1}),
        Counter({"requested": 1}),
        4,
    )


def test_legal_entities_are_folded_apart_and_read_together() -> None:
    account = Account()
    account.open(1), account.open(1, "demf"), account.open(2, "demf")
    assert (account.figures.fold("usmf"), account.figures.fold("demf")) == (1, 2)
    assert account.figures.standing(["usmf"]).places == {"requested": 1}
    assert account.figures.standing(["usmf", "demf"]).places == {"requested": 3}
    (hour,) = account.figures.slots(["usmf", "demf"], Span.HOUR, account.clock())
    assert hour.went == {"requested": 3}


def test_what_is_older_than_asked_for_is_not_read() -> None:
    account = Account()
    account.open(1)
    account.figures.fold("usmf")
    account.clock.forward(hours=3)
    assert account.figures.slots(["usmf"], Span.HOUR, account.clock()) == []
    assert len(account.figures.slots(["usmf"], Span.HOUR, account.clock() - timedelta(hours=3))) == 1


def test_a_long_backlog_is_folded_by_and_by_and_nothing_is_left() -> None:
    account = Account()
    for number in range(60):
        account.open(number)
        account.clock.forward(hours=1)
    assert account.figures.fold("usmf") == 60
    assert account.store.uncounted("usmf", 9) == []
    assert account.figures.standing(["usmf"]).places == {"requested": 60}
    assert len(account.figures.slots(["usmf"], Span.HOUR, account.clock() - timedelta(days=9))) == 60


def test_two_runs_at_once_count_nothing_twice() -> None:
    account = Account()
    account.open(1)
    overtaken = []

    def overtake(name: str, args: object) -> None:
        if name == "tables.submit_transaction" and not overtaken:
            overtaken.append(True)
            account.figures.fold("usmf")

    account.calls.before_call = overtake
    with pytest.raises(Transient):
        account.figures.fold("usmf")
    assert account.figures.standing(["usmf"]).places == {"requested": 1}


class Died(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("after", [False, True])
def test_a_fold_that_dies_at_any_call_is_finished_by_the_next_one_and_counts_each_write_once(after: bool) -> None:
    assert sum(_died_at(call, after=after) for call in range(12)) >= 4


def _died_at(call: int, *, after: bool) -> bool:
    """Whether a fold has a call of that number to die at; what the next one makes of it is checked."""
    account = Account()
    for number in range(3):
        account.move(account.open(number), stage=Stage.IN_REVIEW)
    account.calls.clear()

    def die(name: str, args: object) -> None:
        if len(account.calls.made) == call + 1:
            raise Died

    setattr(account.calls, "after_call" if after else "before_call", die)
    try:
        account.figures.fold("usmf")
        return False
    except Died:
        account.calls.heal()
    account.open(9)
    account.figures.fold("usmf")
    standing, hours = account.figures.standing(["usmf"]), account.figures.slots(["usmf"], Span.HOUR, account.clock())
    assert (standing.places, account.store.uncounted("usmf", 9)) == ({"in_review": 3, "requested": 1}, [])
    assert [(hour.went, hour.left) for hour in hours] == [({"requested": 4, "in_review": 3}, {"requested": 3})]
    return True


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_over_random_work_the_counts_are_those_of_the_rows(seed: int) -> None:
    chance, account = random.Random(seed), Account()
    known = {number: account.open(number) for number in range(6)}
    for _ in range(40):
        number = chance.randrange(6)
        causes = chance.sample(list(Cause), chance.randrange(3))
        attentions = tuple(Attention(cause, account.clock()) for cause in causes)
        known[number] = account.move(known[number], stage=chance.choice(list(Stage)), attentions=attentions)
        account.clock.forward(minutes=chance.randrange(90))
        if chance.random() < 0.2:
            account.figures.fold("usmf")
    account.figures.fold("usmf")
    standing = account.figures.standing(["usmf"])
    now = [stored.onboarding for stored in known.values()]
    assert +standing.places == Counter(place(onboarding) for onboarding in now)
    assert +standing.causes == Counter(attention.cause.value for onboarding in now for attention in onboarding.attentions)


def test_reading_costs_the_same_however_many_there_are() -> None:
    costs = []
    for size in (1, 50):
        account = Account()
        for number in range(size):
            account.open(number)
        account.figures.fold("usmf")
        account.calls.clear()
        account.figures.standing(["usmf"]), account.figures.slots(["usmf"], Span.HOUR, account.clock())
        costs.append(account.calls.names())
    assert costs[0] == costs[1] == ["tables.get_entity", "tables.query_entities"]


def test_a_row_of_figures_fits_into_a_property_even_in_a_wild_hour() -> None:
    slot = Slot("20261123T12")
    for number in range(20_000):
        slot.add(
            {
                "hops": dict.fromkeys(Hop, number**2 / 7),
                "stage": ["requested", "in_review!"],
                "opened": [c.value for c in Cause],
            }
        )
    assert len(str(slot.cells()["values"])) < 30_000


# ---- requests


def test_a_write_tells_what_its_process_sent_meanwhile_in_the_same_operation() -> None:
    account = Account()
    stored = account.open(1)
    account.sent(sales_requests=2)
    account.calls.clear()
    account.move(stored, due=account.clock())
    assert account.calls.names() == ["tables.submit_transaction"]
    account.figures.fold("usmf")
    assert account.figures.requests(["usmf"], account.clock() - HOUR) == {"sales_requests": 2}


def test_what_no_write_told_is_left_to_the_figures_and_nothing_is_written_where_nothing_was_sent() -> None:
    account = Account()
    account.calls.clear()
    account.store.count_requests("usmf")
    assert account.calls.names() == []
    account.sent(commerce_requests=3)
    account.store.count_requests("usmf"), account.store.count_requests("usmf")
    assert account.calls.names() == ["tables.upsert_entity"]
    account.figures.fold("usmf")
    assert account.figures.standing(["usmf"]).places == {}
    assert account.figures.requests(["usmf", "demf"], account.clock() - HOUR) == {"commerce_requests": 3}


@pytest.mark.parametrize("name", ["tables.submit_transaction", "tables.upsert_entity"])
def test_what_could_not_be_told_is_told_the_next_time(name: str) -> None:
    account = Account()
    stored = account.open(1)
    account.sent(sales_requests=2)
    account.calls.fail_next(name, ServiceRequestError("no connection"))
    with pytest.raises(Transient):
        account.move(stored, due=account.clock()) if "transaction" in name else account.store.count_requests("usmf")
    account.sent(sales_requests=1)
    account.store.count_requests("usmf")
    account.figures.fold("usmf")
    assert account.figures.requests(["usmf"], account.clock() - HOUR) == {"sales_requests": 3}


def test_requests_are_those_of_the_last_sixty_minutes_and_no_more_minutes_are_kept_than_needed() -> None:
    account = Account()
    for _ in range(200):
        account.clock.forward(minutes=1)
        account.sent(sales_requests=1)
        account.store.count_requests("usmf")
        account.figures.fold("usmf")
    assert account.figures.requests(["usmf"], account.clock() - HOUR) == {"sales_requests": 60}
    row = account.tables.get_table_client(CHECKPOINTS).get_entity("figures", "now~usmf")
    assert len(json.loads(row["minutes"])) == 75
    account.clock.forward(hours=2)
    assert account.figures.requests(["usmf"], account.clock() - HOUR) == {}


# ---- histograms


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.02, 1, 59, 3600, 86400 * 30])
def test_a_length_of_time_comes_back_within_five_percent(seconds: float) -> None:
    found = percentile({bucket(seconds): 1}, 0.5)
    assert found == pytest.approx(max(seconds, 0.001), rel=0.055)


def test_percentiles_are_those_of_the_values() -> None:
    values = [number / 10 for number in range(1, 1001)]
    histogram = added({bucket(value): 1} for value in values)
    for share in (0.5, 0.95, 0.99):
        assert percentile(histogram, share) == pytest.approx(100 * share, rel=0.06)


def test_nothing_has_no_percentile() -> None:
    assert percentile({}, 0.5) is None
