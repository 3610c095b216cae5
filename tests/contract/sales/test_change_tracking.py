"""Following changes: delta links, modifiedon; and bulk messages (docs: use-change-tracking-synchronize-data, bulk-operations)."""

from __future__ import annotations

from typing import Any

from tests.contract.sales.environment import BRIDGE, Sales, error_of

TRACK = "odata.track-changes"
LEAD = {"subject": "Request", "lastname": "Byron"}
BULK = "leads/Microsoft.Dynamics.CRM."
TYPE = {"@odata.type": "Microsoft.Dynamics.CRM.lead"}


def _delta(sales: Sales) -> str:
    return str(sales.get("leads?$select=lastname", Prefer=TRACK)["@odata.deltaLink"])


def test_a_delta_link_gives_what_was_changed_made_and_deleted_since(sales: Sales) -> None:
    kept, gone = sales.lead(), sales.lead()
    link = _delta(sales)
    sales.send("PATCH", f"leads({kept})", {"lastname": "King"})
    made = sales.lead(lastname="New")
    sales.send("DELETE", f"leads({gone})")
    body = sales.get(link)
    assert body["@odata.context"].endswith("#leads/$delta")
    changed = {row["leadid"]: row["lastname"] for row in body["value"] if "leadid" in row}
    assert changed == {kept: "King", made: "New"}
    (removed,) = [row for row in body["value"] if "reason" in row]
    assert (removed["id"], removed["reason"]) == (gone, "deleted")
    assert removed["@odata.context"].endswith("#leads/$deletedEntity")
    assert sales.get(body["@odata.deltaLink"])["value"] == []


def test_changes_come_in_pages_with_the_delta_link_on_the_last(sales: Sales) -> None:
    for _ in range(3):
        sales.lead()
    first = sales.get("leads?$select=lastname", Prefer=f"{TRACK},odata.maxpagesize=2")
    assert (len(first["value"]), "@odata.deltaLink" in first) == (2, False)
    last = sales.get(first["@odata.nextLink"], Prefer=f"{TRACK},odata.maxpagesize=2")
    assert (len(last["value"]), "@odata.deltaLink" in last) == (1, True)
    for row in first["value"]:
        sales.send("PATCH", f"leads({row['leadid']})", {"lastname": "King"})
    first = sales.get(last["@odata.deltaLink"], Prefer="odata.maxpagesize=1")
    second = sales.get(first["@odata.nextLink"], Prefer="odata.maxpagesize=1")
    assert [len(page["value"]) for page in (first, second)] == [1, 1]
    assert sales.get(second["@odata.deltaLink"])["value"] == []


def test_what_changes_between_two_pages_is_in_this_delta_or_the_next(sales: Sales) -> None:
    """docs: use-change-tracking: nothing is lost: neither a row that was on an earlier page nor one that moves up behind it."""
    paged = f"{TRACK},odata.maxpagesize=2"
    changed, gone, third, last = (sales.lead() for _ in range(4))
    first = sales.get("leads?$select=lastname", Prefer=paged)
    sales.send("PATCH", f"leads({changed})", {"lastname": "King"})
    sales.send("DELETE", f"leads({gone})")
    pages, link = [first], first.get("@odata.nextLink")
    while link:
        pages.append(sales.get(link, Prefer=paged))
        link = pages[-1].get("@odata.nextLink")
    assert {row["leadid"] for page in pages for row in page["value"]} >= {changed, gone, third, last}
    later = sales.get(pages[-1]["@odata.deltaLink"])["value"]
    assert {row.get("leadid", row.get("id")) for row in later} >= {changed, gone}


def test_change_tracking_needs_read_on_the_whole_organization(sales: Sales) -> None:
    """docs: use-change-tracking: organization-level read; with less the table can be read, but not followed."""
    role = sales.world.role_privileges[next(iter(sales.world.user_roles[sales.get("WhoAmI", user=BRIDGE)["UserId"]]))]
    role["prvReadlead"] = "Deep"
    assert sales.send("GET", "leads?$select=lastname", user=BRIDGE).status_code == 200
    refused = sales.send("GET", "leads?$select=lastname", user=BRIDGE, Prefer=TRACK)
    assert error_of(refused) == (403, "0x80040220")


def test_change_tracking_takes_no_filter_order_expand_or_top(sales: Sales) -> None:
    for option in ("$filter=statecode eq 0", "$orderby=createdon", "$expand=parentaccountid", "$top=1"):
        assert sales.send("GET", f"leads?{option}", Prefer=TRACK).status_code == 400


def test_a_table_without_change_tracking_refuses_it(sales: Sales) -> None:
    assert sales.send("GET", "annotations?$select=subject", Prefer=TRACK).status_code == 400


def test_an_old_or_broken_token_means_a_full_read(sales: Sales) -> None:
    """docs: the token is valid for organization.expirechangetrackingindays, 7 by default."""
    version, _, _ = _delta(sales).rpartition("deltatoken=")[2].partition("%21")
    assert error_of(sales.send("GET", f"leads?$deltatoken={version}!1000000000")) == (400, "0x80072515")
    assert error_of(sales.send("GET", "leads?$deltatoken=nonsense")) == (400, "0x80072515")


def test_create_multiple_answers_with_the_ids_in_order(sales: Sales) -> None:
    targets = [TYPE | LEAD | {"lastname": name} for name in ("A", "B")]
    response = sales.send("POST", f"{BULK}CreateMultiple", {"Targets": targets})
    ids = response.json()["Ids"]
    assert (response.status_code, [sales.get(f"leads({row})")["lastname"] for row in ids]) == (200, ["A", "B"])


def test_upsert_multiple_goes_by_alternate_key(sales: Sales) -> None:
    def target(key: str, **columns: Any) -> dict[str, Any]:
        return TYPE | {"@odata.id": f"leads(b2b_prospectkey='{key}')"} | LEAD | columns

    for name in ("First", "Second"):
        body = {"Targets": [target("a", lastname=name), target("b")]}
        assert sales.send("POST", f"{BULK}UpsertMultiple", body).status_code == 204
    assert sales.get("leads(b2b_prospectkey='a')")["lastname"] == "Second"
    assert len(sales.get("leads?$select=leadid")["value"]) == 2
    twice = {"Targets": [target("c", b2b_prospectkey="c")]}
    assert error_of(sales.send("POST", f"{BULK}UpsertMultiple", twice)) == (400, "0x80040216")


def test_a_bulk_message_is_all_or_nothing_and_needs_the_type(sales: Sales) -> None:
    targets = [TYPE | LEAD, TYPE | LEAD | {"lastname": "x" * 51}]
    assert sales.send("POST", f"{BULK}CreateMultiple", {"Targets": targets}).status_code == 400
    assert sales.send("POST", f"{BULK}CreateMultiple", {"Targets": [LEAD]}).status_code == 400
    assert sales.send("POST", f"{BULK}CreateMultiple", {}).status_code == 400
    assert sales.get("leads?$select=leadid")["value"] == []


def test_update_multiple_needs_rows_that_exist(sales: Sales) -> None:
    lead_id = sales.lead()
    missing = "6d81597f-0f9f-4711-8122-000d3aa2331c"
    body = {"Targets": [TYPE | {"leadid": lead_id, "lastname": "King"}, TYPE | {"leadid": missing, "lastname": "King"}]}
    assert sales.send("POST", f"{BULK}UpdateMultiple", body).status_code == 404
    assert sales.get(f"leads({lead_id})")["lastname"] == "Byron"
