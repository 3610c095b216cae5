"""multipart/mixed $batch: built by hand, since order and line ends matter, and read with the standard library's MIME parser.

docs: execute-batch-operations-using-web-api (Dataverse), odata (finance and operations); OData 4.0 part 1, section 11.7
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from uuid import uuid4

from requests.structures import CaseInsensitiveDict

from shared.odata_messages import Answer, ChangeSet, Operation

Part = Operation | ChangeSet
PartAnswer = Answer | tuple[Answer, ...]
"""A change set that took effect answers with one answer for each operation, one that failed with a single answer."""

_CRLF = "\r\n"


def build(parts: Sequence[Part], headers: Mapping[str, str], prefix: str = "") -> tuple[str, bytes]:
    """The Content-Type and the body. `headers` go to every part; `prefix` stands before each relative path."""
    boundary = f"batch_{uuid4()}"
    rendered = _multipart(boundary, [_rendered(part, headers, prefix) for part in parts])
    return f"multipart/mixed; boundary={boundary}", rendered.encode("ascii")


def parse(content_type: str, body: bytes) -> list[PartAnswer]:
    """The answers in the order of the parts; raises ValueError where the body is no multipart response or is cut off."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body)
    return [_answers(member) for member in _members(message)]


def _rendered(part: Part, headers: Mapping[str, str], prefix: str) -> str:
    if isinstance(part, Operation):
        return _operation(part, headers, prefix)
    boundary = f"changeset_{uuid4()}"
    numbered = enumerate(part.operations, start=1)
    inner = _multipart(boundary, [_operation(operation, headers, prefix, number) for number, operation in numbered])
    return _CRLF.join((f"Content-Type: multipart/mixed; boundary={boundary}", "", inner))


def _operation(operation: Operation, headers: Mapping[str, str], prefix: str, content_id: int | None = None) -> str:
    mime = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    mime += [f"Content-ID: {content_id}"] if content_id else []
    path = operation.path if operation.path.startswith("/") else prefix + operation.path
    all_headers = {**headers, **operation.all_headers()}
    lines = [*mime, "", f"{operation.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
    return _CRLF.join((*lines, "", operation.content().decode("ascii")))


def _multipart(boundary: str, parts: Sequence[str]) -> str:
    return "".join(f"--{boundary}{_CRLF}{part}{_CRLF}" for part in parts) + f"--{boundary}--{_CRLF}"


def _answers(member: Message) -> PartAnswer:
    if member.get_content_maintype() != "multipart":
        return _answer(member)
    answers = tuple(_answer(inner) for inner in _members(member))
    return next((answer for answer in answers if answer.failed), answers)


def _members(message: Message) -> list[Message]:
    members = message.get_payload()
    if not isinstance(members, list) or message.defects:
        raise ValueError("not a complete multipart message")
    return [member for member in members if isinstance(member, Message)]


def _answer(member: Message) -> Answer:
    content = member.get_payload(decode=True)
    status_line, _, rest = (content if isinstance(content, bytes) else b"").lstrip().partition(b"\n")
    response = message_from_bytes(rest)
    payload = response.get_payload(decode=True)
    return Answer(_status(status_line), CaseInsensitiveDict(response.items()), payload if isinstance(payload, bytes) else b"")


def _status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/") or not rest[:3].isdigit():
        raise ValueError("not an HTTP status line")
    return int(rest[:3])
