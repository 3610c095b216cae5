"""Multipart batches: parsing, order, references, rendering."""

from __future__ import annotations

import pytest

from sandbox.odata.batch import (
    Answer,
    BatchRequest,
    BatchResponse,
    ChangeSet,
    parse_batch,
    render_batch,
    run_batch,
    with_references,
)
from sandbox.odata.errors import ODataError

CONTENT_TYPE = 'multipart/mixed; boundary="batch_1"'
BODY = "\r\n".join(
    [
        "--batch_1",
        "Content-Type: multipart/mixed; boundary=changeset_1",
        "",
        "--changeset_1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "Content-ID: 1",
        "",
        "POST /data/CustomersV3?cross-company=true HTTP/1.1",
        "Content-Type: application/json; type=entry",
        "",
        '{"OrganizationName":"Müller GmbH","note":"line\\n"}',
        "--changeset_1--",
        "",
        "--batch_1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        "GET /data/Prospects?$top=1 HTTP/1.1",
        "Accept: application/json",
        "",
        "",
        "--batch_1--",
        "",
    ]
).encode()


def test_a_batch_is_parsed_into_change_sets_and_requests() -> None:
    customer = BatchRequest(
        "POST",
        "/data/CustomersV3?cross-company=true",
        {"content-type": "application/json; type=entry"},
        '{"OrganizationName":"Müller GmbH","note":"line\\n"}'.encode(),
        "1",
    )
    prospects = BatchRequest("GET", "/data/Prospects?$top=1", {"accept": "application/json"})
    assert parse_batch(CONTENT_TYPE, BODY) == [[customer], prospects]


def test_a_url_with_spaces_is_taken_whole() -> None:
    body = BODY.replace(b"Prospects?$top=1", b"Prospects?$filter=a eq 'b c'")
    assert parse_batch(CONTENT_TYPE, body)[1] == BatchRequest(
        "GET", "/data/Prospects?$filter=a eq 'b c'", {"accept": "application/json"}
    )


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", BODY),
        ("multipart/mixed", BODY),
        (CONTENT_TYPE, BODY.replace(b"\r\n", b"\n")),
        (CONTENT_TYPE, BODY.replace(b"POST /data", b"GET /data")),
        (CONTENT_TYPE, BODY.replace(b" HTTP/1.1", b"")),
        (CONTENT_TYPE, BODY.replace(b"application/http", b"text/plain")),
    ],
)
def test_what_is_no_batch_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(ODataError):
        parse_batch(content_type, body)


def _answer(request: BatchRequest) -> BatchResponse:
    return BatchResponse(404 if "missing" in request.url else 200, {}, request.url.encode())


def _answer_changes(changes: ChangeSet) -> Answer:
    return [_answer(change) for change in changes]


@pytest.mark.parametrize(("continue_on_error", "statuses"), [(False, [200, 404]), (True, [200, 404, 200])])
def test_the_first_failure_ends_a_batch_unless_told_otherwise(continue_on_error: bool, statuses: list[int]) -> None:
    parts = [BatchRequest("GET", "a"), BatchRequest("GET", "missing"), BatchRequest("GET", "b")]
    answers = run_batch(list(parts), _answer, _answer_changes, continue_on_error)
    assert [answer.status for answer in answers if isinstance(answer, BatchResponse)] == statuses


def test_answers_are_rendered_as_multipart() -> None:
    content_type, body = render_batch([[BatchResponse(201, {"OData-Version": "4.0"}, b"{}", "1")], BatchResponse(404, {}, b"no")])
    text = body.decode()
    assert content_type.startswith("multipart/mixed; boundary=batchresponse_")
    assert "Content-Type: multipart/mixed; boundary=changesetresponse_" in text
    assert "Content-ID: 1\r\n\r\nHTTP/1.1 201 Created\r\nOData-Version: 4.0\r\n\r\n{}\r\n--changesetresponse_" in text
    assert "HTTP/1.1 404 Not Found\r\n\r\nno\r\n--batchresponse_" in text
    assert text.endswith("--\r\n")


def test_content_ids_are_replaced_in_url_and_body() -> None:
    request = BatchRequest("PUT", "$1/name", {}, b'{"objectid_lead@odata.bind":"$1","note":"$1 extra","x":"/$2"}')
    changed = with_references(request, {"1": "/leads(1)", "2": "/accounts(2)"})
    assert changed.url == "/leads(1)/name"
    assert changed.body == b'{"objectid_lead@odata.bind":"/leads(1)","note":"$1 extra","x":"/accounts(2)"}'
