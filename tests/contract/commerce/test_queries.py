"""Reading: the OData conventions of finance and operations (docs: odata, unless a test says otherwise)."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from tests.contract.commerce.environment import NAMESPACE, PENDING, Commerce

YES = f"{NAMESPACE}.NoYes'Yes'"
_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture
def two(commerce: Commerce) -> Commerce:
    """One prospect in the user's default company, one in another."""
    commerce.prospect("ann@fabrikam.example", "usmf")
    commerce.prospect("bob@adatum.example", "demf", first_name="Bob", last_name="O'Hara", company="A. Datum", country="DEU")
    return commerce


def ids(commerce: Commerce, query: str) -> list[str]:
    return [row["dataAreaId"] for row in commerce.rows(f"Prospects?{query}")]


def test_without_cross_company_only_the_default_company_is_seen(two: Commerce) -> None:
    assert ids(two, "$select=dataAreaId") == ["usmf"]


def test_with_cross_company_every_company_is_seen(two: Commerce) -> None:
    assert ids(two, "cross-company=true") == ["demf", "usmf"]


def test_a_filter_on_another_company_finds_nothing_without_cross_company(two: Commerce) -> None:
    assert ids(two, "$filter=dataAreaId eq 'demf'") == []


def test_a_row_of_another_company_is_not_found_without_cross_company(two: Commerce) -> None:
    key = "Prospects(dataAreaId='demf',ProspectId='P-000001')"
    assert two.get(key).status_code == 404
    assert two.get(f"{key}?cross-company=true").json()["CompanyName"] == "A. Datum"


@pytest.mark.parametrize("key", ["'P-000001'", "ProspectId='P-000001'", "dataAreaId='usmf'"])
def test_a_part_of_a_key_is_refused(two: Commerce, key: str) -> None:
    answer = two.get(f"Prospects({key})?cross-company=true")
    assert answer.status_code == 400
    assert "number of keys" in answer.json()["error"]["message"]


def test_a_key_of_one_property_needs_no_name(commerce: Commerce) -> None:
    """Standard OData."""
    assert commerce.get("LegalEntities('usmf')").json()["LegalEntityId"] == "usmf"


def test_keys_compare_without_letter_case(two: Commerce) -> None:
    """Collation of the database: case-insensitive."""
    assert two.get("Prospects(dataAreaId='USMF',ProspectId='p-000001')").status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"$filter=IsB2BProspect eq {YES} and {PENDING}", ["demf", "usmf"]),
        (f"$filter=IsB2BProspect ne {YES}", []),
        ("$filter=dataAreaId eq 'demf' or dataAreaId eq 'usmf'", ["demf", "usmf"]),
        ("$filter=not (dataAreaId eq 'demf')", ["usmf"]),
        ("$filter=PrimaryEmailAddress eq 'ANN@Fabrikam.example'", ["usmf"]),
        ("$filter=PrimaryEmailAddress eq 'ann*'", ["usmf"]),
        ("$filter=CompanyName eq '*dat*'", ["demf"]),
        ("$filter=CompanySize lt 1 and AddressLatitude eq 0", ["demf", "usmf"]),
        ("$filter=dataAreaId eq 'demf' and (ProspectPartyNumber eq 'none' or ProspectId eq 'P-000001')", ["demf"]),
        ("$filter=PrimaryEmailAddress eq 'nobody@x.example'", []),
        ("$filter=PrimaryEmailAddress eq 'ann@fabrikam.example' and ProspectId eq 'P-000001'", ["usmf"]),
        ("$orderby=dataAreaId desc", ["usmf", "demf"]),
        ("$top=1", ["demf"]),
        ("$skip=1", ["usmf"]),
    ],
)
def test_query_options(two: Commerce, query: str, expected: list[str]) -> None:
    """Enum literals are typed; `eq` with * is a wildcard; text compares without letter case."""
    assert ids(two, f"cross-company=true&{query}") == expected


