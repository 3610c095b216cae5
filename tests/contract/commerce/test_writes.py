"""Writing: keys, validation, Infolog errors, ETags, and the rule that ties a prospect's party to its number."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.contract.commerce.environment import Commerce, address, infolog, request_text

Json = dict[str, Any]
Start = Callable[..., Commerce]


def organization(**changes: Any) -> Json:
    fields = {"dataAreaId": "usmf", "CustomerAccount": "C-1", "PartyType": "Organization", "OrganizationName": "Fabrikam"}
    return fields | {"CustomerGroupId": "B2B", "SalesCurrencyCode": "USD"} | changes


def test_a_created_customer_comes_back_with_etag_location_and_a_new_party(commerce: Commerce) -> None:
    """As captured: 201, ETag, Location and the row."""
    answer = commerce.post("CustomersV3", organization())
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{commerce.url}/data/CustomersV3(dataAreaId='usmf',CustomerAccount='C-1')"
    assert answer.headers["ETag"] == answer.json()["@odata.etag"]
    assert commerce.get(f"CDSParties(PartyNumber='{answer.json()['PartyNumber']}')").json()["OrganizationName"] == "Fabrikam"


@pytest.mark.parametrize("prospect_id", ["P/1", "P+1", "P%1", "P&1", "O'Hara #1", "P:1?", "Ä 1"])
def test_a_number_with_signs_that_matter_in_an_address_works_when_it_is_escaped(commerce: Commerce, prospect_id: str) -> None:
    """Key form as captured: apostrophes doubled, the rest URL-encoded."""
    commerce.post("Prospects", {"ProspectId": prospect_id, "ProspectName": "Contoso"})
    key = quote(prospect_id.replace("'", "''"), safe="")
    assert commerce.get(f"Prospects(dataAreaId='usmf',ProspectId='{key}')").json()["ProspectId"] == prospect_id
    assert commerce.get(f"Prospects?$filter=ProspectId eq '{key}'").json()["value"][0]["ProspectId"] == prospect_id
    [answer] = commerce.batch(request_text("GET", f"Prospects(dataAreaId='usmf',ProspectId='{key}')"))
    assert json.loads(answer.text)["ProspectId"] == prospect_id


def test_a_customer_without_an_account_gets_the_next_number(commerce: Commerce) -> None:
    fields = organization()
    del fields["CustomerAccount"]
    assert commerce.post("CustomersV3", fields).json()["CustomerAccount"] == "USMF-000001"


def test_writing_another_company_needs_cross_company(commerce: Commerce) -> None:
    """Common practice; no document states it."""
    fields = organization(dataAreaId="demf", SalesCurrencyCode="EUR")
    assert commerce.post("CustomersV3", fields).status_code == 400
    assert commerce.post("CustomersV3?cross-company=true", fields).status_code == 201
    key = "CustomersV3(dataAreaId='demf',CustomerAccount='C-1')"
    assert commerce.patch(key, {"OnHoldStatus": "All"}).status_code == 404
    assert commerce.patch(f"{key}?cross-company=true", {"OnHoldStatus": "All"}).status_code == 204
    assert commerce.get(f"{key}?cross-company=true").json()["OnHoldStatus"] == "All"


@pytest.mark.parametrize("status", [400, 500])
def test_a_second_record_with_the_same_key_is_refused(start: Start, status: int) -> None:
    """As captured: "The record already exists."; business failures were seen as 400 and as 500."""
    commerce = start(business_error_status=status)
    commerce.post("CustomersV3", organization())
    answer = commerce.post("CustomersV3", organization(OrganizationName="Other"))
    assert answer.status_code == status
    assert "The record already exists." in infolog(answer)
    assert answer.json()["error"]["innererror"]["type"].endswith("AxODataWriteException")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"CustomerGroupId": "Local"}, "'Local' in field 'Customer group' is not found in the related table 'Customer groups'."),
        ({"SalesCurrencyCode": "XYZ"}, "The value 'XYZ' in field 'Currency'"),
        ({"AddressCountryRegionId": "XXX"}, "The value 'XXX' in field 'Country/region'"),
        ({"InvoiceAccount": "NOBODY"}, "The value 'NOBODY' in field 'Invoice account'"),
        ({"PartyNumber": "999"}, "The value '999' in field 'Party ID'"),
        ({"CustomerGroupId": ""}, "Field 'Customer group' must be filled in."),
        ({"SalesCurrencyCode": ""}, "Field 'Currency' must be filled in."),
        ({"OrganizationName": ""}, "Field 'Name' must be filled in."),
        ({"CustomerAccount": "C" * 21}, "longer than 20 characters"),
        ({"OrganizationName": "x" * 101}, "longer than 100 characters"),
        ({"PrimaryContactEmail": "x" * 256}, "longer than 255 characters"),
    ],
)
def test_a_wrong_value_is_refused_with_an_infolog(commerce: Commerce, changes: Json, text: str) -> None:
    """Error text as captured for the customer group; the others after its pattern."""
    answer = commerce.post("CustomersV3", organization(**changes))
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "An error has occurred."
    assert infolog(answer).startswith("Write failed for table row of type 'CustCustomerV3Entity'. Infolog: ")
    assert text in infolog(answer)


def test_a_customer_group_of_another_company_does_not_count(commerce: Commerce) -> None:
    commerce.people("PUT", "rows/CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "DEONLY"})
    assert "'DEONLY'" in infolog(commerce.post("CustomersV3", organization(CustomerGroupId="DEONLY")))


def test_null_empties_a_field(commerce: Commerce) -> None:
    """F&O holds no nulls."""
    commerce.post("CustomersV3", organization(KnownAs="Fab", CreditLimit=5))
    key = "CustomersV3(dataAreaId='usmf',CustomerAccount='C-1')"
    commerce.patch(key, {"KnownAs": None, "CreditLimit": None})
    row = commerce.get(key).json()
    assert (row["KnownAs"], row["CreditLimit"]) == ("", 0)


@pytest.mark.parametrize("changes", [{"NoSuchField": "x"}, {"OnHoldStatus": "Maybe"}, {"CreditLimit": "much"}, {"KnownAs": 7}])
def test_an_unknown_property_or_a_value_of_another_type_is_refused(commerce: Commerce, changes: Json) -> None:
    answer = commerce.post("CustomersV3", organization(**changes))
    assert answer.status_code == 400
    assert "innererror" not in answer.json()["error"]


def person(prospect: Json, **changes: Any) -> Json:
    fields = organization(PartyType="Person", CustomerAccount=prospect["ProspectId"], PartyNumber=prospect["ProspectPartyNumber"])
    del fields["OrganizationName"]
    return fields | changes


def test_a_customer_on_a_prospects_party_must_have_the_prospects_number(commerce: Commerce) -> None:
    """As captured from a real environment."""
    prospect = commerce.prospect()
    answer = commerce.post("CustomersV3", person(prospect, CustomerAccount="C-9"))
    assert answer.status_code == 400
    assert (
        f"Cannot create customer with account number 'C-9' with same party number as prospect '{prospect['ProspectId']}'. "
        "The customer and prospect should have the same account number." in infolog(answer)
    )
    assert commerce.post("CustomersV3", person(prospect)).status_code == 201


def test_a_party_of_another_type_cannot_be_used(commerce: Commerce) -> None:
    prospect = commerce.prospect()
    answer = commerce.post("CustomersV3", person(prospect, PartyType="Organization"))
    assert "is of type Person" in infolog(answer)


def test_customer_and_prospect_of_one_party_share_names_and_contact_information(commerce: Commerce) -> None:
    """docs: party-gab: contact information belongs to the party."""
    prospect = commerce.prospect()
    created = commerce.post("CustomersV3", person(prospect)).json()
    assert (created["PersonLastName"], created["PrimaryContactEmail"]) == ("Lee", "ann@fabrikam.example")
    key = f"CustomersV3(dataAreaId='usmf',CustomerAccount='{prospect['ProspectId']}')"
    commerce.patch(key, {"PrimaryContactEmail": "ann.lee@fabrikam.example"})
    assert commerce.get(address(prospect)).json()["PrimaryEmailAddress"] == "ann.lee@fabrikam.example"


def test_customer_accounts_can_be_closed_to_callers(start: Start) -> None:
    """Where the number sequence is not manual, a given number is refused (from experience, not documented)."""
    commerce = start(customer_account_manual=False)
    assert "Number selection is not allowed" in infolog(commerce.post("CustomersV3", organization()))


def test_a_stale_if_match_is_refused_where_it_is_honoured(commerce: Commerce) -> None:
    """Standard OData; F&O's own behaviour is not documented, so the environment can also ignore it."""
    prospect = commerce.prospect()
    commerce.people("PATCH", f"prospects/usmf/{prospect['ProspectId']}", {"Note": "a clerk was here"})
    stale = {"If_Match": prospect["@odata.etag"]}
    assert commerce.set_status(prospect, "Approved", **stale).status_code == 412
    assert commerce.get(address(prospect)).json()["B2BProspectStatus"] == "Pending"
    commerce.settings(if_match="ignored")
    assert commerce.set_status(prospect, "Approved", **stale).status_code == 204


