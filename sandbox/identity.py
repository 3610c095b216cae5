"""The managed-identity endpoint that azure-identity calls, and the tokens that both sandbox systems accept.

App Service protocol 2019-08-01 (docs: overview-managed-identity): GET with `api-version` and `resource`, the header
X-IDENTITY-HEADER equal to the IDENTITY_HEADER of the environment. Tokens are JWTs signed with a shared secret, where the
real ones are signed with Entra ID's keys: the systems check signature, audience and expiry all the same.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
import uuid
from typing import Any

import jwt
from flask import Flask, Response, jsonify, request

from sandbox.web import serve

API_VERSION = "2019-08-01"
TOKEN_PATH = "/msi/token"  # noqa: S105 (a path)
SYSTEM_IDENTITY, ADMINISTRATOR = "b2b-prospect-bridge", "Admin"
_TENANT = uuid.uuid5(uuid.NAMESPACE_DNS, "sandbox.invalid")
CLIENT_ID = str(uuid.uuid5(_TENANT, SYSTEM_IDENTITY))
"""The client id of the system-assigned identity, under which both systems have to know the app."""


class InvalidToken(Exception):
    """The token is missing, malformed, expired, wrongly signed, or meant for another system."""


def issue(secret: str, audience: str, user: str, seconds: int = 3600, app_id: str | None = None) -> str:
    """A signed access token for `user` (an application or a person), good at `audience` (a base URL without a slash)."""
    now = int(time.time())
    identity = str(uuid.uuid5(_TENANT, user))
    claims = {
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + seconds,
        "oid": identity,
        "appid": app_id or identity,
        "name": user,
    }
    return jwt.encode(claims | {"tid": str(_TENANT)}, _key(secret), algorithm="HS256")


def verify(secret: str, audience: str, token: str) -> dict[str, Any]:
    """The token's claims; raises InvalidToken with the reason."""
    try:
        return jwt.decode(
            token, _key(secret), algorithms=["HS256"], audience=audience, options={"require": ["aud", "exp", "oid"]}
        )
    except jwt.InvalidTokenError as error:
        raise InvalidToken(str(error)) from error


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header; raises InvalidToken when there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidToken("no bearer token")
    return token.strip()


def create_app(secret: str, identity_header: str, administrators_header: str = "") -> Flask:
    """The endpoint as a Flask app: who knows the app's header gets its system-assigned identity.

    An administrator's own header gets what `az login` would give them."""
    app = Flask("sandbox.identity")
    users = {identity_header: SYSTEM_IDENTITY, administrators_header: ADMINISTRATOR}
    users.pop("", None)

    @app.get(TOKEN_PATH)
    def token() -> Response | tuple[Response, int]:
        user = users.get(request.headers.get("X-IDENTITY-HEADER", ""))
        if user is None:
            return _refused(401, "X-IDENTITY-HEADER is missing or wrong")
        if request.args.get("api-version") != API_VERSION:
            return _refused(400, f"api-version must be {API_VERSION}")
        resource = request.args.get("resource")
        if not resource:
            return _refused(400, "resource is missing")
        return jsonify(_token_answer(secret, user, resource, request.args.get("client_id")))

    return app


def _token_answer(secret: str, user: str, resource: str, client_id: str | None) -> dict[str, str]:
    # docs: overview-managed-identity: expires_on is seconds since 1970, as text; client_id names a user-assigned identity.
    seconds = 24 * 3600
    return {
        "access_token": issue(secret, resource, user, seconds, app_id=client_id),
        "client_id": client_id or CLIENT_ID,
        "expires_on": str(int(time.time()) + seconds),
        "resource": resource,
        "token_type": "Bearer",
    }


def _refused(status: int, message: str) -> tuple[Response, int]:
    return jsonify({"statusCode": status, "message": message}), status


def _key(secret: str) -> bytes:
    # HS256 wants 32 bytes of key; people may choose a shorter secret for their sandbox.
    return hashlib.sha256(secret.encode()).digest()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.identity", description="Managed-identity endpoint of the sandbox.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port (default)")
    arguments = parser.parse_args()
    headers = os.environ["IDENTITY_HEADER"], os.environ.get("ADMINISTRATORS_HEADER", "")
    serve(create_app(os.environ["SANDBOX_SECRET"], *headers), "identity", arguments.port)


if __name__ == "__main__":
    main()
