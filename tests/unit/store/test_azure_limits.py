"""Limits of Azure that Azurite does not hold, so that only the fake can show them."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import RequestTooLargeError, TableTransactionError

from shared.correlation import Correlation
from shared.storage import CHECKPOINTS, TABLES
from shared.tables import Operation, create, delete
from tests.fakes.tables import FakeTables
from tests.unit.store.builders import NOW, at, claim, key, line, onboarding


def row(row_key: str, **cells: Any) -> dict[str, Any]:
    return {"PartitionKey": "p", "RowKey": row_key, **cells}


@pytest.mark.parametrize(
    ("operations", "code"),
    [
        ([create(row(f"{number}")) for number in range(101)], "InvalidInput"),
        ([create(row("a", **{f"p{number}": 1 for number in range(253)}))], "TooManyProperties"),
        ([create(row("a", **{f"p{number}": "x" * 32_000 for number in range(20)}))], "EntityTooLarge"),
        ([create(row("a", **{"p" * 256: 1}))], "PropertyNameTooLong"),
        ([create(row("x" * 1025))], "KeyValueTooLarge"),
        ([create(row("a\tb"))], "OutOfRangeInput"),
        ([create(row("a\x85b"))], "OutOfRangeInput"),
    ],
    ids=["operations", "properties", "entity", "name", "key", "tab", "next-line"],
)
def test_what_azure_refuses_is_refused(tables: FakeTables, operations: list[Operation], code: str) -> None:
    with pytest.raises(TableTransactionError) as told:
        tables.get_table_client(CHECKPOINTS).submit_transaction(operations)
    assert (told.value.status_code, told.value.error_code) == (400, code)
    assert tables.rows(CHECKPOINTS) == {}


def test_what_azure_just_takes_is_taken(tables: FakeTables) -> None:
    table = tables.get_table_client(CHECKPOINTS)
    table.submit_transaction([create(row(f"{number:03}", **{f"p{n}": 1 for n in range(252)})) for number in range(100)])
    table.submit_transaction([delete("p", f"{number:03}") for number in range(100)])
    table.submit_transaction([create(row("x" * 1024, text="x" * 32_768))])
    assert len(tables.rows(CHECKPOINTS)) == 1


def test_a_transaction_above_four_mebibytes_is_refused(tables: FakeTables) -> None:
    megabyte = {f"p{number}": "x" * 30_000 for number in range(17)}
    with pytest.raises(RequestTooLargeError):
        tables.get_table_client(CHECKPOINTS).submit_transaction([create(row(f"{number}", **megabyte)) for number in range(5)])


def test_a_single_write_is_refused_with_a_single_error(tables: FakeTables) -> None:
    with pytest.raises(HttpResponseError) as told:
        tables.get_table_client(CHECKPOINTS).upsert_entity(row("a/b"), "replace")
    assert not isinstance(told.value, TableTransactionError)


def test_lists_are_whole_where_the_service_gives_less_than_was_asked_for() -> None:
    tables = FakeTables(rows_per_page=2)
    for table in TABLES:
        tables.create_table_if_not_exists(table)
    store = Correlation(tables, lambda: NOW)  # type: ignore[arg-type]
    for number in range(7):
        stored = store.open(onboarding(key(number), due=at(-number), claim=claim()))
        assert stored is not None
        store.record(stored, onboarding(key(number), due=at(-number)), [line(f"{n}") for n in range(5)])
    assert len(store.in_stage("usmf", page_size=5).items) == 5
    assert len(store.due(["usmf"], NOW, 6)) == 6
    assert len(store.history(key(1)).items) == 5
