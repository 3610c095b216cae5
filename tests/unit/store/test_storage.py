"""The clients of the storage account; none of them is used here."""

from __future__ import annotations

import time

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from shared.errors import System, Transient
from shared.storage import Storage, StorageSettings, told_as_transient

ADDRESSES = StorageSettings(
    table_uri="https://account.table.core.windows.net",
    queue_uri="https://account.queue.core.windows.net",
    blob_uri="https://account.blob.core.windows.net",
)
SECRET = "c2VjcmV0"
ACCOUNT = f"DefaultEndpointsProtocol=https;AccountName=account;AccountKey={SECRET}"
CONNECTION = StorageSettings(f"{ACCOUNT};EndpointSuffix=core.windows.net")


class Credential:
    """A credential that nobody asks for a token."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        raise AssertionError("no client may be used")


@pytest.mark.parametrize("storage", [Storage(ADDRESSES, Credential()), Storage(CONNECTION)], ids=["addresses", "connection"])
def test_clients_are_made_without_using_them(storage: Storage) -> None:
    assert storage.tables.url == "https://account.table.core.windows.net"
    assert storage.queue("lead-qualified").url == "https://account.queue.core.windows.net/lead-qualified"
    assert storage.dead_letter_bodies.url == "https://account.blob.core.windows.net/dead-letters"
    assert storage.tables is storage.tables


def test_an_address_without_a_credential_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="credential"):
        _ = Storage(ADDRESSES).tables


def test_the_key_is_never_shown() -> None:
    assert SECRET not in repr(CONNECTION)


def test_trouble_with_storage_is_told_with_status_and_nothing_of_the_message() -> None:
    failure = HttpResponseError("Fabrikam is not welcome")
    failure.status_code = 403
    with pytest.raises(Transient) as told, told_as_transient("table Onboardings"):
        raise failure
    assert (told.value.system, told.value.status, told.value.__cause__) == (System.STORAGE, 403, failure)
    assert str(told.value) == "storage: table Onboardings: HttpResponseError (HTTP 403)"


def test_no_client_tries_again_by_itself() -> None:
    nobody = "http://127.0.0.1:1/account"
    endpoints = ";".join(f"{service}Endpoint={nobody}" for service in ("Table", "Queue", "Blob"))
    storage = Storage(StorageSettings(f"AccountName=account;AccountKey={SECRET};{endpoints}"))
    begun = time.monotonic()
    for call in (
        lambda: storage.tables.get_table_client("Onboardings").get_entity("usmf", "o~1"),
        storage.queue("lead-qualified").create_queue,
        storage.dead_letter_bodies.create_container,
    ):
        with pytest.raises(ServiceRequestError):
            call()
    assert time.monotonic() - begun < 2


def test_an_error_of_our_own_passes() -> None:
    with pytest.raises(KeyError), told_as_transient("table Onboardings"):
        raise KeyError("ours")
