"""multipart/mixed: what we build another parser understands, what the systems answer we understand."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.odata.batch import BatchRequest, BatchResponse, parse_batch, render_batch
from shared import batch
from shared.odata_messages import Answer, ChangeSet, Operation
from tests.unit.clients.wire import recorded

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
BODIES = st.dictionaries(st.text(min_size=1), JSON_VALUES, max_size=4)
READS = st.builds(Operation, st.just("GET"), st.text(min_size=1).map(lambda text: quote(text, safe="")))
WRITES = st.builds(
    Operation, st.sampled_from(["POST", "PATCH"]), st.text(min_size=1).map(lambda text: quote(text, safe="")), body=BODIES
)
PARTS = st.lists(READS | st.builds(ChangeSet, st.lists(WRITES, min_size=1, max_size=3).map(tuple)), min_size=1, max_size=4)


def _same(sent: Operation, arrived: BatchRequest) -> bool:
    body = json.loads(arrived.body) if arrived.body else None
    return (sent.method, sent.path, sent.body) == (arrived.method, arrived.url, body)


@given(PARTS)
def test_whatever_is_built_arrives_part_by_part(parts: list[batch.Part]) -> None:
    arrived = parse_batch(*batch.build(parts, {"Accept": "application/json"}))
    assert len(arrived) == len(parts)
    for sent, received in zip(parts, arrived, strict=True):
        if isinstance(sent, ChangeSet):
            assert isinstance(received, list)
            assert [one.content_id for one in received] == [str(number + 1) for number in range(len(sent.operations))]
            assert all(_same(*pair) for pair in zip(sent.operations, received, strict=True))
        else:
            assert isinstance(received, BatchRequest)
            assert _same(sent, received)


ANSWERS = st.builds(
    BatchResponse, st.sampled_from([200, 201, 204, 404, 500]), st.just({"Content-Type": "application/json"}),
    BODIES.map(lambda body: json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)  # fmt: skip
SUCCESSES = ANSWERS.filter(lambda one: not one.failed)


@given(st.lists(ANSWERS | st.lists(SUCCESSES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_whatever_is_answered_is_read_part_by_part(answers: list[BatchResponse | list[BatchResponse]]) -> None:
    read = batch.parse(*render_batch(answers))
    assert [_flat(one) for one in read] == [_flat(one) for one in answers]


def _flat(given: object) -> object:
    if isinstance(given, (list, tuple)):
        return [_flat(one) for one in given]
    assert isinstance(given, (Answer, BatchResponse))
    return given.status, given.body.rstrip(b"\r\n")


def test_headers_of_a_part_go_to_that_part_alone() -> None:
    parts = [Operation("GET", "a", {"If-None-Match": "null"}), Operation("GET", "b")]
    first, second = parse_batch(*batch.build(parts, {"Accept": "application/json"}))
    assert isinstance(first, BatchRequest)
    assert isinstance(second, BatchRequest)
    assert first.headers == {"accept": "application/json", "if-none-match": "null"}
    assert second.headers == {"accept": "application/json"}


def test_a_prefix_stands_before_relative_paths_only() -> None:
    _, body = batch.build([Operation("GET", "leads"), Operation("GET", "/api/services/x")], {}, "/api/data/v9.2/")
    assert b"GET /api/data/v9.2/leads HTTP/1.1\r\n" in body
    assert b"GET /api/services/x HTTP/1.1\r\n" in body


def test_every_line_ends_with_crlf() -> None:
    _, body = batch.build([ChangeSet((Operation("PATCH", "a", body={"text": "one\ntwo"}),)), Operation("GET", "b")], {})
    assert not re.search(rb"(?<!\r)\n", body)


DATAVERSE = "multipart/mixed; boundary=batchresponse_80bf758b-3cee-4c4b-80d9-1b4ab2a96b39"


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_reads_a_change_set_and_the_get_behind_it(ending: bytes) -> None:
    body = recorded("dataverse-change-set.txt").replace(b"\r\n", ending)
    written, read = batch.parse(DATAVERSE, body)
    assert isinstance(written, tuple)
    assert [one.status for one in written] == [204, 204]
    assert written[0].headers["odata-entityid"].endswith("(c3e2f0c1-5f24-5b5a-9a63-0e3c37f5a001)")
    assert isinstance(read, Answer)
    assert read.data["@odata.etag"] == 'W/"4711"'


def test_a_change_set_that_failed_is_one_answer_whether_nested_or_not() -> None:
    nested = batch.parse(
        "multipart/mixed; boundary=batchresponse_f44bd09d-573f-4a30-bca0-2e500ee7e139",
        recorded("dataverse-change-set-failed.txt"),
    )
    plain = batch.parse(
        'multipart/mixed; boundary="batchresponse_1b1c8a2e-1d43-4b6f-8d4e-0b0b8a2f7d10"',
        recorded("commerce-change-set-failed.txt"),
    )
    assert [one.status for one in (*nested, *plain) if isinstance(one, Answer)] == [412, 500]


def test_header_names_are_found_in_any_letter_case() -> None:
    body = b"--b\r\ncontent-type: application/http\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nretry-AFTER: 7\r\n\r\n\r\n--b--\r\n"
    (one,) = batch.parse("Multipart/Mixed; Boundary=b", body)
    assert isinstance(one, Answer)
    assert (one.status, one.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(
    "content_type, body",
    [
        ("text/html", b"<html></html>"),
        ("multipart/mixed; boundary=b", b""),
        ("multipart/mixed; boundary=b", b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}"),
        ("multipart/mixed; boundary=b", b"--b\r\nContent-Type: application/http\r\n\r\nnothing of HTTP\r\n--b--\r\n"),
    ],
    ids=["no multipart", "empty", "cut off", "no status line"],
)
def test_what_is_no_complete_answer_is_a_value_error(content_type: str, body: bytes) -> None:
    with pytest.raises(ValueError, match="not"):
        batch.parse(content_type, body)
