"""Tokens, users, privileges, and the service protection limits."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
import requests

from sandbox import identity
from tests.contract.sales.environment import ADMIN, API, BRIDGE, SECRET, SELLER, Sales, error_of

LEAD = {"subject": "Request", "lastname": "Byron"}


def _get(sales: Sales, token: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{sales.url}{API}WhoAmI", headers=headers, timeout=10)


def test_a_missing_or_bad_token_is_a_401_with_a_challenge(sales: Sales) -> None:
    """docs: authenticate-oauth: WWW-Authenticate names the authority and the resource."""
    tokens = [
        None,
        "nonsense",
        identity.issue("another secret", sales.url, SELLER),
        identity.issue(SECRET, "https://elsewhere.example", SELLER),
        identity.issue(SECRET, sales.url, SELLER, seconds=-10),
    ]
    for token in tokens:
        response = _get(sales, token)
        assert response.status_code == 401
        assert "authorization_uri=" in response.headers["WWW-Authenticate"]
        assert f"resource_id={sales.url}" in response.headers["WWW-Authenticate"]


def test_a_stranger_is_no_member_of_the_organization(sales: Sales) -> None:
    """docs: web-service-error-codes 0x80072560: a token of the tenant, but no user here."""
    assert error_of(_get(sales, identity.issue(SECRET, sales.url, "Stranger"))) == (403, "0x80072560")


def test_an_application_user_is_found_by_its_client_id(sales: Sales) -> None:
    """docs: manage-application-users: a managed identity is an application user by its client id."""
    sales.control("users", {"name": "Another app", "application_id": "6d81597f-0f9f-4711-8122-000d3aa2331c"})
    token = identity.issue(SECRET, sales.url, "whatever", app_id="6d81597f-0f9f-4711-8122-000d3aa2331c")
    assert _get(sales, token).status_code == 200


def test_an_application_user_is_made_by_an_administrator_and_named_after_its_application(bare: Sales) -> None:
    """docs: manage-application-users: none is there by itself; its name is the application's, behind a #."""
    assert bare.get("systemusers?$filter=applicationid ne null", user=ADMIN)["value"] == []
    application = "6d81597f-0f9f-4711-8122-000d3aa2331c"
    unit = bare.get("WhoAmI", user=ADMIN)["BusinessUnitId"]
    body = {"applicationid": application, "businessunitid@odata.bind": f"/businessunits({unit})"}
    user = bare.create("systemusers", body, user=ADMIN)
    assert bare.get(f"systemusers({user})", user=ADMIN)["fullname"] == f"# {application}"


def test_a_missing_privilege_is_a_403(sales: Sales) -> None:
    """docs: web-service-error-codes PrivilegeDenied 0x80040220: the bridge's own role deletes no lead and makes no column."""
    lead_id = sales.create("leads", LEAD, user=BRIDGE)
    assert error_of(sales.send("DELETE", f"leads({lead_id})", user=BRIDGE)) == (403, "0x80040220")
    endpoint = {"name": "x", "url": "https://x.example", "contract": 8, "authtype": 4, "authvalue": "k"}
    assert error_of(sales.send("POST", "serviceendpoints", endpoint, user=BRIDGE)) == (403, "0x80040220")
    assert sales.send("POST", "serviceendpoints", endpoint, user=ADMIN).status_code == 204


def test_assigning_needs_the_assign_privilege_and_linking_the_append_privileges(sales: Sales) -> None:
    """docs: security-access-coding: Append, AppendTo, Assign."""
    team = sales.get("teams")["value"][0]["teamid"]
    owner = {"ownerid@odata.bind": f"/teams({team})"}
    role = sales.world.role_privileges[next(iter(sales.world.user_roles[sales.get("WhoAmI", user=BRIDGE)["UserId"]]))]
    sales.create("leads", LEAD | owner, user=BRIDGE)
    del role["prvAssignlead"]
    assert error_of(sales.send("POST", "leads", LEAD | owner, user=BRIDGE)) == (403, "0x80040220")
    lead_id = sales.create("leads", LEAD, user=BRIDGE)
    del role["prvAppendTolead"]
    note = {"subject": "n", "objectid_lead@odata.bind": f"/leads({lead_id})"}
    assert error_of(sales.send("POST", "annotations", note, user=BRIDGE)) == (403, "0x80040220")


