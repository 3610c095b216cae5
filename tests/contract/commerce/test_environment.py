"""The environment itself: its settings, its process, its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import requests

from sandbox import identity
from tests.contract.commerce.environment import Commerce


def start_process(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, "--port", "0", *arguments]
    environment = os.environ | {"SANDBOX_SECRET": "s", "IDENTITY_HEADER": "h"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def test_the_process_says_where_it_listens_and_ends_with_its_parent() -> None:
    with start_process("sandbox.commerce", "--setting", "approval=creates", "--setting", "page_size=50") as process:
        ready = json.loads(process.stdout.readline())
        settings = requests.get(f"{ready['url']}/sandbox/settings", timeout=10).json()
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    assert (ready["name"], settings["approval"], settings["page_size"]) == ("commerce", "creates", 50)


def test_the_identity_endpoint_is_a_process_too() -> None:
    with start_process("sandbox.identity") as process:
        url = json.loads(process.stdout.readline())["url"] + identity.TOKEN_PATH
        query = {"api-version": identity.API_VERSION, "resource": "http://127.0.0.1:1"}
        token = requests.get(url, query, headers={"X-IDENTITY-HEADER": "h"}, timeout=10).json()["access_token"]
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    assert identity.verify("s", "http://127.0.0.1:1", token)["aud"] == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "changes",
    [{"aproval": "creates"}, {"approval": "sometimes"}, {"page_size": "many"}, {"page_size": True}, {"denied": "read:Prospects"}],
)
def test_a_setting_that_does_not_exist_or_fit_is_refused(commerce: Commerce, changes: dict[str, object]) -> None:
    before = commerce.people("GET", "settings")
    answer = requests.post(f"{commerce.url}/sandbox/settings", json=changes, timeout=5)
    assert answer.status_code == 400
    assert next(iter(changes)) in answer.json()["error"]
    assert commerce.people("GET", "settings") == before


def test_the_state_reports_everything_that_a_scenario_asks_about(commerce: Commerce) -> None:
    prospect = commerce.prospect()
    commerce.people("POST", f"prospects/usmf/{prospect['ProspectId']}/approve")
    commerce.submit("waiting@x.example")
    state = commerce.people("GET", "state")
    assert [row["ProspectId"] for row in state["Prospects"]] == [prospect["ProspectId"]]
    assert [request["stage"] for request in state["requests"]] == ["done", "channel"]
    assert len(state["CustomerHierarchyNodes"]) == len(state["outbox"]) == 1
    assert state["settings"]["approval"] == "reuses"


def test_people_are_told_what_they_did_wrong(commerce: Commerce) -> None:
    for method, path, status in (
        ("GET", "prospects/usmf/P-9", 404),
        ("POST", "prospects/usmf/P-9/approve", 404),
        ("POST", "jobs/P-0002", 404),
        ("PUT", "rows/Nothing", 404),
        ("POST", "customers", 422),
    ):
        answer = requests.request(method, f"{commerce.url}/sandbox/{path}", json={}, timeout=5)
        assert (answer.status_code, bool(answer.json()["error"])) == (status, True), path


def test_a_prospect_can_be_deleted_by_a_clerk(commerce: Commerce) -> None:
    prospect = commerce.prospect()
    commerce.people("DELETE", f"prospects/usmf/{prospect['ProspectId']}")
    assert commerce.rows("Prospects") == []


def test_a_prospect_can_be_renumbered_by_a_clerk(commerce: Commerce) -> None:
    prospect = commerce.prospect()
    commerce.people("POST", f"prospects/usmf/{prospect['ProspectId']}/rename", {"to": "P-NEW"})
    [row] = commerce.rows("Prospects")
    assert (row["ProspectId"], row["ProspectPartyNumber"]) == ("P-NEW", prospect["ProspectPartyNumber"])


def test_set_up_can_be_changed_row_by_row(commerce: Commerce) -> None:
    channel = {"RetailChannelId": "B2B-US", "DefaultCustomerAccount": ""}
    commerce.people("PUT", "rows/OnlineChannels", channel)
    assert commerce.rows("OnlineChannels?$filter=RetailChannelId eq 'B2B-US'")[0]["DefaultCustomerAccount"] == ""
    commerce.people("DELETE", "rows/OnlineChannels", {"RetailChannelId": "B2B-US"})
    assert [row["RetailChannelId"] for row in commerce.rows("OnlineChannels")] == ["B2B-DE"]
