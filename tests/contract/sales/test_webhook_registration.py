"""Registering webhooks: endpoints, messages, steps, images (docs: register-web-hook, register-plug-in)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.sales.environment import ADMIN, Receiver, Sales, error_of

ENDPOINT = {"name": "hook", "url": "https://app.example/api", "contract": 8, "authtype": 4, "authvalue": "the key"}


def _find(sales: Sales, message: str, table: str) -> dict[str, Any] | None:
    query = f"$filter=sdkmessageid/name eq '{message}' and primaryobjecttypecode eq '{table}'"
    url = f"sdkmessagefilters?$select=sdkmessagefilterid&{query}&$expand=sdkmessageid($select=sdkmessageid,name)"
    rows = sales.get(url, user=ADMIN)["value"]
    return rows[0] if rows else None


def _step(sales: Sales, endpoint: str, message: str, table: str, **columns: Any) -> dict[str, Any]:
    found = _find(sales, message, table)
    assert found
    return {
        "name": f"{message} of {table}",
        "mode": 1,
        "stage": 40,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": False,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        "sdkmessageid@odata.bind": f"/sdkmessages({found['sdkmessageid']['sdkmessageid']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({found['sdkmessagefilterid']})",
    } | columns


def _image(step: str, **columns: Any) -> dict[str, Any]:
    image = {"name": "post", "entityalias": "post", "imagetype": 1, "messagepropertyname": "Target"}
    return image | {"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"} | columns


def test_the_auth_value_is_write_only(sales: Sales) -> None:
    """docs: serviceendpoint reference: authvalue IsValidForRead false; isauthvalueset tells that there is one."""
    endpoint = sales.create("serviceendpoints", ENDPOINT, user=ADMIN)
    row = sales.get(f"serviceendpoints({endpoint})", user=ADMIN)
    assert "authvalue" not in row
    assert (row["isauthvalueset"], row["authtype"], row["url"]) == (True, 4, ENDPOINT["url"])
    assert sales.send("GET", "serviceendpoints?$select=authvalue", user=ADMIN).status_code == 400
    assert sales.send("PATCH", f"serviceendpoints({endpoint})", {"authvalue": "new"}, user=ADMIN).status_code == 204
    assert sales.world.store.get("serviceendpoint", endpoint)["authvalue"] == "new"  # type: ignore[index]


@pytest.mark.parametrize(
    ("message", "table", "exists"),
    [
        ("Update", "lead", True),
        ("QualifyLead", "lead", True),
        ("Merge", "lead", True),
        ("Delete", "lead", True),
        ("Upsert", "lead", False),
        ("Win", "opportunity", True),
        ("Lose", "opportunity", True),
        ("WinOpportunity", "opportunity", False),
        ("CloseOpportunity", "opportunity", False),
        ("QualifyLead", "opportunity", False),
    ],
)
def test_the_messages_of_a_table_are_its_filters(sales: Sales, message: str, table: str, exists: bool) -> None:
    """docs: bulk-operations (the query); lead and opportunity references (Event: True); public code: Win and Lose."""
    assert (_find(sales, message, table) is not None) is exists


def test_an_environment_may_name_the_closing_messages_otherwise(sales: Sales) -> None:
    """docs: opportunity reference names them WinOpportunity and LoseOpportunity: an option of the sandbox."""
    sales.control("settings", {"close_messages": "long"})
    assert _find(sales, "Win", "opportunity") is None
    assert _find(sales, "LoseOpportunity", "opportunity")


def test_steps_are_registered_and_listed_under_their_endpoint(sales: Sales) -> None:
    """docs: register-web-hook: query of the steps of an endpoint."""
    endpoint = sales.create("serviceendpoints", ENDPOINT, user=ADMIN)
    sales.create(
        "sdkmessageprocessingsteps", _step(sales, endpoint, "Update", "lead", filteringattributes="statecode"), user=ADMIN
    )
    select = "$select=name,mode,stage,statecode,filteringattributes,asyncautodelete&$expand=sdkmessageid($select=name)"
    rows = sales.get(f"serviceendpoints({endpoint})/serviceendpoint_sdkmessageprocessingstep?{select}", user=ADMIN)["value"]
    assert [(row["name"], row["filteringattributes"], row["sdkmessageid"]["name"]) for row in rows] == [
        ("Update of lead", "statecode", "Update")
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"stage": 20},
        {"EventHandler_ServiceEndpoint@odata.bind": "/serviceendpoints(6d81597f-0f9f-4711-8122-000d3aa2331c)"},
        {"sdkmessageprocessingstepid": "x"},
        {"mode": 2},
    ],
)
def test_what_cannot_be_registered_is_refused(sales: Sales, change: dict[str, Any]) -> None:
    """docs: asynchronous steps in stage 40 only; public code: PascalCase navigation names are a 400."""
    endpoint = sales.create("serviceendpoints", ENDPOINT, user=ADMIN)
    body = _step(sales, endpoint, "Update", "lead") | change
    assert sales.send("POST", "sdkmessageprocessingsteps", body, user=ADMIN).status_code == 400


def test_filtering_attributes_are_for_updates_only(sales: Sales) -> None:
    """docs: sdkmessageprocessingstep reference, filteringattributes."""
    endpoint = sales.create("serviceendpoints", ENDPOINT, user=ADMIN)
    body = _step(sales, endpoint, "Delete", "lead", filteringattributes="statecode")
    assert sales.send("POST", "sdkmessageprocessingsteps", body, user=ADMIN).status_code == 400


def test_deleting_an_endpoint_takes_its_steps(sales: Sales) -> None:
    """docs: serviceendpoint_sdkmessageprocessingstep, Delete: Cascade."""
    endpoint = sales.create("serviceendpoints", ENDPOINT, user=ADMIN)
    step = sales.create("sdkmessageprocessingsteps", _step(sales, endpoint, "Update", "lead"), user=ADMIN)
    image = sales.create("sdkmessageprocessingstepimages", _image(step), user=ADMIN)
    assert sales.send("DELETE", f"serviceendpoints({endpoint})", user=ADMIN).status_code == 204
    assert sales.send("GET", f"sdkmessageprocessingsteps({step})", user=ADMIN).status_code == 404
    assert sales.send("GET", f"sdkmessageprocessingstepimages({image})", user=ADMIN).status_code == 404


@pytest.mark.parametrize(
    ("message", "columns", "code"),
    [
        ("Update", {"messagepropertyname": "Id"}, "0x8004416b"),
        ("Create", {"messagepropertyname": "Target"}, "0x8004416b"),
        ("Create", {"messagepropertyname": "Id", "imagetype": 0}, "0x80044168"),
        ("Delete", {"imagetype": 1}, "0x80044168"),
        ("QualifyLead", {}, "0x80044167"),
        ("Update", {"attributes": ""}, "0x80044169"),
    ],
)
def test_an_image_that_the_message_does_not_have_is_refused(
    sales: Sales, message: str, columns: dict[str, Any], code: str
) -> None:
    """docs: register-plug-in, entity images (which messages, which side); public code: property names, empty attributes."""
    endpoint = sales.create("serviceendpoints", ENDPOINT, user=ADMIN)
    step = sales.create("sdkmessageprocessingsteps", _step(sales, endpoint, message, "lead"), user=ADMIN)
    assert error_of(sales.send("POST", "sdkmessageprocessingstepimages", _image(step, **columns), user=ADMIN)) == (400, code)


def test_the_default_steps_are_registered_through_the_web_api(sales: Sales, receiver: Receiver) -> None:
    """The sandbox's own short cut makes the same rows as `provision`, and again without doubling them."""
    for _ in range(2):
        sales.control("register-webhooks", {"url": receiver.url, "key": "k"})
    rows = sales.get("sdkmessageprocessingsteps?$expand=sdkmessageid($select=name),sdkmessagefilterid", user=ADMIN)["value"]
    named = sorted((row["sdkmessageid"]["name"], row["sdkmessagefilterid"]["primaryobjecttypecode"]) for row in rows)
    assert named == [
        ("Create", "opportunity"), ("Delete", "lead"), ("Delete", "opportunity"), ("Lose", "opportunity"), ("Merge", "lead"),
        ("QualifyLead", "lead"), ("Update", "lead"), ("Update", "opportunity"), ("Win", "opportunity"),
    ]  # fmt: skip
