"""A running Azurite, and the sample app on the host, with an account of its own for each test."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from sandbox.azurite import Azurite, azurite
from sandbox.host import Host

SAMPLE_APP = Path(__file__).with_name("sample_app")
PATIENCE_SECONDS = 20


def eventually(condition: Callable[[], Any]) -> Any:
    """The first true value of a condition; fails the test when there is none in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail("it did not happen in time")


@dataclass(frozen=True)
class Sample:
    """The sample app's surroundings: its environment, its queue, and what it wrote down."""

    env: dict[str, str]
    queue: QueueClient
    seen_file: Path

    def send(self, **body: str) -> str:
        """Queue a message and return its id."""
        message_id = self.queue.send_message(json.dumps(body)).id
        assert message_id is not None
        return message_id

    def seen(self, function: str) -> list[dict[str, Any]]:
        """What a function wrote down so far."""
        text = self.seen_file.read_text(encoding="utf-8") if self.seen_file.exists() else ""
        lines = [json.loads(line) for line in text.splitlines()]
        return [line for line in lines if line["function"] == function]

    def waiting(self) -> int:
        """The messages in the queue, hidden ones too."""
        return self.queue.get_queue_properties().approximate_message_count or 0


@pytest.fixture(scope="package")
def storage() -> Iterator[Azurite]:
    with azurite(accounts=100) as running:
        yield running


@pytest.fixture
def sample(storage: Azurite, tmp_path: Path) -> Iterator[Sample]:
    connection = storage.account().connection_string
    env = {
        "AzureWebJobsStorage": connection,
        "WORK_QUEUE": "work",
        "EVERY": "0 0 0 1 1 *",
        "SEEN": str(tmp_path / "seen.jsonl"),
    }
    with QueueClient.from_connection_string(connection, "work", message_encode_policy=TextBase64EncodePolicy()) as queue:
        queue.create_queue()
        yield Sample(env, queue, tmp_path / "seen.jsonl")


@pytest.fixture
def host(sample: Sample) -> Iterator[Host]:
    with Host(SAMPLE_APP, sample.env) as running:
        yield running
