"""Who looks at the console, and what they may do. Pure.

Entra sign-in is App Service's own (Easy Auth): it strips the header from requests that come from outside, and sets it from the
token (docs: configure-authentication-user-identities). So the header counts only where Easy Auth is on, and nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

HEADER = "X-MS-CLIENT-PRINCIPAL"
_LONGEST = 64 * 1024
_OBJECT_ID = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
_ROLES = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_AZURE = (
    "WEBSITE_INSTANCE_ID",
    "WEBSITE_POD_NAME",
    "CONTAINER_NAME",
    "WEBSITE_SITE_NAME",
    "CONTAINER_APP_NAME",
    "KUBERNETES_SERVICE_HOST",
)
"""Any of these in the environment: this process runs in Azure, or in a cluster, and not on a developer's machine."""
DEVELOPER = "developer-on-this-machine"
"""The object id of the principal that a local setting makes."""


class Role(StrEnum):
    """The app roles of the Entra registration; each may what the ones before it may."""

    READER = "Reader"
    OPERATOR = "Operator"
    ADMIN = "Admin"


class Permission(StrEnum):
    """What a role allows, in words that a page can show."""

    READ = "see overview, lists and onboardings, and export them"
    PERSONAL_DATA = "see the requester's personal data, read live from Sales"
    WHAT_IF = "see what a replay would write"
    LOOK_AGAIN = "have an onboarding looked at again"
    HOLD = "hold an onboarding and release it"
    NOTE = "write a note on an onboarding"
    ASSIGN = "assign an onboarding"
    CLOSE = "close an onboarding's attentions with a reason"
    SETTLE = "settle a contradiction and other open questions"


_SINCE = {
    Permission.READ: Role.READER,
    Permission.WHAT_IF: Role.OPERATOR,
    Permission.LOOK_AGAIN: Role.OPERATOR,
    Permission.HOLD: Role.OPERATOR,
    Permission.NOTE: Role.OPERATOR,
    Permission.ASSIGN: Role.OPERATOR,
    Permission.CLOSE: Role.OPERATOR,
    Permission.SETTLE: Role.ADMIN,
}
"""The least role that allows it. Who may see personal data is a setting."""
_ORDER = list(Role)


@dataclass(frozen=True)
class Principal:
    """Somebody who signed in. `name` is shown to themselves alone; only the object id is ever stored."""

    object_id: str
    name: str
    roles: frozenset[Role]
    personal_data_roles: frozenset[Role] = frozenset()

    @property
    def is_developer(self) -> bool:
        """Whether a local setting made this principal, and nobody signed in."""
        return self.object_id == DEVELOPER

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles allows it."""
        if permission is Permission.PERSONAL_DATA:
            return bool(self.roles & self.personal_data_roles)
        return any(_ORDER.index(role) >= _ORDER.index(_SINCE[permission]) for role in self.roles)


@dataclass(frozen=True)
class SignIn:
    """How this environment knows who looks. `developer`: the role of whoever looks, on a developer's machine."""

    easy_auth: bool
    in_azure: bool
    developer: Role | None = None
    personal_data_roles: frozenset[Role] = frozenset({Role.OPERATOR, Role.ADMIN})

    @classmethod
    def of(cls, environment: Mapping[str, str], developer: Role | None, personal_data_roles: frozenset[Role]) -> SignIn:
        """From the variables that App Service sets."""
        return cls(
            easy_auth=environment.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
            in_azure=any(environment.get(name) for name in _AZURE),
            developer=developer,
            personal_data_roles=personal_data_roles,
        )

    @property
    def refuses_developer(self) -> bool:
        """Whether the local setting is there, and counts for nothing."""
        return self.developer is not None and (self.easy_auth or self.in_azure)

    def principal(self, header: str) -> Principal | None:
        """Who sent the request with that HEADER; None: nobody whom this environment can know."""
        if self.easy_auth:
            return self._signed_in(header)
        if self.developer and not self.refuses_developer:
            return Principal(DEVELOPER, "Developer", frozenset({self.developer}), self.personal_data_roles)
        return None

    def _signed_in(self, header: str) -> Principal | None:
        try:
            claims = _claims(header)
        except (ValueError, binascii.Error, RecursionError):
            return None
        object_id = next((value for kind, value in claims if kind in _OBJECT_ID), "")
        if not object_id:
            return None
        name = next((value for kind, value in claims if kind == "name"), "") or object_id
        roles = frozenset(Role(value) for kind, value in claims if kind in _ROLES and value in set(Role))
        return Principal(object_id, name, roles, self.personal_data_roles)


def _claims(header: str) -> list[tuple[str, str]]:
    """The token's claims; the role claim goes by the name that the header says. Raises ValueError where it is no such header."""
    if len(header) > _LONGEST:
        raise ValueError("a principal of absurd length")
    found: Any = json.loads(base64.b64decode(header, validate=True))
    if not isinstance(found, dict) or not isinstance(found.get("claims"), list):
        raise ValueError("no claims")
    role_type = found.get("role_typ")
    pairs = [(claim.get("typ"), claim.get("val")) for claim in found["claims"] if isinstance(claim, dict)]
    return [
        ("roles" if kind == role_type else kind, value)
        for kind, value in pairs
        if isinstance(kind, str) and isinstance(value, str)
    ]
