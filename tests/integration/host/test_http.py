"""HTTP functions of the sample app, over real HTTP."""

import pytest
import requests

from sandbox.host import Host, Keys
from tests.integration.host.conftest import SAMPLE_APP, Sample, eventually

pytestmark = pytest.mark.integration


def test_a_function_is_given_what_the_request_carried_and_its_answer_comes_back_whole(host: Host) -> None:
    answer = requests.post(f"{host.url}/api/echo/7/ada?a=1&a=2&b=x", data="{}", headers={"X-Sent": "this"}, timeout=10)
    assert (answer.status_code, answer.headers["X-Answer"], answer.headers["Content-Type"]) == (201, "yes", "application/json")
    assert answer.json() == {
        "parameters": {"number": "7", "name": "ada"},
        "query": {"a": "1,2", "b": "x"},
        "header": "this",
        "body": "{}",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("POST", "/api/echo/7", 201),
        ("POST", "/api/echo/seven", 404),
        ("GET", "/api/echo/7", 404),
        ("POST", "/echo/7", 404),
        ("GET", "/api/files", 200),
        ("GET", "/api/files/a/b.txt", 200),
        ("GET", "/admin/host/status", 200),
        ("POST", "/admin/functions/unheard-of", 404),
    ],
)
def test_routes_and_methods_are_told_apart_by_status(host: Host, method: str, path: str, status: int) -> None:
    assert requests.request(method, host.url + path, timeout=10).status_code == status


def test_a_failing_function_is_an_empty_500(host: Host) -> None:
    answer = requests.get(f"{host.url}/api/fail", timeout=10)
    assert (answer.status_code, answer.content) == (500, b"")
    assert host.invoker.counts()["fail"] == {"ok": 0, "failed": 1}


KEYS = Keys("of-the-master", {"default": "of-the-host"}, {"files": {"default": "of-files"}, "work": {"default": "of-work"}})


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/api/files", None, 401),
        ("/api/files", "wrong", 401),
        ("/api/files", "of-work", 401),
        ("/api/files", "of-files", 200),
        ("/api/files", "of-the-host", 200),
        ("/api/files", "of-the-master", 200),
        ("/api/fail", None, 500),
        ("/admin/host/status", "of-the-host", 401),
        ("/admin/host/status", "of-the-master", 200),
    ],
)
def test_a_function_key_opens_what_it_opens_in_azure(keyed_host: Host, path: str, key: str | None, status: int) -> None:
    in_header = requests.get(keyed_host.url + path, headers={"x-functions-key": key} if key else {}, timeout=10)
    in_query = requests.get(keyed_host.url + path, params={"code": key} if key else {}, timeout=10)
    assert (in_header.status_code, in_query.status_code) == (status, status)


@pytest.fixture
def keyed_host(sample: Sample):
    with Host(SAMPLE_APP, sample.env, keys=KEYS) as running:
        yield running


def test_an_administrator_can_start_a_queue_function_and_read_the_counts(host: Host, sample: Sample) -> None:
    started = requests.post(f"{host.url}/admin/functions/work", json={"input": '{"do": "ok"}'}, timeout=10)
    assert started.status_code == 202
    eventually(lambda: sample.seen("work"))
    assert eventually(lambda: requests.get(f"{host.url}/admin/invocations", timeout=10).json()) == {
        "work": {"ok": 1, "failed": 0}
    }
