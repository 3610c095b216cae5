"""The administrator, who sets Sales up for the bridge with the code that sets up a company's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from azure.core.credentials import AccessToken

from operations.environment import BRIDGE_CLIENT_ID, Environment
from operations.provision_sales import provision
from sandbox.identity import ADMINISTRATOR, CLIENT_ID, issue
from shared.settings import from_environment

_QUICK_INDEX = {"key_index_seconds": 0.05}
"""No lead is there yet, and nobody watches."""


@dataclass(frozen=True)
class Administrator:
    """The credential of the person who sets the systems up."""

    secret: str

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A token for the system of the scope."""
        return AccessToken(issue(self.secret, scopes[0].removesuffix("/.default"), ADMINISTRATOR), 2**31)


def set_up_sales(variables: Mapping[str, str], secret: str, bridge_url: str = "", key: str = "") -> None:
    """What `provision sales --apply` makes for these settings; no webhooks where the app has no address yet."""
    given = {BRIDGE_CLIENT_ID: CLIENT_ID, **variables}
    environment = Environment(from_environment(given), Administrator(secret), bridge_url, key, given)
    requests.post(f"{environment.settings.sales_url}/sandbox/settings", json=_QUICK_INDEX, timeout=30).raise_for_status()
    outcome = provision(environment.dataverse, environment.wanted, lambda line: None, apply=True, webhooks=bool(bridge_url))
    if outcome.blocked:
        raise RuntimeError("; ".join(outcome.blocked))
