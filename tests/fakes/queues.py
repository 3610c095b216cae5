"""Storage queues in memory: the part of QueueClient that the bridge uses."""

from __future__ import annotations

from dataclasses import dataclass, field

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.fakes.calls import Calls

MOST_BYTES = 48 * 1024
"""64 KiB as base64 (docs: scalability-targets, Queue storage)."""
LONGEST_DELAY = 7 * 24 * 3600


@dataclass(frozen=True)
class FakeMessage:
    """One message: its text, the seconds after which it becomes visible, and its time to live (-1: for ever)."""

    text: str
    visible_after: int
    time_to_live: int | None


@dataclass(frozen=True)
class FakeProperties:
    """What a queue says of itself."""

    approximate_message_count: int


@dataclass
class FakeQueues:
    """The queues of an account; call it with a name for a client. `messages` is what each holds, the oldest first."""

    calls: Calls = field(default_factory=Calls)
    messages: dict[str, list[FakeMessage]] = field(default_factory=dict)

    def __call__(self, queue_name: str) -> FakeQueue:
        return FakeQueue(self, queue_name)


@dataclass(frozen=True)
class FakeQueue:
    """Stands in for QueueClient."""

    service: FakeQueues
    queue_name: str

    def create_queue(self) -> None:
        """Raises ResourceExistsError where it is there."""
        with self.service.calls.around("queues.create_queue", self.queue_name):
            if self.queue_name in self.service.messages:
                raise _answer(ResourceExistsError, 409, "QueueAlreadyExists")
            self.service.messages[self.queue_name] = []

    def send_message(self, content: str, *, visibility_timeout: int | None = None, time_to_live: int | None = None) -> None:
        """Raises ResourceNotFoundError where there is no such queue, HttpResponseError for what the service refuses."""
        with self.service.calls.around("queues.send_message", self.queue_name, content, visibility_timeout):
            queue = self._messages()
            if len(content.encode()) > MOST_BYTES:
                raise _answer(HttpResponseError, 413, "RequestBodyTooLarge")
            if not 0 <= (visibility_timeout or 0) <= LONGEST_DELAY:
                raise _answer(HttpResponseError, 400, "OutOfRangeQueryParameterValue")
            queue.append(FakeMessage(content, visibility_timeout or 0, time_to_live))

    def get_queue_properties(self) -> FakeProperties:
        """Counts hidden messages too."""
        with self.service.calls.around("queues.get_queue_properties", self.queue_name):
            return FakeProperties(len(self._messages()))

    def _messages(self) -> list[FakeMessage]:
        if self.queue_name not in self.service.messages:
            raise _answer(ResourceNotFoundError, 404, "QueueNotFound")
        return self.service.messages[self.queue_name]


def _answer(kind: type[HttpResponseError], status: int, code: str) -> HttpResponseError:
    error = kind(message=code)
    error.status_code, error.error_code = status, code
    return error
