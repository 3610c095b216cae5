"""The real app on the functions host, on a storage account of its own, beside both systems; nothing moves but what a test moves.

The systems announce nothing and the timers rest until New Year, so that one message is one convergence.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests
from azure.storage.queue import QueueClient

from sandbox.host import Host, Keys
from sandbox.people import HeadOffice, SalesDesk
from sandbox.processes import ROOT
from sandbox.scenario import Applicant, Story
from sandbox.stack import Stack
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.models import EventType, Hint, ProspectKey
from shared.ports import Stored
from shared.queues import POISON_QUEUES, QUEUES, EventQueues
from shared.storage import TABLES, Storage, StorageSettings

KEY = "a-function-key"
KEYS = Keys(master="the-master-key", host={"default": KEY})
QUIET = {
    "RECONCILE_SCHEDULE": "0 0 0 1 1 *",
    "DUE_SCHEDULE": "0 0 0 1 1 *",
    "AUDIT_SCHEDULE": "0 0 0 1 1 *",
    "REJECT_HOLD": "00:00:00",
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.400",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:00",
}
NO_QUEUE_FUNCTIONS = {f"AzureWebJobs.{queue.replace('-', '_')}.Disabled": "true" for queue in (*QUEUES, *POISON_QUEUES)}
"""Messages stay in the queues, for the test to read."""

_numbers = itertools.count(1)


def environment(systems: Stack, **settings: str) -> dict[str, str]:
    """An app's environment with a storage account that nobody used yet, unless one is given."""
    storage = settings.get("AzureWebJobsStorage") or systems.azurite.account().connection_string
    return {**systems.environment, **QUIET, **settings, "AzureWebJobsStorage": storage}


def applicant(legal_entity: str = "usmf") -> Applicant:
    """A visitor of the site who was not there before."""
    number = next(_numbers)
    return Applicant(number, Story.WON, legal_entity, "Zebulon", f"Quackenbush-{number}", f"Wondrous Widgets {number}")


def send(host: Host, method: str, route: str, body: bytes = b"", key: str | None = KEY, **headers: str) -> requests.Response:
    """A request to an app, with a function key."""
    sent = {"Content-Type": "application/json", **headers, **({"x-functions-key": key} if key else {})}
    return requests.request(method, f"{host.url}/api/{route}", data=body, headers=sent, timeout=30)


@dataclass
class Scene:
    """A running app with its storage, and the people in both systems."""

    systems: Stack
    host: Host
    env: dict[str, str]
    storage: Storage = field(init=False)
    store: Correlation = field(init=False)
    queues: EventQueues = field(init=False)
    dead_letters: DeadLetters = field(init=False)

    def __post_init__(self) -> None:
        self.office = HeadOffice(self.systems.commerce.url)
        self.desk = SalesDesk(self.systems.sales.url, self.systems.secret)
        self.storage = Storage(StorageSettings(self.env["AzureWebJobsStorage"]))
        self.storage.ensure_created((*QUEUES, *POISON_QUEUES))
        self.store, self.queues = Correlation(self.storage.tables), EventQueues(self.storage.queue)
        self.dead_letters = DeadLetters(self.storage.tables, self.storage.dead_letter_bodies)

    # ---- the app's HTTP side

    def post(self, route: str, body: bytes, key: str | None = KEY, **headers: str) -> requests.Response:
        """POST an event to `/api/events/{route}`."""
        return self.request("POST", f"events/{route}", body, key, **headers)

    def request(self, method: str, route: str, body: bytes = b"", key: str | None = KEY, **headers: str) -> requests.Response:
        """A request to the app, with a function key."""
        return send(self.host, method, route, body, key, **headers)

    # ---- people

    def apply(self, who: Applicant) -> ProspectKey:
        """The visitor asks to become a partner, and head office's jobs make a prospect of it."""
        self.office.submit_request(who.form())
        self.office.run_jobs()
        rows = self.office.state()["Prospects"]
        return next(ProspectKey.of(r["dataAreaId"], r["ProspectId"]) for r in rows if r["PrimaryEmailAddress"] == who.email)

    def status(self, key: ProspectKey) -> str:
        """What head office shows of the prospect."""
        rows = self.office.state()["Prospects"]
        return next(r["B2BProspectStatus"] for r in rows if ProspectKey.of(r["dataAreaId"], r["ProspectId"]) == key)

    def customers(self, key: ProspectKey) -> dict[str, dict[str, Any]]:
        """The onboarding's customers in head office, by type."""
        known = self.row(key).onboarding
        mine = {known.organization_account, known.person_account} - {""}
        rows = self.office.state()["CustomersV3"]
        return {r["PartyType"]: r for r in rows if r["dataAreaId"] == key.legal_entity and r["CustomerAccount"] in mine}

    def lead(self, key: ProspectKey) -> str:
        """The id of the prospect's lead in Sales."""
        return self.desk.leads()[key.text]

    # ---- the app's storage

    def row(self, key: ProspectKey) -> Stored:
        """The onboarding's row, which must be there."""
        stored = self.store.load(key)
        assert stored is not None, f"no row of {key.text}"
        return stored

    def tell(self, queue: EventType, **members: Any) -> None:
        """Put a hint into its queue."""
        self.queues.send(Hint(type=queue, source="test", first_seen=datetime.now(UTC), **members))

    def messages(self, queue: str) -> list[bytes]:
        """What waits visibly in a queue."""
        with self.storage.queue(queue) as client:
            return [base64.b64decode(message.content) for message in client.peek_messages(32)]

    def waiting(self) -> dict[str, int]:
        """The queues that are not empty: how many messages each holds, hidden ones too."""
        return {queue: depth for queue, depth in self.queues.depths().items() if depth}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self.storage.tables.get_table_client(table) as client:
            return [dict(row) for row in client.list_entities()]

    def clear(self) -> None:
        """As if nothing had happened yet."""
        for queue in (*QUEUES, *POISON_QUEUES):
            self.raw_queue(queue).clear_messages()
        for table in TABLES:
            with self.storage.tables.get_table_client(table) as client:
                for row in client.list_entities():
                    client.delete_entity(row)

    def raw_queue(self, queue: str) -> QueueClient:
        """A client that sends texts as they are."""
        return QueueClient.from_connection_string(self.env["AzureWebJobsStorage"], queue)

    # ---- the host

    def invocations(self, function: str) -> dict[str, int]:
        """{"ok": n, "failed": n} of a function so far."""
        return self.host.invoker.counts().get(function, {"ok": 0, "failed": 0})


@contextmanager
def scene(systems: Stack, **settings: str) -> Iterator[Scene]:
    """Start the app for the length of a `with` block; `settings` come over the quiet ones."""
    env = environment(systems, **settings)
    with Host(ROOT, env, keys=KEYS) as host:
        yield Scene(systems, host, env)


def again(before: Scene, **settings: str) -> AbstractContextManager[Scene]:
    """The same app, started anew on the same storage."""
    return scene(before.systems, **{**before.env, **settings})
