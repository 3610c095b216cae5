"""The check of the operators' console: who comes without a sign-in, or with one made up, does not get in."""

from __future__ import annotations

import base64
import json

import requests

from operations.doctor_model import Check, Context, Result, error, ok, skipped, warning
from operations.provision_wanted import is_here
from shared.principal import HEADER, Role

_CLAIMS = [
    {"typ": "oid", "val": "b2b00000-0000-4000-8000-000000000000"},
    {"typ": "roles", "val": Role.ADMIN.value},
]
_FORGED = base64.b64encode(json.dumps({"role_typ": "roles", "claims": _CLAIMS}).encode()).decode()
"""What App Service sends after a sign-in (docs: configure-authentication-user-identities); it strips it from other requests."""


def sign_in(context: Context) -> Result:
    """B325: the console asks for a sign-in."""
    url = context.environment.bridge_url
    if not url:
        return skipped("BRIDGE_URL is not set", "set BRIDGE_URL")
    without, forged = _status(url, {}), _status(url, {HEADER: _FORGED})
    if without == 200:
        found = "it opens without a sign-in"
        return warning(found, "CONSOLE_DEVELOPER, on this machine", "CONSOLE_DEVELOPER=false") if is_here(url) else error(found)
    if forged == 200:
        return error(f"a made-up {HEADER} opens it", "WEBSITE_AUTH_ENABLED is set by hand, and App Service authentication is off")
    if without == 401 and not is_here(url):
        return warning("nobody can sign in")
    return ok("closed to who has not signed in") if without in (302, 401) else error(f"{without} without a sign-in")


def _status(url: str, headers: dict[str, str]) -> int:
    return requests.get(f"{url}/api/console", headers=headers, timeout=30, allow_redirects=False).status_code


CHECKS = (
    Check(
        "B325",
        "the console asks for a sign-in",
        sign_in,
        "App Service authentication is off",
        "docs/setup.md, step 2",
        ("B303",),
    ),
)
