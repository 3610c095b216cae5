"""Which error each failed answer becomes: status and body -> class."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from requests.structures import CaseInsensitiveDict

from shared.errors import AccessRefused, InDoubt, Missing, Outdated, Refused, ServiceError, System, Transient
from shared.odata_errors import COMMERCE_PAUSE, Call, failed, retry_after, unanswered
from shared.odata_messages import Answer

HTML = "<!DOCTYPE html><html><body>The service is unavailable.</body></html>"
WRITE_EXCEPTION = "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException"
FAILED = "Write failed for table row of type 'CustCustomerV3Entity'. Infolog: "
GROUP = (
    f"{FAILED}Warning: The value 'Local' in field 'Customer group' is not found in the related table 'Customer groups'.; "
    "Warning: validateField failed on field 'CustCustomerV3Entity.CustomerGroupId'."
)
COLLISION = (
    f"{FAILED}Error: Cannot create customer with account number 'B-1' with same party number as prospect 'P-1'. "
    "The customer and prospect should have the same account number."
)


def dataverse(code: str, message: str = "said so") -> str:
    return json.dumps({"error": {"code": code, "message": message}})


def infolog(text: str, kind: str = WRITE_EXCEPTION) -> str:
    return json.dumps({"error": {"code": "", "message": "An error has occurred.", "innererror": {"message": text, "type": kind}}})


PLAIN = json.dumps({"error": {"code": "", "message": "An error has occurred."}})


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (400, PLAIN, Refused),
        (401, "", AccessRefused),
        (401, HTML, AccessRefused),
        (403, "", AccessRefused),
        (404, PLAIN, Missing),
        (404, HTML, Transient),
        (404, json.dumps({"Message": "No HTTP resource was found that matches the request URI 'x'."}), AccessRefused),
        (404, dataverse("", "Resource not found for the segment 'Prospects'."), Missing),
        (405, PLAIN, Refused),
        (408, "", Transient),
        (409, PLAIN, Outdated),
        (412, PLAIN, Outdated),
        (413, "", Refused),
        (429, "", Transient),
        (500, PLAIN, Transient),
        (500, HTML, Transient),
        (502, HTML, Transient),
        (503, "", Transient),
        (504, "", Transient),
        (302, "", AccessRefused),
        (400, dataverse("0x80060888", "Could not find a property named 'b2b_x' on type 'lead'."), AccessRefused),
        (400, dataverse("", "The key in the request URI is not valid for resource 'leads'."), AccessRefused),
        # Dataverse: the code wins over the status
        (412, dataverse("0x80040333"), Refused),
        (500, dataverse("0x80040333"), Refused),
        (500, dataverse("0x80040265"), Refused),
        (412, dataverse("0x80060892", "A record with matching key values already exists."), Outdated),
        (412, dataverse("0x80060882"), Outdated),
        (412, dataverse("-2147088254"), Outdated),
        (412, dataverse("0x80040237"), Outdated),
        (404, dataverse("0x80040217"), Missing),
        (404, dataverse("-2147220969"), Missing),
        (403, dataverse("0x80040220"), AccessRefused),
        (400, dataverse("-2147220960"), AccessRefused),
        (429, dataverse("0x80072321"), Transient),
        (429, dataverse("0x80072322"), Transient),
        (503, dataverse("-2147015898"), Transient),
        # F&O: an Infolog is a business rule at whatever status
        (400, infolog(GROUP), Refused),
        (500, infolog(GROUP), Refused),
        (500, infolog(COLLISION), Refused),
        (400, infolog("Something. Infolog: Error: no.", "X"), Refused),
        (500, infolog("Infolog: Error: The record already exists."), Outdated),
        (400, infolog("Cannot create a record in Customers. The record already exists."), Outdated),
        (500, infolog("Object reference not set.", "System.NullReferenceException"), Transient),
        (500, json.dumps([1]), Transient),
        (400, json.dumps({"error": "text"}), Refused),
    ],
)
def test_each_answer_has_one_class(status: int, body: str, expected: type[ServiceError]) -> None:
    error = failed(Call(System.SALES, "id-1"), Answer(status, body=body.encode()))
    assert type(error) is expected
    assert (error.status, error.request_id) == (status, "id-1")


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (408, "", InDoubt),
        (500, PLAIN, InDoubt),
        (502, HTML, InDoubt),
        (503, "", InDoubt),
        (504, "", InDoubt),
        (429, "", Transient),
        (503, dataverse("0x80072326"), Transient),
        (500, infolog(GROUP), Refused),
        (401, "", AccessRefused),
        (412, PLAIN, Outdated),
    ],
)
def test_a_write_that_may_not_be_repeated_is_in_doubt_unless_it_was_turned_away(
    status: int, body: str, expected: type[ServiceError]
) -> None:
    assert type(failed(Call(System.COMMERCE, "id", repeatable=False), Answer(status, body=body.encode()))) is expected


@pytest.mark.parametrize(
    "sent, repeatable, expected",
    [(True, True, Transient), (False, True, Transient), (False, False, Transient), (True, False, InDoubt)],
)
def test_no_answer_is_in_doubt_only_where_a_write_may_have_arrived(
    sent: bool, repeatable: bool, expected: type[ServiceError]
) -> None:
    assert type(unanswered(Call(System.COMMERCE, "id", repeatable), "ReadTimeout", sent=sent)) is expected


def test_an_infolog_is_told_without_its_technical_lines() -> None:
    error = failed(Call(System.COMMERCE, ""), Answer(400, body=infolog(GROUP).encode()))
    assert error.message == (
        "The value 'Local' in field 'Customer group' is not found in the related table 'Customer groups'. "
        "validateField failed on field 'CustCustomerV3Entity.CustomerGroupId'."
    )


def test_what_the_request_itself_said_is_not_in_the_error() -> None:
    text = "Infolog: Error: The name 'Ann Öst' of ANN.OST@x.example is taken; Info: Annika is not, other@y.example neither."
    call = Call(System.COMMERCE, "", personal_values=("Ann Öst", "ann.ost@x.example", "Ann"))
    assert (
        failed(call, Answer(400, body=infolog(text).encode())).message == "The name '…' of … is taken Annika is not, … neither."
    )


def test_a_very_long_text_is_cut() -> None:
    assert len(failed(Call(System.SALES, ""), Answer(400, body=dataverse("", "x" * 9000).encode())).message) == 500


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value, seconds",
    [
        ("17", 17),
        ("0.5", 0.5),
        ("999999", 3600),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("Tue, 24 Nov 2026 12:00:00 GMT", 3600),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date_and_capped(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "Mon, 99 Nov 2026"])
def test_a_retry_after_that_says_nothing_is_none(value: str | None) -> None:
    assert retry_after(value, NOW) is None


def _throttled(system: System, **headers: str) -> timedelta | None:
    named = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    error = failed(Call(system, ""), Answer(429, named))
    assert isinstance(error, Transient)
    return error.retry_after


def test_a_throttled_call_carries_the_servers_wish() -> None:
    assert _throttled(System.SALES, Retry_After="12") == timedelta(seconds=12)
    assert _throttled(System.SALES) is None
    assert _throttled(System.COMMERCE) == COMMERCE_PAUSE