@pytest.mark.parametrize("condition", ["current", "*"])
def test_a_fitting_if_match_lets_the_write_through(commerce: Commerce, condition: str) -> None:
    prospect = commerce.prospect()
    value = prospect["@odata.etag"] if condition == "current" else condition
    assert commerce.set_status(prospect, "Approved", If_Match=value).status_code == 204


def test_a_patch_of_a_missing_row_does_not_create_it(commerce: Commerce) -> None:
    """Upsert is not documented for F&O: not modelled as possible."""
    assert commerce.patch("CustomersV3(dataAreaId='usmf',CustomerAccount='C-1')", {"KnownAs": "x"}).status_code == 404


def test_a_key_cannot_be_changed(commerce: Commerce) -> None:
    prospect = commerce.prospect()
    assert "cannot be changed" in infolog(commerce.patch(address(prospect), {"ProspectId": "P-2"}))


def test_a_status_that_nobody_knows_is_refused(commerce: Commerce) -> None:
    assert commerce.set_status(commerce.prospect(), "Postponed").status_code == 400


def test_a_prospect_can_be_deleted(commerce: Commerce) -> None:
    prospect = commerce.prospect()
    assert commerce.delete(address(prospect)).status_code == 204
    assert commerce.get(address(prospect)).status_code == 404


