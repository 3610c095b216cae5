"""The operators' console. No function key opens it: sign-in is Easy Auth's, and what one may is in the token's roles."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.page_request import PageRequest

bp = func.Blueprint()


@bp.route("console/{*path}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
def console(req: func.HttpRequest) -> func.HttpResponse:
    """Answer one request for a page."""
    found = services.page(PageRequest(req.method, req.url, req.headers, req.get_body()))
    return func.HttpResponse(found.body, status_code=found.status, headers=dict(found.headers))
