"""Webhooks and system jobs: which steps call whom, what was called, and what failed. Read as the administrator."""

from __future__ import annotations

from flask import render_template

from sandbox.pages.paging import page_of
from sandbox.sales.pages_desk import administration, area, here

pages = area("webhooks")

_STEP = "name,filteringattributes,statecode,_eventhandler_value"


@pages.get("/webhooks")
def overview() -> str:
    """Endpoints with their steps, calls and system jobs, newest first."""
    at = administration()
    return render_template(
        "sales/webhooks.html",
        endpoints=at.rows("serviceendpoints", select="name,url"),
        steps=at.rows("sdkmessageprocessingsteps", select=_STEP, orderby="name"),
        calls=page_of([delivery.as_json() for delivery in reversed(here().courier.deliveries)], "calls"),
        jobs=page_of(at.rows("asyncoperations", orderby="createdon desc"), "jobs"),
    )
