"""$batch: parts in order, change sets atomic (docs: execute-batch-operations-using-web-api)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sandbox.odata.batch import (
    Answer,
    BatchRequest,
    BatchResponse,
    ChangeSet,
    parse_batch,
    render_batch,
    run_batch,
    with_references,
)
from sandbox.odata.errors import ODataError, bad_request
from sandbox.sales import webapi
from sandbox.sales.http import Request, Response, split_url

if TYPE_CHECKING:
    from sandbox.faults import Faults
    from sandbox.sales.world import World

MAX_REQUESTS = 1_000
JSON_TYPE = "application/json; odata.metadata=minimal"
_REFERENCE = re.compile(r'@odata\.bind"\s*:\s*"/?\$(\w+)')


class _ChangeSetFailed(Exception):
    def __init__(self, answer: BatchResponse) -> None:
        super().__init__()
        self.answer = answer


def handle(world: World, outer: Request, faults: Faults) -> tuple[int, str, bytes]:
    """The status, Content-Type and body of the answer.

    Without odata.continue-on-error the first failure's status is the batch's own."""
    parts = parse_batch(outer.headers.get("content-type", ""), outer.body)
    if sum(len(part) if isinstance(part, list) else 1 for part in parts) > MAX_REQUESTS:
        raise bad_request(f"The batch exceeds the maximum of {MAX_REQUESTS} requests.")
    keep_going = "odata.continue-on-error" in outer.prefer
    answers = run_batch(
        parts,
        lambda part: faults.answer_part(part, lambda one: _answer(world, outer, one)),
        lambda changes: faults.answer_changes(changes, lambda all_: _answer_changes(world, outer, all_)),
        keep_going,
    )
    last = answers[-1] if answers else None
    failed = isinstance(last, BatchResponse) and last.failed and not keep_going
    return (last.status if failed and isinstance(last, BatchResponse) else 200, *render_batch(answers))


def encode(response: Response) -> tuple[dict[str, str], bytes]:
    """An answer's headers and body as they go on the wire."""
    if response.body is None:
        return dict(response.headers), b""
    if isinstance(response.body, str):
        return {"Content-Type": "text/plain", **response.headers}, response.body.encode()
    return {"Content-Type": JSON_TYPE, **response.headers}, json.dumps(response.body).encode()


def _answer(world: World, outer: Request, part: BatchRequest) -> BatchResponse:
    path, query = split_url(part.url, outer.root)
    request = Request(part.method, path, query, part.headers, part.body, outer.root, outer.user_id)
    if path == "$batch":
        response = webapi.error_response(request, bad_request("A batch request cannot contain another batch request."))
    else:
        response = webapi.handle(world, request)
    headers, body = encode(response)
    return BatchResponse(response.status, headers, body, part.content_id)


def _answer_changes(world: World, outer: Request, changes: ChangeSet) -> Answer:
    try:
        with world.transaction():
            return _all_changes(world, outer, changes)
    except _ChangeSetFailed as failure:
        return failure.answer


def _all_changes(world: World, outer: Request, changes: ChangeSet) -> list[BatchResponse]:
    locations: dict[str, str] = {}
    answers = []
    for change in changes:
        answer = _unknown_reference(outer, change, locations) or _answer(world, outer, with_references(change, locations))
        if answer.failed:
            raise _ChangeSetFailed(answer)
        if change.content_id and "OData-EntityId" in answer.headers:
            locations[change.content_id] = answer.headers["OData-EntityId"]
        answers.append(answer)
    return answers


def _unknown_reference(outer: Request, change: BatchRequest, locations: dict[str, str]) -> BatchResponse | None:
    used = _REFERENCE.findall(change.body.decode("utf-8", "replace"))
    missing = next((name for name in used if name not in locations), None)
    if missing is None:
        return None
    error = ODataError(400, f"Content-ID Reference: '${missing}' does not exist in the batch context.")
    headers, body = encode(webapi.error_response(outer, error))
    return BatchResponse(400, headers, body, change.content_id)
