"""Reading many rows: options, pages, annotations, expansion, and the cache behind it."""

from __future__ import annotations

import pytest

from tests.contract.sales.environment import Sales, error_of

FORMATTED = "@OData.Community.Display.V1.FormattedValue"
EXPAND = "$select=subject&$expand=opportunity_originating_lead($select=name,statecode;$orderby=createdon)"


@pytest.fixture
def leads(sales: Sales) -> list[str]:
    return [sales.lead(firstname=name, numberofemployees=count) for name, count in (("Ada", 3), ("Bea", 1), ("Cid", 2))]


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("$filter=numberofemployees ge 2&$orderby=numberofemployees desc", ["Ada", "Cid"]),
        ("$filter=contains(fullname,'byron') and firstname ne 'ada'&$orderby=firstname", ["Bea", "Cid"]),
        ("$orderby=numberofemployees&$top=1", ["Bea"]),
        ("$filter=_ownerid_value eq null", []),
        ("$filter=owninguser/fullname eq 'Seller'&$orderby=firstname", ["Ada", "Bea", "Cid"]),
        ("""$filter=Microsoft.Dynamics.CRM.In(PropertyName='firstname',PropertyValues=["Ada","Zoe"])""", ["Ada"]),
        ("$filter=createdon gt 2020-01-01T00:00:00Z and startswith(firstname,'B')", ["Bea"]),
        ("$filter=Lead_Annotation/any(n:n/subject eq 'x')", []),
    ],
)
def test_rows_are_filtered_ordered_and_cut(sales: Sales, query: str, names: list[str]) -> None:
    """docs: query-data-web-api."""
    assert [row["firstname"] for row in sales.get(f"leads?$select=firstname&{query}")["value"]] == names


@pytest.mark.usefixtures("leads")
def test_a_count_comes_with_the_rows_or_alone(sales: Sales) -> None:
    """docs: query-data-web-api, count rows."""
    assert sales.get("leads?$select=leadid&$top=1&$count=true")["@odata.count"] == 3
    assert sales.send("GET", "leads/$count").text == "3"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("$select=nothing", "0x80060888"),
        ("$select=parentaccountid", "0x80060888"),
        ("$filter=nothing eq 1", "0x80060888"),
        ("$orderby=nothing", "0x80060888"),
        ("$filter=statecode eq '0'", ""),
        ("$filter=leadid eq '6d81597f-0f9f-4711-8122-000d3aa2331c'", ""),
        ("$filter=statecode in (0,1)", ""),
        ("$skip=1", ""),
        ("$nothing=1", ""),
    ],
)
def test_what_the_product_does_not_take_is_a_400(sales: Sales, query: str, code: str) -> None:
    """docs: query-data-web-api; 0x80060888 is public code's."""
    assert error_of(sales.send("GET", f"leads?{query}")) == (400, code)


@pytest.mark.usefixtures("leads")
def test_pages_follow_the_next_link_with_the_preference_repeated(sales: Sales) -> None:
    """docs: query-data-web-api, page results: the page size is not in the link."""
    first = sales.send("GET", "leads?$select=firstname&$orderby=firstname", Prefer="odata.maxpagesize=2")
    assert first.headers["Preference-Applied"] == "odata.maxpagesize=2"
    assert [row["firstname"] for row in first.json()["value"]] == ["Ada", "Bea"]
    last = sales.get(first.json()["@odata.nextLink"], Prefer="odata.maxpagesize=2")
    assert [row["firstname"] for row in last["value"]] == ["Cid"]
    assert "@odata.nextLink" not in last


def test_formatted_values_come_only_when_asked_for(sales: Sales) -> None:
    """docs: query-data-web-api, formatted values; lookups with their table and navigation property."""
    lead_id = sales.lead(leadsourcecode=8, estimatedamount=1234.5)
    plain = sales.get(f"leads({lead_id})?$select=leadsourcecode")
    assert not [name for name in plain if "@OData" in name]
    query = "$select=leadsourcecode,_ownerid_value,estimatedamount"
    lead = sales.get(f"leads({lead_id})?{query}", Prefer='odata.include-annotations="*"')
    assert lead[f"leadsourcecode{FORMATTED}"] == "Web"
    assert lead[f"_ownerid_value{FORMATTED}"] == "Seller"
    assert lead["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "systemuser"
    assert lead["_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "ownerid"
    only = sales.get(f"leads({lead_id})?{query}", Prefer=f'odata.include-annotations="{FORMATTED[1:]}"')
    assert "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname" not in only


def test_relations_are_expanded_with_their_own_options(sales: Sales) -> None:
    """docs: retrieve-related-entities-query: single-valued and collection-valued, $select, $filter, $orderby, $top inside."""
    lead_id = sales.lead()
    sales.qualify(lead_id)
    sales.create("opportunities", {
        "name": "Second", "originatingleadid@odata.bind": f"/leads({lead_id})",
        "transactioncurrencyid@odata.bind": f"/transactioncurrencies({_currency(sales)})",
    })  # fmt: skip
    inner = "$select=name;$orderby=name desc;$top=1;$filter=statecode eq 0"
    lead = sales.get(
        f"leads({lead_id})?$select=subject&$expand=parentaccountid($select=name),opportunity_originating_lead({inner})"
    )
    assert lead["parentaccountid"]["name"] == "Engines"
    assert [row["name"] for row in lead["opportunity_originating_lead"]] == ["Second"]
    assert lead["opportunity_originating_lead@odata.nextLink"].endswith("/opportunity_originating_lead")
    assert len(sales.get(f"leads({lead_id})/opportunity_originating_lead?$select=name")["value"]) == 2


def test_an_expanded_collection_may_be_stale_without_if_none_match_null(sales: Sales) -> None:
    """docs: perform-conditional-operations: an expanded collection may be cached; If-None-Match: null is fresh."""
    sales.world.options.stale_expand_seconds = 3_000
    lead_id = sales.lead()
    assert sales.get(f"leads({lead_id})?{EXPAND}")["opportunity_originating_lead"] == []
    sales.qualify(lead_id)
    assert sales.get(f"leads({lead_id})?{EXPAND}")["opportunity_originating_lead"] == []
    fresh = sales.get(f"leads({lead_id})?{EXPAND}", If_None_Match="null")
    assert [row["statecode"] for row in fresh["opportunity_originating_lead"]] == [0]


def test_a_collection_without_expand_is_never_stale(sales: Sales) -> None:
    """The cache is documented for expanded collections only."""
    lead_id = sales.lead()
    sales.get(f"leads({lead_id})?{EXPAND}")
    opportunity = sales.qualify(lead_id)[2]["opportunityid"]
    found = sales.get(f"opportunities?$select=name&$filter=_originatingleadid_value eq {lead_id}")["value"]
    assert [row["opportunityid"] for row in found] == [opportunity]


def _currency(sales: Sales) -> str:
    return str(sales.get("transactioncurrencies?$filter=isocurrencycode eq 'USD'")["value"][0]["transactioncurrencyid"])
