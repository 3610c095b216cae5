"""The custom service that a customer may install for decisions, since Microsoft ships none (docs: custom-services).

    POST /api/services/B2BProspectServices/B2BProspectService/decide
    {"_request": {"DataAreaId": "usmf", "ProspectId": "P-000001", "Decision": "Approve"}}
    200 {"$id": "1", "ProspectId": "P-000001", "Status": "Approved"}

The address is POST /api/services/{group}/{service}/{operation}; the body's root is named for the X++ parameter.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.commerce.decisions import approve, reject
from sandbox.commerce.error_bodies import UnknownRoute, error_response
from sandbox.commerce.infolog import CommerceError
from sandbox.commerce.world import World
from sandbox.odata.batch import BatchResponse

_DECISIONS = {"Approve": approve, "Reject": reject}


def decide(world: World, path: str, body: bytes, user: str = "") -> BatchResponse:
    """Approve or reject a prospect; 404 where the service is not installed, 500 with the message where it fails."""
    if world.settings.decision_channel != "service" or path != world.settings.service_path:
        return error_response(UnknownRoute(f"/api/services/{path}"), 500)
    try:
        contract = json.loads(body)["_request"]
        decision = _DECISIONS[contract["Decision"]]
        company, prospect_id = str(contract["DataAreaId"]), str(contract["ProspectId"])
    except (ValueError, KeyError, TypeError) as error:
        return _failed(f"The request could not be read: {error!r}", 400)
    try:
        with world.transaction(user):
            prospect = decision(world, company, prospect_id)
    except CommerceError as error:
        return _failed(str(error), 500)
    return _json(200, {"$id": "1", "ProspectId": prospect["ProspectId"], "Status": prospect["B2BProspectStatus"]})


def _failed(message: str, status: int) -> BatchResponse:
    text = f"Exception occurred while executing action: An exception occured when invoking the operation - {message}"
    return _json(status, {"Message": text})


def _json(status: int, body: dict[str, Any]) -> BatchResponse:
    return BatchResponse(status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body).encode())
