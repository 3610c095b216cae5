"""The JSON API, for those whom Easy Auth lets in; described by /api/onboardings/openapi.json."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.page_request import PageRequest

bp = func.Blueprint()


@bp.route("onboardings/{*path}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
def onboardings(req: func.HttpRequest) -> func.HttpResponse:
    """Answer one call."""
    found = services.page(PageRequest(req.method, req.url, req.headers, req.get_body()))
    return func.HttpResponse(found.body, status_code=found.status, headers=dict(found.headers))
