"""The webhooks that `provision sales` makes, registered through the Web API itself: for tests of the sandbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from operations.provision_wanted import IMAGE, STEPS, TITLE, Image, Step, Wanted
from sandbox.sales import webapi
from sandbox.sales.http import Request
from sandbox.sales.seed import seed_id

if TYPE_CHECKING:
    from sandbox.sales.world import World


def register_webhooks(world: World, root: str, url: str, key: str) -> list[str]:
    """Make the endpoint (again) with its steps and their images, and return the steps' names.

    Any port is taken here, where the real product takes 80 and 443 only."""
    client = _Client(world, root)
    for row in client.get(f"serviceendpoints?$select=name&$filter=name eq '{TITLE}'"):
        client.send("DELETE", f"serviceendpoints({row['serviceendpointid']})")
    client.send("POST", "serviceendpoints", {"name": TITLE, "url": url, "contract": 8, "authtype": 4, "authvalue": key})
    endpoint = client.get(f"serviceendpoints?$select=name&$filter=name eq '{TITLE}'")[0]["serviceendpointid"]
    return [_register(client, endpoint, step) for step in STEPS]


def _register(client: _Client, endpoint: str, step: Step) -> str:
    found = next(filter(None, (_find_filter(client, step.table, message) for message in step.messages)), None)
    if found is None:
        raise LookupError(f"no SDK message {step.messages[0]} for {step.table}")
    body = {
        "name": f"{TITLE}: {step.label}",
        "mode": 1,
        "stage": 40,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        "sdkmessageid@odata.bind": f"/sdkmessages({found['sdkmessageid']['sdkmessageid']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({found['sdkmessagefilterid']})",
    }
    client.send("POST", "sdkmessageprocessingsteps", body | ({"filteringattributes": step.filtering} if step.filtering else {}))
    if step.image:
        _add_image(client, str(body["name"]), step.table, step.image)
    return str(body["name"])


def _add_image(client: _Client, step_name: str, table: str, image: Image) -> None:
    rows = client.get(f"sdkmessageprocessingsteps?$select=sdkmessageprocessingstepid&$filter=name eq '{step_name}'")
    body = {
        "name": IMAGE,
        "entityalias": IMAGE,
        "imagetype": image.kind,
        "messagepropertyname": image.properties[0],
        "attributes": Wanted().image_columns(table),
        "sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({rows[0]['sdkmessageprocessingstepid']})",
    }
    client.send("POST", "sdkmessageprocessingstepimages", body)


def _find_filter(client: _Client, table: str, message: str) -> dict[str, Any] | None:
    query = f"$filter=sdkmessageid/name eq '{message}' and primaryobjecttypecode eq '{table}'"
    rows = client.get(f"sdkmessagefilters?$select=sdkmessagefilterid&{query}&$expand=sdkmessageid($select=sdkmessageid,name)")
    return rows[0] if rows else None


class _Client:
    """Calls the Web API as the administrator, without HTTP."""

    def __init__(self, world: World, root: str) -> None:
        self.world, self.root, self.user_id = world, root, seed_id("systemuser/Admin")

    def get(self, url: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.send("GET", url)["value"]
        return rows

    def send(self, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        path, _, query = url.partition("?")
        pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
        content = json.dumps(body).encode() if body else b""
        response = webapi.handle(self.world, Request(method, path, pairs, {}, content, self.root, self.user_id))  # type: ignore[arg-type]
        if response.status >= 400:
            raise RuntimeError(str(response.body))
        return response.body
