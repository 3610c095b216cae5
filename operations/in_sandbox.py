"""A fresh sandbox for one command: started, set up where the command needs it, stopped again."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken

from operations.doctor_bridge import timers
from operations.doctor_model import CONFIRMED, Context, Level
from operations.environment import BRIDGE_KEY, BRIDGE_URL, NO_STORAGE, Environment, Variables
from operations.plan import Say
from operations.provision_sales import provision
from sandbox.identity import issue
from sandbox.people import HeadOffice
from sandbox.processes import Processes
from sandbox.sales.seed import seed_id
from sandbox.stack import EVENTS_KEY, Stack
from shared.models import ProspectKey
from shared.settings import from_environment

ADMINISTRATOR = "Admin"
_SECRET = "one command's sandbox"  # noqa: S105 - of systems that live as long as the command
_NOWHERE = "http://127.0.0.1:7071"
PATIENCE = 60.0
"""Seconds for one hop of a canary."""
FIRST_TIMERS = 20.0
"""Seconds until the timers have run for the first time, at the latest."""
_TEAMS = {"usmf": seed_id("team/B2B Sales USA"), "demf": seed_id("team/B2B Sales Germany")}
SETTINGS = {
    "SALES_ORGANIZATION_ID": seed_id("organization/organization"),
    "LEAD_OWNER_TEAMS": json.dumps(_TEAMS),
    CONFIRMED: "C206,C207,C216,C230",
    "CONSOLE_DEVELOPER": "false",
}
"""What an administrator would set after looking at both systems."""


@dataclass(frozen=True)
class Administrator:
    """The credential of the person who sets the systems up."""

    secret: str

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A token for the system of the scope."""
        return AccessToken(issue(self.secret, scopes[0].removesuffix("/.default"), ADMINISTRATOR), 2**31)


@contextmanager
def sales_alone(say: Say, over: Variables) -> Iterator[Environment]:
    """A Sales environment as it comes, and nothing else."""
    with Processes() as processes:
        variables = {"SANDBOX_SECRET": _SECRET, "IDENTITY_HEADER": _SECRET}
        say("starting Sales")
        sales = processes.start("sales", "sandbox.sales", "--port", "0", env=variables)
        yield _environment(
            {"SALES_URL": sales.url, "COMMERCE_URL": _NOWHERE, BRIDGE_URL: _NOWHERE, BRIDGE_KEY: EVENTS_KEY}, _SECRET
        )


@contextmanager
def commerce_alone(say: Say, over: Variables) -> Iterator[Environment]:
    """Commerce as an integrator finds it, and nothing else."""
    with Processes() as processes:
        say("starting Commerce")
        commerce = processes.start("commerce", "sandbox.commerce", "--port", "0", env={"SANDBOX_SECRET": _SECRET})
        yield _environment({"SALES_URL": _NOWHERE, "COMMERCE_URL": commerce.url, **over}, _SECRET)


@contextmanager
def everything(say: Say, over: Variables) -> Iterator[Environment]:
    """Both systems, storage and the app, with Sales provisioned as `provision sales --apply` does it."""
    say("starting identity, Commerce, Sales, Azurite and the app")
    with tempfile.TemporaryDirectory() as logs, Stack(settings={**SETTINGS, **over}, log_dir=Path(logs)) as stack:
        variables = {**stack.environment, BRIDGE_URL: stack.host.url, BRIDGE_KEY: EVENTS_KEY}
        environment = _environment(variables, stack.secret)
        provision(environment.dataverse, environment.wanted, lambda line: None, apply=True)
        _wait_for_timers(environment)
        yield environment


def request_on_the_site(environment: Environment, marker: Any, legal_entity: str) -> ProspectKey:
    """What a visitor of the sandbox's site and head office's jobs do."""
    office = HeadOffice(environment.settings.commerce_url)
    form = {"first_name": "Canary", "last_name": marker.token, "company": marker.company, "email": marker.email}
    office.submit_request({**form, "legal_entity": legal_entity, "country": "USA", "zip_code": "98101"})
    made = next(row for row in office.run_jobs() if row["legal_entity"] == legal_entity)
    return ProspectKey.of(made["legal_entity"], made["prospect"])


def _wait_for_timers(environment: Environment) -> None:
    """Until each timer ran once: a doctor who comes in the same second would say that they never do."""
    context, end = Context(environment), time.monotonic() + FIRST_TIMERS
    while timers(context).level is not Level.OK and time.monotonic() < end:
        time.sleep(0.1)


def _environment(variables: dict[str, str], secret: str) -> Environment:
    given = {"LEGAL_ENTITIES": "usmf,demf", "AzureWebJobsStorage": NO_STORAGE, **SETTINGS, **variables}
    url, key = given.get(BRIDGE_URL, ""), given.get(BRIDGE_KEY, "")
    return Environment(from_environment(given), Administrator(secret), url, key, given)
