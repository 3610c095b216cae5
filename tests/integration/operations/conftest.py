"""Both systems in this process over real HTTP, each test with an environment of its own, and what only an administrator changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from operations.dataverse import Dataverse
from operations.in_sandbox import Administrator
from operations.plan import Outcome
from operations.provision_sales import provision, remove
from operations.provision_wanted import SOLUTION, Wanted
from sandbox import identity
from sandbox.sales.app import create_app as sales_app
from sandbox.sales.world import World
from sandbox.web import running
from shared.errors import System
from shared.odata import ODataService
from shared.odata_connection import new_session

SECRET = "a secret of the tests"
WANTED = Wanted(webhook_url="http://127.0.0.1:7071/api/events/sales", webhook_key="the key")


class Stage:
    """The app that a server serves; each test puts its own on, since a server takes half a second to stop."""

    def __init__(self) -> None:
        self.app: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.app(environ, start_response)  # type: ignore[no-any-return]


@dataclass
class SalesEnvironment:
    """A running Sales as it comes, and the provisioning of it."""

    world: World
    sales: Dataverse
    url: str
    lines: list[str] = field(default_factory=list)

    def provision(self, wanted: Wanted = WANTED, *, apply: bool = True) -> Outcome:
        self.lines.clear()
        return provision(self.sales, wanted, self.lines.append, apply=apply)

    def undo(self, wanted: Wanted = WANTED, *, apply: bool = True) -> Outcome:
        self.lines.clear()
        return remove(self.sales, wanted, self.lines.append, apply=apply)

    def seller(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A seller's request to the Web API."""
        token = identity.issue(SECRET, self.url, "Seller")
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.request(method, f"{self.url}/api/data/v9.2/{path}", json=body, headers=headers, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="session")
def sales_stage() -> Iterator[tuple[Stage, str]]:
    """What is served as Sales, and where."""
    stage = Stage()
    with running(stage) as address:  # type: ignore[arg-type]
        yield stage, address


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Ends what the test started."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def sales(sales_stage: tuple[Stage, str], opened: ExitStack) -> SalesEnvironment:
    """Sales as it comes."""
    stage, url = sales_stage
    world = World(clock_factor=100)
    stage.app = sales_app(world, SECRET)
    session: Callable[[], requests.Session] = lambda: opened.enter_context(new_session())  # noqa: E731
    service = ODataService(System.SALES, f"{url}/api/data/v9.2", f"{url}/.default", Administrator(SECRET), session)
    return SalesEnvironment(world, Dataverse(service, SOLUTION, f"{url}/api/data/v9.2"), url)
