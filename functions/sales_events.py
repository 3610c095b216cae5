"""HTTP in: what Sales tells through its webhooks."""

from __future__ import annotations

import azure.functions as func

from shared import sales_events as events
from shared import services
from shared.receiving import receive

bp = func.Blueprint()


@bp.route("events/sales", methods=["POST"])
def sales_events(req: func.HttpRequest) -> func.HttpResponse:
    """Enqueue what happened to leads and opportunities."""
    app, body = services.app(), req.get_body()
    column = f"{app.settings.lead_column_prefix}_prospectkey"
    reply = receive(app.receiver, "sales", body, lambda: events.parse(body, req.headers, column, app.bridge.now()))
    return func.HttpResponse(reply.text, status_code=reply.status)
