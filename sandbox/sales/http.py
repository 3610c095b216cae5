"""One request to the Web API and its answer, alone or as a part of a $batch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.odata.errors import ODataError, bad_request

API_ROOT = "/api/data/v9.2"


@dataclass(frozen=True)
class Request:
    """A request below the service root: `path` is decoded, header names are lower-case, `root` is the service root's URL."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    root: str
    user_id: str

    @property
    def prefer(self) -> dict[str, str]:
        """The preferences of the Prefer header, by name; a preference without a value is empty."""
        preferences = {}
        for item in _split_preferences(self.headers.get("prefer", "")):
            name, _, value = item.partition("=")
            preferences[name.strip().lower()] = value.strip().strip('"')
        return preferences

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; raises 400 for anything else."""
        try:
            body = json.loads(self.body or b"{}")
        except ValueError as error:
            raise ODataError(400, f"An error occurred while validating input parameters: {error}", "0x80048d19") from error
        if not isinstance(body, dict):
            raise bad_request("The request body is not a JSON object.")
        return body


@dataclass
class Response:
    """An answer; `body` None is an empty one, a str is sent as text."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def split_url(url: str, root: str) -> tuple[str, list[tuple[str, str]]]:
    """The decoded path below the service root and the decoded query of a URL; raises 404 outside the root."""
    pieces = urlsplit(url)
    path = unquote(pieces.path)
    root_path = urlsplit(root).path
    if path.startswith("/"):
        if not path.startswith(root_path):
            if path.startswith("/api/"):
                raise ODataError(404, f"No HTTP resource was found that matches the request URI '{url}'.")
            path = root_path + path
        path = path[len(root_path) :]
    return path.strip("/"), parse_qsl(pieces.query, keep_blank_values=True)


def _split_preferences(header: str) -> list[str]:
    pieces, quoted, start = [], False, 0
    for position, character in enumerate(header):
        if character == '"':
            quoted = not quoted
        elif character in ",;" and not quoted:
            pieces.append(header[start:position])
            start = position + 1
    return [piece for piece in [*pieces, header[start:]] if piece.strip()]
