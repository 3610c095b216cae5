"""One OData service over a transport adapter: what is sent, and what is made of what comes back, or does not."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from shared import telemetry
from shared.errors import AccessRefused, InDoubt, Missing, Outdated, Refused, ServiceError, System, Transient
from shared.odata import ODataService
from shared.odata_connection import Timeouts, new_session
from shared.odata_messages import Answer, ChangeSet, Operation, any_of, key_path, query
from shared.traffic import Traffic
from tests.unit.clients.wire import COMMERCE, SALES, Tokens, Wire, answer, batch_answer, recorded, rows, service

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
READ = Operation("GET", "Prospects?$top=1")
WRITE = Operation("POST", "CustomersV3", body={"PersonFirstName": "Ann"}, repeatable=False)
KEYED = Operation("PATCH", "leads(1)", {"If-None-Match": "*"}, {"subject": "x"})


def test_a_request_carries_the_protocol_the_token_and_a_fresh_id() -> None:
    wire = Wire([{}, {}])
    client = service(wire)
    client.send(READ)
    client.send(WRITE)
    read, write = wire.sent
    assert read.url == f"{COMMERCE}/Prospects?$top=1"
    assert read.headers["Authorization"] == "Bearer token-1"
    assert read.headers["OData-Version"] == read.headers["OData-MaxVersion"] == "4.0"
    assert read.headers["Accept"] == "application/json;odata.metadata=minimal"
    assert "Content-Type" not in read.headers
    assert write.headers["Content-Type"] == "application/json; charset=utf-8"
    assert write.body == b'{"PersonFirstName": "Ann"}'
    ids = {uuid.UUID(request.headers["x-ms-client-request-id"]) for request in wire.sent}
    assert len(ids) == 2


def test_a_request_carries_the_onboardings_correlation_and_is_counted() -> None:
    wire = Wire([{}, batch_answer((200, rows()))])
    with telemetry.work("c-1", TRACE) as work:
        service(wire).send(READ)
        service(wire).send_batch([READ])
    for request in wire.sent:
        assert request.headers["x-ms-correlation-request-id"] == "c-1"
        assert request.headers["traceparent"] == TRACE
    assert work.counts == {"commerce": 2}
    assert work.requests == [request.headers["x-ms-client-request-id"] for request in wire.sent]


def test_outside_an_invocation_no_empty_correlation_is_sent() -> None:
    wire = Wire([{}])
    service(wire).send(READ)
    assert not {"x-ms-correlation-request-id", "traceparent"} & set(wire.sent[0].headers)


def test_a_path_from_the_hosts_root_stays_on_the_host() -> None:
    wire = Wire([{}])
    service(wire).send(Operation("POST", "/api/services/g/s/o", body={}))
    assert wire.sent[0].url == "https://hq.operations.dynamics.com/api/services/g/s/o"


def test_reads_and_writes_wait_for_different_times() -> None:
    wire = Wire([{}, {}, batch_answer((200, rows())), batch_answer([(204, None)])])
    client = service(wire)
    client.send(READ)
    client.send(WRITE)
    client.send_batch([READ])
    client.send_batch([ChangeSet((KEYED,))])
    assert [one["timeout"] for one in wire.options] == [(5, 30), (5, 100), (5, 30), (5, 100)]


def test_the_token_is_asked_once_for_the_scope_until_it_ends() -> None:
    tokens = Tokens()
    client = service(Wire([{}, {}]), credential=tokens)
    client.send(READ)
    client.send(READ)
    assert tokens.asked == ["https://hq.operations.dynamics.com/.default"]
    ending = Tokens(lifetime=200)
    client = service(Wire([{}, {}]), credential=ending)
    client.send(READ)
    client.send(READ)
    assert len(ending.asked) == 2


def test_a_401_is_asked_once_more_with_a_new_token() -> None:
    wire = Wire([answer(401), {"ok": True}])
    with telemetry.work() as work:
        assert service(wire).send(WRITE).data == {"ok": True}
    assert [request.headers["Authorization"] for request in wire.sent] == ["Bearer token-1", "Bearer token-2"]
    assert wire.sent[0].body == wire.sent[1].body
    assert work.counts == {"commerce": 2}


def test_the_process_counts_each_request_whatever_it_is_for() -> None:
    traffic = Traffic()
    client = service(Wire([answer(401), {}, answer(429), {}]), traffic=traffic)
    client.send(READ)
    with pytest.raises(Transient):
        client.send(READ)
    with telemetry.work(), telemetry.shared_read():
        client.send(READ)
    with traffic.told() as counts:
        assert counts == {"commerce_requests": 4, "commerce_throttled": 1}
    with traffic.told() as counts:
        assert counts == {}


def test_a_second_401_means_that_the_system_refuses_us() -> None:
    wire = Wire([answer(401), answer(401)])
    with pytest.raises(AccessRefused):
        service(wire).send(READ)
    assert len(wire.sent) == 2


@pytest.mark.parametrize(
    "problem, expected",
    [(ClientAuthenticationError("no identity"), AccessRefused), (ServiceRequestError("no route"), Transient)],
)
def test_without_a_token_nothing_is_sent(problem: Exception, expected: type[ServiceError]) -> None:
    wire = Wire([])
    with pytest.raises(expected) as caught, telemetry.work() as work:
        service(wire, credential=Tokens(problem=problem)).send(WRITE)
    assert caught.value.message == f"no token: {type(problem).__name__}"
    assert not wire.sent
    assert not work.counts


@pytest.mark.parametrize(
    "problem", [requests.ReadTimeout(), requests.ConnectionError("reset"), requests.exceptions.ChunkedEncodingError()]
)
@pytest.mark.parametrize("operation, expected", [(READ, Transient), (KEYED, Transient), (WRITE, InDoubt)])
def test_a_lost_answer_leaves_only_an_unkeyed_write_in_doubt(
    problem: Exception, operation: Operation, expected: type[ServiceError]
) -> None:
    with pytest.raises(ServiceError) as caught:
        service(Wire([problem])).send(operation)
    assert type(caught.value) is expected
    assert uuid.UUID(caught.value.request_id)
    assert caught.value.__cause__ is problem


def test_a_connection_that_could_not_be_made_leaves_nothing_in_doubt() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    client = ODataService(System.COMMERCE, f"http://127.0.0.1:{port}/data", "s", Tokens())
    with pytest.raises(Transient):
        client.send(WRITE)


@pytest.fixture
def rude_server() -> Iterator[int]:
    """A server that takes the request and closes without an answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take_one() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=take_one)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_connection_that_breaks_after_the_request_leaves_a_write_in_doubt(rude_server: int) -> None:
    client = ODataService(System.COMMERCE, f"http://127.0.0.1:{rude_server}/data", "s", Tokens())
    with pytest.raises(InDoubt):
        client.send(WRITE)


