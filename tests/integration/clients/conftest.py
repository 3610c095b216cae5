"""Both clients over real HTTP: each test has a Sales or a Commerce environment of its own, in this process, on a free port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from azure.core.credentials import AccessToken

from sandbox import identity
from sandbox.commerce.app import create_app as commerce_app
from sandbox.commerce.seed import new_world
from sandbox.commerce.settings import Settings
from sandbox.sales import provisioning, seed
from sandbox.sales.app import create_app as sales_app
from sandbox.web import running
from shared.commerce import DynamicsCommerce
from shared.errors import System
from shared.odata import ODataService
from shared.odata_connection import new_session
from shared.sales import DynamicsSales

SECRET = "a secret of the tests"
Json = dict[str, Any]


class Identity:
    """A credential whose tokens the sandbox accepts, since it knows the secret."""

    def __init__(self, secret: str = SECRET) -> None:
        self._secret = secret

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        audience = scopes[0].removesuffix("/.default")
        return AccessToken(identity.issue(self._secret, audience, "b2b-prospect-bridge"), 2**31)


@dataclass
class SalesEnvironment:
    """A running Sales: the client, and what sellers do."""

    url: str
    client: DynamicsSales
    seller: requests.Session

    def call(self, method: str, path: str, body: Json | None = None, **headers: str) -> Any:
        """A seller's request to the Web API."""
        answer = self.seller.request(method, f"{self.url}/api/data/v9.2/{path}", json=body, headers=headers, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def qualify(self, lead_id: str, *, opportunity: bool = True) -> None:
        create = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": opportunity, "Status": 3}
        self.call("POST", f"leads({lead_id})/Microsoft.Dynamics.CRM.QualifyLead", create)

    def close(self, how: str, opportunity_id: str, status: int) -> None:
        """`how` is Win or Lose."""
        close = {"subject": how, "opportunityid@odata.bind": f"/opportunities({opportunity_id})"}
        self.call("POST", f"{how}Opportunity", {"Status": status, "OpportunityClose": close})

    def requests(self) -> Json:
        return requests.get(f"{self.url}/sandbox/requests", timeout=10).json()  # type: ignore[no-any-return]


@dataclass
class CommerceEnvironment:
    """A running Commerce: clients of any kind, and what happens on the site and in head office."""

    url: str
    service: ODataService

    def client(self, decision_channel: Any = "status", access_model: Any = "person") -> DynamicsCommerce:
        path = "/api/services/B2BProspectServices/B2BProspectService/decide"
        return DynamicsCommerce(self.service, decision_channel, path, access_model)

    def people(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = requests.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def prospect(self, email: str = "Ann@Fabrikam.example", legal_entity: str = "usmf") -> str:
        """A request that has become a prospect; its id."""
        form = {"first_name": "Ann", "last_name": "Öst", "company": "Fabrikam", "country": "USA", "zip_code": "98052"}
        self.people("POST", "requests", form | {"email": email, "legal_entity": legal_entity})
        self.people("POST", "jobs/P-0001")
        return str(self.people("POST", "jobs/synchronize")["prospects"][-1]["prospect"])

    def customer(self, **values: str) -> Json:
        """A customer that was there before."""
        return self.people(
            "POST",
            "customers",
            {"PartyType": "Person", "CustomerGroupId": "B2B", "SalesCurrencyCode": "USD", "PersonLastName": "Old"} | values,
        )

    def settings(self, **changes: object) -> None:
        self.people("POST", "settings", changes)

    def requests(self) -> Json:
        return requests.get(f"{self.url}/sandbox/requests", timeout=10).json()  # type: ignore[no-any-return]


class Stage:
    """The app that a server serves; each test puts its own on, since a server takes half a second to stop."""

    def __init__(self) -> None:
        self.app: Any = None

    def __call__(self, environ: Json, start_response: Any) -> Iterable[bytes]:
        return self.app(environ, start_response)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def stage() -> Stage:
    """What is served."""
    return Stage()


@pytest.fixture(scope="module")
def url(stage: Stage) -> Iterator[str]:
    """The address of the module's server."""
    with running(stage) as address:  # type: ignore[arg-type]
        yield address


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends what the test started."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def session(stack: ExitStack) -> Callable[[], requests.Session]:
    """Makes sessions that are closed with the test."""
    return lambda: stack.enter_context(new_session())


@pytest.fixture
def start_sales(
    stage: Stage, url: str, stack: ExitStack, session: Callable[[], requests.Session]
) -> Callable[..., SalesEnvironment]:
    """Starts a Sales environment, with the lead's columns or without."""

    def start(*, provisioned: bool = True, secret: str = SECRET) -> SalesEnvironment:
        world = seed.new_world(clock_factor=100)
        if provisioned:
            provisioning.provision(world)
        stage.app = sales_app(world, SECRET)
        service = ODataService(System.SALES, f"{url}/api/data/v9.2", f"{url}/.default", Identity(secret), session)
        seller = stack.enter_context(requests.Session())
        seller.headers["Authorization"] = f"Bearer {identity.issue(SECRET, url, 'Seller')}"
        return SalesEnvironment(url, DynamicsSales(service, "b2b"), seller)

    return start


@pytest.fixture
def sales(start_sales: Callable[..., SalesEnvironment]) -> SalesEnvironment:
    """Sales with the lead's columns."""
    return start_sales()


@pytest.fixture
def commerce(stage: Stage, url: str, stack: ExitStack, session: Callable[[], requests.Session]) -> CommerceEnvironment:
    """Commerce as it comes."""
    world = new_world(Settings(), clock=0.01)
    stack.callback(world.background.close)
    stage.app = commerce_app(world, SECRET)
    service = ODataService(System.COMMERCE, f"{url}/data", f"{url}/.default", Identity(), session)
    return CommerceEnvironment(url, service)
