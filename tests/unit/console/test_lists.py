"""The console's lists: what each filter shows, page by page, at the same cost whatever the number of rows."""

from __future__ import annotations

import random
import string
import uuid
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.console_lists import LARGEST_BATCH, NOBODY, PATIENT, Cursor, Filter, View, list_page
from shared.console_search import named, page_of
from shared.record import Cause, Stage
from tests.unit.console.account import Account

SCOPE = ("usmf", "demf")


@pytest.fixture
def account() -> Account:
    return Account()


def numbers(account: Account, asked: Filter, size: int = 50) -> list[int]:
    """All pages of a list, as the numbers of its prospects."""
    found, cursor = [], None
    for _ in range(500):
        page = list_page(account.store, asked, SCOPE, size, cursor, account.clock())
        assert len(page.items) <= size
        found += [int(item.key.prospect_id[2:]) for item in page.items]
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("pages without end")


def test_in_progress_is_what_is_open_over_all_legal_entities_those_longest_in_their_stage_first(account: Account) -> None:
    account.open(1, stage_since=account.ago(hours=3))
    account.open(2, "demf", stage=Stage.QUALIFIED, stage_since=account.ago(hours=5))
    account.open(3, stage=Stage.REQUESTED, stage_since=account.ago(hours=4))
    account.open(4, stage=Stage.APPROVED)
    assert numbers(account, Filter(View.PROGRESS)) == [2, 3, 1]


def test_in_sync_is_what_came_to_its_end_without_an_attention_the_latest_first(account: Account) -> None:
    account.open(1, stage=Stage.APPROVED, stage_since=account.ago(hours=3))
    account.open(2, stage=Stage.REJECTED, stage_since=account.ago(hours=2))
    account.open(3, stage=Stage.APPROVED, attentions=(account.attention(Cause.CONTRADICTION),))
    account.open(4)
    assert numbers(account, Filter(View.SYNC)) == [2, 1]


def test_excluded_ones_say_because(account: Account) -> None:
    account.open(1, stage=Stage.EXCLUDED, excluded_because="not-b2b")
    (shown,) = list_page(account.store, Filter(View.EXCLUDED), SCOPE, 9, None, account.clock()).items
    assert shown.because == "not-b2b"


def test_attentions_are_grouped_by_the_cause_that_matters_most_the_oldest_first_and_found_by_each(account: Account) -> None:
    account.open(1, attentions=(account.attention(Cause.NO_EMAIL, hours=1), account.attention(Cause.GAVE_UP, hours=1)))
    account.open(2, "demf", attentions=(account.attention(Cause.NO_EMAIL, hours=2),))
    account.open(3)
    assert numbers(account, Filter(View.ATTENTION)) == [2, 1]
    assert numbers(account, Filter(View.ATTENTION, cause=Cause.NO_EMAIL)) == [2, 1]
    assert numbers(account, Filter(View.ATTENTION, cause=Cause.GAVE_UP)) == [1]
    assert numbers(account, Filter(text="company", cause=Cause.GAVE_UP)) == [1]


@pytest.mark.parametrize("size", [1, 2, 50])
def test_an_onboarding_with_two_attentions_is_on_one_page_alone(account: Account, size: int) -> None:
    both = (Cause.POISON, Cause.NO_EMAIL)
    for number in range(5):
        account.open(number, attentions=tuple(account.attention(cause, hours=number) for cause in both))
    assert sorted(numbers(account, Filter(View.ATTENTION), size)) == list(range(5))
    assert sorted(numbers(account, Filter(View.ATTENTION, stage=Stage.IN_REVIEW), size)) == list(range(5))


