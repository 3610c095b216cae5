"""Storage does not answer: nothing is acknowledged, and whoever sent it is asked to send it again."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator

import pytest
from azure.storage.queue import QueueClient

from sandbox.azurite import azurite
from sandbox.host import Host
from sandbox.processes import ROOT
from sandbox.stack import Stack
from tests.integration.app.scene import KEYS, NO_QUEUE_FUNCTIONS, Scene, environment, scene, send
from tests.integration.waiting import eventually
from tests.unit.events import payloads

pytestmark = pytest.mark.integration

EVENTS = {"commerce": "business-event", "sales": "qualify-lead"}
LONGEST = 15
"""Seconds until the answer; Dataverse never repeats a call that timed out."""


@pytest.fixture(scope="module")
def stranded(systems: Stack) -> Iterator[Scene]:
    """The app, whose storage went away after it was started."""
    with azurite() as storage:
        connection = {"AzureWebJobsStorage": storage.account().connection_string}
        with scene(systems, **connection, **NO_QUEUE_FUNCTIONS) as running:
            assert running.request("GET", "health").status_code == 200
            storage.child.stop()
            yield running


def test_an_event_is_refused_for_now_and_soon_enough(stranded: Scene) -> None:
    begun = time.monotonic()
    assert stranded.post("sales", payloads.body("sales", "qualify-lead")).status_code == 503
    assert time.monotonic() - begun < LONGEST


def test_what_is_not_understood_is_not_refused_for_good_before_it_is_kept(stranded: Scene) -> None:
    assert stranded.post("commerce", b"nobody understands this").status_code == 503


def test_health_says_that_storage_does_not_answer(stranded: Scene) -> None:
    answer = stranded.request("GET", "health")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert len(answer.json()["problems"]) == 1
    assert answer.json()["problems"][0].startswith("storage: ")


def test_an_app_that_starts_meanwhile_refuses_for_now_too(stranded: Scene) -> None:
    with Host(ROOT, stranded.env, keys=KEYS) as host:
        for system, event in EVENTS.items():
            assert send(host, "POST", f"events/{system}", payloads.body(system, event)).status_code == 503


def test_a_poison_message_comes_back_to_an_app_that_cannot_start_for_want_of_tables(systems: Stack) -> None:
    account = systems.azurite.account().connection_string
    no_tables = re.sub("TableEndpoint=[^;]+", "TableEndpoint=http://127.0.0.1:1/none", account)
    env = environment(systems, AzureWebJobsStorage=no_tables)
    with QueueClient.from_connection_string(account, "lead-qualified-poison") as poison, Host(ROOT, env, keys=KEYS) as host:
        poison.create_queue()
        poison.send_message(base64.b64encode(b"{}").decode())
        eventually(lambda: host.invoker.counts().get("lead_qualified_poison") == {"ok": 1, "failed": 0})
        eventually(lambda: poison.get_queue_properties().approximate_message_count == 1)
        assert poison.peek_messages() == []
