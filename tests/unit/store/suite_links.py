"""What the store promises of links, on whichever table service the `tables` fixture gives. Run by test_links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseTimeoutError

from shared.correlation import Correlation
from shared.errors import Transient
from tests.fakes.calls import Calls
from tests.unit.store.builders import KEY, NOW, at, key

LEAD = "6d81597f-0f9f-e711-8122-000d3aa2331c"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tables: Any, clock: Clock) -> Correlation:
    return Correlation(tables, clock)


@pytest.mark.parametrize("spelling", [LEAD, LEAD.upper(), f"{{{LEAD}}}", f" {LEAD} "])
def test_a_link_is_found_by_any_spelling_of_the_id(store: Correlation, spelling: str) -> None:
    store.link("lead", LEAD, KEY)
    assert store.linked("lead", spelling) == KEY


def test_links_of_different_kinds_are_different(store: Correlation) -> None:
    store.link("lead", LEAD, KEY)
    assert store.linked("opportunity", LEAD) is None


def test_the_last_link_counts(store: Correlation) -> None:
    store.link("lead", LEAD, key(1))
    store.link("lead", LEAD, key(2))
    assert store.linked("lead", LEAD) == key(2)


def test_a_stranger_is_remembered_for_a_while(store: Correlation, clock: Clock) -> None:
    store.link_stranger("lead", LEAD, at(60))
    assert store.linked("lead", LEAD) == "stranger"
    clock.time = at(60)
    assert store.linked("lead", LEAD) is None


def test_a_stranger_is_remembered_anew(store: Correlation, clock: Clock) -> None:
    store.link_stranger("lead", LEAD, at(60))
    store.link_stranger("lead", LEAD, at(120))
    clock.time = at(90)
    assert store.linked("lead", LEAD) == "stranger"


def test_a_stranger_that_turns_out_to_be_ours_is_linked(store: Correlation) -> None:
    store.link_stranger("lead", LEAD, at(60))
    store.link("lead", LEAD, KEY)
    assert store.linked("lead", LEAD) == KEY


def test_what_is_ours_never_becomes_a_stranger(store: Correlation) -> None:
    store.link("lead", LEAD, KEY)
    store.link_stranger("lead", LEAD, at(60))
    assert store.linked("lead", LEAD) == KEY


@pytest.mark.parametrize(("after", "remembered"), [(True, "stranger"), (False, None)])
def test_a_lost_answer_is_settled(store: Correlation, calls: Calls, after: bool, remembered: str | None) -> None:
    calls.fail_next("tables.submit_transaction", ServiceResponseTimeoutError("read timed out"), after=after)
    if after:
        store.link_stranger("lead", LEAD, at(60))
    else:
        with pytest.raises(Transient):
            store.link_stranger("lead", LEAD, at(60))
    assert store.linked("lead", LEAD) == remembered


def test_an_id_may_hold_any_character(store: Correlation) -> None:
    store.link("account", "a/b\\c#d?e%f~g=h'i\u0001j", KEY)
    assert store.linked("account", "A/B\\C#D?E%F~G=H'I\u0001J") == KEY
    assert store.linked("account", "a") is None


def test_the_first_link_counts_where_that_is_asked_for(store: Correlation) -> None:
    assert store.link_first("account", LEAD, key(1)) == key(1)
    assert store.link_first("account", LEAD, key(2)) == key(1)
    assert store.linked("account", LEAD) == key(1)


def test_a_first_link_whose_answer_was_lost_is_ones_own(store: Correlation, calls: Calls) -> None:
    calls.fail_next("tables.submit_transaction", ServiceResponseTimeoutError("read timed out"), after=True)
    assert store.link_first("account", LEAD, KEY) == KEY


def test_what_is_remembered_of_strangers_no_longer_is_deleted(store: Correlation, tables: Any, clock: Clock) -> None:
    store.link("lead", LEAD, KEY)
    for n in range(120):
        store.link_stranger("lead", f"old-{n}", at(60))
    store.link_stranger("opportunity", "old", at(60))
    store.link_stranger("lead", "new", at(120))
    clock.time = at(90)
    assert store.forget_strangers() == 121
    query = tables.get_table_client("Links").query_entities("PartitionKey eq @kind", parameters={"kind": "lead"})
    assert {row["RowKey"] for page in query.by_page() for row in page} == {LEAD, "new"}
    assert store.forget_strangers() == 0


def test_a_stranger_that_became_ours_in_between_is_not_forgotten(store: Correlation, calls: Calls, clock: Clock) -> None:
    store.link_stranger("lead", LEAD, at(60))
    clock.time = at(90)

    def ours_meanwhile(name: str, _: object) -> None:
        if name == "tables.submit_transaction":
            calls.heal()
            store.link("lead", LEAD, KEY)

    calls.before_call = ours_meanwhile
    assert store.forget_strangers() == 0
    assert store.linked("lead", LEAD) == KEY
