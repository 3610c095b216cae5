"""What the store promises of one onboarding, on whichever table service the `tables` fixture gives. Run by test_onboardings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseTimeoutError
from azure.data.tables import UpdateMode

from shared import telemetry
from shared.correlation import HISTORY_CUT, Correlation
from shared.errors import ClaimHeld, ClaimLost, System, Transient
from shared.models import ProspectKey
from shared.record import Cause, Onboarding, Stage
from shared.rows import index_rows, onboarding_row_key
from shared.storage import ONBOARDINGS
from tests.fakes.calls import Calls
from tests.unit.store.builders import FULL, KEY, NOW, at, attention, claim, line, onboarding

SEND = "tables.submit_transaction"
QUALIFIED = replace(onboarding(), stage=Stage.QUALIFIED, stage_since=at(1))


@pytest.fixture
def store(tables: Any) -> Correlation:
    return Correlation(tables, lambda: NOW)


def claimed(owner: str = "one") -> Onboarding:
    return replace(onboarding(), claim=claim(owner))


def lost_answer() -> Exception:
    return ServiceResponseTimeoutError("read timed out")


def server_error(status: int = 503) -> Exception:
    error = HttpResponseError("busy")
    error.status_code = status
    return error


def request_timeout() -> Exception:
    return server_error(408)


def no_connection() -> Exception:
    return ServiceRequestError("connection refused")


NO_ANSWER = pytest.mark.parametrize("failure", [lost_answer, server_error, request_timeout])
NOT_SENT = pytest.mark.parametrize("failure", [lost_answer, server_error, request_timeout, no_connection])
Failure = Callable[[], Exception]


def partition_rows(tables: Any) -> dict[str, Any]:
    """Every row of the legal entity by its key."""
    query = tables.get_table_client(ONBOARDINGS).query_entities("PartitionKey eq @partition", parameters={"partition": "usmf"})
    return {row["RowKey"]: row for page in query.by_page() for row in page}


def assert_index_is_exact(tables: Any, known: Onboarding) -> None:
    rows = partition_rows(tables)
    assert {row_key for row_key in rows if row_key[0] in "sadlcnwu"} == set(index_rows(known))


# ---- load and open


def test_an_onboarding_is_loaded_as_it_was_opened(store: Correlation) -> None:
    assert all(getattr(FULL, entry.name) not in (None, "", (), {}) for entry in fields(FULL))
    opened = store.open(FULL)
    loaded = store.load(KEY)
    assert loaded == opened
    assert loaded is not None and loaded.onboarding == FULL


def test_there_is_nothing_to_load_before_it_is_opened(store: Correlation) -> None:
    assert store.load(KEY) is None


def test_both_spellings_of_a_key_are_one_onboarding(store: Correlation) -> None:
    store.open(replace(onboarding(), legal_entity="USMF", prospect_id="p-000123"))
    loaded = store.load(ProspectKey.of(" UsMf ", "p-000123"))
    assert loaded is not None
    assert (loaded.onboarding.legal_entity, loaded.onboarding.prospect_id) == ("USMF", "p-000123")


def test_an_onboarding_is_opened_once(store: Correlation) -> None:
    store.open(claimed("one"))
    assert store.open(claimed("two")) == store.load(KEY)
    assert store.load(KEY).onboarding.claim == claim("one")  # type: ignore[union-attr]


@NO_ANSWER
def test_opening_succeeds_where_only_the_answer_was_lost(store: Correlation, calls: Calls, failure: Failure) -> None:
    calls.fail_next(SEND, failure(), after=True)
    assert store.open(claimed()) == store.load(KEY)


@NOT_SENT
def test_opening_is_tried_again_where_nothing_arrived(store: Correlation, calls: Calls, failure: Failure) -> None:
    calls.fail_next(SEND, failure())
    with pytest.raises(Transient) as told:
        store.open(claimed())
    assert told.value.system is System.STORAGE
    assert store.load(KEY) is None


def test_opening_is_lost_where_another_opened_while_ours_got_no_answer(store: Correlation, calls: Calls) -> None:
    store.open(claimed("one"))
    calls.fail_next(SEND, lost_answer())
    assert store.open(claimed("two")).onboarding.claim == claim("one")


# ---- claim


def test_a_claim_is_in_the_row_and_makes_it_due_when_it_ends(store: Correlation, tables: Any) -> None:
    opened = store.open(replace(onboarding(), due=at(60)))
    assert opened is not None
    taken = store.take(opened, claim("one"))
    assert taken == store.load(KEY)
    assert taken.onboarding.due == at(60)
    assert_index_is_exact(tables, taken.onboarding)
    assert [row_key for row_key in partition_rows(tables) if row_key.startswith("d~")] == ["d~20260203T040906.000007Z~P-000123"]


def test_the_slower_of_two_claims_is_told_until_when_the_other_holds(store: Correlation) -> None:
    stored = store.open(onboarding())
    assert stored is not None
    store.take(stored, claim("one"))
    with pytest.raises(ClaimHeld) as told:
        store.take(stored, claim("two", 1))
    assert told.value.until == claim("one").until


def test_a_claim_that_came_and_went_meanwhile_may_be_tried_again_at_once(store: Correlation) -> None:
    stored = store.open(onboarding())
    assert stored is not None
    store.record(store.take(stored, claim("one")), onboarding(), ())
    with pytest.raises(ClaimHeld) as told:
        store.take(stored, claim("two", 1))
    assert told.value.until == at(1)


def test_one_of_many_claims_at_the_same_moment_wins(store: Correlation) -> None:
    stored = store.open(onboarding())
    assert stored is not None

    def won(number: int) -> bool:
        try:
            return store.take(stored, claim(f"owner {number}")).onboarding.claim == claim(f"owner {number}")
        except ClaimHeld:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(won, range(8))) == 1


def test_a_live_claim_is_not_even_asked_for(store: Correlation, calls: Calls) -> None:
    stored = store.open(claimed("one"))
    assert stored is not None
    calls.clear()
    with pytest.raises(ClaimHeld) as told:
        store.take(stored, claim("two", 3))
    assert told.value.until == at(4)
    assert calls.names() == []


def test_whoever_takes_over_sees_who_died(store: Correlation, tables: Any) -> None:
    store.open(claimed("the dead"))
    stored = store.load(KEY)
    assert stored is not None and stored.onboarding.claim == claim("the dead")
    taken = store.take(stored, claim("the heir", 5))
    assert taken.onboarding.claim == claim("the heir", 5)
    assert_index_is_exact(tables, taken.onboarding)


def test_a_holder_may_prolong_its_claim(store: Correlation) -> None:
    stored = store.open(claimed("one"))
    assert stored is not None
    assert store.take(stored, claim("one", 2)).onboarding.claim == claim("one", 2)


@NO_ANSWER
def test_a_claim_succeeds_where_only_the_answer_was_lost(store: Correlation, calls: Calls, failure: Failure) -> None:
    stored = store.open(onboarding())
    assert stored is not None
    calls.fail_next(SEND, failure(), after=True)
    assert store.take(stored, claim("one")) == store.load(KEY)


@NOT_SENT
def test_a_claim_is_tried_again_where_nothing_arrived(store: Correlation, calls: Calls, failure: Failure) -> None:
    stored = store.open(onboarding())
    assert stored is not None
    calls.fail_next(SEND, failure())
    with pytest.raises(Transient):
        store.take(stored, claim("one"))
    assert store.load(KEY) == stored
    assert store.take(stored, claim("one")).onboarding.claim == claim("one")


def test_a_claim_without_answer_is_lost_where_another_is_there(store: Correlation, calls: Calls) -> None:
    stored = store.open(onboarding())
    assert stored is not None
    store.take(stored, claim("one"))
    calls.fail_next(SEND, lost_answer())
    with pytest.raises(ClaimHeld):
        store.take(stored, claim("two"))


# ---- record


def test_a_record_releases_the_claim_and_writes_history_and_index(store: Correlation, tables: Any) -> None:
    stored = store.open(claimed())
    assert stored is not None
    recorded = store.record(stored, replace(QUALIFIED, claim=claim()), [line("lead qualified"), line("customers created", 1)])
    assert recorded == store.load(KEY)
    assert recorded.onboarding == QUALIFIED
    assert store.history(KEY).items == (line("customers created", 1), line("lead qualified"))
    assert_index_is_exact(tables, QUALIFIED)


def test_a_record_clears_what_is_none_now(store: Correlation) -> None:
    stored = store.open(FULL)
    assert stored is not None
    store.record(stored, onboarding(), ())
    assert store.load(KEY).onboarding == onboarding()  # type: ignore[union-attr]


def test_a_record_under_a_claim_that_was_taken_over_writes_nothing(store: Correlation, tables: Any) -> None:
    stored = store.open(claimed("the slow"))
    assert stored is not None
    taken = store.take(stored, claim("the heir", 5))
    with pytest.raises(ClaimLost):
        store.record(stored, QUALIFIED, [line("lead qualified")])
    assert store.load(KEY) == taken
    assert store.history(KEY).items == ()
    assert_index_is_exact(tables, taken.onboarding)


def test_a_record_of_a_row_that_is_gone_is_a_lost_claim(store: Correlation, tables: Any) -> None:
    stored = store.open(claimed())
    assert stored is not None
    tables.get_table_client(ONBOARDINGS).delete_entity("usmf", onboarding_row_key(KEY))
    with pytest.raises(ClaimLost):
        store.record(stored, QUALIFIED, ())


@NO_ANSWER
def test_a_record_succeeds_where_only_the_answer_was_lost(store: Correlation, calls: Calls, failure: Failure) -> None:
    stored = store.open(claimed())
    assert stored is not None
    calls.fail_next(SEND, failure(), after=True)
    assert store.record(stored, QUALIFIED, [line("lead qualified")]) == store.load(KEY)
    assert store.history(KEY).items == (line("lead qualified"),)


@NOT_SENT
def test_a_record_is_tried_again_where_nothing_arrived(store: Correlation, calls: Calls, failure: Failure) -> None:
    stored = store.open(claimed())
    assert stored is not None
    calls.fail_next(SEND, failure())
    with pytest.raises(Transient):
        store.record(stored, QUALIFIED, [line("lead qualified")])
    assert store.load(KEY) == stored
    store.record(stored, QUALIFIED, [line("lead qualified")])
    assert store.history(KEY).items == (line("lead qualified"),)


def test_what_cannot_be_settled_is_tried_again(store: Correlation, calls: Calls) -> None:
    stored = store.open(claimed())
    assert stored is not None

    def storage_is_down(name: str, _: object) -> None:
        if name.startswith("tables."):
            raise no_connection()

    calls.before_call = storage_is_down
    with pytest.raises(Transient):
        store.record(stored, QUALIFIED, ())


# ---- index rows


def test_an_index_row_that_is_missing_is_no_hindrance(store: Correlation, tables: Any) -> None:
    stored = store.open(replace(claimed(), attentions=(attention(Cause.NO_EMAIL), attention(Cause.GAVE_UP, 1))))
    assert stored is not None
    missing = next(row_key for row_key in stored.index_rows if row_key.startswith("a~"))
    tables.get_table_client(ONBOARDINGS).delete_entity("usmf", missing)
    recorded = store.record(stored, QUALIFIED, [line("lead qualified")])
    assert recorded == store.load(KEY)
    assert store.history(KEY).items == (line("lead qualified"),)
    assert_index_is_exact(tables, QUALIFIED)


def test_an_index_row_shows_what_changed_though_its_key_did_not(store: Correlation) -> None:
    stored = store.open(replace(claimed(), attentions=(attention(Cause.NO_OPPORTUNITY),)))
    assert stored is not None
    store.record(stored, replace(QUALIFIED, attentions=(attention(Cause.NO_OPPORTUNITY),), organization_name="Contoso"), ())
    (shown,) = store.with_attention("usmf", Cause.NO_OPPORTUNITY).items
    assert (shown.stage, shown.organization_name) == (Stage.QUALIFIED, "Contoso")


def test_a_row_that_knows_no_index_rows_gets_them(store: Correlation, tables: Any) -> None:
    opened = store.open(onboarding())
    assert opened is not None
    client = tables.get_table_client(ONBOARDINGS)
    row = {name: cell for name, cell in client.get_entity("usmf", onboarding_row_key(KEY)).items() if name != "index_rows"}
    client.upsert_entity(row, UpdateMode.REPLACE)
    for index_row in opened.index_rows:
        client.delete_entity("usmf", index_row)
    stored = store.load(KEY)
    assert stored is not None and stored.index_rows == ()
    store.record(stored, onboarding(), ())
    assert_index_is_exact(tables, onboarding())


def test_a_cause_that_is_named_twice_has_one_index_row(store: Correlation, tables: Any) -> None:
    twice = replace(onboarding(), attentions=(attention(Cause.GAVE_UP, 2), attention(Cause.GAVE_UP, 1)))
    store.open(twice)
    (shown,) = store.with_attention("usmf").items
    assert shown.since == at(2)


def test_every_attention_with_a_long_history_fits_into_a_transaction(store: Correlation, tables: Any) -> None:
    stored = store.open(replace(claimed(), attentions=tuple(attention(cause) for cause in Cause)))
    assert stored is not None
    everything_else = replace(QUALIFIED, due=at(9), attentions=tuple(attention(cause, 1) for cause in Cause))
    recorded = store.record(stored, everything_else, [line(f"line {number}") for number in range(200)])
    assert recorded == store.load(KEY)
    assert_index_is_exact(tables, everything_else)
    history = store.history(KEY).items[::-1]
    assert len(history) >= 25
    assert [entry.what for entry in history[:-1]] == [f"line {number}" for number in range(len(history) - 1)]
    assert (history[-1].what, history[-1].detail) == (HISTORY_CUT, f"{200 - len(history) + 1} more")


def test_absurdly_long_texts_are_cut(store: Correlation) -> None:
    opened = store.open(replace(onboarding(), organization_name="x\ud800" * 40_000, last_error="y" * 100_000))
    loaded = store.load(KEY)
    assert opened is not None and loaded is not None
    assert len(loaded.onboarding.organization_name) == len(loaded.onboarding.last_error) == 1000


# ---- history


def test_history_of_one_moment_is_in_order_over_several_records_the_latest_first(store: Correlation) -> None:
    stored = store.open(claimed())
    assert stored is not None
    for number in range(3):
        stored = store.record(stored, onboarding(), [line(f"{number} first"), line(f"{number} second")])
    expected = [f"{number} {which}" for number in range(3) for which in ("first", "second")]
    assert [entry.what for entry in store.history(KEY).items] == expected[::-1]


def test_history_is_read_page_by_page(store: Correlation) -> None:
    stored = store.open(claimed())
    assert stored is not None
    store.record(stored, onboarding(), [line(f"line {number}") for number in range(5)])
    first = store.history(KEY, page_size=3)
    second = store.history(KEY, page_size=3, continuation=first.continuation)
    assert [entry.what for entry in first.items + second.items] == [f"line {number}" for number in (4, 3, 2, 1, 0)]
    assert second.continuation is None


def test_a_line_is_added_to_a_history_while_another_holds_the_claim(store: Correlation, calls: Calls) -> None:
    stored = store.open(claimed())
    assert stored is not None
    assert counted(lambda: store.add_line(KEY, line("asked", 2)), calls) == 1
    store.record(stored, onboarding(), [line("lead qualified")])
    assert store.history(KEY).items == (line("asked", 2), line("lead qualified"))


# ---- rows of other versions, tables that are missing


def test_a_property_that_is_not_known_is_passed_over(store: Correlation, tables: Any) -> None:
    store.open(onboarding())
    client = tables.get_table_client(ONBOARDINGS)
    row = dict(client.get_entity("usmf", onboarding_row_key(KEY)))
    client.upsert_entity({**row, "added_later": "x"}, UpdateMode.REPLACE)
    assert store.load(KEY).onboarding == onboarding()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.load(KEY),
        lambda store: store.open(onboarding()),
        lambda store: store.link("lead", "1", KEY),
        lambda store: store.linked("lead", "1"),
        lambda store: store.link_stranger("lead", "1", NOW),
        lambda store: store.in_stage("usmf"),
    ],
)
def test_a_missing_table_is_trouble_with_storage_and_not_an_empty_one(
    empty_account: Any, use: Callable[[Correlation], object]
) -> None:
    with pytest.raises(Transient) as told:
        use(Correlation(empty_account, lambda: NOW))
    assert told.value.status == 404


# ---- what it costs


def counted(work: Callable[[], object], calls: Calls) -> int:
    """Table operations as telemetry counted them, which is what was sent."""
    calls.clear()
    with telemetry.work() as invocation:
        work()
    sent = [name for name in calls.names() if name.startswith("tables.")]
    assert invocation.counts[telemetry.TABLE] == len(sent)
    return len(sent)


def test_each_step_of_the_undisturbed_path_is_one_operation(store: Correlation, calls: Calls) -> None:
    history = [line("one"), line("two", 1)]
    assert counted(lambda: store.open(claimed()), calls) == 1
    assert counted(lambda: store.load(KEY), calls) == 1
    stored = store.load(KEY)
    assert stored is not None
    assert counted(lambda: store.take(stored, claim("two", 5)), calls) == 1
    taken = store.load(KEY)
    assert taken is not None
    assert counted(lambda: store.record(taken, QUALIFIED, history), calls) == 1
    assert counted(lambda: store.link("lead", "1", KEY), calls) == 1
    assert counted(lambda: store.linked("lead", "1"), calls) == 1
    assert counted(lambda: store.link_stranger("lead", "2", at(60)), calls) == 1


def test_settling_a_conflict_is_one_more_operation(store: Correlation, calls: Calls) -> None:
    store.open(claimed("one"))
    assert counted(lambda: store.open(claimed("two")), calls) == 2
