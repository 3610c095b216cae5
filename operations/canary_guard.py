"""Whether an environment is a production system, which a canary leaves alone unless it is told otherwise."""

from __future__ import annotations

from urllib.parse import urlsplit

from operations.environment import Environment
from shared.errors import ServiceError
from shared.odata_messages import Operation

ALLOWED = "CANARY_ALLOWED_HOSTS"
"""Setting: hosts that are no production systems whatever they are called, comma-separated."""
_NO_PRODUCTION = ("CustomerTest", "CustomerFreeTest", "CustomerPreview", "Developer", "Trial", "EmailTrial", "TestDrive")
"""OrganizationType of sandboxes, trials and developer environments; any other, and no answer, counts as production."""
_TEST_ADDRESSES = (
    ".sandbox.operations.dynamics.com",
    ".sandbox.operations.eu.dynamics.com",
    ".cloudax.dynamics.com",
    ".axcloud.dynamics.com",
)
"""Ends of the addresses of finance and operations' sandbox and developer environments."""
_HERE = ("127.0.0.1", "localhost")
_CURRENT = "RetrieveCurrentOrganization(AccessType=@kind)?@kind=Microsoft.Dynamics.CRM.EndpointAccessType'Default'"


def production_systems(environment: Environment) -> list[str]:
    """Why one or both systems count as production; empty where neither does."""
    allowed = {host.strip() for host in environment.variables.get(ALLOWED, "").split(",")}
    settings, found = environment.settings, []
    sales, commerce = (urlsplit(url).hostname or "" for url in (settings.sales_url, settings.commerce_url))
    if sales not in allowed and (kind := organization_type(environment)) not in _NO_PRODUCTION:
        found.append(f"Sales ({sales}) is of the type {kind}")
    if commerce not in allowed and commerce not in _HERE and not commerce.endswith(_TEST_ADDRESSES):
        found.append(f"Commerce ({commerce}) has no sandbox's address")
    return found


def organization_type(environment: Environment) -> str:
    """Dataverse's own word for the kind of environment; `unknown` where it does not say."""
    try:
        detail = environment.sales.send(Operation("GET", _CURRENT)).data.get("Detail")
    except ServiceError:
        return "unknown"
    return str(detail.get("OrganizationType", "unknown")) if isinstance(detail, dict) else "unknown"
