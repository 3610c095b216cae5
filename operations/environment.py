"""What a command works on: the settings of one environment, clients of both systems and of storage, the app's own address."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential

from operations.dataverse import Dataverse
from operations.provision_wanted import SOLUTION, Wanted
from shared.errors import SettingsInvalid, System
from shared.field_map import Profile
from shared.odata import ODataService
from shared.settings import Settings, from_environment
from shared.storage import Storage, StorageSettings

BRIDGE_URL, BRIDGE_KEY, BRIDGE_CLIENT_ID = "BRIDGE_URL", "BRIDGE_KEY", "BRIDGE_CLIENT_ID"
"""Settings of these commands alone: the deployed app's address, a function key of it, the client id of its identity."""
SALES_EVENTS = "/api/events/sales"
WEB_API = "/api/data/v9.2"

Variables = Mapping[str, str]
IDENTITY = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")
"""Where azure-identity itself looks for a managed identity."""
NO_STORAGE = "DefaultEndpointsProtocol=https;AccountName=notset;AccountKey=bm90c2V0;EndpointSuffix=not-set.invalid"
_NOT_FOR_SALES: Variables = {
    "COMMERCE_URL": "https://not-set.invalid",
    "LEGAL_ENTITIES": "not-set",
    "AzureWebJobsStorage": NO_STORAGE,
}
_NOT_FOR_COMMERCE: Variables = {"SALES_URL": "https://not-set.invalid", "AzureWebJobsStorage": NO_STORAGE}


@dataclass(frozen=True)
class Environment:
    """One environment. `bridge_url` is the deployed app's root, `bridge_key` a function key that its webhooks send."""

    settings: Settings
    credential: TokenCredential
    bridge_url: str = ""
    bridge_key: str = field(default="", repr=False)
    variables: Variables = field(default_factory=dict, repr=False)
    """Where the settings came from."""

    @cached_property
    def sales(self) -> ODataService:
        """The Dataverse Web API."""
        return _service(System.SALES, self.settings.sales_url, WEB_API, self.credential)

    @cached_property
    def dataverse(self) -> Dataverse:
        """The same, for customizing."""
        return Dataverse(self.sales, SOLUTION, f"{self.settings.sales_url}{WEB_API}")

    @cached_property
    def commerce(self) -> ODataService:
        """Finance and operations' OData."""
        return _service(System.COMMERCE, self.settings.commerce_url, "/data", self.credential)

    @cached_property
    def storage(self) -> Storage:
        """The app's storage account."""
        settings = self.settings
        if settings.storage_connection:
            return Storage(StorageSettings(connection_string=settings.storage_connection))
        account = settings.storage_account
        return Storage(
            StorageSettings(
                table_uri=settings.table_service_uri or f"https://{account}.table.core.windows.net",
                queue_uri=settings.queue_service_uri or f"https://{account}.queue.core.windows.net",
                blob_uri=settings.blob_service_uri or f"https://{account}.blob.core.windows.net",
            ),
            self.credential,
        )

    @property
    def wanted(self) -> Wanted:
        """What Sales must have for these settings."""
        return Wanted(
            prefix=self.settings.lead_column_prefix,
            profile=Profile(self.settings.lead_profile),
            webhook_url=self.webhook_url,
            webhook_key=self.bridge_key,
            application_id=self.application_id,
            mapping_file=self.settings.mapping_file,
        )

    @property
    def application_id(self) -> str:
        """The client id of the app's identity; empty where nobody said it. A system-assigned one is not in the app's settings."""
        return self.variables.get(BRIDGE_CLIENT_ID, "") or self.settings.managed_identity_client_id

    @property
    def webhook_url(self) -> str:
        """Where Sales sends its events; empty where the app's address is not known."""
        return f"{self.bridge_url}{SALES_EVENTS}" if self.bridge_url else ""


def variables(file: Path | None = None) -> dict[str, str]:
    """The process's environment over the `Values` of a local.settings.json; raises SettingsInvalid for a file that is none."""
    return {**(_values(file) if file else {}), **os.environ}


def sign_in_as_told(given: Variables) -> None:
    """A sandbox's settings file names its own endpoint, and azure-identity looks in the process's environment alone."""
    for name in IDENTITY:
        if name in given:
            os.environ.setdefault(name, given[name])


def whole(given: Variables) -> Environment:
    """Everything; raises SettingsInvalid naming all that is missing."""
    return _environment(given, from_environment(given))


def for_sales(given: Variables) -> Environment:
    """Enough for Sales alone, since it is set up before there is an app."""
    return _environment(given, from_environment({**_NOT_FOR_SALES, **_filled(given)}))


def for_commerce(given: Variables) -> Environment:
    """Enough for Commerce alone."""
    return _environment(given, from_environment({**_NOT_FOR_COMMERCE, **_filled(given)}))


def _environment(given: Variables, settings: Settings) -> Environment:
    sign_in_as_told(given)
    identity = DefaultAzureCredential(
        managed_identity_client_id=settings.managed_identity_client_id or None, exclude_interactive_browser_credential=True
    )
    url = given.get(BRIDGE_URL, "").rstrip("/")
    return Environment(settings, identity, url, given.get(BRIDGE_KEY, ""), given)


def _service(system: System, url: str, root: str, credential: TokenCredential) -> ODataService:
    return ODataService(system, f"{url}{root}", f"{url}/.default", credential)


def _filled(given: Variables) -> dict[str, str]:
    return {name: value for name, value in given.items() if value.strip()}


def _values(file: Path) -> dict[str, str]:
    try:
        values = json.loads(file.read_text("utf-8-sig"))["Values"]
        return {str(name): str(value) for name, value in values.items()}
    except FileNotFoundError as error:
        raise SettingsInvalid([f"{file}: there is no such file"]) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsInvalid([f"{file.name}: not a local.settings.json ({type(error).__name__})"]) from error
