"""SQL (docs: webapi/query/sql): a SELECT in the query option `sql`, on the entity set of its first table."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.sales.environment import BRIDGE, Sales, error_of


@pytest.fixture
def leads(sales: Sales) -> list[str]:
    people = (("Ada", 3, "50% off"), ("Bea", 1, None), ("Cid", 2, "half off"))
    return [sales.lead(firstname=name, numberofemployees=count, jobtitle=title) for name, count, title in people]


def _rows(sales: Sales, statement: str, **headers: str) -> list[dict[str, Any]]:
    return list(sales.get(f"leads?sql={quote(statement)}", **headers)["value"])


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize(("rest", "names"), [
    ("WHERE firstname = 'ADA'", ["Ada"]),
    ("WHERE firstname <> 'Ada' ORDER BY firstname DESC", ["Cid", "Bea"]),
    ("WHERE l.numberofemployees >= 2 AND statecode = 0 ORDER BY numberofemployees", ["Cid", "Ada"]),
    ("WHERE (firstname = 'Bea' OR firstname = 'Cid') AND jobtitle IS NOT NULL", ["Cid"]),
    ("WHERE jobtitle IS NULL", ["Bea"]),
    ("WHERE jobtitle LIKE '%[%]%'", ["Ada"]),
    ("WHERE firstname NOT LIKE '_e%' ORDER BY firstname", ["Ada", "Cid"]),
    ("WHERE firstname IN ('Ada', 'Cid') ORDER BY firstname", ["Ada", "Cid"]),
    ("WHERE numberofemployees BETWEEN 1 AND 2 ORDER BY firstname", ["Bea", "Cid"]),
    ("WHERE donotemail = 0 ORDER BY firstname OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", ["Bea"]),
])  # fmt: skip
def test_rows_are_filtered_and_ordered(sales: Sales, rest: str, names: list[str]) -> None:
    assert [row["firstname"] for row in _rows(sales, f"SELECT l.firstname FROM lead AS l {rest}")] == names


def test_a_row_carries_its_id_and_its_etag(sales: Sales, leads: list[str]) -> None:
    (row,) = _rows(sales, "SELECT TOP 1 firstname AS who, donotemail FROM lead ORDER BY firstname")
    assert set(row) == {"@odata.etag", "leadid", "who", "donotemail"}
    assert (row["leadid"], row["who"], row["donotemail"]) == (leads[0], "Ada", False)
    assert row["@odata.etag"] == sales.get(f"leads({leads[0]})")["@odata.etag"]


def test_tables_are_joined(sales: Sales) -> None:
    sales.qualify(sales.lead())
    sales.lead(firstname="Bea")
    chosen, on = "SELECT l.firstname, a.name AS account FROM lead l", "l.parentaccountid = a.accountid ORDER BY l.firstname"
    inner, left = (_rows(sales, f"{chosen} {kind} JOIN account a ON {on}") for kind in ("INNER", "LEFT"))
    assert [(row["firstname"], row["account"]) for row in inner] == [("Ada", "Engines")]
    assert [(row["firstname"], row["account"]) for row in left] == [("Ada", "Engines"), ("Bea", None)]


@pytest.mark.usefixtures("leads")
def test_rows_are_summed_up(sales: Sales) -> None:
    total = "SELECT COUNT(*) AS n, SUM(numberofemployees) AS s, MAX(numberofemployees) AS m FROM lead"
    assert _rows(sales, total) == [{"n": 3, "s": 6, "m": 3}]
    assert _rows(sales, "SELECT companyname, COUNT(*) AS n FROM lead GROUP BY companyname") == [
        {"companyname": "Engines", "n": 3}
    ]
    assert _rows(sales, "SELECT DISTINCT companyname FROM lead") == [{"companyname": "Engines"}]


@pytest.mark.usefixtures("leads")
def test_rows_come_in_pages(sales: Sales) -> None:
    statement = quote("SELECT firstname FROM lead ORDER BY firstname")
    first = sales.get(f"leads?sql={statement}", Prefer="odata.maxpagesize=2")
    rest = sales.get(first["@odata.nextLink"], Prefer="odata.maxpagesize=2")
    assert [len(page["value"]) for page in (first, rest)] == [2, 1]


@pytest.mark.parametrize("statement", [
    "SELECT * FROM lead",
    "SELECT nothing FROM lead",
    "SELECT name FROM account",
    "SELECT firstname FROM lead JOIN nothing ON nothing.leadid = lead.leadid",
    "SELECT firstname FROM lead WHERE leadid IN (SELECT leadid FROM lead)",
    "SELECT COUNT(*) FROM lead GROUP BY firstname HAVING COUNT(*) > 1",
    "SELECT firstname FROM lead UNION SELECT lastname FROM lead",
    "SELECT firstname FROM lead RIGHT JOIN account ON accountid = parentaccountid",
    "SELECT upper(firstname) FROM lead",
    "SELECT firstname FROM lead WHERE 1 = 1",
    "SELECT firstname FROM lead WHERE statecode = 0 AND ('a' = 'a')",
    "SELECT firstname FROM lead; SELECT lastname FROM lead",
    "DELETE FROM lead",
    "nonsense",
])  # fmt: skip
def test_what_is_not_in_the_subset_is_refused(sales: Sales, statement: str) -> None:
    sales.lead()
    assert error_of(sales.send("GET", f"leads?sql={quote(statement)}"))[0] == 400
    assert len(sales.get("leads")["value"]) == 1


def test_only_what_the_caller_may_read_is_there(sales: Sales) -> None:
    """docs: security-roles: a joined table needs its own read privilege."""
    sales.lead()
    role = sales.world.role_privileges[next(iter(sales.world.user_roles[sales.get("WhoAmI", user=BRIDGE)["UserId"]]))]
    role["prvReadlead"] = "Basic"
    assert _rows(sales, "SELECT firstname FROM lead", user=BRIDGE) == []
    del role["prvReadaccount"]
    statement = quote("SELECT l.firstname FROM lead l LEFT JOIN account a ON l.parentaccountid = a.accountid")
    assert error_of(sales.send("GET", f"leads?sql={statement}", user=BRIDGE)) == (403, "0x80040220")
