"""The documented HTTP surface: /data with $batch and $metadata, and the customer's own decision service under /api/services."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request

from sandbox import identity
from sandbox.commerce.decision_service import decide
from sandbox.commerce.error_bodies import fault_body
from sandbox.commerce.metadata import metadata_document
from sandbox.commerce.service import DataService
from sandbox.commerce.world import World
from sandbox.faults import Faults
from sandbox.odata.batch import BatchRequest, BatchResponse, parse_batch, render_batch, run_batch
from sandbox.odata.errors import ODataError

MAX_OPERATIONS = 5_000  # docs: service-protection-maximizing-api-throughput
_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def data_api(world: World, secret: str, faults: Faults) -> Blueprint:
    """The blueprint of /data and /api/services; tokens are checked against `secret`."""
    api = Blueprint("data", __name__)

    @api.before_request
    def refuse() -> Response | None:
        return _unauthorized(world, secret) or _throttled(world)

    @api.get("/data/$metadata")
    def metadata() -> Response:
        return Response(metadata_document(world), content_type="application/xml")

    @api.get("/data")
    @api.get("/data/")
    def service_document() -> dict[str, object]:
        sets = [{"name": name, "kind": "EntitySet", "url": name} for name in sorted(world.sets)]
        return {"@odata.context": f"{_base_url()}/data/$metadata", "value": sets}

    @api.post("/data/$batch")
    def batch() -> Response:
        return _batch(_service(world), faults)

    @api.route("/data/<path:path>", methods=_METHODS)
    def data(**_: str) -> Response:
        return _response(_service(world).answer(_request()))

    @api.post("/api/services/<path:path>")
    def service(path: str) -> Response:
        return _response(decide(world, path, request.get_data(), g.user))

    return api


def _service(world: World) -> DataService:
    return DataService(world, _base_url(), g.user)


def _batch(service: DataService, faults: Faults) -> Response:
    try:
        parts = parse_batch(request.content_type or "", request.get_data())
    except ODataError as error:
        return _response(BatchResponse(error.status, body=_message(error.message)))
    if sum(len(part) if isinstance(part, list) else 1 for part in parts) > MAX_OPERATIONS:
        return _response(BatchResponse(400, body=_message(f"A batch can hold {MAX_OPERATIONS} operations at most.")))
    # What F&O does after a failed part is not documented: standard OData stops there unless the caller prefers otherwise.
    go_on = "odata.continue-on-error" in request.headers.get("Prefer", "").lower()
    answers = run_batch(
        parts,
        lambda part: faults.answer_part(part, service.answer),
        lambda changes: faults.answer_changes(changes, service.answer_changes),
        go_on,
    )
    content_type, body = render_batch(answers)
    return Response(body, status=200, content_type=content_type, headers={"OData-Version": "4.0"})


def _unauthorized(world: World, secret: str) -> Response | None:
    try:
        claims = identity.verify(secret, _base_url(), identity.bearer(request.headers.get("Authorization")))
    except identity.InvalidToken:
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    apps = world.settings.registered_apps
    if apps and claims.get("appid") not in apps:
        # docs: services-home-page: the client id must be on the page Microsoft Entra ID applications.
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    g.user = str(claims["oid"])
    return None


def _throttled(world: World) -> Response | None:
    seconds = world.settings.throttle_seconds
    if seconds <= 0:
        return None
    headers = {"Retry-After": str(seconds), "Content-Type": "application/json"}
    return Response(json.dumps(fault_body(429)).encode(), status=429, headers=headers)


def _request() -> BatchRequest:
    # The address as it came: a key may hold %2F, which the decoded path no longer tells from a slash.
    url = urlsplit(request.environ["REQUEST_URI"])._replace(scheme="", netloc="").geturl()
    headers = {name.lower(): value for name, value in request.headers.items()}
    return BatchRequest(request.method, url, headers, request.get_data())


def _response(answer: BatchResponse) -> Response:
    return Response(answer.body, status=answer.status, headers={"Content-Type": "application/json", **answer.headers})


def _base_url() -> str:
    return request.host_url.rstrip("/")


def _message(message: str) -> bytes:
    return json.dumps({"error": {"code": "", "message": message}}).encode()
