"""HTTP in: what Sales tells through its webhooks."""

from __future__ import annotations

import azure.functions as func

from shared import sales_events as events
from shared import services

bp = func.Blueprint()


@bp.route("events/sales", methods=["POST"])
def sales_events(req: func.HttpRequest) -> func.HttpResponse:
    """Enqueue what happened to leads and opportunities."""
    body = req.get_body()
    reply = services.received(
        "sales", body, req.headers, lambda app: events.parse(body, req.headers, app.key_column, app.bridge.now())
    )
    return func.HttpResponse(reply.text, status_code=reply.status)