@pytest.mark.parametrize("size", [1, 50])
def test_a_name_of_which_two_words_begin_so_is_on_one_page_alone(account: Account, size: int) -> None:
    account.open(1, organization_name="Bike Bikes"), account.open(2, organization_name="Big Bike")
    assert sorted(numbers(account, Filter(text="b"), size)) == [1, 2]
    assert sorted(numbers(account, Filter(text="bike"), size)) == [1, 2]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Filter(View.PROGRESS, stage=Stage.QUALIFIED), [2]),
        (Filter(View.PROGRESS, legal_entity="demf"), [2]),
        (Filter(View.PROGRESS, older_than=timedelta(hours=4)), [2]),
        (Filter(View.PROGRESS, assigned_to="8a5b"), [1]),
        (Filter(View.PROGRESS, assigned_to=NOBODY), [2]),
        (Filter(View.PROGRESS, stage=Stage.APPROVED), []),
        (Filter(View.SYNC, older_than=timedelta(hours=4)), [5]),
        (Filter(View.SYNC, stage=Stage.REJECTED), []),
        (Filter(View.ATTENTION, stage=Stage.QUALIFIED), []),
        (Filter(View.ATTENTION, older_than=timedelta(hours=4)), [4]),
        (Filter(View.ATTENTION, cause=Cause.GAVE_UP, older_than=timedelta(hours=4)), []),
        (Filter(View.ALL, cause=Cause.CONTRADICTION), [4]),
        (Filter(View.ALL, stage=Stage.APPROVED), [3, 5, 4]),
        (Filter(View.ALL, stage=Stage.IN_REVIEW), [1]),
        (Filter(View.ALL, text="fabrikam"), [1]),
        (Filter(View.ALL, text="BIKES, inc"), [2]),
        (Filter(View.SYNC, text="company"), [3, 5]),
        (Filter(View.ALL, text="?!"), []),
        (Filter(View.ALL, text="nothing of the kind"), []),
    ],
    ids=str,
)
def test_each_filter_narrows_the_list(account: Account, asked: Filter, expected: list[int]) -> None:
    account.open(1, stage_since=account.ago(hours=3), organization_name="Fabrikam", assigned_to="8a5b")
    account.open(2, "demf", stage=Stage.QUALIFIED, stage_since=account.ago(hours=5), organization_name="Contoso Bikes, Inc.")
    account.open(3, stage=Stage.APPROVED, stage_since=account.ago(hours=2))
    account.open(5, stage=Stage.APPROVED, stage_since=account.ago(hours=6))
    contradiction = account.attention(Cause.CONTRADICTION, hours=5)
    account.open(4, stage=Stage.APPROVED, stage_since=account.ago(hours=7), attentions=(contradiction,))
    assert numbers(account, asked) == expected


def test_a_long_name_is_found_by_all_of_it(account: Account) -> None:
    name = "Contoso Mountain Bikes and Accessories of Northern Europe"
    account.open(1, organization_name=name)
    assert (numbers(account, Filter(text=name)), numbers(account, Filter(text=name[8:]))) == ([1], [1])


def test_a_search_by_name_does_not_show_names_that_begin_otherwise(account: Account) -> None:
    for number, name in enumerate(["b", "ü", "aü", "bü", "az", "c", "Bz"]):
        account.open(number, organization_name=name)
    assert sorted(numbers(account, Filter(text="b"))) == [0, 3, 6]
    assert sorted(numbers(account, Filter(text="ü"))) == [1]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 7))
def test_pages_show_each_row_once_and_none_is_left_out(seed: int, size: int) -> None:
    chance, account = random.Random(seed), Account()
    for number in range(chance.randrange(30)):
        stage, since = chance.choice(list(Stage)), account.ago(hours=chance.randrange(4))
        entity = chance.choice(SCOPE)
        account.open(number, entity, stage=stage, stage_since=since, assigned_to=chance.choice(["", "8a5b"]))
    for view in View:
        for assigned in ("", "8a5b"):
            asked = Filter(view, assigned_to=assigned)
            assert sorted(numbers(account, asked, size)) == sorted(numbers(account, asked, 50))
            assert numbers(account, asked, size) == numbers(account, asked, 50)


