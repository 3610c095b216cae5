"""What the lists promise, on whichever table service the `tables` fixture gives. Run by test_lists."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from azure.data.tables import UpdateMode

from shared.correlation import Correlation
from shared.errors import Transient
from shared.models import EventType, ProspectKey
from shared.record import Cause, Stage
from shared.rows import Summary, time_text
from shared.tables import Page
from tests.fakes.calls import Calls
from tests.unit.store.builders import NOW, at, attention, claim, key, onboarding


@pytest.fixture
def store(tables: Any) -> Correlation:
    return Correlation(tables, lambda: NOW)


def numbers(page: Page[Summary]) -> list[int]:
    return [int(summary.key.prospect_id[2:]) for summary in page.items]


# ---- what is due


def test_what_is_due_comes_longest_due_first_over_all_legal_entities(store: Correlation) -> None:
    store.open(replace(onboarding(key(1, "usmf")), due=at(-3), due_type=EventType.LEAD_QUALIFIED))
    store.open(replace(onboarding(key(2, "demf")), due=at(-4), due_type=EventType.OPPORTUNITY_CLOSED))
    store.open(replace(onboarding(key(3, "usmf")), due=at(-5)))
    store.open(replace(onboarding(key(4, "usmf")), due=at(0)))
    store.open(replace(onboarding(key(5, "usmf")), due=at(0.001)))
    store.open(onboarding(key(6, "usmf")))
    store.open(replace(onboarding(key(7, "frrt")), due=at(-9)))
    assert store.due(["USMF", "demf"], NOW, 10) == [
        (key(3, "usmf"), at(-5), EventType.PROSPECT_CREATED),
        (key(2, "demf"), at(-4), EventType.OPPORTUNITY_CLOSED),
        (key(1, "usmf"), at(-3), EventType.LEAD_QUALIFIED),
        (key(4, "usmf"), at(0), EventType.PROSPECT_CREATED),
    ]


def test_no_more_is_due_than_was_asked_for(store: Correlation) -> None:
    for number in range(6):
        store.open(replace(onboarding(key(number, "usmf" if number % 2 else "demf")), due=at(-number)))
    assert [int(found.prospect_id[2:]) for found, _, _ in store.due(["usmf", "demf"], NOW, 3)] == [5, 4, 3]


def test_a_dead_claim_is_due_when_it_ends_and_a_live_one_is_not(store: Correlation) -> None:
    store.open(replace(onboarding(key(1)), claim=claim("the dead", -10)))
    store.open(replace(onboarding(key(2)), claim=claim("the living"), due=at(-30)))
    assert store.due(["usmf"], NOW, 10) == [(key(1), claim("the dead", -10).until, EventType.PROSPECT_CREATED)]


def test_what_was_recorded_is_due_no_more(store: Correlation) -> None:
    stored = store.open(replace(onboarding(), due=at(-1)))
    assert stored is not None
    store.record(store.take(stored, claim()), onboarding(), ())
    assert store.due(["usmf"], at(600), 10) == []


def test_what_waits_is_listed_soonest_first(store: Correlation) -> None:
    store.open(replace(onboarding(key(1)), due=at(90)))
    store.open(replace(onboarding(key(2)), due=at(30)))
    assert [item[:2] for item in store.waiting("usmf").items] == [(key(2), at(30)), (key(1), at(90))]


# ---- by stage and by attention


def test_a_list_shows_each_onboarding_without_reading_it(store: Correlation, calls: Calls) -> None:
    known = replace(onboarding(key(1)), stage=Stage.IN_REVIEW, stage_since=at(1), attentions=(attention(Cause.NO_EMAIL, 2),))
    store.open(replace(known, prospect_id="p-000001"))
    calls.clear()
    (shown,) = store.in_stage("usmf", Stage.IN_REVIEW).items
    assert shown == Summary(
        key(1), "p-000001", "Fabrikam, Inc.", at(1), Stage.IN_REVIEW, Cause.NO_EMAIL, "corr-P-000001",
        causes=(Cause.NO_EMAIL,),
    )  # fmt: skip
    assert calls.names() == ["tables.query_entities"]


def test_a_summary_says_who_has_it_and_whether_it_is_held_or_why_it_is_excluded(store: Correlation) -> None:
    known = replace(onboarding(key(1)), stage=Stage.EXCLUDED, excluded_because="not-b2b", assigned_to="8a5b", held_by="8a5b")
    store.open(known)
    (shown,) = store.in_stage("usmf", Stage.EXCLUDED).items
    assert (shown.because, shown.assigned_to, shown.held) == ("not-b2b", "8a5b", True)


def test_rows_between_two_keys_are_listed_in_order_and_go_on_after_a_row_key(store: Correlation) -> None:
    for number, minutes in ((1, 5), (2, 3), (3, 4)):
        store.open(replace(onboarding(key(number)), stage=Stage.IN_REVIEW, stage_since=at(minutes)))
    first = store.listed("USMF", "s~in_review~", "s~in_review~~", 2)
    rest = store.listed("usmf", first[-1].row_key, "s~in_review~~", 2)
    assert [found.key.prospect_id for found in (*first, *rest)] == ["P-000002", "P-000003", "P-000001"]


def test_a_stage_is_listed_the_latest_first_too(store: Correlation) -> None:
    for number, minutes in ((1, 5), (2, 3), (3, 4)):
        store.open(replace(onboarding(key(number)), stage=Stage.APPROVED, stage_since=at(minutes)))
    found = store.listed("usmf", "l~approved~", "l~approved~~", 9)
    assert [one.key.prospect_id for one in found] == ["P-000001", "P-000003", "P-000002"]


@pytest.mark.parametrize("place", ["c~corr-P-000001", "n~fabrikam=20inc", "n~fab", "n~inc"])
def test_an_onboarding_is_found_by_correlation_id_and_by_the_beginning_of_each_word(store: Correlation, place: str) -> None:
    store.open(onboarding(key(1)))
    assert [found.key for found in store.listed("usmf", place, place[:-1] + chr(ord(place[-1]) + 1), 9)] == [key(1)]


# ---- figures


def test_each_write_leaves_what_it_adds_to_the_figures_until_that_is_forgotten(store: Correlation) -> None:
    opened = store.open(onboarding(key(1), claim=claim()))
    assert opened is not None
    store.record(opened, replace(opened.onboarding, stage=Stage.IN_REVIEW), ())
    rows = store.uncounted("usmf", 9)
    assert [json.loads(row["measured"]) for row in rows] == [
        {"stage": ["", "requested"]},
        {"stage": ["requested", "in_review"]},
    ]
    store.forget_counted("usmf", [row["RowKey"] for row in rows])
    assert store.uncounted("usmf", 9) == []


def test_a_claim_adds_nothing_to_the_figures(store: Correlation) -> None:
    opened = store.open(onboarding(key(1)))
    assert opened is not None
    store.take(opened, claim("two"))
    assert len(store.uncounted("usmf", 9)) == 1


# ---- lists go on


def test_a_stage_lists_its_own_legal_entity_those_longest_in_it_first(store: Correlation) -> None:
    for number, minutes in ((1, 5), (2, 3), (3, 4)):
        store.open(replace(onboarding(key(number)), stage=Stage.IN_REVIEW, stage_since=at(minutes)))
    store.open(replace(onboarding(key(4)), stage=Stage.QUALIFIED))
    store.open(replace(onboarding(key(5, "demf")), stage=Stage.IN_REVIEW))
    assert numbers(store.in_stage("USMF", Stage.IN_REVIEW)) == [2, 3, 1]
    assert sorted(numbers(store.in_stage("usmf"))) == [1, 2, 3, 4]


def test_attentions_are_listed_by_cause_or_all(store: Correlation) -> None:
    store.open(replace(onboarding(key(1)), attentions=(attention(Cause.NO_EMAIL, 2), attention(Cause.GAVE_UP, 3))))
    store.open(replace(onboarding(key(2)), attentions=(attention(Cause.NO_EMAIL, 1),)))
    store.open(onboarding(key(3)))
    assert numbers(store.with_attention("usmf", Cause.NO_EMAIL)) == [2, 1]
    assert [(found.attention, found.since) for found in store.with_attention("usmf", Cause.GAVE_UP).items] == [
        (Cause.GAVE_UP, at(3))
    ]
    assert sorted(numbers(store.with_attention("usmf"))) == [1, 1, 2]


def test_paging_neither_skips_nor_repeats_while_rows_come_and_go(store: Correlation) -> None:
    for number in range(1, 10):
        store.open(replace(onboarding(key(number)), stage_since=at(number)))
    first = store.in_stage("usmf", Stage.REQUESTED, 4)
    for number in (2, 4):
        stored = store.load(key(number))
        assert stored is not None
        store.record(stored, replace(stored.onboarding, stage=Stage.QUALIFIED), ())
    store.open(replace(onboarding(key(10)), stage_since=at(10)))
    second = store.in_stage("usmf", Stage.REQUESTED, 4, first.continuation)
    third = store.in_stage("usmf", Stage.REQUESTED, 4, second.continuation)
    assert numbers(first) + numbers(second) + numbers(third) == list(range(1, 11))
    assert third.continuation is None


def test_a_continuation_of_another_list_begins_this_one_anew(store: Correlation) -> None:
    store.open(onboarding(key(1)))
    assert numbers(store.in_stage("usmf", Stage.REQUESTED, 4, "o~")) == [1]


def test_an_odd_prospect_id_is_listed_as_it_is(store: Correlation) -> None:
    odd = replace(onboarding(), prospect_id="A~/B")
    store.open(replace(odd, key=type(odd.key).of("u~s", "a~/b"), due=at(-1)))
    assert [found.key.prospect_id for found in store.in_stage("U~S").items] == ["A~/B"]
    assert [found.prospect_id for found, _, _ in store.due(["u~s"], NOW, 5)] == ["A~/B"]


# ---- many at once


def test_of_many_keys_those_with_an_onboarding_are_known(store: Correlation) -> None:
    for number in (1, 2, 5):
        store.open(onboarding(key(number)))
    store.open(onboarding(key(1, "demf")))
    asked = [key(1), key(3), key(5), key(1, "demf"), key(2, "frrt")]
    found = store.known(asked)
    assert set(found) == {key(1), key(5), key(1, "demf")}
    assert all(found[one] == stored.onboarding for one in found if (stored := store.load(one)))
    assert store.known([]) == {}


def test_keys_that_lie_together_are_known_by_one_operation(store: Correlation, calls: Calls) -> None:
    for number in range(50):
        store.open(onboarding(key(number)))
    calls.clear()
    assert len(store.known([key(number) for number in range(50)])) == 50
    assert len(calls.names()) == 1


def test_keys_that_lie_far_apart_are_known_too(store: Correlation) -> None:
    for number in range(60):
        store.open(onboarding(key(number)))
    assert set(store.known([key(0), key(30), key(59), key(77)])) == {key(0), key(30), key(59)}


def test_every_onboarding_is_listed_in_order_of_key_closed_ones_too(store: Correlation) -> None:
    made = [onboarding(key(number), stage=stage) for number, stage in enumerate(Stage)]
    for one in reversed(made):
        store.open(one)
    store.open(onboarding(ProspectKey.of("usmf", "Ä-1")))
    found, after = [], None
    while True:
        page = store.onboardings("usmf", 4, after)
        found += [one.key for one in page.items]
        after = page.continuation
        if after is None:
            break
    assert found == [*(one.key for one in made), ProspectKey.of("usmf", "Ä-1")]


# ---- rows of another version


def test_a_row_that_this_version_cannot_read_keeps_no_list_from_the_others(store: Correlation, tables: Any) -> None:
    for n in (1, 2):
        store.open(replace(onboarding(key(n)), due=at(-n), due_type=EventType.LEAD_QUALIFIED))
    client = tables.get_table_client("Onboardings")
    due_row = f"d~{time_text(at(-1))}~P-000001"
    for row_key, changed in (("o~P-000001", {"stage": "brand-new"}), (due_row, {"type": "brand-new"})):
        client.upsert_entity({**client.get_entity("usmf", row_key), **changed}, UpdateMode.REPLACE)
    assert [known for known, _, _ in store.due(["usmf"], NOW, 10)] == [key(2)]
    assert set(store.known([key(1), key(2)])) == {key(2)}
    assert [known.key for known in store.onboardings("usmf").items] == [key(2)]
    assert numbers(store.in_stage("usmf")) == [1, 2]
    with pytest.raises(Transient):
        store.load(key(1))
