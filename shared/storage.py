"""The storage account's clients, made when first used. None retries by itself: whoever calls knows how long it may take.

An insert that was committed, answered 503 and sent again by the SDK would meet itself as a 409.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPException
from typing import Any

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from shared.errors import System, Transient

ONBOARDINGS, LINKS, CHECKPOINTS, DEAD_LETTERS = "Onboardings", "Links", "Checkpoints", "DeadLetters"
TABLES = (ONBOARDINGS, LINKS, CHECKPOINTS, DEAD_LETTERS)
DEAD_LETTER_BODIES = "dead-letters"
"""The private container of what could not be parsed."""

FAILURES = (AzureError, HTTPException)
"""What the clients raise; HTTPException is an answer to a transaction that is no proper multipart text."""

_TABLE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 8}
_BLOB: dict[str, Any] = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 8}
_QUEUE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 2, "read_timeout": 2}


@dataclass(frozen=True)
class StorageSettings:
    """Either a connection string (Azurite, whose plain http takes no token) or the three service addresses."""

    connection_string: str | None = field(default=None, repr=False)
    table_uri: str = ""
    queue_uri: str = ""
    blob_uri: str = ""


class Storage:
    """The clients of one storage account. Making one opens no connection; each may be shared between threads."""

    def __init__(self, settings: StorageSettings, credential: TokenCredential | None = None) -> None:
        self._settings, self._credential = settings, credential

    @cached_property
    def tables(self) -> TableServiceClient:
        """The table service."""
        if secret := self._settings.connection_string:
            return TableServiceClient.from_connection_string(secret, **_TABLE)
        return TableServiceClient(self._settings.table_uri, credential=self._required_credential(), **_TABLE)

    @cached_property
    def dead_letter_bodies(self) -> ContainerClient:
        """The container of dead letters' bodies."""
        if secret := self._settings.connection_string:
            blobs = BlobServiceClient.from_connection_string(secret, **_BLOB)
        else:
            blobs = BlobServiceClient(self._settings.blob_uri, credential=self._required_credential(), **_BLOB)
        return blobs.get_container_client(DEAD_LETTER_BODIES)

    def queue(self, name: str) -> QueueClient:
        """A new client of one queue, its messages as base64 of UTF-8: what the queue trigger reads by default."""
        policy = TextBase64EncodePolicy()
        if secret := self._settings.connection_string:
            return QueueClient.from_connection_string(secret, name, message_encode_policy=policy, **_QUEUE)
        return QueueClient(
            self._settings.queue_uri, name, credential=self._required_credential(), message_encode_policy=policy, **_QUEUE
        )

    def ensure_created(self, queues: Iterable[str] = ()) -> None:
        """Create the tables, these queues and the container where they are missing; raises Transient."""
        with told_as_transient("creating tables, queues and containers"):
            for table in TABLES:
                self.tables.create_table_if_not_exists(table)
            for queue in queues:
                create_if_missing(self.queue(queue).create_queue)
            create_if_missing(self.dead_letter_bodies.create_container)

    def _required_credential(self) -> TokenCredential:
        if self._credential is None:
            raise ValueError("a storage account that is reached by its address needs a credential")
        return self._credential


def create_if_missing(create: Callable[[], object]) -> None:
    """Call it, content where the thing is there already."""
    with suppress(ResourceExistsError):
        create()


@contextmanager
def told_as_transient(doing: str) -> Iterator[None]:
    """Turn whatever the clients raise in here into Transient: no trouble with Storage is a case's own."""
    try:
        yield
    except FAILURES as error:
        raise transient(doing, error) from error


def transient(doing: str, error: Exception) -> Transient:
    """That error as one of ours, with the service's status, code and request id."""
    response = getattr(error, "response", None)
    return Transient(
        System.STORAGE,
        f"{doing}: {type(error).__name__}",
        status=status_of(error),
        code=str(getattr(error, "error_code", None) or ""),
        request_id=response.headers.get("x-ms-request-id", "") if response is not None else "",
    )


def status_of(error: Exception) -> int | None:
    """The HTTP status; None where no proper answer came."""
    return getattr(error, "status_code", None)