def test_a_page_stays_where_it_is_while_rows_come_and_go(account: Account) -> None:
    rows = [account.open(number, stage_since=account.ago(hours=20 - number)) for number in range(8)]
    first = list_page(account.store, Filter(View.PROGRESS), SCOPE, 3, None, account.clock())
    account.move(rows[0], stage=Stage.APPROVED)
    account.move(rows[2], stage=Stage.APPROVED)
    account.open(99, stage_since=account.ago(hours=30))
    second = list_page(account.store, Filter(View.PROGRESS), SCOPE, 3, first.cursor, account.clock())
    assert [item.key.prospect_id for item in second.items] == ["P-000003", "P-000004", "P-000005"]


def test_rows_of_one_moment_in_two_legal_entities_are_both_shown(account: Account) -> None:
    account.open(1, "usmf"), account.open(1, "demf")
    assert numbers(account, Filter(View.PROGRESS), 1) == [1, 1]


def test_a_page_costs_the_same_with_few_and_with_many(account: Account) -> None:
    costs = []
    for size in (60, 600):
        for number in range(size):
            account.open(size * 1000 + number)
        account.calls.clear()
        list_page(account.store, Filter(View.PROGRESS), SCOPE, 50, None, account.clock())
        costs.append(len(account.calls.made))
    assert costs[0] == costs[1] == 7


@pytest.mark.parametrize("in_vain", [100, PATIENT])
def test_a_filter_that_hits_seldom_ends_early_and_says_where_to_go_on(account: Account, in_vain: int) -> None:
    for number in range(200 + in_vain):
        account.open(number, stage_since=account.ago(minutes=9000 - number))
    account.open(9999, stage_since=account.ago(minutes=1), held_by="8a5b", assigned_to="8a5b")
    asked = Filter(View.PROGRESS, stage=Stage.IN_REVIEW, legal_entity="usmf", assigned_to="8a5b", text="company")
    account.calls.clear()
    page = list_page(account.store, asked, SCOPE, 50, None, account.clock(), in_vain)
    assert (page.items, page.unfinished, len(account.calls.made)) == ((), True, 1 + in_vain // LARGEST_BATCH)
    (found,) = list_page(account.store, asked, SCOPE, 50, page.cursor, account.clock(), PATIENT).items
    assert found.key.prospect_id == "P-009999"


@pytest.mark.parametrize(
    "asked",
    [
        Filter(View.PROGRESS, assigned_to="8a5b"),
        Filter(View.SYNC, assigned_to="8a5b"),
        Filter(View.ATTENTION, assigned_to="8a5b"),
        Filter(View.ATTENTION, stage=Stage.QUALIFIED),
        Filter(View.ATTENTION, older_than=timedelta(days=30)),
    ],
    ids=str,
)
def test_an_index_serves_these_filters_so_that_nothing_is_read_in_vain(account: Account, asked: Filter) -> None:
    for number in range(40):
        mine = {"assigned_to": "8a5b" if number == 7 else "77aa"}
        account.open(number, attentions=(account.attention(Cause.GAVE_UP),), **mine)
        account.open(100 + number, stage=Stage.APPROVED, **mine)
    page = list_page(account.store, asked, SCOPE, 5, None, account.clock(), 0)
    assert (len(page.items), page.unfinished) == (int(asked.assigned_to != ""), False)


@pytest.mark.parametrize("value", ["", "x", "%%", "bnVsbA", "WyJhIiwiYiJd", "WyJhIiwiYiIsMV0", "ü", "WyJcdTAwMDAiLCJzfiIsInUiXQ"])
def test_a_cursor_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError):
        Cursor.parse(value)


@given(st.text(string.printable.strip(), max_size=20), st.text(string.ascii_letters), st.text(string.ascii_letters))
def test_a_cursor_comes_back_as_it_was(text: str, prefix: str, entity: str) -> None:
    cursor = Cursor(text, prefix, entity)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["o~", "h~", "~~~~", "zzzz", " "])
