"""What a caller is told when a request fails: F&O's several error shapes (as captured from real environments)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.commerce.infolog import BadQuery, CommerceError, Forbidden, Infolog, NotFound, StaleEtag
from sandbox.odata.batch import BatchResponse
from sandbox.odata.errors import ODataError

JSON = "application/json; odata.metadata=minimal"
BUSY = "This request could not be processed at this time due to system experiencing high resource utilization."
_STATUS: dict[type[CommerceError], int] = {NotFound: 404, BadQuery: 400, StaleEtag: 412, Forbidden: 403}
_STACK = "   at Microsoft.Dynamics.Platform.Integration.Services.OData.Update.UpdateProcessor.CreateEntity_Save(...)"
_WRITE_EXCEPTION = "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException"


class WriteFailed(CommerceError):
    """An Infolog, with the internal name of the entity whose row could not be written."""

    def __init__(self, entity: str, infolog: Infolog) -> None:
        super().__init__(str(infolog))
        self.entity = entity
        self.infolog = infolog


class UnknownRoute(CommerceError):
    """No entity set or service answers to this address."""


def error_response(error: CommerceError | ODataError, business_status: int, content_id: str | None = None) -> BatchResponse:
    """The answer for an error; `business_status` is what this environment uses for a rule that refused the write."""
    if isinstance(error, WriteFailed):
        return _json_response(business_status, _infolog_body(error), content_id)
    if isinstance(error, UnknownRoute):
        message = f"No HTTP resource was found that matches the request URI '{error}'."
        return _json_response(404, {"Message": message}, content_id)
    status = error.status if isinstance(error, ODataError) else _STATUS[type(error)]
    return _json_response(status, {"error": {"code": "", "message": str(error)}}, content_id)


def fault_body(status: int) -> dict[str, Any]:
    """What the system itself says when it is overloaded (429) or fails for no reason of the caller's (500)."""
    if status == 429:
        return {"error": {"code": "", "message": BUSY}}
    inner = {
        "message": "Object reference not set to an instance of an object.",
        "type": "System.NullReferenceException",
        "stacktrace": "",
    }
    return {"error": {"code": "", "message": "An error has occurred.", "innererror": inner}}


def _infolog_body(error: WriteFailed) -> dict[str, Any]:
    inner = {
        "message": f"Write failed for table row of type '{error.entity}'. Infolog: {error.infolog}",
        "type": _WRITE_EXCEPTION,
        "stacktrace": _STACK,
    }
    return {"error": {"code": "", "message": "An error has occurred.", "innererror": inner}}


def _json_response(status: int, body: dict[str, Any], content_id: str | None) -> BatchResponse:
    headers = {"Content-Type": JSON, "OData-Version": "4.0"}
    return BatchResponse(status, headers, json.dumps(body).encode(), content_id)
