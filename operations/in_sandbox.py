"""A fresh sandbox for one command: started, set up where the command needs it, stopped again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from operations.canary_record import keep
from operations.doctor_bridge import timers
from operations.doctor_model import CONFIRMED, Context, Level
from operations.environment import BRIDGE_CLIENT_ID, BRIDGE_KEY, BRIDGE_URL, NO_STORAGE, Environment, Variables
from operations.plan import Say
from sandbox.administrator import Administrator
from sandbox.identity import CLIENT_ID
from sandbox.people import HeadOffice
from sandbox.processes import Processes
from sandbox.sales.seed import seed_id
from sandbox.stack import EVENTS_KEY, TEAMS, Stack
from shared.field_map import Profile
from shared.models import ProspectKey
from shared.settings import from_environment

_SECRET = "one command's sandbox"  # noqa: S105 - of systems that live as long as the command
_NOWHERE = "http://127.0.0.1:7071"
PATIENCE = 60.0
"""Seconds for one hop of a canary."""
FIRST_TIMERS = 20.0
"""Seconds until the timers have run for the first time, at the latest."""
SETTINGS = {
    "SALES_ORGANIZATION_ID": seed_id("organization/organization"),
    "LEAD_OWNER_TEAMS": json.dumps(TEAMS),
    "CONSOLE_DEVELOPER": "false",
}
"""What an administrator would set after looking at both systems."""
_LOOKED_AT = "C207,C216,C230"
"""What no interface shows: the sandbox as a whole stands for a company that has looked."""
_VISITOR = {"first_name": "Ada", "last_name": "Byron", "company": "Fabrikam", "email": "ada@fabrikam.invalid", "country": "USA"}


@contextmanager
def sales_alone(say: Say, over: Variables) -> Iterator[Environment]:
    """A Sales environment as it comes, and nothing else; for the profile dual-write with Microsoft's package."""
    with Processes() as processes:
        variables = {"SANDBOX_SECRET": _SECRET, "IDENTITY_HEADER": _SECRET}
        package = ["--package"] if over.get("LEAD_PROFILE") == Profile.DUAL_WRITE else []
        say(f"starting Sales{' with the dual-write package' if package else ''}")
        sales = processes.start("sales", "sandbox.sales", "--port", "0", *package, env=variables)
        there = {"SALES_URL": sales.url, "COMMERCE_URL": _NOWHERE, BRIDGE_URL: _NOWHERE, BRIDGE_KEY: EVENTS_KEY}
        yield _environment({**there, **over}, _SECRET)


@contextmanager
def commerce_alone(say: Say, over: Variables) -> Iterator[Environment]:
    """Commerce as an integrator finds it, and nothing else."""
    with Processes() as processes:
        say("starting Commerce")
        commerce = processes.start("commerce", "sandbox.commerce", "--port", "0", env={"SANDBOX_SECRET": _SECRET})
        yield _environment({"SALES_URL": _NOWHERE, "COMMERCE_URL": commerce.url, **over}, _SECRET)


@contextmanager
def everything(say: Say, over: Variables) -> Iterator[Environment]:
    """Both systems, storage and the app, set up as docs/setup.md says: `provision`, a first partner, both canaries kept."""
    say("starting identity, Commerce, Sales, Azurite and the app")
    with Stack(settings=SETTINGS, has_app=False) as stack:
        _first_partner(HeadOffice(stack.commerce.url))
        host = stack.start_app("host")
        stack.announce(host.url, host.url)
        app = {BRIDGE_URL: host.url, BRIDGE_KEY: EVENTS_KEY, BRIDGE_CLIENT_ID: CLIENT_ID, CONFIRMED: _LOOKED_AT}
        environment = _environment({**stack.environment, **app, **over}, stack.secret)
        _wait_for_timers(environment)
        _keep_canaries(environment)
        yield environment


def request_on_the_site(environment: Environment, marker: Any, legal_entity: str) -> ProspectKey:
    """What a visitor of the sandbox's site and head office's jobs do."""
    office = HeadOffice(environment.settings.commerce_url)
    form = {"first_name": "Canary", "last_name": marker.token, "company": marker.company, "email": marker.email}
    office.submit_request({**form, "legal_entity": legal_entity, "country": "USA", "zip_code": "98101"})
    made = next(row for row in office.run_jobs() if row["legal_entity"] == legal_entity)
    return ProspectKey.of(made["legal_entity"], made["prospect"])


def _first_partner(office: HeadOffice) -> None:
    """A company that was approved before there was a bridge: a request whose party can be seen, and a customer hierarchy."""
    office.submit_request({**_VISITOR, "legal_entity": "usmf", "zip_code": "98101"})
    (made,) = office.run_jobs()
    office.decide(made["legal_entity"], made["prospect"], "approve")


def _keep_canaries(environment: Environment) -> None:
    line = "comes with the sandbox; `canary --sandbox` sends a real one"
    for decision in ("approve", "reject"):
        keep(environment, decision, {"at": datetime.now(UTC).isoformat(), "ok": True, "line": f"canary {decision}: {line}"})


def _wait_for_timers(environment: Environment) -> None:
    """Until each timer ran once: a doctor who comes in the same second would say that they never do."""
    context, end = Context(environment), time.monotonic() + FIRST_TIMERS
    while timers(context).level is not Level.OK and time.monotonic() < end:
        time.sleep(0.1)


def _environment(variables: dict[str, str], secret: str) -> Environment:
    given = {"LEGAL_ENTITIES": "usmf,demf", "AzureWebJobsStorage": NO_STORAGE, **SETTINGS, **variables}
    url, key = given.get(BRIDGE_URL, ""), given.get(BRIDGE_KEY, "")
    return Environment(from_environment(given), Administrator(secret), url, key, given)
