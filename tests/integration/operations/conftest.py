"""Both systems, storage and the app's receiver over real HTTP in this process; each test has environments of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import flask
import pytest
import requests

from operations.dataverse import Dataverse
from operations.plan import Outcome
from operations.provision_sales import provision, remove
from operations.provision_wanted import SOLUTION, VIEW, Wanted
from sandbox import azurite, identity
from sandbox.administrator import Administrator
from sandbox.commerce.app import create_app as commerce_app
from sandbox.commerce.seed import new_world
from sandbox.commerce.world import World as CommerceWorld
from sandbox.sales import seed
from sandbox.sales.app import create_app as sales_app
from sandbox.sales.schema import Column
from sandbox.sales.world import World as SalesWorld
from sandbox.web import running
from shared.errors import System
from shared.odata import ODataService
from shared.odata_connection import new_session

SECRET = "a secret of the tests"
KEY = "a function key"
APPLICATION = "b2b0aaaa-0000-4000-8000-00000000000a"
STORAGE_ACCOUNTS = 12
Json = dict[str, Any]


class Stage:
    """The app that a server serves; each test puts its own on, since a server takes half a second to stop."""

    def __init__(self) -> None:
        self.app: Any = None
        self.answers: list[tuple[str, int, Json]] = []

    def __call__(self, environ: Json, start_response: Any) -> Iterable[bytes]:
        """The app's answer, or the one that stands in for it: (pattern of method and URL, status, body)."""
        asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
        for pattern, status, body in self.answers:
            if re.search(pattern, asked):
                return flask.Response(json.dumps(body), status, content_type="application/json")(environ, start_response)
        return self.app(environ, start_response)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Site:
    """One server: what it serves, and where."""

    stage: Stage
    url: str


@dataclass
class Sales:
    """A running Sales as it comes, and the provisioning of it."""

    world: SalesWorld
    dataverse: Dataverse
    url: str
    wanted: Wanted
    lines: list[str] = field(default_factory=list)

    def provision(self, wanted: Wanted | None = None, *, apply: bool = True) -> Outcome:
        self.lines.clear()
        return provision(self.dataverse, wanted or self.wanted, self.lines.append, apply=apply)

    def undo(self, wanted: Wanted | None = None, *, apply: bool = True) -> Outcome:
        self.lines.clear()
        return remove(self.dataverse, wanted or self.wanted, self.lines.append, apply=apply)

    def rows(self, table: str) -> list[Json]:
        """What is stored, whoever may see it."""
        return self.world.store.rows(table)

    def change(self, table: str, row: Json, **values: Any) -> None:
        """Change a row past all rules."""
        self.world.store.put(table, str(row[self.world.schema.tables[table].primary_id]), {**row, **values})

    def add_column(self, column: Column) -> None:
        """Give the lead a column that somebody else made."""
        self.world.schema.tables["lead"].columns[column.name] = column

    def add_view(self, fetch: str) -> None:
        """Make a view of our view's name, as somebody else."""
        about = {"name": VIEW, "returnedtypecode": "lead", "querytype": 0}
        self.call("POST", "savedqueries", {**about, "fetchxml": fetch, "layoutxml": "<grid/>"})

    def call(self, method: str, path: str, body: Json | None = None, user: str = "Admin") -> Any:
        """Somebody's request to the Web API."""
        headers = {"Authorization": f"Bearer {identity.issue(SECRET, self.url, user)}"}
        answer = requests.request(method, f"{self.url}/api/data/v9.2/{path}", json=body, headers=headers, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="package")
def sales_site() -> Iterator[Site]:
    """Where Sales is served."""
    yield from _serving()


@pytest.fixture(scope="package")
def commerce_site() -> Iterator[Site]:
    """Where Commerce is served."""
    yield from _serving()


@pytest.fixture(scope="package")
def bridge_site() -> Iterator[Site]:
    """Where the app is served."""
    yield from _serving()


@pytest.fixture(scope="package")
def storage_accounts() -> Iterator[azurite.Azurite]:
    """Storage accounts, each for one test."""
    with azurite.azurite(STORAGE_ACCOUNTS) as running_azurite:
        yield running_azurite


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Ends what the test started."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def sales(sales_site: Site, opened: ExitStack) -> Sales:
    """Sales as it comes."""
    world = seed.new_world(clock_factor=100)
    url = put_on(sales_site, sales_app(world, SECRET))
    session: Callable[[], requests.Session] = lambda: opened.enter_context(new_session())  # noqa: E731
    service = ODataService(System.SALES, f"{url}/api/data/v9.2", f"{url}/.default", Administrator(SECRET), session)
    wanted = Wanted(webhook_url=f"{url}/receiver", webhook_key=KEY, application_id=APPLICATION)
    return Sales(world, Dataverse(service, SOLUTION, f"{url}/api/data/v9.2"), url, wanted)


@pytest.fixture
def commerce(commerce_site: Site, opened: ExitStack) -> CommerceWorld:
    """Commerce as an integrator finds it."""
    world = new_world(clock=0.01)
    opened.callback(world.background.close)
    put_on(commerce_site, commerce_app(world, SECRET))
    return world


def put_on(site: Site, app: Any) -> str:
    """Serve this app; the address."""
    site.stage.app, site.stage.answers = app, []
    return site.url


def _serving() -> Iterator[Site]:
    stage = Stage()
    with running(stage) as url:  # type: ignore[arg-type]
        yield Site(stage, url)
