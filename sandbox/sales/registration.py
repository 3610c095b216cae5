"""The webhook steps that the bridge needs, registered through the Web API itself, as `provision` does it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.sales import webapi
from sandbox.sales.http import Request
from sandbox.sales.seed import seed_id

if TYPE_CHECKING:
    from sandbox.sales.world import World

_STATE = "statecode,statuscode"
STEPS = (
    ("lead", "Update", _STATE),
    ("lead", "QualifyLead", None),
    ("lead", "Delete", None),
    ("lead", "Merge", None),
    ("opportunity", "Create", None),
    ("opportunity", "Update", _STATE),
    ("opportunity", "Win", None),
    ("opportunity", "Lose", None),
    ("opportunity", "Delete", None),
)
_ENDPOINT = "B2B Prospect Bridge"


def register_webhooks(world: World, root: str, url: str, key: str) -> list[str]:
    """Make the endpoint (again) with its steps and return the steps' names.

    Any port is taken here, where the real product takes 80 and 443 only."""
    client = _Client(world, root)
    for row in client.get(f"serviceendpoints?$select=name&$filter=name eq '{_ENDPOINT}'"):
        client.send("DELETE", f"serviceendpoints({row['serviceendpointid']})")
    client.send("POST", "serviceendpoints", {"name": _ENDPOINT, "url": url, "contract": 8, "authtype": 4, "authvalue": key})
    endpoint = client.get(f"serviceendpoints?$select=name&$filter=name eq '{_ENDPOINT}'")[0]["serviceendpointid"]
    return [_register(client, endpoint, *step) for step in STEPS]


def _register(client: _Client, endpoint: str, table: str, message: str, filtering: str | None) -> str:
    found = _find_filter(client, table, message) or _find_filter(client, table, f"{message}Opportunity")
    if found is None:
        raise LookupError(f"no SDK message {message} for {table}")
    body = {
        "name": f"{_ENDPOINT}: {message} of {table}",
        "mode": 1,
        "stage": 40,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        "sdkmessageid@odata.bind": f"/sdkmessages({found['sdkmessageid']['sdkmessageid']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({found['sdkmessagefilterid']})",
    }
    client.send("POST", "sdkmessageprocessingsteps", body | ({"filteringattributes": filtering} if filtering else {}))
    return str(body["name"])


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
