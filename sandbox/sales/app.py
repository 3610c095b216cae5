"""The server: tokens, service protection, the Web API, and what lies outside the documented product under /sandbox/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import flask

from sandbox import identity, web
from sandbox.faults import Faults, add_faults
from sandbox.odata.errors import ODataError
from sandbox.sales import batching, people, webapi
from sandbox.sales.control import add_controls
from sandbox.sales.http import API_ROOT, Request, split_url
from sandbox.sales.limits import ServiceProtection, Throttled
from sandbox.sales.pages import add_pages
from sandbox.sales.webhooks.courier import Courier

if TYPE_CHECKING:
    from sandbox.sales.world import World

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def create_app(world: World, secret: str) -> flask.Flask:
    """The Flask app of one environment; tokens are those of sandbox.identity, signed with `secret`."""
    app = flask.Flask("sandbox.sales")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    protection = ServiceProtection(world)
    web.count_requests(app)
    faults = add_faults(app, _fault_body)
    courier = Courier(world, faults)
    world.listeners.append(courier.take)
    add_controls(app, world, courier)
    add_pages(app, world, courier, faults)

    @app.route(f"{API_ROOT}/", methods=_METHODS, defaults={"path": ""})
    @app.route(f"{API_ROOT}/<path:path>", methods=_METHODS)
    def api(path: str) -> flask.Response:
        try:
            claims = identity.verify(secret, flask.request.host_url.rstrip("/"), identity.bearer(_authorization()))
            user_id = people.user_of(world, claims)
            with protection.admit(user_id) as headers:
                return _answer(world, faults, user_id, headers)
        except identity.InvalidToken:
            return _unauthorized()
        except ODataError as error:
            return _refused(error)

    return app


def _answer(world: World, faults: Faults, user_id: str, extra: dict[str, str]) -> flask.Response:
    request = _request(user_id)
    if request.path == "$batch" and request.method == "POST":
        status, content_type, body = batching.handle(world, request, faults)
        headers = {"Content-Type": content_type, "OData-Version": "4.0"}
    else:
        response = webapi.handle(world, request)
        headers, body = batching.encode(response)
        status = response.status
    return _response(status, headers | extra, body)


def _request(user_id: str) -> Request:
    raw = flask.request
    root = f"{raw.host_url.rstrip('/')}{API_ROOT}"
    path, query = split_url(str(raw.environ["REQUEST_URI"]), root)
    headers = {name.lower(): value for name, value in raw.headers.items()}
    return Request(raw.method, path, query, headers, raw.get_data(), root, user_id)


def _response(status: int, headers: dict[str, str], body: bytes) -> flask.Response:
    response = flask.Response(body, status)
    response.headers.remove("Content-Type")
    response.headers.update({"x-ms-service-request-id": str(uuid4()), **headers})
    return response


def _refused(error: ODataError) -> flask.Response:
    headers, body = batching.encode(webapi.error_response(_request(""), error))
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(error.retry_after)
    return _response(error.status, headers | {"OData-Version": "4.0"}, body)


def _unauthorized() -> flask.Response:
    base = flask.request.host_url
    challenge = f"Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, resource_id={base}"
    return _response(401, {"WWW-Authenticate": challenge}, b"")


def _fault_body(status: int) -> dict[str, Any]:
    code = {429: "0x80072322", 500: "0x80040216"}[status]
    return {"error": {"code": code, "message": f"Injected by a rule of the sandbox ({status})."}}


def _authorization() -> str | None:
    return flask.request.headers.get("Authorization")
