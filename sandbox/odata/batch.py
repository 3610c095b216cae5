"""Multipart $batch: parse the request, run its parts in order, render the response (OData v4, part 1, section 11.7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from uuid import uuid4

from sandbox.odata.errors import bad_request

_CRLF = b"\r\n"


@dataclass(frozen=True)
class BatchRequest:
    """One request of a batch; header names are lower-case; `url` is absolute or relative to the service root."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_id: str | None = None


@dataclass(frozen=True)
class BatchResponse:
    """One answer of a batch."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_id: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the status is 400 or above."""
        return self.status >= HTTPStatus.BAD_REQUEST


ChangeSet = list[BatchRequest]
Part = BatchRequest | ChangeSet
Answer = BatchResponse | list[BatchResponse]


def parse_batch(content_type: str, body: bytes) -> list[Part]:
    """Return single requests and change sets in order; raises 400 for what is no multipart/mixed batch with CRLF line ends."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if not content_type.startswith("multipart/mixed") or boundary is None:
        raise bad_request("The batch request must have a Content-Type of multipart/mixed with a boundary.")
    if b"--" + boundary[1].encode() + _CRLF not in body:
        raise bad_request("The message is not a valid batch: its boundary was not found, or its lines do not end with CRLF.")
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + _CRLF * 2 + body)
    return [_part(member) for member in _members(message)]


def run_batch(
    parts: list[Part],
    answer_one: Callable[[BatchRequest], BatchResponse],
    answer_changes: Callable[[ChangeSet], Answer],
    continue_on_error: bool,
) -> list[Answer]:
    """Return the answers in order; without `continue_on_error` the first failure is the last answer."""
    answers: list[Answer] = []
    for part in parts:
        answer = answer_changes(part) if isinstance(part, list) else answer_one(part)
        answers.append(answer)
        if isinstance(answer, BatchResponse) and answer.failed and not continue_on_error:
            break
    return answers


def render_batch(answers: list[Answer]) -> tuple[str, bytes]:
    """Return the Content-Type and the body; a list is a change set that succeeded, in a multipart of its own."""
    boundary = f"batchresponse_{uuid4()}"
    return f"multipart/mixed; boundary={boundary}", _multipart(boundary, [_rendered(answer) for answer in answers])


def with_references(request: BatchRequest, locations: dict[str, str]) -> BatchRequest:
    """Return the request with each `$1` of its URL and body replaced by the location of that Content-ID's result."""
    body = re.sub(
        r'"(/?)\$(\w+)(?=["/])', lambda match: f'"{locations.get(match[2], match[0][1:])}', request.body.decode("utf-8")
    ).encode()
    url = re.sub(r"^/?\$(\w+)", lambda match: locations.get(match[1], match[0]), request.url)
    return replace(request, url=url, body=body)


def _members(message: Message) -> list[Message]:
    payload = message.get_payload()
    if not isinstance(payload, list):
        raise bad_request("The batch has no parts.")
    return payload


def _part(member: Message) -> Part:
    if member.get_content_type() == "multipart/mixed":
        changes = [_request(inner) for inner in _members(member)]
        if any(change.method == "GET" for change in changes):
            raise bad_request("A GET request is not allowed inside a change set.")
        return changes
    return _request(member)


def _request(member: Message) -> BatchRequest:
    if member.get_content_type() != "application/http":
        raise bad_request(f"The content type '{member.get_content_type()}' of a batch part is not 'application/http'.")
    content = member.get_payload(decode=True)
    head, _, body = bytes(content if isinstance(content, bytes) else b"").partition(_CRLF * 2)
    request_line, *header_lines = head.lstrip().decode("utf-8").split("\r\n")
    # a URL with spaces is taken: Microsoft's own Python client sends $filter so
    method, _, target = request_line.partition(" ")
    url, _, version = target.rpartition(" ")
    if not url or not version.startswith("HTTP/"):
        raise bad_request(f"The request line '{request_line}' of a batch part is not valid.")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in header_lines)}
    return BatchRequest(method, url, headers, body.strip(_CRLF), member.get("Content-ID"))


def _rendered(answer: Answer) -> bytes:
    if isinstance(answer, BatchResponse):
        return _http_part(answer)
    boundary = f"changesetresponse_{uuid4()}"
    parts = _multipart(boundary, [_http_part(member) for member in answer])
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + parts


def _http_part(response: BatchResponse) -> bytes:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {response.content_id}"] if response.content_id else []
    lines += ["", f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join(lines).encode() + _CRLF * 2 + response.body


def _multipart(boundary: str, parts: list[bytes]) -> bytes:
    delimiter = f"--{boundary}".encode()
    return b"".join(delimiter + _CRLF + part + _CRLF for part in parts) + delimiter + b"--" + _CRLF
