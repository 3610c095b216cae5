"""Each behaviour is asked of the fake and of the real client against the sandbox, served in this process on a free port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from sandbox.commerce.app import create_app as commerce_app
from sandbox.commerce.seed import new_world
from sandbox.commerce.settings import Settings
from sandbox.sales import provisioning, seed
from sandbox.sales.app import create_app as sales_app
from sandbox.web import running
from shared import telemetry
from shared.commerce import DynamicsCommerce
from shared.errors import System
from shared.odata import ODataService
from shared.odata_connection import new_session
from shared.sales import DynamicsSales
from tests.contract.ports.over_http import SECRET, CommerceOverHttp, Identity, SalesOverHttp
from tests.contract.ports.sides import CommerceInMemory, CommerceSide, SalesInMemory, SalesSide
from tests.fakes.clock import Clock
from tests.fakes.commerce import FakeCommerce
from tests.fakes.sales import FakeSales

SERVICE = "/api/services/B2BProspectServices/B2BProspectService/decide"


class Stage:
    """What a server serves; each test puts its own app on, since a server takes half a second to stop."""

    app: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = self.app(environ, start_response)
        return answer


@pytest.fixture(scope="package")
def stages() -> Iterator[tuple[tuple[Stage, str], tuple[Stage, str]]]:
    """Two servers with their addresses: for Sales and for Commerce."""
    sales, commerce = Stage(), Stage()
    with running(sales) as sales_url, running(commerce) as commerce_url:  # type: ignore[arg-type]
        yield (sales, sales_url), (commerce, commerce_url)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Ends what a test opened."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def sales_over_http(stages: Any, opened: ExitStack) -> SalesOverHttp:
    """The sandbox's Sales with the lead's columns, and the real client."""
    stage, url = stages[0]
    world = seed.new_world(clock_factor=100)
    provisioning.provision(world)
    stage.app = sales_app(world, SECRET)
    service = ODataService(
        System.SALES, f"{url}/api/data/v9.2", f"{url}/.default", Identity(), lambda: opened.enter_context(new_session())
    )
    side = SalesOverHttp(url, partial(DynamicsSales, service, "b2b"), world)
    opened.enter_context(side.session)
    return side


@pytest.fixture
def commerce_over_http(stages: Any, opened: ExitStack) -> CommerceOverHttp:
    """The sandbox's Commerce as it comes, and the real client."""
    stage, url = stages[1]
    world = new_world(Settings(), clock=0.01)
    opened.callback(world.background.close)
    stage.app = commerce_app(world, SECRET)
    service = ODataService(
        System.COMMERCE, f"{url}/data", f"{url}/.default", Identity(), lambda: opened.enter_context(new_session())
    )

    def client(decision_channel: Any = "status", access_model: Any = "person") -> DynamicsCommerce:
        return DynamicsCommerce(service, decision_channel, SERVICE, access_model)

    return CommerceOverHttp(url, client)


@pytest.fixture(params=["in-memory", "over-http"])
def sales(request: pytest.FixtureRequest) -> Iterator[SalesSide]:
    """Sales, twice. What the bridge does is correlated, so that the servers count it apart."""
    with telemetry.work("the-bridge"):
        in_memory = request.param == "in-memory"
        yield SalesInMemory(FakeSales(Clock())) if in_memory else request.getfixturevalue("sales_over_http")


@pytest.fixture(params=["in-memory", "over-http"])
def commerce(request: pytest.FixtureRequest) -> Iterator[CommerceSide]:
    """Commerce, twice."""
    with telemetry.work("the-bridge"):
        in_memory = request.param == "in-memory"
        yield CommerceInMemory(FakeCommerce(Clock())) if in_memory else request.getfixturevalue("commerce_over_http")


@pytest.fixture
def spent() -> Callable[[Callable[[], object]], int]:
    """How many requests something sent, as the bridge counts them."""

    def count(doing: Callable[[], object]) -> int:
        with telemetry.work("the-bridge") as work:
            doing()
        return sum(work.counts.values())

    return count
