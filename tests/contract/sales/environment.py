"""A running Sales environment for one test, its people, and a receiver for its webhooks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import flask
import requests

from sandbox import identity, web
from sandbox.sales import provisioning, seed
from sandbox.sales.app import create_app
from sandbox.sales.world import World

SECRET = "a secret of the tests"
API = "/api/data/v9.2/"
BRIDGE, SELLER, ADMIN = "b2b-prospect-bridge", "Seller", "Admin"
Json = dict[str, Any]


@dataclass
class Sales:
    """One environment over HTTP; every call is made as a user (the seller unless told)."""

    url: str
    world: World
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str, body: Any = None, /, user: str = SELLER, **headers: str) -> requests.Response:
        """Send a request; header names are written with `_` for `-` (Prefer, If_Match)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.raw(method, path, None if body is None else json.dumps(body).encode(), user, named)

    def raw(self, method: str, path: str, body: bytes | None, user: str, headers: dict[str, str]) -> requests.Response:
        """Send bytes."""
        token = {"Authorization": f"Bearer {identity.issue(SECRET, self.url, user)}"}
        url = path if path.startswith("http") else f"{self.url}{API}{path}"
        return self.session.request(method, url, data=body, headers=token | headers, timeout=10)

    def get(self, path: str, /, user: str = SELLER, **headers: str) -> Any:
        """The JSON of a read that succeeds."""
        response = self.send("GET", path, user=user, **headers)
        assert response.status_code == 200, response.text
        return response.json()

    def create(self, entity_set: str, body: Json, /, user: str = SELLER, **headers: str) -> str:
        """Create a row and return its id."""
        response = self.send("POST", entity_set, body, user=user, **headers)
        assert response.status_code == 204, response.text
        return response.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")

    def lead(self, **columns: Any) -> str:
        """A new lead of the seller."""
        return self.create(
            "leads", {"subject": "Request", "firstname": "Ada", "lastname": "Byron", "companyname": "Engines"} | columns
        )

    def qualify(self, lead_id: str, account: bool = True, contact: bool = True, opportunity: bool = True) -> list[Json]:
        """Qualify a lead and return the created rows."""
        wanted = {"CreateAccount": account, "CreateContact": contact, "CreateOpportunity": opportunity, "Status": 3}
        response = self.send("POST", f"leads({lead_id})/Microsoft.Dynamics.CRM.QualifyLead", wanted)
        assert response.status_code == 200, response.text
        return list(response.json()["value"])

    def close(self, message: str, opportunity_id: str, status: int, **close: Any) -> requests.Response:
        """Win or lose an opportunity."""
        activity = {"subject": message, "opportunityid@odata.bind": f"/opportunities({opportunity_id})"} | close
        return self.send("POST", f"{message}Opportunity", {"Status": status, "OpportunityClose": activity})

    def control(self, path: str, body: Json | None = None) -> Any:
        """POST to /sandbox/."""
        response = self.session.post(f"{self.url}/sandbox/{path}", json=body or {}, timeout=10)
        assert response.status_code == 200, response.text
        return response.json()

    def state(self, path: str) -> Any:
        """GET from /sandbox/."""
        return self.session.get(f"{self.url}/sandbox/{path}", timeout=10).json()

    def settle(self) -> None:
        """Wait until no webhook is queued or in flight."""
        wait_until(lambda: bool(self.state("idle")["idle"]))


def error_of(response: requests.Response) -> tuple[int, str]:
    """The status and the code of a documented error body."""
    body = response.json()["error"]
    assert body["message"]
    return response.status_code, body["code"]


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something that happens in the background."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@dataclass
class Call:
    """One webhook call as it arrived."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        """The RemoteExecutionContext."""
        return dict(json.loads(self.raw))


class Receiver:
    """Records webhook calls and answers with the scripted statuses, then 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.answers: list[int] = []
        self.delay = 0.0
        self._lock = threading.Lock()

    def receive(self, path: str) -> tuple[str, int]:
        request = flask.request
        with self._lock:
            self.calls.append(Call(path, dict(request.args), dict(request.headers), request.get_data()))
            status = self.answers.pop(0) if self.answers else 200
        time.sleep(self.delay)
        return "", status

    def messages(self) -> list[tuple[str, str]]:
        """(message, table) of the calls, sorted, since their order is not guaranteed."""
        return sorted((call.body["MessageName"], call.body["PrimaryEntityName"]) for call in self.calls)


class Server:
    """One server for all tests, each with an app of its own: starting and stopping one takes half a second."""

    def __init__(self) -> None:
        self.url = ""
        self.app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)

    def sales(self, provisioned: bool = True, clock: float = 100) -> Sales:
        """A fresh environment; time windows are `clock` times shorter than documented."""
        world = seed.new_world(clock)
        if provisioned:
            provisioning.provision(world)
        self.app = create_app(world, SECRET)
        return Sales(self.url, world)

    def receiver(self) -> Receiver:
        """A fresh receiver."""
        receiver, self.app = Receiver(f"{self.url}/api/events/sales"), flask.Flask("receiver")
        self.app.add_url_rule("/<path:path>", "receive", receiver.receive, methods=["POST"])
        return receiver


@contextmanager
def server() -> Iterator[Server]:
    """A server on a free port."""
    switching: Any = Server()
    with web.running(switching) as switching.url:
        yield switching
