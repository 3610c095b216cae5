"""What the bridge relies on of a table service. Run on the fake and on Azurite, so that the fake is no kinder than it."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableTransactionError

from shared.storage import CHECKPOINTS
from shared.tables import Operation, create, delete, etag_of, replace_any, replace_unchanged
from tests.unit.store.builders import NOW

OLD_ETAG = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""


@pytest.fixture
def table(tables: Any) -> Any:
    return tables.get_table_client(CHECKPOINTS)


def row(row_key: str, **cells: Any) -> dict[str, Any]:
    return {"PartitionKey": "p", "RowKey": row_key, **cells}


def there(table: Any) -> list[str]:
    query = table.query_entities("PartitionKey eq @partition", parameters={"partition": "p"})
    return [found["RowKey"] for page in query.by_page() for found in page]


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        (create(row("there")), 409, "EntityAlreadyExists"),
        (replace_unchanged(row("there"), OLD_ETAG), 412, "UpdateConditionNotSatisfied"),
        (replace_unchanged(row("missing"), OLD_ETAG), 404, "ResourceNotFound"),
        (delete("p", "missing"), 404, "ResourceNotFound"),
        (replace_any(row("first")), 400, "InvalidDuplicateRow"),
        (replace_any(row("big", text="x" * 32_769)), 400, "PropertyValueTooLarge"),
    ],
    ids=["create", "changed", "gone", "delete", "twice", "big"],
)
def test_one_refused_operation_undoes_the_transaction(table: Any, operation: Operation, status: int, code: str) -> None:
    table.submit_transaction([create(row("there"))])
    with pytest.raises(TableTransactionError) as told:
        table.submit_transaction([replace_any(row("first")), operation])
    assert (told.value.status_code, told.value.error_code, told.value.index) == (status, code, 1)
    assert there(table) == ["there"]


def test_each_write_gives_a_new_etag_and_the_read_gives_the_same(table: Any) -> None:
    first = table.submit_transaction([create(row("a")), create(row("b"))])[0]["etag"]
    assert etag_of(table.get_entity("p", "a")) == first
    second = table.submit_transaction([replace_unchanged(row("a"), first)])[0]["etag"]
    assert second != first
    assert etag_of(table.get_entity("p", "a")) == second


def test_a_replaced_row_keeps_nothing_of_the_old_one(table: Any) -> None:
    table.submit_transaction([create(row("a", old="x", text=None))])
    assert "text" not in table.get_entity("p", "a")
    table.submit_transaction([replace_any(row("a", number=7, flag=False, at=NOW))])
    found = table.get_entity("p", "a")
    assert (found.get("old"), found["number"], found["flag"], found["at"]) == (None, 7, False, NOW)


def test_rows_come_in_order_of_their_keys_page_by_page(table: Any) -> None:
    for number in (3, 1, 2, 5, 4):
        table.upsert_entity(row(f"{number}"), "replace")
    query = table.query_entities(
        "PartitionKey eq @partition and RowKey gt @after and RowKey lt @before",
        parameters={"partition": "p", "after": "1", "before": "5"},
        results_per_page=2,
    )
    assert [[found["RowKey"] for found in page] for page in query.by_page()] == [["2", "3"], ["4"]]


def test_a_row_that_is_not_there_is_told_apart_from_a_table_that_is_not_there(table: Any, empty_account: Any) -> None:
    with pytest.raises(ResourceNotFoundError) as told:
        table.get_entity("p", "missing")
    assert told.value.error_code == "ResourceNotFound"
    with pytest.raises(ResourceNotFoundError) as told:
        empty_account.get_table_client(CHECKPOINTS).get_entity("p", "missing")
    assert told.value.error_code == "TableNotFound"


@pytest.mark.parametrize("character", list("/\\#?"))
def test_a_key_with_one_of_four_characters_is_refused(table: Any, character: str) -> None:
    with pytest.raises(HttpResponseError):
        table.submit_transaction([create(row(f"a{character}b"))])
    assert there(table) == []


def test_deleting_a_row_that_is_not_there_is_no_error(table: Any) -> None:
    table.upsert_entity(row("a"), "replace")
    table.delete_entity("p", "a")
    table.delete_entity("p", "a")
    assert there(table) == []


def test_an_integer_of_64_bits_is_refused_by_the_client(table: Any) -> None:
    with pytest.raises(TypeError):
        table.submit_transaction([create(row("a", number=2**31))])


def test_a_transaction_of_two_partitions_is_refused_by_the_client(table: Any) -> None:
    with pytest.raises(ValueError, match="Partition"):
        table.submit_transaction([create(row("a")), create({"PartitionKey": "q", "RowKey": "a"})])
