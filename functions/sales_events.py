"""HTTP in: what Sales tells through its webhooks."""

from __future__ import annotations

import azure.functions as func

from shared import sales_events as events
from shared import services
from shared.events import Parsed

bp = func.Blueprint()


@bp.route("events/sales", methods=["POST"])
def sales_events(req: func.HttpRequest) -> func.HttpResponse:
    """Enqueue what happened to leads and opportunities."""
    body = req.get_body()
    reply = services.received("sales", body, req.headers, lambda app: _parse(body, req, app))
    return func.HttpResponse(reply.text, status_code=reply.status)


def _parse(body: bytes, req: func.HttpRequest, app: services.App) -> Parsed:
    column = f"{app.settings.lead_column_prefix}_prospectkey"
    return events.parse(body, req.headers, column, app.bridge.now())