@pytest.mark.parametrize(
    "query",
    [
        "$filter=dataAreaId in ('usmf','demf')",
        f"$filter=IsB2BProspect has {YES}",
        f"$filter=IsB2BProspect gt {YES}",
        "$filter=IsB2BProspect eq 'Yes'",
        f"$filter=IsB2BProspect eq {NAMESPACE}.NoYes'Perhaps'",
        "$filter=contains(CompanyName,'dat')",
        "$filter=startswith(CompanyName,'A')",
        "$filter=NoSuchField eq 'x'",
        "$filter=Party/PersonFirstName eq 'Ann'",
        "$filter=CompanyName eq",
        "$select=NoSuchField",
        "$orderby=NoSuchField",
        "$expand=NoSuchThing",
        "$expand=Party($expand=CustomerHierarchy)",
        "$expand=Party($select=PersonFirstName)",
        "$top=some",
        "$search=x",
    ],
)
def test_what_is_not_supported_or_not_documented_is_refused(two: Commerce, query: str) -> None:
    """No `in`, no `has`, enums with eq and ne only, contains is a wildcard, $expand on the first level only."""
    answer = two.get(f"Prospects?cross-company=true&{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_select_leaves_the_etag_and_the_selected_properties(two: Commerce) -> None:
    [row] = two.rows("Prospects?$select=dataAreaId,ProspectId")
    assert set(row) == {"@odata.etag", "dataAreaId", "ProspectId"}


def test_an_etag_has_the_documented_form(two: Commerce) -> None:
    """As captured: weak, base64 of version and record id in single quotes."""
    answer = two.get("Prospects(dataAreaId='usmf',ProspectId='P-000001')")
    assert answer.headers["ETag"] == answer.json()["@odata.etag"]
    assert answer.headers["ETag"].startswith('W/"Jz')


def test_enums_are_symbols_and_empty_dates_are_1900(two: Commerce) -> None:
    [row] = two.rows("Prospects")
    assert (row["IsB2BProspect"], row["B2BProspectStatus"], row["AddressValidFrom"]) == ("Yes", "Pending", "1900-01-01T12:00:00Z")


def test_an_apostrophe_in_a_literal_is_doubled(two: Commerce) -> None:
    assert two.rows("CDSParties?$filter=PersonLastName eq 'O''Hara'")[0]["PersonFirstName"] == "Bob"


def test_count_gives_all_rows_while_the_page_gives_some(two: Commerce) -> None:
    document = two.get("Prospects?cross-company=true&$count=true&$top=1").json()
    assert (document["@odata.count"], len(document["value"])) == (2, 1)
    assert two.get("Prospects/$count?cross-company=true").text == "2"


def test_a_long_answer_comes_in_pages_with_a_next_link(start: Callable[..., Commerce]) -> None:
    """Server-driven paging: 10,000 rows by default, here 2."""
    commerce = start(page_size=2)
    for number in range(5):
        commerce.prospect(f"p{number}@x.example")
    url, seen, pages = "Prospects?$select=ProspectId&cross-company=true", [], 0
    while url:
        document = commerce.session.get(url if url.startswith("http") else f"{commerce.url}/data/{url}", timeout=5).json()
        seen += [row["ProspectId"] for row in document["value"]]
        url, pages = document.get("@odata.nextLink", ""), pages + 1
    assert (seen, pages) == ([f"P-00000{number}" for number in range(1, 6)], 3)


def test_top_counts_across_pages(start: Callable[..., Commerce]) -> None:
    commerce = start(page_size=2)
    first = commerce.get("CDSParties?$top=3").json()
    second = commerce.session.get(first["@odata.nextLink"], timeout=5).json()
    assert (len(first["value"]), len(second["value"]), "@odata.nextLink" in second) == (2, 1, False)


def test_the_default_page_holds_ten_thousand_rows(commerce: Commerce) -> None:
    with commerce.world.transaction():
        for number in range(10_001):
            commerce.world.create("Currencies", {"CurrencyCode": f"{number:05}"})
    document = commerce.get("Currencies?$select=CurrencyCode").json()
    assert (len(document["value"]), "@odata.nextLink" in document) == (10_000, True)


def test_a_navigation_property_expands_to_one_row_or_to_many(two: Commerce) -> None:
    [prospect] = two.rows("Prospects?$expand=Party,CustomerGroup")
    assert prospect["Party"]["PersonFirstName"] == "Ann"
    assert prospect["CustomerGroup"]["CustomerGroupId"] == "B2B"
    [party] = two.rows(f"CDSParties?$filter=PartyNumber eq '{prospect['ProspectPartyNumber']}'&$expand=CustomerHierarchyNode")
    assert party["CustomerHierarchyNode"] == []


def test_an_unknown_entity_set_answers_in_the_web_api_shape(commerce: Commerce) -> None:
    """As captured: {"Message": "No HTTP resource was found..."}; the right spelling of CustomerHierarchies does not exist."""
    answer = commerce.get("CustomerHierarchies")
    assert answer.status_code == 404
    assert answer.json()["Message"].startswith("No HTTP resource was found")


@pytest.mark.parametrize(
    ("entity_set", "company"),
    [
        ("LegalEntities", False),
        ("OnlineChannels", False),
        ("RetailChannels", True),
        ("CustomerGroups", True),
        ("ContactPersons", True),
        ("CustomerHiearchies", False),
        ("CustomerHierarchyNodes", False),
        ("NumberSequencesV2References", False),
        ("BatchJobs", False),
        ("BusinessEventsCatalogs", False),
        ("BusinessEventsEndpoints", False),
        ("CdsParties", False),
    ],
)
def test_the_entity_sets_of_a_set_up_check_can_be_read(commerce: Commerce, entity_set: str, company: bool) -> None:
    """$metadata of a real environment: which sets exist, and which belong to a company."""
    rows = commerce.rows(f"{entity_set}?cross-company=true&$top=1")
    assert all(("dataAreaId" in row) == company for row in rows)


def metadata(commerce: Commerce) -> ElementTree.Element:
    answer = commerce.get("$metadata")
    assert answer.headers["Content-Type"].startswith("application/xml")
    return ElementTree.fromstring(answer.content)


def test_metadata_describes_sets_keys_properties_enums_and_navigation(commerce: Commerce) -> None:
    """The document's shape: OData CSDL 4.0, namespace Microsoft.Dynamics.DataEntities."""
    document = metadata(commerce)
    sets = {item.get("Name"): item.get("EntityType") for item in document.iter(f"{_EDM}EntitySet")}
    assert sets["CustomerHiearchies"] == f"{NAMESPACE}.CustomerHierarchy"
    prospect = next(item for item in document.iter(f"{_EDM}EntityType") if f"{NAMESPACE}.{item.get('Name')}" == sets["Prospects"])
    assert [key.get("Name") for key in prospect.iter(f"{_EDM}PropertyRef")] == ["dataAreaId", "ProspectId"]
    types = {item.get("Name"): item.get("Type") for item in prospect.iter(f"{_EDM}Property")}
    assert types["B2BProspectStatus"] == f"{NAMESPACE}.RetailB2BProspectStatus"
    assert types["ProspectPartyNumber"] == "Edm.String"
    assert {item.get("Name") for item in prospect.iter(f"{_EDM}NavigationProperty")} >= {"Party", "CustomerGroup"}
    status = next(item for item in document.iter(f"{_EDM}EnumType") if item.get("Name") == "RetailB2BProspectStatus")
    members = [(member.get("Name"), member.get("Value")) for member in status]
    assert members == [("Pending", "0"), ("Approved", "1"), ("Rejected", "2"), ("Unknown", "3")]


@pytest.mark.parametrize(("model", "members"), [("person", ["Customer"]), ("contact", ["Customer", "Contact"])])
def test_metadata_shows_the_access_model_in_the_node_type(start: Callable[..., Commerce], model: str, members: list[str]) -> None:
    """How the multi-outlet feature shows is not documented; the node type's members are the likely place."""
    enums = metadata(start(access_model=model)).iter(f"{_EDM}EnumType")
    assert [[member.get("Name") for member in enum] for enum in enums if enum.get("Name") == "CustHierarchyNodeType"] == [members]


def test_the_service_document_lists_the_sets(commerce: Commerce) -> None:
    assert "Prospects" in {item["name"] for item in commerce.get("").json()["value"]}
