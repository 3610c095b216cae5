"""Microsoft's own Python client (PowerPlatform-Dataverse-Client 1.1.0), unmodified, against the sandbox.

It insists on https and takes its trust from REQUESTS_CA_BUNDLE, as `requests` documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse import client as dataverse
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.filters import col
from PowerPlatform.Dataverse.models.upsert import UpsertItem

from sandbox import identity
from tests.contract.sales.environment import ADMIN, SECRET, Sales, wait_until
from tests.contract.sales.tls import sales_over_https

LEAD = {"subject": "Request", "lastname": "Byron"}
FORMATTED = "OData.Community.Display.V1.FormattedValue"


class _Credential:
    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(identity.issue(SECRET, scopes[0].removesuffix("/.default"), ADMIN), 2**31)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sales, Path]]:
    with sales_over_https(tmp_path_factory.mktemp("tls")) as environment:
        yield environment


@pytest.fixture
def client(served: tuple[Sales, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served[1]))
    with dataverse.DataverseClient(served[0].url, _Credential()) as opened:
        yield opened


def _until_active(client: Any, table: str) -> None:
    wait_until(lambda: all(key.status == "Active" for key in client.tables.get_alternate_keys(table)))


def test_records_are_created_read_changed_and_deleted(client: Any) -> None:
    lead_id = client.records.create("lead", LEAD | {"leadsourcecode": 8})
    lead = client.records.retrieve("lead", lead_id, select=["fullname", "leadsourcecode"], include_annotations="*")
    assert (lead["fullname"], lead[f"leadsourcecode@{FORMATTED}"]) == ("Byron", "Web")
    client.records.update("lead", lead_id, {"firstname": "Ada"})
    assert client.records.retrieve("lead", lead_id)["fullname"] == "Ada Byron"
    client.records.delete("lead", lead_id)
    assert client.records.retrieve("lead", lead_id) is None


def test_labels_are_turned_into_choice_values(client: Any) -> None:
    lead_id = client.records.create("lead", LEAD | {"leadsourcecode": "Partner"})
    assert client.records.retrieve("lead", lead_id)["leadsourcecode"] == 4


def test_many_records_go_in_one_request(client: Any) -> None:
    ids = client.records.create("account", [{"name": f"Engines {number}"} for number in range(3)])
    assert len(set(ids)) == 3
    client.records.update("account", ids, {"telephone1": "555"})
    assert [row["telephone1"] for row in client.records.list("account", filter="startswith(name,'Engines')")] == ["555"] * 3
    assert client.records.delete("account", ids)
    assert list(client.records.list("account", filter="startswith(name,'Engines')")) == []


def test_rows_are_listed_in_pages_and_queried(client: Any) -> None:
    client.records.create("contact", [{"lastname": f"Person {number}", "firstname": "P"} for number in range(5)])
    pages = list(client.records.list_pages("contact", filter="firstname eq 'P'", orderby=["lastname"], page_size=2))
    assert [len(page) for page in pages] == [2, 2, 1]
    query = (
        client.query.builder("contact").select("lastname").where(col("firstname") == "P").order_by("lastname", descending=True)
    )
    assert [row["lastname"] for row in query.top(2).execute()] == ["Person 4", "Person 3"]
    some = client.query.builder("contact").select("lastname").where(col("lastname").in_(["Person 1", "Person 2", "Nobody"]))
    assert sorted(row["lastname"] for row in some.execute()) == ["Person 1", "Person 2"]


def test_errors_carry_dataverse_codes(client: Any) -> None:
    with pytest.raises(HttpError) as caught:
        client.records.create("lead", LEAD | {"firstname": "x" * 51})
    assert caught.value.status_code == 400
    assert caught.value.details["service_error_code"] == "0x80044331"


def test_a_table_is_made_with_columns_and_a_key_and_upserted_into(client: Any) -> None:
    class Colour(IntEnum):
        RED = 1
        GREEN = 2

    columns = {"new_Code": "string", "new_Price": "decimal", "new_Made": "datetime", "new_Sold": "bool", "new_Colour": Colour}
    table = client.tables.create("new_Engine", columns, display_name="Engine")
    assert (table.logical_name, table.entity_set_name) == ("new_engine", "new_engines")
    client.tables.add_columns("new_Engine", {"new_Weight": "int"})
    key = client.tables.create_alternate_key("new_Engine", "new_CodeKey", ["new_code"])
    assert client.tables.get_alternate_keys("new_Engine")[0].status == "Pending"
    _until_active(client, "new_Engine")
    rows = [UpsertItem({"new_code": code}, {"new_name": code, "new_weight": 5, "new_colour": "GREEN"}) for code in ("A", "B")]
    client.records.upsert("new_Engine", rows)
    client.records.upsert("new_Engine", [UpsertItem({"new_code": "A"}, {"new_weight": 7})])
    listed = client.records.list("new_Engine", orderby=["new_code"])
    assert [(row["new_code"], row["new_weight"], row["new_colour"]) for row in listed] == [("A", 7, 2), ("B", 5, 2)]
    described = {column["LogicalName"] for column in client.tables.list_columns("new_Engine", select=["LogicalName"])}
    assert {"new_engineid", "new_code", "new_weight"} <= described
    client.tables.delete_alternate_key("new_Engine", key.metadata_id)
    client.tables.remove_columns("new_Engine", "new_Weight")
    client.tables.delete("new_Engine")
    assert client.tables.get("new_Engine") is None


def test_a_batch_with_a_change_set_is_atomic(client: Any) -> None:
    batch = client.batch.new()
    with batch.changeset() as changes:
        account = changes.records.create("account", {"name": "Batch Engines"})
        changes.records.create("contact", {"lastname": "Batch", "parentcustomerid_account@odata.bind": account})
    batch.records.list("contact", filter="lastname eq 'Batch'", select=["lastname", "_parentcustomerid_value"])
    result = batch.execute()
    assert not result.has_errors
    assert len(result.entity_ids) == 2
    broken = client.batch.new()
    with broken.changeset() as changes:
        changes.records.create("account", {"name": "Never"})
        changes.records.create("contact", {"lastname": "x" * 51})
    assert broken.execute(continue_on_error=True).has_errors
    assert list(client.records.list("account", filter="name eq 'Never'")) == []


def test_fetchxml_is_paged_through(client: Any) -> None:
    client.records.create("account", [{"name": f"Fetched {number}"} for number in range(5)])
    condition = '<filter><condition attribute="name" operator="like" value="Fetched%"/></filter>'
    xml = f'<fetch count="2"><entity name="account"><attribute name="name"/><order attribute="name"/>{condition}</entity></fetch>'
    assert [row["name"] for row in client.query.fetchxml(xml).execute()] == [f"Fetched {number}" for number in range(5)]


def test_sql_selects_rows(client: Any) -> None:
    client.records.create("account", [{"name": f"Selected {number}"} for number in range(3)])
    rows = client.query.sql("SELECT TOP 2 name FROM account WHERE name LIKE 'Selected%' ORDER BY name DESC")
    assert [row["name"] for row in rows] == ["Selected 2", "Selected 1"]
    counted = client.query.sql("SELECT COUNT(*) AS n FROM account WHERE name LIKE 'Selected%'")
    assert [row["n"] for row in counted] == [3]