def test_a_user_level_read_privilege_shows_own_rows_only(sales: Sales) -> None:
    """docs: security-roles-privileges: access levels."""
    others = sales.lead()
    role = sales.world.role_privileges[next(iter(sales.world.user_roles[sales.get("WhoAmI", user=BRIDGE)["UserId"]]))]
    role["prvReadlead"] = "Basic"
    own = sales.create("leads", LEAD, user=BRIDGE)
    assert [row["leadid"] for row in sales.get("leads?$select=leadid", user=BRIDGE)["value"]] == [own]
    assert error_of(sales.send("GET", f"leads({others})", user=BRIDGE)) == (403, "0x80040220")


def test_too_many_requests_are_a_429_with_retry_after(sales: Sales) -> None:
    """docs: api-limits: 6,000 requests in 300 s a user, 0x80072322, Retry-After in seconds; others are not held up."""
    sales.world.options.burst_requests = 2
    remaining = [sales.send("GET", "WhoAmI").headers["x-ms-ratelimit-burst-remaining-xrm-requests"] for _ in range(2)]
    assert remaining == ["1", "0"]
    refused = sales.send("GET", "WhoAmI")
    assert error_of(refused) == (429, "0x80072322")
    assert int(refused.headers["Retry-After"]) >= 1
    assert sales.send("GET", "WhoAmI", user=ADMIN).status_code == 200


def test_retry_after_grows_while_a_client_keeps_pushing(sales: Sales) -> None:
    """docs: api-limits: Retry-After is extended for a client that goes on sending; it begins anew once a request was admitted."""
    sales.world.options.concurrent_requests = 0
    waits = [int(sales.send("GET", "WhoAmI").headers["Retry-After"]) for _ in range(3)]
    assert waits == [1, 2, 3]
    sales.world.options.concurrent_requests = 52
    assert sales.send("GET", "WhoAmI").status_code == 200
    sales.world.options.concurrent_requests = 0
    assert sales.send("GET", "WhoAmI").headers["Retry-After"] == "1"


def test_the_window_slides(sales: Sales) -> None:
    """docs: api-limits: a sliding window of 300 s, scaled here by SANDBOX_CLOCK."""
    sales.world.clock_factor = 3_000
    sales.world.options.burst_requests = 1
    assert [sales.send("GET", "WhoAmI").status_code for _ in range(2)] == [200, 429]
    time.sleep(0.15)
    assert sales.send("GET", "WhoAmI").status_code == 200


def test_execution_time_is_limited(sales: Sales) -> None:
    """docs: api-limits: 20 minutes of combined execution in 300 s, 0x80072321."""
    sales.send("GET", "WhoAmI")
    sales.world.options.burst_milliseconds = 0
    assert error_of(sales.send("GET", "WhoAmI")) == (429, "0x80072321")


def test_the_fifty_third_request_at_once_is_refused(sales: Sales) -> None:
    """docs: api-limits: 52 concurrent requests a user, 0x80072326; those under way are answered."""
    token = identity.issue(SECRET, sales.url, SELLER)
    with ThreadPoolExecutor(53) as pool:
        with sales.world.lock:
            asked = [pool.submit(_get, sales, token) for _ in range(53)]
            (refused,) = wait(asked, 10, FIRST_COMPLETED).done
        answered = sorted(response.result().status_code for response in asked)
    assert error_of(refused.result()) == (429, "0x80072326")
    assert answered == [200] * 52 + [429]


def test_many_requests_at_once_are_all_answered(sales: Sales) -> None:
    """The sandbox itself: forty clients at once, every row once."""
    with ThreadPoolExecutor(40) as pool:
        ids = list(pool.map(lambda _: sales.create("leads", LEAD), range(80)))
    assert len(set(ids)) == 80
    assert int(sales.send("GET", "leads/$count").text) == 80


@pytest.mark.parametrize("header", ["CallerObjectId", "MSCRMCallerID", "MSCRM.BypassCustomPluginExecution"])
def test_a_header_that_would_change_the_outcome_is_not_ignored(sales: Sales, header: str) -> None:
    """The sandbox: impersonation and the older bypass are not modelled, and say so (501)."""
    user = sales.get("WhoAmI", user=ADMIN)["UserId"]
    assert sales.send("POST", "leads", LEAD, **{header: user}).status_code == 501
    assert sales.get("leads")["value"] == []


def test_error_details_come_with_annotations_only(sales: Sales) -> None:
    """docs: compose-http-requests-handle-errors, include more details with errors."""
    plain = sales.send("GET", "leads?$select=nothing").json()["error"]
    detailed = sales.send("GET", "leads?$select=nothing", Prefer='odata.include-annotations="*"').json()["error"]
    assert set(plain) == {"code", "message"}
    assert "@Microsoft.PowerApps.CDS.HelpLink" in detailed
