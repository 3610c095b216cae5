"""A real table, queue and blob service: one Azurite for the session, an account of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.azurite import Account, Azurite, azurite
from shared.storage import DEAD_LETTER_BODIES, TABLES, Storage, StorageSettings
from tests.fakes.calls import Calls

SUITES = ("onboardings", "links", "lists", "checkpoints", "dead_letters")
pytest.register_assert_rewrite(*(f"tests.unit.store.suite_{suite}" for suite in SUITES))

ACCOUNTS = 200
"""More than there are tests in this folder."""
_TABLE_CALLS = {"GET": "query_entities", "PUT": "upsert_entity", "DELETE": "delete_entity", "POST": "submit_transaction"}
_BLOB_CALLS = {"PUT": "upload_blob", "GET": "download_blob", "DELETE": "delete_blob"}


class TappedTransport(RequestsTransport):
    """HTTP as always, each request noted under the name that the fakes give it, and broken where a test wants it."""

    def __init__(self, calls: Calls, service: str, names: dict[str, str]) -> None:
        super().__init__()
        self._calls, self._service, self._names = calls, service, names

    def send(self, request: Any, **options: Any) -> Any:
        """Send between both hooks."""
        name = "get_entity" if request.method == "GET" and "PartitionKey='" in request.url else self._names[request.method]
        with self._calls.around(f"{self._service}.{name}", request.url):
            return super().send(request, **options)


@pytest.fixture(scope="package")
def running_azurite() -> Iterator[Azurite]:
    with azurite(ACCOUNTS) as running:
        yield running


@pytest.fixture
def account(running_azurite: Azurite) -> Account:
    return running_azurite.account()


@pytest.fixture
def storage(account: Account) -> Storage:
    return Storage(StorageSettings(account.connection_string))


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def empty_account(running_azurite: Azurite) -> Iterator[TableServiceClient]:
    with TableServiceClient.from_connection_string(running_azurite.account().connection_string, retry_total=0) as service:
        yield service


@pytest.fixture
def tables(account: Account, calls: Calls) -> Iterator[TableServiceClient]:
    transport = TappedTransport(calls, "tables", _TABLE_CALLS)
    with TableServiceClient.from_connection_string(account.connection_string, transport=transport, retry_total=0) as service:
        for table in TABLES:
            service.create_table_if_not_exists(table)
        calls.clear()
        yield service


@pytest.fixture
def bodies(account: Account, calls: Calls) -> Iterator[ContainerClient]:
    transport = TappedTransport(calls, "blobs", _BLOB_CALLS)
    with BlobServiceClient.from_connection_string(account.connection_string, transport=transport, retry_total=0) as service:
        container = service.get_container_client(DEAD_LETTER_BODIES)
        container.create_container()
        yield container
