"""$batch: order, atomic change sets, references, errors (docs: execute-batch-operations-using-web-api)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.contract.sales.environment import API, SELLER, Sales

CONTINUE = "odata.continue-on-error"
Part = tuple[str, str, Any, dict[str, str]]


def _http(part: Part, content_id: int | None = None) -> str:
    method, url, body, headers = part
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"{method} {url} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    lines += ["Content-Type: application/json; type=entry", "", json.dumps(body)] if body is not None else ["", ""]
    return "\r\n".join(lines)


def _changes(*parts: Part) -> str:
    inner = "".join(f"--changes\r\n{_http(part, number)}\r\n" for number, part in enumerate(parts, 1))
    return f"Content-Type: multipart/mixed; boundary=changes\r\n\r\n{inner}--changes--\r\n"


def _batch(sales: Sales, *pieces: str, prefer: str = "") -> requests.Response:
    body = "".join(f"--batch\r\n{piece}\r\n" for piece in pieces) + "--batch--\r\n"
    headers = {"Content-Type": 'multipart/mixed; boundary="batch"'} | ({"Prefer": prefer} if prefer else {})
    return sales.raw("POST", "$batch", body.encode(), SELLER, headers)


def _statuses(response: requests.Response) -> list[int]:
    return [int(line.split()[1]) for line in response.text.splitlines() if line.startswith("HTTP/1.1 ")]


def _lead(sales: Sales, **columns: str) -> Part:
    return ("POST", f"{sales.url}{API}leads", {"subject": "Request", "lastname": "Byron"} | columns, {})


def _count(sales: Sales) -> int:
    return len(sales.get("leads?$select=leadid")["value"])


def test_parts_are_answered_in_order_and_reads_see_the_writes_before(sales: Sales) -> None:
    response = _batch(sales, _changes(_lead(sales)), _http(("GET", f"{API}leads?$select=lastname", None, {})))
    assert (response.status_code, _statuses(response)) == (200, [204, 200])
    assert response.headers["Content-Type"].startswith("multipart/mixed; boundary=batchresponse_")
    assert "Content-Type: multipart/mixed; boundary=changesetresponse_" in response.text
    assert '"lastname": "Byron"' in response.text


def test_a_change_set_is_all_or_nothing(sales: Sales) -> None:
    response = _batch(sales, _changes(_lead(sales), _lead(sales, firstname="x" * 51)))
    assert (response.status_code, _statuses(response)) == (400, [400])
    assert "0x80044331" in response.text
    assert _count(sales) == 0


def test_a_later_change_refers_to_an_earlier_one_by_its_content_id(sales: Sales) -> None:
    note = ("POST", f"{sales.url}{API}annotations", {"subject": "n", "objectid_lead@odata.bind": "$1"}, {})
    assert _statuses(_batch(sales, _changes(_lead(sales), note))) == [204, 204]
    note_row = sales.get("annotations?$expand=objectid_lead($select=lastname)")["value"][0]
    assert note_row["objectid_lead"]["lastname"] == "Byron"


def test_a_reference_before_its_declaration_is_a_400(sales: Sales) -> None:
    note = ("POST", f"{API}annotations", {"subject": "n", "objectid_lead@odata.bind": "$2"}, {})
    response = _batch(sales, _changes(note, _lead(sales)))
    assert response.status_code == 400
    assert "Content-ID Reference: '$2' does not exist in the batch context." in response.text


def test_the_first_error_ends_the_batch_and_is_its_status(sales: Sales) -> None:
    response = _batch(sales, _http(("GET", f"{API}nothings", None, {})), _http(_lead(sales)))
    assert (response.status_code, _statuses(response)) == (404, [404])
    assert _count(sales) == 0


def test_with_continue_on_error_the_rest_is_processed(sales: Sales) -> None:
    pieces = (_changes(_lead(sales, firstname="x" * 51)), _http(_lead(sales)))
    response = _batch(sales, *pieces, prefer="odata.continue-on-error")
    assert (response.status_code, _statuses(response)) == (200, [400, 204])
    assert _count(sales) == 1


def test_conditions_hold_inside_a_change_set(sales: Sales) -> None:
    """The creation of a lead: If-None-Match: * on the second attempt is a 412, and the GET in the same batch finds the row."""
    guid = "6d81597f-0f9f-4711-8122-000d3aa2331c"
    patch = ("PATCH", f"{API}leads({guid})", {"subject": "Request", "lastname": "Byron"}, {"If-None-Match": "*"})
    read = _http(("GET", f"{API}leads({guid})?$select=statecode", None, {}))
    assert _statuses(_batch(sales, _changes(patch), read, prefer="odata.continue-on-error")) == [204, 200]
    assert _statuses(_batch(sales, _changes(patch), read, prefer="odata.continue-on-error")) == [412, 200]


def test_what_is_no_batch_is_a_400(sales: Sales) -> None:
    assert sales.raw("POST", "$batch", b"{}", SELLER, {"Content-Type": "application/json"}).status_code == 400
    lf_only = b"--batch\nContent-Type: application/http\n\nGET leads HTTP/1.1\n\n\n--batch--\n"
    assert sales.raw("POST", "$batch", lf_only, SELLER, {"Content-Type": "multipart/mixed; boundary=batch"}).status_code == 400
    assert _batch(sales, _changes(("GET", f"{API}leads", None, {}))).status_code == 400
    assert _batch(sales, _http(("POST", f"{API}$batch", {}, {}))).status_code == 400


def test_a_batch_takes_a_thousand_requests(sales: Sales) -> None:
    part = _http(("GET", f"{API}WhoAmI()", None, {}))
    assert _batch(sales, *[part] * 1000).status_code == 200
    assert _batch(sales, *[part] * 1001).status_code == 400


def test_a_batch_counts_as_one_request(sales: Sales) -> None:
    _batch(sales, _http(_lead(sales)), _http(_lead(sales)))
    assert sales.state("requests")["total"] == 1


# ---- faults in one part (the sandbox's own)


def test_a_part_can_fail_alone(sales: Sales) -> None:
    sales.control("faults", {"kind": "503", "part": True, "route": "leads", "method": "GET"})
    response = _batch(sales, _http(_lead(sales)), _http(("GET", "leads", None, {})), _http(_lead(sales)), prefer=CONTINUE)
    assert (response.status_code, _statuses(response)) == (200, [204, 503, 204])
    assert _count(sales) == 2


def test_a_part_can_fail_after_its_effect(sales: Sales) -> None:
    sales.control("faults", {"kind": "500", "part": True, "moment": "after"})
    assert _statuses(_batch(sales, _http(_lead(sales)))) == [500]
    assert _count(sales) == 1


def test_a_change_that_fails_leaves_nothing_of_its_change_set(sales: Sales) -> None:
    sales.control("faults", {"kind": "500", "part": True, "moment": "after", "route": "contacts"})
    response = _batch(sales, _changes(_lead(sales), ("POST", "contacts", {"lastname": "Byron"}, {})))
    assert _statuses(response) == [500]
    assert _count(sales) == 0


def test_a_connection_can_end_at_a_part(sales: Sales) -> None:
    sales.control("faults", {"kind": "reset", "part": True, "method": "GET"})
    with pytest.raises(requests.ConnectionError):
        _batch(sales, _http(_lead(sales)), _http(("GET", "leads", None, {})), _http(_lead(sales)))
    assert _count(sales) == 1


def test_rules_for_parts_and_rules_for_requests_do_not_meet(sales: Sales) -> None:
    sales.control("faults", {"kind": "503", "part": True})
    assert sales.send("GET", "leads").status_code == 200
    requests.delete(f"{sales.url}/sandbox/faults", timeout=5)
    sales.control("faults", {"kind": "503", "route": "leads"})
    assert _statuses(_batch(sales, _http(("GET", "leads", None, {})))) == [200]


def test_half_an_answer_is_no_fault_of_a_part(sales: Sales) -> None:
    rule = {"kind": "truncate", "part": True}
    assert requests.post(f"{sales.url}/sandbox/faults", json=rule, timeout=5).status_code == 400
