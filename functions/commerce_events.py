"""HTTP in: what Commerce headquarters announces, directly or through Event Grid."""

from __future__ import annotations

import json

import azure.functions as func

from shared import commerce_events as events
from shared import services

bp = func.Blueprint()


@bp.route("events/commerce", methods=["POST", "OPTIONS"])
def commerce_events(req: func.HttpRequest) -> func.HttpResponse:
    """Enqueue the prospects that were announced; answer both subscription handshakes."""
    if req.method == "OPTIONS":
        return _cloud_events_handshake(req)
    body = req.get_body()
    reply = services.received("commerce", body, req.headers, lambda app: events.parse(body, req.headers, app.bridge.now()))
    if reply.validation_code:
        return func.HttpResponse(json.dumps({"validationResponse": reply.validation_code}), mimetype="application/json")
    return func.HttpResponse(reply.text, status_code=reply.status)


def _cloud_events_handshake(req: func.HttpRequest) -> func.HttpResponse:
    """Consent to deliveries from whoever knows the function key (docs: end-point-validation-cloud-events-schema)."""
    origin = req.headers.get("WebHook-Request-Origin", "*")
    headers = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"}
    return func.HttpResponse(status_code=200, headers=headers)
