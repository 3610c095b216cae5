"""A set-up that the doctor finds nothing wrong with, and everything a test needs to break one thing of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import flask

from operations.canary_record import keep
from operations.doctor import examine
from operations.doctor_model import CONFIRMED, Answer, Context, Level
from operations.environment import BRIDGE_KEY, BRIDGE_URL, Environment
from sandbox.administrator import Administrator
from sandbox.commerce.hierarchies import create_hierarchy
from sandbox.commerce.onboarding_requests import OnboardingForm, pull_requests, submit, synchronize_requests
from sandbox.commerce.parties import create_party
from sandbox.commerce.world import World as CommerceWorld
from sandbox.sales.seed import seed_id
from sandbox.stack import TEAMS
from shared.checkpoints import Checkpoints
from shared.principal import HEADER
from shared.queues import POISON_QUEUES, QUEUES
from shared.settings import from_environment
from shared.storage import Storage, StorageSettings
from tests.integration.operations.conftest import APPLICATION, KEY, SECRET, Json, Sales, Site


@dataclass
class Patient:
    """Both systems, storage and receiver with the settings that lead to them."""

    sales: Sales
    commerce: CommerceWorld
    storage: Storage
    sites: dict[str, Site]
    variables: dict[str, str] = field(default_factory=dict)
    user: str = "Admin"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def answers(self, **context: Any) -> dict[str, Answer]:
        """What the doctor says, by code."""
        found = examine(Context(self.environment, lambda: self.now, **context))
        return {answer.code: answer for answer in found}

    @cached_property
    def environment(self) -> Environment:
        """The environment that the variables describe; made when first asked."""
        settings = from_environment(self.variables)
        identity = _Somebody(SECRET, self.user)
        return Environment(settings, identity, self.variables[BRIDGE_URL], self.variables[BRIDGE_KEY], self.variables)

    def now_environment(self) -> Environment:
        """The environment as it is now, without keeping it: a test may still change settings."""
        return replace(self, variables=dict(self.variables)).environment

    def stand_in(self, site: str, pattern: str, status: int, body: Json | None = None) -> None:
        """Answer requests that match (method and URL) in the system's place."""
        self.sites[site].stage.answers.append((pattern, status, body or {"error": {"code": "", "message": "no"}}))


@dataclass(frozen=True)
class _Somebody(Administrator):
    """Anybody's credential."""

    user: str = "Admin"

    def get_token(self, *scopes: str, **_: Any) -> Any:
        from azure.core.credentials import AccessToken

        from sandbox.identity import issue

        return AccessToken(issue(self.secret, scopes[0].removesuffix("/.default"), self.user), 2**31)


def settings_for(sales: str, commerce: str, bridge: str, connection_string: str) -> dict[str, str]:
    """The settings of an environment where a person has looked at everything."""
    return {
        "AzureWebJobsStorage": connection_string,
        "SALES_URL": sales,
        "COMMERCE_URL": commerce,
        "LEGAL_ENTITIES": "usmf,demf",
        "DECISION_CHANNEL": "status",
        "SALES_ORGANIZATION_ID": seed_id("organization/organization"),
        "LEAD_OWNER_TEAMS": json.dumps(TEAMS),
        "BRIDGE_CLIENT_ID": APPLICATION,
        CONFIRMED: "C207,C216,C230",
        BRIDGE_URL: bridge,
        BRIDGE_KEY: KEY,
    }


def fill_commerce(world: CommerceWorld) -> None:
    """One request, one customer hierarchy, one activated event."""
    with world.transaction():
        submit(world, OnboardingForm.parse({"last_name": "Lee", "company": "Fabrikam", "email": "ann@fabrikam.example"}))
        pull_requests(world)
        synchronize_requests(world)
        create_hierarchy(world, "Contoso", create_party(world, "Organization", OrganizationName="Contoso"))
        event = {"BusinessEventsTable": "B2BProspectCreatedBusinessEvent", "LegalEntity": "usmf"}
        world.create("BusinessEventsConfigurations", {**event, "BusinessEventsEndpoint_Name": "bridge"})


def fill_storage(storage: Storage, environment: Environment) -> None:
    """What a running app leaves: tables, queues, the timers' leases, two canaries that came through."""
    storage.ensure_created((*QUEUES, *POISON_QUEUES))
    checkpoints, now = Checkpoints(storage.tables), datetime.now(UTC)
    for timer in ("due", "reconcile"):
        checkpoints.lease(timer, "the app", 60, now)
    for decision in ("approve", "reject"):
        keep(environment, decision, {"at": now.isoformat(), "ok": True, "line": f"canary {decision}: ok"})


def storage_of(connection_string: str) -> Storage:
    """The clients of an account."""
    return Storage(StorageSettings(connection_string=connection_string))


def bridge_app(
    health: int = 200, events: int | None = None, asks_for_key: bool = True, opens_console: Callable[[str], bool] | None = None
) -> flask.Flask:
    """The app's HTTP surface as the functions host has it: 401 without a function key.

    `opens_console` says for which principal's header the console opens; others are sent to sign in.
    """
    app = flask.Flask("the app")

    def refused() -> bool:
        return asks_for_key and flask.request.args.get("code") != KEY

    @app.get("/api/health")
    def answer_health() -> tuple[Json, int]:
        return ({}, 401) if refused() else ({"ok": health == 200}, health)

    @app.get("/api/console")
    def answer_console() -> flask.typing.ResponseReturnValue:
        is_open = opens_console and opens_console(flask.request.headers.get(HEADER, ""))
        return "the overview" if is_open else flask.redirect("/.auth/login/aad")

    @app.post("/api/events/sales")
    def answer_event() -> tuple[str, int]:
        return ("", 401) if refused() else ("", events or 200)

    return app


@dataclass(frozen=True)
class Template:
    """A provisioned Sales, to be copied, since provisioning takes a second."""

    schema: Any
    store: Any
    user_roles: Any
    role_privileges: Any

    @classmethod
    def of(cls, sales: Sales) -> Template:
        """The state of this world."""
        world = sales.world
        return cls(*copy.deepcopy((world.schema, world.store, world.user_roles, world.role_privileges)))

    def put_into(self, sales: Sales) -> None:
        """Make a fresh world like this one."""
        schema, store, roles, privileges = copy.deepcopy((self.schema, self.store, self.user_roles, self.role_privileges))
        world = sales.world
        world.schema, world.store, world.user_roles, world.role_privileges = schema, store, roles, privileges


def turned(answers: dict[str, Answer]) -> dict[str, Level]:
    """The checks that are not ok, but for those that another one keeps from looking."""
    found = {code: answer for code, answer in answers.items() if answer.status is not Level.OK}
    return {code: answer.status for code, answer in found.items() if not answer.found.startswith("needs ")}