def test_reference_data_is_read_only_here(commerce: Commerce) -> None:
    assert commerce.post("Currencies", {"CurrencyCode": "JPY"}).status_code == 403


def test_hierarchy_and_node_can_be_made_by_hand(commerce: Commerce) -> None:
    """$metadata has both sets; the id comes from the number sequence when none is given."""
    prospect = commerce.prospect()
    made = commerce.post("CustomerHiearchies", {"Name": "Fabrikam", "OrganizationPartyNumber": "000000001"}).json()
    node = {"CustomerHierarchyId": made["CustomerHierarchyId"], "NodePartyNumber": prospect["ProspectPartyNumber"]}
    assert commerce.post("CustomerHierarchyNodes", node | {"Role": "Admin", "NodeType": "Customer"}).status_code == 201
    assert "already exists" in infolog(commerce.post("CustomerHierarchyNodes", node))


@pytest.mark.parametrize("token", [None, "nonsense"])
def test_a_missing_or_wrong_token_is_401(commerce: Commerce, token: str | None) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for method, path in (("GET", "data/Prospects"), ("GET", "data/$metadata"), ("POST", "api/services/a/b/c")):
        answer = requests.request(method, f"{commerce.url}/{path}", headers=headers, timeout=5)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_client_that_head_office_does_not_know_is_401(commerce: Commerce) -> None:
    """docs: services-home-page: register the client id under Microsoft Entra ID applications."""
    commerce.settings(registered_apps=["11111111-1111-1111-1111-111111111111"])
    assert commerce.get("LegalEntities").status_code == 401


@pytest.mark.parametrize(("denied", "status"), [("read:Prospects", (403, 204)), ("write:Prospects", (200, 403))])
def test_a_missing_role_is_403(commerce: Commerce, denied: str, status: tuple[int, int]) -> None:
    prospect = commerce.prospect()
    commerce.settings(denied=[denied])
    assert (commerce.get("Prospects").status_code, commerce.set_status(prospect, "Rejected").status_code) == status


def test_an_overloaded_system_answers_429_with_retry_after(commerce: Commerce) -> None:
    """docs: service-protection-retry-operations, resource-based limits."""
    commerce.settings(throttle_seconds=7)
    answer = commerce.get("Prospects")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert "high resource utilization" in answer.json()["error"]["message"]


def test_requests_are_counted_by_correlation(commerce: Commerce) -> None:
    commerce.get("Prospects", **{"x-ms-correlation-request-id": "abc"})
    commerce.get("Nothing")
    counted = commerce.people("GET", "requests")
    assert counted == {"total": 2, "by_correlation": {"abc": 1, "": 1}, "by_status": {"200": 1, "404": 1}}
