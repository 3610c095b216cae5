"""The Storage queue trigger: leases, retries, poison, and polling as the Functions host does them.

Facts are from docs: functions-bindings-storage-queue(-trigger), unless a comment says otherwise.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage

from sandbox.host.model import Function, HostStopped, Result, Typed
from sandbox.host.schedule import seconds
from sandbox.host.settings import Settings

LEASE_SECONDS = 600
"""How long a message stays hidden from the others when its host dies."""
LEASE_VARIABLE = "SANDBOX_QUEUE_LEASE_SECONDS"
"""Where a whole story must be over in seconds, this sets another lease."""
SHORTEST_POLL_SECONDS = 0.1
SDK_RETRIES: dict[str, Any] = {"retry_total": 2, "initial_backoff": 0.2, "increment_base": 0.2}

_CHANCE = random.Random()
"""Not the module's own generator: a host may run inside somebody's process, whose random state is not ours to move."""

log = logging.getLogger(__name__)

Invoke = Callable[[Function, list[tuple[str, Typed]], dict[str, Typed]], Result]


@dataclass(frozen=True)
class QueueOptions:
    """host.json's extensions.queues; times in seconds."""

    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int
    visibility_timeout: float
    max_polling_interval: float
    base64: bool
    lease: float = LEASE_SECONDS

    @classmethod
    def from_settings(cls, settings: Settings) -> QueueOptions:
        """Read host.json; what is left out has the documented default for local development."""
        section = settings.extension("queues")
        batch_size = int(section.get("batchsize", 16))
        return cls(
            batch_size=batch_size,
            new_batch_threshold=int(section.get("newbatchthreshold", batch_size // 2)),
            max_dequeue_count=int(section.get("maxdequeuecount", 5)),
            visibility_timeout=seconds(section.get("visibilitytimeout", "00:00:00")),
            max_polling_interval=seconds(section.get("maxpollinginterval", "00:00:02")),
            base64=str(section.get("messageencoding", "base64")).lower() == "base64",
            lease=float(settings.env.get(LEASE_VARIABLE) or LEASE_SECONDS),
        )


class QueueListener:
    """Feeds one function from its queue until `stopping` is set."""

    def __init__(self, function: Function, settings: Settings, invoke: Invoke) -> None:
        self._function, self._invoke = function, invoke
        self._options = QueueOptions.from_settings(settings)
        name = settings.resolve(str(function.trigger["queueName"])).lower()
        connection = settings.connection(function.trigger.get("connection"))
        self._queue = QueueClient.from_connection_string(connection, name, **SDK_RETRIES)
        # A poison queue has no poison queue of its own.
        self._poison = None
        if not name.endswith("-poison"):
            self._poison = QueueClient.from_connection_string(connection, f"{name}-poison", **SDK_RETRIES)

    def run(self, stopping: threading.Event) -> None:
        """Poll until `stopping`, then wait for the messages in hand."""
        running: set[Future[None]] = set()
        misses = 0
        with ThreadPoolExecutor(self._options.batch_size + self._options.new_batch_threshold) as pool:
            while not stopping.is_set():
                messages = self._receive()
                misses = 0 if messages else misses + 1
                running |= {pool.submit(self._process, message) for message in messages}
                while len(running) > self._options.new_batch_threshold:
                    running = wait(running, return_when=FIRST_COMPLETED).not_done
                stopping.wait(polling_delay(misses, self._options.max_polling_interval))
        self._queue.close()
        if self._poison:
            self._poison.close()

    def _receive(self) -> list[QueueMessage]:
        size, lease = self._options.batch_size, int(self._options.lease)
        try:
            return list(self._queue.receive_messages(messages_per_page=size, max_messages=size, visibility_timeout=lease))
        except ResourceNotFoundError:
            return []
        except AzureError as error:
            log.warning("queue %s: %s", self._queue.queue_name, error)
            return []

    def _process(self, message: QueueMessage) -> None:
        # HostStopped: as after a host crash, the message comes back when its lease ends.
        # HttpResponseError: the lease was lost, or the queue has gone.
        with contextlib.suppress(HostStopped, HttpResponseError):
            if self._attempt(message) > self._options.max_dequeue_count:
                self._give_up(message)
                return
            with self._renewed(message):
                ok = self._handled(message)
            self._settle(message, ok)

    def _give_up(self, message: QueueMessage) -> None:
        """No function runs any more. In a poison queue the message stays, hidden for a lease again and again (WebJobs SDK)."""
        if self._poison:
            self._to_poison(message)
        else:
            log.error("message %s in %s has reached MaxDequeueCount", message.id, self._queue.queue_name)

    def _handled(self, message: QueueMessage) -> bool:
        try:
            body = self._body(message.content)
        except ValueError as error:
            log.error("Message decoding has failed! Check MessageEncoding settings. %s", error)
            return False
        return self._invoke(self._function, [(self._function.trigger["name"], body)], _metadata(message, body)).ok

    def _body(self, content: str) -> Typed:
        raw = base64.b64decode(content, validate=True) if self._options.base64 else content.encode()
        if str(self._function.trigger.get("dataType", "")).upper() == "BINARY":
            return "bytes", raw
        return "string", raw.decode()

    def _settle(self, message: QueueMessage, ok: bool) -> None:
        if ok:
            self._queue.delete_message(message)
        elif not self._poison:
            # As the WebJobs SDK does, against a fast endless loop: it stays hidden until its lease ends.
            log.warning("message %s failed in a poison queue", message.id)
        elif self._attempt(message) >= self._options.max_dequeue_count:
            self._to_poison(message)
        else:
            self._queue.update_message(message, visibility_timeout=int(self._options.visibility_timeout))

    @staticmethod
    def _attempt(message: QueueMessage) -> int:
        return message.dequeue_count or 1

    def _to_poison(self, message: QueueMessage) -> None:
        assert self._poison is not None
        log.warning("message %s has reached MaxDequeueCount, moving it to %s", message.id, self._poison.queue_name)
        try:
            self._poison.send_message(message.content)
        except ResourceNotFoundError:
            self._poison.create_queue()
            self._poison.send_message(message.content)
        self._queue.delete_message(message)

    @contextlib.contextmanager
    def _renewed(self, message: QueueMessage) -> Iterator[None]:
        """Keep the message hidden while its function runs, however long that is."""
        done = threading.Event()
        renewer = threading.Thread(target=self._renew, args=(message, done), daemon=True)
        renewer.start()
        try:
            yield
        finally:
            done.set()
            renewer.join()

    def _renew(self, message: QueueMessage, done: threading.Event) -> None:
        lease = self._options.lease
        while not done.wait(lease / 2):
            message.pop_receipt = self._queue.update_message(message, visibility_timeout=int(lease)).pop_receipt


def polling_delay(misses: int, longest: float, spread: Callable[[float, float], float] = _CHANCE.uniform) -> float:
    """Seconds until the next look at a queue: 100 ms after a message, then a random exponential back-off."""
    increment = float(2 ** min(misses, 16) - 1) * spread(0.8, 1.2)
    return min(longest, SHORTEST_POLL_SECONDS * (1 + increment))


def _metadata(message: QueueMessage, body: Typed) -> dict[str, Typed]:
    times: dict[str, Any] = {
        "ExpirationTime": message.expires_on,
        "InsertionTime": message.inserted_on,
        "NextVisibleTime": message.next_visible_on,
    }
    return {
        "QueueTrigger": ("string", body[1] if body[0] == "string" else base64.b64encode(body[1]).decode()),
        "Id": ("string", message.id),
        "PopReceipt": ("string", message.pop_receipt),
        "DequeueCount": ("json", str(message.dequeue_count)),
        **{name: ("json", f'"{moment.isoformat()}"') for name, moment in times.items() if moment},
    }
