"""$batch: atomic change sets, order, and the outer 200 (docs: odata, batch requests)."""

from __future__ import annotations

import json

import pytest

from tests.contract.commerce.environment import Commerce, address, request_text

CUSTOMER = {"PartyType": "Organization", "OrganizationName": "Fabrikam", "CustomerGroupId": "B2B", "SalesCurrencyCode": "USD"}


def create(account: str, content_id: str = "1", **changes: str) -> str:
    body = json.dumps(CUSTOMER | {"dataAreaId": "usmf", "CustomerAccount": account} | changes)
    return request_text("POST", "CustomersV3?cross-company=true", body, content_id)


def read(url: str) -> str:
    return request_text("GET", url.replace(" ", "%20"))


def accounts(commerce: Commerce) -> set[str]:
    return {row["CustomerAccount"] for row in commerce.rows("CustomersV3") if not row["CustomerAccount"].endswith("DEFAULT")}


def test_reads_after_a_change_set_see_its_effect(commerce: Commerce) -> None:
    """Order is kept. That F&O allows GET in a batch is standard OData; no document says it."""
    prospect = commerce.prospect()
    change = request_text("PATCH", address(prospect), '{"B2BProspectStatus":"Approved"}', "1", If_Match=prospect["@odata.etag"])
    answers = commerce.batch(
        [change],
        read(f"Prospects?cross-company=true&$filter=ProspectId eq '{prospect['ProspectId']}'&$select=B2BProspectStatus"),
        read(f"CustomerHierarchyNodes?$filter=NodePartyNumber eq '{prospect['ProspectPartyNumber']}'"),
    )
    assert [answer.status for answer in answers] == [204, 200, 200]
    assert json.loads(answers[1].text)["value"][0]["B2BProspectStatus"] == "Approved"
    assert json.loads(answers[2].text)["value"][0]["Role"] == "Admin"


def test_a_change_set_is_all_or_nothing(commerce: Commerce) -> None:
    answers = commerce.batch([create("C-1", "1"), create("C-2", "2", CustomerGroupId="Local")])
    assert [answer.status for answer in answers] == [400]
    assert "Customer groups" in answers[0].text
    assert accounts(commerce) == set()


def test_a_later_member_of_a_change_set_sees_the_earlier_one(commerce: Commerce) -> None:
    answers = commerce.batch([create("ORG", "1"), create("C-2", "2", InvoiceAccount="ORG")])
    assert [answer.status for answer in answers] == [201, 201]
    assert accounts(commerce) == {"ORG", "C-2"}


def test_no_mail_leaves_a_change_set_that_fails(commerce: Commerce) -> None:
    """docs: business events: what is sent depends on the commit."""
    prospect = commerce.prospect()
    change = request_text("PATCH", address(prospect), '{"B2BProspectStatus":"Approved"}', "1")
    commerce.batch([change, create("C-2", "2", SalesCurrencyCode="XXX")])
    assert commerce.get(address(prospect)).json()["B2BProspectStatus"] == "Pending"
    assert accounts(commerce) == set()
    assert commerce.outbox() == []


@pytest.mark.parametrize(("prefer", "statuses"), [("", [404]), ("odata.continue-on-error", [404, 200])])
def test_a_failed_part_stops_the_rest_unless_told_otherwise(commerce: Commerce, prefer: str, statuses: list[int]) -> None:
    """Standard OData; F&O's behaviour is not documented."""
    missing = read("CustomersV3(dataAreaId='usmf',CustomerAccount='NOBODY')?cross-company=true")
    answers = commerce.batch(missing, read("LegalEntities"), prefer=prefer)
    assert [answer.status for answer in answers] == statuses


def test_an_empty_collection_is_no_failure(commerce: Commerce) -> None:
    answers = commerce.batch(read("CustomersV3?$filter=CustomerAccount eq 'NOBODY'"), read("LegalEntities"))
    assert [answer.status for answer in answers] == [200, 200]


def test_a_part_can_name_its_address_in_full(commerce: Commerce) -> None:
    answers = commerce.batch(read(f"{commerce.url}/data/LegalEntities?$top=1"), read("/data/LegalEntities?$top=1"))
    assert [answer.status for answer in answers] == [200, 200]


def test_content_ids_come_back(commerce: Commerce) -> None:
    answers = commerce.batch([create("C-1", "1")])
    assert answers[0].status == 201
    assert answers[0].headers["Location"].endswith("CustomersV3(dataAreaId='usmf',CustomerAccount='C-1')")


def test_a_duplicate_inside_a_batch_reads_like_one_outside(commerce: Commerce) -> None:
    """As captured: HTTP 500 inside a batch part in one reply, "The record already exists."."""
    commerce.settings(business_error_status=500)
    commerce.batch([create("C-1")])
    [answer] = commerce.batch([create("C-1")])
    assert answer.status == 500
    assert "The record already exists." in json.loads(answer.text)["error"]["innererror"]["message"]


def test_a_batch_holds_five_thousand_operations_at_most(commerce: Commerce) -> None:
    """docs: service-protection-maximizing-api-throughput."""
    body = b"".join(b"--b\r\n" + read("LegalEntities?$top=0").encode() + b"\r\n" for _ in range(5_001)) + b"--b--\r\n"
    answer = commerce.session.post(
        f"{commerce.url}/data/$batch", data=body, headers={"Content-Type": "multipart/mixed;boundary=b"}, timeout=20
    )
    assert answer.status_code == 400


def test_a_body_that_is_no_batch_is_refused(commerce: Commerce) -> None:
    answer = commerce.session.post(f"{commerce.url}/data/$batch", json={}, timeout=5)
    assert answer.status_code == 400


def test_a_batch_counts_as_one_request(commerce: Commerce) -> None:
    commerce.batch(read("LegalEntities"), read("Currencies"))
    assert commerce.people("GET", "requests")["total"] == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_change_that_is_made_to_fail_leaves_nothing_of_its_change_set(commerce: Commerce, moment: str) -> None:
    """The sandbox's own: a rule for parts."""
    commerce.people("POST", "faults", {"kind": "500", "part": True, "route": "CustomersV3", "moment": moment, "times": 1})
    answers = commerce.batch([create("C-1", "1"), create("C-2", "2")], read("Prospects"))
    assert [answer.status for answer in answers] == [500]
    assert accounts(commerce) == set()


def test_a_read_can_fail_alone(commerce: Commerce) -> None:
    commerce.people("POST", "faults", {"kind": "429", "part": True, "route": "CustomerHiearchies", "retry_after": "7"})
    answers = commerce.batch([create("C-1", "1")], read("CustomerHiearchies"))
    assert [answer.status for answer in answers] == [201, 429]
    assert accounts(commerce) == {"C-1"}
