"""Clients made by Storage, queues among them, on Azurite."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from azure.storage.queue import QueueClient

from sandbox.azurite import Account
from shared.checkpoints import Checkpoints
from shared.dead_letters import DeadLetters
from shared.models import EventType, Hint, Preflight
from shared.queues import POISON_QUEUES, QUEUES, EventQueues
from shared.storage import Storage
from tests.unit.store.builders import KEY, NOW

pytestmark = pytest.mark.integration

UNUSUAL = Preflight(etag="é漢")
HINT = Hint(type=EventType.LEAD_QUALIFIED, key=KEY.text, state="qualified", source="Update", first_seen=NOW, preflight=UNUSUAL)


@pytest.fixture
def raw_queue(account: Account) -> Iterator[QueueClient]:
    """The queue as the Functions host sees it: nothing is decoded."""
    with QueueClient.from_connection_string(account.connection_string, "lead-qualified") as client:
        yield client


def test_an_account_is_made_ready_once_or_twice(storage: Storage) -> None:
    for _ in range(2):
        storage.ensure_created(QUEUES)
    assert Checkpoints(storage.tables).lease("reconcile", "one", 60, NOW)
    letters = DeadLetters(storage.tables, storage.dead_letter_bodies, lambda: NOW)
    assert letters.body(letters.keep("sales", "not JSON", b"{")) == b"{"
    assert EventQueues(storage.queue).depths() == dict.fromkeys(QUEUES + POISON_QUEUES, 0)


def test_a_message_is_base64_of_utf8_as_the_queue_trigger_expects(storage: Storage, raw_queue: QueueClient) -> None:
    EventQueues(storage.queue).send(HINT)
    (message,) = raw_queue.receive_messages()
    told = Hint.model_validate_json(base64.b64decode(message.content))
    assert told.correlation_id and told.traceparent
    assert told.model_copy(update={"correlation_id": None, "traceparent": None}) == HINT
    assert message.expires_on.year == 9999


def test_a_delayed_message_is_hidden_and_counted(storage: Storage, raw_queue: QueueClient) -> None:
    queues = EventQueues(storage.queue)
    queues.send(HINT, 3600)
    assert list(raw_queue.receive_messages()) == []
    assert queues.depths()["lead-qualified"] == 1