def test_a_made_up_cursor_shows_nothing_but_the_list(account: Account, text: str) -> None:
    account.open(1)
    made_up = str(Cursor(text, "o~", "usmf"))
    page = list_page(account.store, Filter(View.PROGRESS), SCOPE, 9, made_up, account.clock())
    assert all(item.key.prospect_id == "P-000001" for item in page.items)


# ---- ids


@pytest.mark.parametrize("text", ["P-000007", "p-000007", "usmf.P-000007", "USMF/p-000007", " P-000007 "])
def test_a_prospect_is_found_by_its_id_or_key(account: Account, text: str) -> None:
    account.open(7), account.open(8)
    assert [found.key.text for found in named(account.store, text, SCOPE)] == ["usmf.P-000007"]


def test_a_prospect_id_may_be_in_several_legal_entities(account: Account) -> None:
    account.open(7), account.open(7, "demf")
    assert [found.key.legal_entity for found in named(account.store, "P-000007", SCOPE)] == ["usmf", "demf"]


@pytest.mark.parametrize("kind", ["lead", "opportunity", "account"])
def test_an_onboarding_is_found_by_the_ids_of_its_records_in_sales(account: Account, kind: str) -> None:
    key, guid = account.open(7).onboarding.key, uuid.uuid4()
    account.store.link(kind, str(guid), key)
    assert [found.key for found in named(account.store, f"{{{guid}}}".upper(), SCOPE)] == [key]


def test_an_onboarding_is_found_by_its_correlation_id(account: Account) -> None:
    known = account.open(7).onboarding
    assert [found.key for found in named(account.store, known.correlation_id.upper(), SCOPE)] == [known.key]


def test_a_legal_entity_out_of_scope_is_never_shown(account: Account) -> None:
    known = account.open(7, "frrt").onboarding
    assert named(account.store, known.correlation_id, ("usmf",)) == named(account.store, "P-000007", ("usmf",)) == []


@pytest.mark.parametrize("text", ["", "contoso", "a b 3", "9" * 61, "x" * 400 + "1"])
def test_what_is_no_id_costs_nothing(account: Account, text: str) -> None:
    account.calls.clear()
    assert named(account.store, text, SCOPE) == []
    assert account.calls.made == []


# ---- ids within a filter


def test_an_id_is_looked_for_within_the_filter(account: Account) -> None:
    account.open(7, attentions=(account.attention(Cause.NO_EMAIL), account.attention(Cause.GAVE_UP)))
    account.open(7, "demf", stage=Stage.APPROVED)

    def found(asked: Filter) -> list[str]:
        page = page_of(account.store, asked, SCOPE, 9, None, account.clock())
        assert page.named == page.items
        return [item.key.text for item in page.items]

    assert found(Filter(text="P-000007")) == ["usmf.P-000007", "demf.P-000007"]
    assert found(Filter(View.SYNC, text="P-000007")) == found(Filter(text="P-000007", legal_entity="demf")) == ["demf.P-000007"]
    assert found(Filter(text="P-000007", cause=Cause.GAVE_UP)) == ["usmf.P-000007"]
    assert found(Filter(View.PROGRESS, text="P-000007", stage=Stage.QUALIFIED)) == []


@pytest.mark.parametrize("size", [1, 2, 50])
def test_what_an_id_and_a_name_find_is_shown_once(account: Account, size: int) -> None:
    account.open(1, organization_name="P-000002"), account.open(2, organization_name="P 000002"), account.open(3)
    keys, cursor = [], None
    while True:
        page = page_of(account.store, Filter(text="P-000002"), SCOPE, size, cursor, account.clock())
        keys += [item.key.prospect_id for item in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert keys == ["P-000002", "P-000001"]