def test_a_server_that_does_not_answer_in_time_leaves_a_write_in_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/data"
        client = ODataService(System.COMMERCE, url, "s", Tokens(), timeouts=Timeouts(write=0.05))
        with pytest.raises(InDoubt):
            client.send(WRITE)


def test_redirects_are_not_followed() -> None:
    wire = Wire([answer(302, Location="https://login.example/")])
    with pytest.raises(AccessRefused):
        service(wire).send(READ)
    assert len(wire.sent) == 1


def test_sessions_keep_no_cookies_and_retry_nothing() -> None:
    session = new_session()
    cookie = requests.cookies.create_cookie("ApplicationGatewayAffinity", "x", domain="hq.operations.dynamics.com")
    request = requests.Request("GET", COMMERCE)
    assert not session.cookies.get_policy().set_ok(cookie, requests.cookies.MockRequest(session.prepare_request(request)))  # type: ignore[attr-defined]
    assert session.get_adapter(COMMERCE).max_retries.total == 0  # type: ignore[attr-defined]
    assert session.trust_env


def test_each_thread_has_its_own_session_and_keeps_it() -> None:
    made: list[int] = []

    def session() -> requests.Session:
        made.append(threading.get_ident())
        one = requests.Session()
        one.mount("https://", Wire(lambda _: answer(200, {})))
        return one

    client = ODataService(System.SALES, SALES, "s", Tokens(), session)

    def twice() -> None:
        client.send(READ)
        client.send(READ)

    threads = [threading.Thread(target=twice) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3


def test_no_more_requests_are_under_way_than_allowed() -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def slow(_: requests.PreparedRequest) -> requests.Response:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with lock:
            under_way -= 1
        return answer(200, {})

    def session() -> requests.Session:
        one = requests.Session()
        one.mount("https://", Wire(slow))
        return one

    client = ODataService(System.SALES, SALES, "s", Tokens(), session, concurrency=2)
    threads = [threading.Thread(target=client.send, args=[READ]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_write_whose_turn_does_not_come_is_not_sent_and_not_in_doubt_and_says_nothing_about_the_system() -> None:
    free, begun = threading.Event(), threading.Event()
    passages: list[int] = []

    def slow(_: requests.PreparedRequest) -> requests.Response:
        begun.set()
        free.wait(5)
        return answer(200, {})

    wire = Wire(slow)

    def session() -> requests.Session:
        one = requests.Session()
        one.mount("https://", wire)
        return one

    def passage() -> AbstractContextManager[None]:
        passages.append(1)
        return nullcontext()

    client = ODataService(System.SALES, SALES, "s", Tokens(), session, Timeouts(turn=0.01), concurrency=1, passage=passage)
    first = threading.Thread(target=client.send, args=[READ])
    first.start()
    begun.wait(5)
    with pytest.raises(Transient) as caught:
        client.send(WRITE)
    free.set()
    first.join()
    assert caught.value.status is None
    assert (len(wire.sent), len(passages)) == (1, 1)


@pytest.mark.parametrize("operation, expected", [(READ, Transient), (KEYED, Transient), (WRITE, InDoubt)])
def test_an_answer_that_is_no_json_is_no_answer(operation: Operation, expected: type[ServiceError]) -> None:
    with pytest.raises(expected):
        service(Wire([answer(200, b"<html>Sign in</html>", Content_Type="text/html")])).send(operation)


def test_json_that_is_no_object_is_given_as_its_value() -> None:
    assert service(Wire([answer(200, b"true")])).send(WRITE).data == {"value": True}


def test_a_204_has_no_data() -> None:
    assert service(Wire([answer(204)])).send(WRITE).data == {}


def test_a_collection_is_read_page_by_page_under_the_same_headers() -> None:
    first = rows({"n": 1}, **{"@odata.nextLink": f"{COMMERCE}/Prospects?$skiptoken=a%2Bb"})
    second = rows({"n": 2}, **{"@odata.nextLink": "Prospects?$skiptoken=3"})
    wire = Wire([first, second, rows({"n": 3})])
    found = service(wire).rows(Operation("GET", "Prospects", {"Prefer": "odata.maxpagesize=1"}))
    assert [record["n"] for record in found] == [1, 2, 3]
    assert [request.url for request in wire.sent[1:]] == [
        f"{COMMERCE}/Prospects?$skiptoken=a%2Bb",
        f"{COMMERCE}/Prospects?$skiptoken=3",
    ]
    assert {request.headers["Prefer"] for request in wire.sent} == {"odata.maxpagesize=1"}


def test_pages_are_asked_for_only_as_they_are_needed() -> None:
    wire = Wire([rows({"n": 1}, **{"@odata.nextLink": f"{COMMERCE}/Prospects?$skiptoken=2"})])
    assert next(service(wire).rows(READ)) == {"n": 1}
    assert len(wire.sent) == 1


def test_our_token_does_not_go_to_a_next_page_on_another_host() -> None:
    wire = Wire([rows(**{"@odata.nextLink": "https://elsewhere.example/data/Prospects"})])
    with pytest.raises(Transient, match="another host"):
        list(service(wire).rows(READ))
    assert len(wire.sent) == 1


class TestBatch:
    """A $batch is one request; its parts' errors are those of single requests."""

    def test_answers_come_in_the_order_of_the_parts(self) -> None:
        wire = Wire([batch_answer([(204, None), (201, {"a": 1})], (200, rows({"b": 2})))])
        written, read = service(wire).send_batch([ChangeSet((KEYED, WRITE)), READ])
        assert isinstance(written, tuple)
        assert [one.data for one in written] == [{}, {"a": 1}]
        assert isinstance(read, Answer)
        assert read.data == {"value": [{"b": 2}]}

    def test_parts_are_addressed_as_each_system_documents_it(self) -> None:
        for system, url in ((System.SALES, "/api/data/v9.2/leads"), (System.COMMERCE, "leads")):
            wire = Wire([batch_answer((200, rows()))])
            service(wire, system).send_batch([Operation("GET", "leads")])
            assert wire.part_urls() == [f"GET {url}"]

    @pytest.mark.parametrize(
        "status, body, expected",
        [
            (412, {"error": {"code": "0x80060892", "message": "x"}}, Outdated),
            (404, {"error": {"code": "", "message": "x"}}, Missing),
            (400, {"error": {"code": "", "message": "x"}}, Refused),
            (503, None, Transient),
        ],
    )
    def test_a_failed_part_is_the_error(self, status: int, body: object, expected: type[ServiceError]) -> None:
        with pytest.raises(expected):
            service(Wire([batch_answer((status, body))])).send_batch([ChangeSet((KEYED,)), READ])

    def test_an_infolog_in_a_part_is_cleaned_of_its_own_values(self) -> None:
        content_type = "multipart/mixed; boundary=batchresponse_1b1c8a2e-1d43-4b6f-8d4e-0b0b8a2f7d10"
        wire = Wire([answer(200, recorded("commerce-change-set-failed.txt"), Content_Type=content_type)])
        draft = Operation(
            "POST", "CustomersV3", body={"CustomerGroupId": "Local", "OrganizationName": "Customer groups"}, repeatable=False
        )
        with pytest.raises(Refused, match="The value 'Local' in field 'Customer group' is not found in the related table '…'"):
            service(wire).send_batch([ChangeSet((draft,))])

    def test_an_outer_failure_with_parts_is_told_by_its_part(self) -> None:
        content_type = "multipart/mixed; boundary=batchresponse_f44bd09d-573f-4a30-bca0-2e500ee7e139"
        wire = Wire([answer(400, recorded("dataverse-change-set-failed.txt"), Content_Type=content_type)])
        with pytest.raises(Outdated):
            service(wire, System.SALES).send_batch([ChangeSet((KEYED, KEYED))])

    def test_an_outer_failure_without_parts_is_an_answer_like_any_other(self) -> None:
        with pytest.raises(Transient):
            service(Wire([answer(429, Retry_After="3")])).send_batch([ChangeSet((WRITE,))])
        with pytest.raises(InDoubt):
            service(Wire([answer(504)])).send_batch([ChangeSet((WRITE,))])

    def test_a_read_that_fails_behind_a_write_leaves_it_in_doubt(self) -> None:
        wire = Wire([batch_answer([(204, None)], (500, {"error": {"message": "x"}}))])
        with pytest.raises(InDoubt, match="written, but not read back"):
            service(wire).send_batch([ChangeSet((WRITE,)), READ])

    def test_a_read_that_fails_behind_a_keyed_write_is_tried_again(self) -> None:
        wire = Wire([batch_answer([(204, None)], (500, {"error": {"message": "x"}}))])
        with pytest.raises(Transient):
            service(wire).send_batch([ChangeSet((KEYED,)), READ])

    @pytest.mark.parametrize("write, expected", [(KEYED, Transient), (WRITE, InDoubt)])
    @pytest.mark.parametrize(
        "parts", [([(204, None)],), ([(204, None), (204, None)], (200, rows()))], ids=["too few", "one too many inside"]
    )
    def test_parts_without_an_answer_are_no_answer(
        self, parts: tuple[object, ...], write: Operation, expected: type[ServiceError]
    ) -> None:
        with pytest.raises(expected):
            service(Wire([batch_answer(*parts)])).send_batch([ChangeSet((write,)), READ])

    def test_a_body_that_is_no_multipart_is_no_answer(self) -> None:
        with pytest.raises(InDoubt):
            service(Wire([{"value": []}])).send_batch([ChangeSet((WRITE,))])


class TestAddresses:
    """Keys and queries as they must stand in a URL."""

    def test_quotes_in_keys_are_doubled_and_everything_else_encoded(self) -> None:
        assert key_path("Prospects", dataAreaId="usmf", ProspectId="O'Neill/5 %&?") == (
            "Prospects(dataAreaId='usmf',ProspectId='O%27%27Neill%2F5%20%25%26%3F')"
        )

    def test_a_filters_values_cannot_break_out_of_it(self) -> None:
        assert query(filter=any_of("Email", ["o'x+1@y.example", "a&b#c"])) == (
            "$filter=(Email%20eq%20'o''x%2B1%40y.example'%20or%20Email%20eq%20'a%26b%23c')"
        )

    def test_they_arrive_unchanged_by_the_http_library(self) -> None:
        wire = Wire([{}])
        path = key_path("P", k="O'N/5 %") + "?" + query(filter="a eq 'b+c'")
        service(wire).send(Operation("GET", path))
        assert wire.sent[0].url == f"{COMMERCE}/{path}"
