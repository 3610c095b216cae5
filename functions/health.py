"""Whether the app can work: settings complete, storage reachable; and what waits in the queues, the poison queues too."""

from __future__ import annotations

import json

import azure.functions as func

from shared import services

bp = func.Blueprint()


@bp.route("health", methods=["GET"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 with the queues' depths, or 503 with what is wrong."""
    report = services.health()
    return func.HttpResponse(json.dumps(report), status_code=200 if report["ok"] else 503, mimetype="application/json")
