"""The whole of local life: identity, head office, Sales, Azurite and the app on a Functions host, each a process of its own."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from operations.environment import BRIDGE_CLIENT_ID, BRIDGE_KEY, BRIDGE_URL
from sandbox.administrator import set_up_sales
from sandbox.azurite import Azurite
from sandbox.host.keys import KEYS_VARIABLE
from sandbox.identity import CLIENT_ID, TOKEN_PATH
from sandbox.processes import ROOT, Child, Processes, ReadyParser
from sandbox.sales.seed import seed_id

LEGAL_ENTITIES = ("usmf", "demf")
EVENTFUL = "usmf"
"""The legal entity whose new prospects head office announces; those of the others are found by the poll alone."""
TEAMS = {"usmf": seed_id("team/B2B Sales USA"), "demf": seed_id("team/B2B Sales Germany")}
"""Who owns the leads of each legal entity."""
EVENTS_KEY = "sandbox-events-key"
OFFICE, SALES, CONSOLE = "Commerce headquarters", "Sales", "the operators' console"
"""What people call them."""
TIMINGS = {
    "APPROVE_HOLD": "00:00:00",
    "REJECT_HOLD": "00:00:02",
    "SETTLE_TIME": "00:00:20",
    "EFFECTS_GRACE": "00:00:10",
    "LOOK_AGAIN": "00:01:00",
    "RETRY_AFTER": "00:00:01",
    "RETRY_LONGEST": "00:00:10",
    "DUE_SCHEDULE": "*/1 * * * * *",
    "RECONCILE_SCHEDULE": "*/3 * * * * *",
    "AUDIT_SCHEDULE": "0 0 3 * * *",
}
"""Seconds where a company would have minutes."""

Say = Callable[[str], None]


@dataclass
class Stack:
    """Started by `with`; leaving stops everything, the last started first. `settings` are the app's, over the defaults."""

    settings: dict[str, str] = field(default_factory=dict)
    say: Say = lambda text: None
    host_program: str = "small"
    host_port: int = 0
    log_dir: Path | None = None
    has_app: bool = True
    """False: both systems and storage alone, which announce nothing to anybody."""
    accounts: int = 1
    """Storage accounts; the app has the first, `azurite.account()` gives the others."""
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    environment: dict[str, str] = field(default_factory=dict)
    """What the app is started with."""

    def __enter__(self) -> Stack:
        self._open = ExitStack()
        self.processes = self._open.enter_context(Processes(self.log_dir))
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def _start(self) -> None:
        identity_header, self.administrators_header = secrets.token_hex(16), secrets.token_hex(16)
        shared = {"SANDBOX_SECRET": self.secret, "IDENTITY_HEADER": identity_header}
        callers = shared | {"ADMINISTRATORS_HEADER": self.administrators_header}
        self.identity = self._server("identity", "sandbox.identity", callers)
        self.commerce = self._server("commerce", "sandbox.commerce", shared)
        self.sales = self._server("sales", "sandbox.sales", shared)
        self._timed("azurite", self._start_azurite)
        self.environment = self._app_environment(identity_header)
        set_up_sales(self.environment, self.secret)
        if self.has_app:
            self.host = self._timed("functions host", self._start_host)
            self.announce(self.host.url, self.host.url)
            self._introduce()

    def _server(self, name: str, module: str, env: dict[str, str], *arguments: str) -> Child:
        return self._timed(name, lambda: self.processes.start(name, module, "--port", "0", *arguments, env=env))

    def _timed(self, name: str, start: Callable[[], Child]) -> Child:
        begun = time.monotonic()
        child = start()
        self.say(f"{name} started in {time.monotonic() - begun:.1f} s")
        return child

    def _start_azurite(self) -> Child:
        self.azurite = Azurite(self.processes, self.accounts)
        self.storage = self.azurite.account().connection_string
        return self.azurite.child

    def _app_environment(self, identity_header: str) -> dict[str, str]:
        """Nothing but settings a real environment would have, with the sandbox's addresses in them."""
        return {
            "AzureWebJobsStorage": self.storage,
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "PYTHON_THREADPOOL_THREAD_COUNT": "32",
            "IDENTITY_ENDPOINT": f"{self.identity.url}{TOKEN_PATH}",
            "IDENTITY_HEADER": identity_header,
            "SALES_URL": self.sales.url,
            "COMMERCE_URL": self.commerce.url,
            "LEGAL_ENTITIES": ",".join(LEGAL_ENTITIES),
            "LEAD_OWNER_TEAMS": json.dumps(TEAMS),
            "DECISION_CHANNEL": "status",
            "CONSOLE_DEVELOPER": "true",
            **TIMINGS,
            **self.settings,
        }

    @property
    def operators_settings(self) -> dict[str, str]:
        """The app's settings as an administrator uses them: with the app's address, and a sign-in of their own."""
        app = {BRIDGE_URL: self.host.url, BRIDGE_KEY: EVENTS_KEY, BRIDGE_CLIENT_ID: CLIENT_ID}
        return {**self.environment, **app, "IDENTITY_HEADER": self.administrators_header}

    def _start_host(self) -> Child:
        if self.host_program == "func":
            return self._start_core_tools()
        return self.start_app("host", self.host_port)

    def start_app(self, name: str, port: int = 0) -> Child:
        """One more app process on the same storage."""
        # Through the environment: of whoever is killed no file is left.
        keys = json.dumps({"master": secrets.token_hex(16), "host": {"default": EVENTS_KEY}})
        environment = self.environment | {KEYS_VARIABLE: keys}
        arguments = (str(ROOT), "--port", str(port), "--no-local-settings")
        return self.processes.start(name, "sandbox.host", *arguments, env=environment)

    def _start_core_tools(self) -> Child:
        program = shutil.which("func")
        if program is None:
            raise FileNotFoundError("func is not on PATH: install Azure Functions Core Tools, or leave out --host func")
        port = self.host_port or free_port()
        # They read a local.settings.json themselves; what is set here wins over it.
        ready = {"name": "host", "url": f"http://127.0.0.1:{port}"}
        command = [program, "start", "--python", "--port", str(port)]
        return self.processes.start_foreign("host", command, _ready_when("Host lock lease acquired", ready), self.environment)

    def _introduce(self) -> None:
        """Tell each system's pages where people find the others."""
        addresses = {OFFICE: self.commerce.url, SALES: self.sales.url, CONSOLE: f"{self.host.url}/api/console"}
        for name, system in ((OFFICE, self.commerce), (SALES, self.sales)):
            others = {other: address for other, address in addresses.items() if other != name}
            requests.put(f"{system.url}/sandbox/elsewhere", json=others, timeout=30).raise_for_status()

    def announce(self, commerce_events: str, sales_events: str) -> None:
        """Business events on one legal entity, webhooks on leads and opportunities, to these app roots."""
        target = f"{commerce_events}/api/events/commerce?code={EVENTS_KEY}"
        body = {"kind": "business", "url": target, "legal_entities": [EVENTFUL]}
        requests.post(f"{self.commerce.url}/sandbox/events/activate", json=body, timeout=30).raise_for_status()
        set_up_sales(self.environment, self.secret, sales_events, EVENTS_KEY)


def _ready_when(words: str, ready: dict[str, Any]) -> ReadyParser:
    return lambda line: ready if words in line else None


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
