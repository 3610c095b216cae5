"""FetchXml and views (docs: use-fetchxml-web-api, retrieve-and-execute-predefined-queries)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.sales.environment import Sales

LEAD = {"subject": "Request", "lastname": "Byron"}


def _fetch(sales: Sales, inner: str, attributes: str = "", **headers: str) -> Any:
    xml = f'<fetch {attributes}><entity name="lead">{inner}</entity></fetch>'
    return sales.get(f"leads?fetchXml={quote(xml)}", **headers)


def _condition(attribute: str, operator: str, *values: str) -> str:
    inner = "".join(f"<value>{value}</value>" for value in values)
    return f'<filter><condition attribute="{attribute}" operator="{operator}">{inner}</condition></filter>'


@pytest.fixture
def leads(sales: Sales) -> list[str]:
    return [sales.lead(firstname=name, numberofemployees=count) for name, count in (("Ada", 3), ("Bea", 1), ("Cid", 2))]


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (_condition("firstname", "eq", "ADA"), ["Ada"]),
        (_condition("firstname", "ne", "Ada"), ["Bea", "Cid"]),
        (_condition("firstname", "in", "Ada", "Cid"), ["Ada", "Cid"]),
        (_condition("firstname", "like", "%e%"), ["Bea"]),
        (_condition("numberofemployees", "ge", "2"), ["Ada", "Cid"]),
        (_condition("jobtitle", "not-null"), []),
        (_condition("createdon", "on-or-after", "2020-01-01"), ["Ada", "Bea", "Cid"]),
        (_condition("donotemail", "eq", "0") + _condition("statecode", "eq", "0"), ["Ada", "Bea", "Cid"]),
    ],
)
def test_conditions_select_rows(sales: Sales, condition: str, names: list[str]) -> None:
    rows = _fetch(sales, f'<attribute name="firstname"/>{condition}<order attribute="firstname"/>')["value"]
    assert [row["firstname"] for row in rows] == names


@pytest.mark.usefixtures("leads")
def test_filters_nest_with_and_and_or(sales: Sales) -> None:
    either = '<filter type="or">{}{}</filter>'.format(
        *(f'<condition attribute="firstname" operator="eq" value="{name}"/>' for name in ("Ada", "Bea"))
    )
    rows = _fetch(sales, f'<attribute name="firstname"/>{either}<order attribute="numberofemployees" descending="true"/>')[
        "value"
    ]
    assert [row["firstname"] for row in rows] == ["Ada", "Bea"]


def test_linked_tables_add_their_columns(sales: Sales) -> None:
    lead_id = sales.lead()
    sales.lead(firstname="Bea")
    sales.qualify(lead_id)
    link = '<link-entity name="account" from="accountid" to="parentaccountid" alias="a"{}><attribute name="name"/></link-entity>'
    plain, outer = ('<attribute name="firstname"/>' + link.format(kind) for kind in ("", ' link-type="outer"'))
    assert [(row["firstname"], row["a.name"]) for row in _fetch(sales, plain)["value"]] == [("Ada", "Engines")]
    assert [row.get("a.name") for row in _fetch(sales, outer)["value"]] == ["Engines", None]


def test_duplicates_are_found_by_counting_groups(sales: Sales) -> None:
    for name in ("Ada", "Ada", "Bea"):
        sales.lead(firstname=name)
    inner = '<attribute name="firstname" groupby="true" alias="who"/><attribute name="leadid" aggregate="count" alias="n"/>'
    rows = _fetch(sales, inner, 'aggregate="true"')["value"]
    assert {row["who"]: row["n"] for row in rows} == {"Ada": 2, "Bea": 1}


@pytest.mark.usefixtures("leads")
def test_pages_say_that_there_is_more(sales: Sales) -> None:
    body = _fetch(sales, '<attribute name="firstname"/>', 'count="2"', Prefer='odata.include-annotations="*"')
    assert (len(body["value"]), body["@Microsoft.Dynamics.CRM.morerecords"]) == (2, True)
    assert 'pagenumber="2"' in body["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]
    rest = _fetch(sales, '<attribute name="firstname"/>', 'count="2" page="2"', Prefer='odata.include-annotations="*"')
    assert (len(rest["value"]), "@Microsoft.Dynamics.CRM.morerecords" in rest) == (1, False)


@pytest.mark.parametrize(
    "inner",
    [
        '<attribute name="nothing"/>',
        '<order attribute="nothing"/>',
        '<link-entity name="account" from="nothing" to="parentaccountid"/>',
        _condition("nothing", "eq", "1"),
        _condition("firstname", "sounds-like", "x"),
        "<",
    ],
)
def test_what_is_not_there_is_a_400_whatever_rows_there_are(sales: Sales, inner: str) -> None:
    xml = f'<fetch><entity name="lead">{inner}</entity></fetch>'
    assert sales.send("GET", f"leads?fetchXml={quote(xml)}").status_code == 400


def test_the_view_lists_commerce_leads_only_newest_first(sales: Sales) -> None:
    """The view "All Commerce B2B Leads" through savedQuery: leads with a prospect's key, whoever owns them."""
    sales.lead()
    for key, made in (("usmf-1", "2026-03-02"), ("usmf-3", "2026-03-03"), ("usmf-2", "2026-03-01")):
        columns = {"lastname": key, "b2b_prospectkey": key, "overriddencreatedon": f"{made}T08:00:00Z"}
        sales.create("leads", LEAD | columns, user="Admin")
    (view,) = sales.get("savedqueries?$select=name&$filter=name eq 'All Commerce B2B Leads' and returnedtypecode eq 'lead'")[
        "value"
    ]
    rows = sales.get(f"leads?savedQuery={view['savedqueryid']}")["value"]
    assert [row["fullname"] for row in rows] == ["usmf-3", "usmf-1", "usmf-2"]
    assert sales.send("GET", "leads?savedQuery=6d81597f-0f9f-4711-8122-000d3aa2331c").status_code == 404
