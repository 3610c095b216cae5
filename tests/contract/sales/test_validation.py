"""What a body may not hold: lengths, types, choices, states, names; closed rows; duplicates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.sales.environment import Sales, error_of

LEAD = {"subject": "Request", "lastname": "Byron"}
LENGTHS = {
    "leads": {"subject": 300, "firstname": 50, "companyname": 100, "emailaddress1": 100, "mobilephone": 20, "telephone1": 50,
              "websiteurl": 200, "description": 2000, "address1_line1": 250, "address1_city": 80, "address1_postalcode": 20},
    "accounts": {"name": 160, "accountnumber": 20, "emailaddress1": 100, "address1_country": 80},
    "contacts": {"lastname": 50, "mobilephone": 50, "jobtitle": 100},
    "annotations": {"subject": 500, "notetext": 100_000},
}  # fmt: skip
REQUIRED = {"leads": LEAD, "accounts": {"name": "A"}, "contacts": {"lastname": "B"}, "annotations": {}}
CASES = [(entity_set, column, length) for entity_set, columns in LENGTHS.items() for column, length in columns.items()]


@pytest.mark.parametrize(("entity_set", "column", "length"), CASES)
def test_text_is_bounded_by_the_documented_length(sales: Sales, entity_set: str, column: str, length: int) -> None:
    """docs: table references; error: execute-batch-operations-using-web-api, 0x80044331."""
    sales.create(entity_set, REQUIRED[entity_set] | {column: "x" * length})
    response = sales.send("POST", entity_set, REQUIRED[entity_set] | {column: "x" * (length + 1)})
    assert error_of(response) == (400, "0x80044331")
    assert f"'{column}'" in response.json()["error"]["message"]
    assert f"'{length}'" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"nosuchcolumn": "x"}, "0x80048d19"),
        ({"Subject": "x"}, "0x80048d19"),
        ({"firstname": 5}, "0x80048d19"),
        ({"numberofemployees": "many"}, "0x80048d19"),
        ({"numberofemployees": 1.5}, "0x80048d19"),
        ({"donotemail": "yes"}, "0x80048d19"),
        ({"estimatedclosedate": "tomorrow"}, "0x80048d19"),
        ({"_parentaccountid_value": "6d81597f-0f9f-4711-8122-000d3aa2331c"}, "0x80048d19"),
        ({"parentaccountid": "6d81597f-0f9f-4711-8122-000d3aa2331c"}, "0x80048d19"),
        ({"ParentAccountId@odata.bind": "/accounts(6d81597f-0f9f-4711-8122-000d3aa2331c)"}, "0x80048d19"),
        ({"parentaccountid@odata.bind": "/accounts(6d81597f-0f9f-4711-8122-000d3aa2331c)"}, "0x80040217"),
        ({"leadsourcecode": 99}, "0x8004431a"),
        ({"numberofemployees": -1}, "0x80044330"),
        ({"revenue": 2e14}, "0x80044330"),
        ({"statuscode": 3}, "0x80048408"),
    ],
)
def test_what_does_not_fit_is_refused(sales: Sales, body: dict[str, Any], code: str) -> None:
    """docs: web-service-error-codes (0x80048d19, 0x80040217, 0x80048408); choice and range codes are not verified."""
    response = sales.send("POST", "leads", LEAD | body)
    assert error_of(response)[1] == code


def test_a_polymorphic_lookup_takes_the_table_that_its_name_says(sales: Sales) -> None:
    """docs: lead reference, customerid: customerid_account and customerid_contact."""
    contact = sales.create("contacts", {"lastname": "Byron"})
    wrong = sales.send("POST", "leads", LEAD | {"customerid_account@odata.bind": f"/contacts({contact})"})
    assert error_of(wrong) == (400, "0x80048d19")
    lead_id = sales.lead(**{"customerid_contact@odata.bind": f"/contacts({contact})"})
    assert sales.get(f"leads({lead_id})?$select=_customerid_value")["_customerid_value"] == contact


@pytest.mark.parametrize("body", [{"lastname": "Byron"}, {"subject": "Request"}])
def test_required_columns_are_required(sales: Sales, body: dict[str, str]) -> None:
    """docs: lead reference: subject and lastname are ApplicationRequired (the sandbox is strict; code RequiredFieldMissing)."""
    assert error_of(sales.send("POST", "leads", body)) == (400, "0x80040200")


def test_a_body_that_is_no_json_object_is_refused(sales: Sales) -> None:
    """docs: compose-http-requests-handle-errors."""
    assert sales.raw("POST", "leads", b"{", "Seller", {}).status_code == 400
    assert sales.raw("POST", "leads", b"[]", "Seller", {}).status_code == 400


@pytest.mark.parametrize(("state", "status"), [(1, 3), (2, 4)])
def test_a_closed_lead_is_read_only_until_it_is_reactivated(sales: Sales, state: int, status: int) -> None:
    """docs: lead reference: qualified and disqualified leads are read-only; LeadAlreadyInClosedState 0x80040519."""
    lead_id = sales.lead()
    assert sales.send("PATCH", f"leads({lead_id})", {"statecode": state, "statuscode": status}).status_code == 204
    assert error_of(sales.send("PATCH", f"leads({lead_id})", {"firstname": "X"})) == (400, "0x80040519")
    assert sales.send("PATCH", f"leads({lead_id})", {"statecode": 0, "statuscode": 1}).status_code == 204
    assert sales.send("PATCH", f"leads({lead_id})", {"firstname": "X"}).status_code == 204


def test_a_note_can_be_written_on_a_closed_lead(sales: Sales) -> None:
    """A note is a row of its own: the lead's being read-only does not touch it."""
    lead_id = sales.lead()
    sales.send("PATCH", f"leads({lead_id})", {"statecode": 2, "statuscode": 4})
    sales.create("annotations", {"subject": "Rejected", "objectid_lead@odata.bind": f"/leads({lead_id})"})


def test_a_state_alone_takes_its_first_status_and_a_wrong_pair_is_refused(sales: Sales) -> None:
    """docs: lead reference, statuscode; web-service-error-codes InvalidStateCodeStatusCode."""
    lead_id = sales.lead()
    assert error_of(sales.send("PATCH", f"leads({lead_id})", {"statecode": 2, "statuscode": 3})) == (400, "0x80048408")
    sales.send("PATCH", f"leads({lead_id})", {"statecode": 2})
    assert sales.get(f"leads({lead_id})?$select=statuscode")["statuscode"] == 4


def test_duplicates_are_detected_only_when_asked_for(sales: Sales) -> None:
    """docs: optional-parameters: MSCRM.SuppressDuplicateDetection: false turns it on; 0x80040333."""
    sales.lead(emailaddress1="ada@engines.example")
    sales.lead(emailaddress1="ADA@engines.example")
    body = LEAD | {"emailaddress1": "ada@engines.example"}
    headers = {"MSCRM.SuppressDuplicateDetection": "false"}
    assert error_of(sales.send("POST", "leads", body, **headers)) == (412, "0x80040333")
