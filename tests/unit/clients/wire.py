"""The other end of the wire: a transport adapter that answers from a function, and what was sent to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from azure.core.credentials import AccessToken
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from sandbox.odata.batch import BatchRequest, BatchResponse, parse_batch, render_batch
from shared.errors import System
from shared.odata import ODataService
from shared.traffic import Traffic

RECORDED = Path(__file__).parent / "recorded"
SALES = "https://org.crm.dynamics.com/api/data/v9.2"
COMMERCE = "https://hq.operations.dynamics.com/data"
JSON = "application/json; odata.metadata=minimal"


def recorded(name: str) -> bytes:
    """A recorded body, its lines ended by CRLF as on the wire."""
    return (RECORDED / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def answer(status: int = 200, body: object = None, **headers: str) -> requests.Response:
    """A response; a dict or list becomes JSON. Header names take `_` for `-`."""
    response = requests.Response()
    response.status_code = status
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    response._content = content
    response.headers = CaseInsensitiveDict(
        {"Content-Type": JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
    )
    return response


def rows(*records: Mapping[str, Any], **more: str) -> dict[str, Any]:
    """A collection's body."""
    return {"value": list(records), **more}


@dataclass
class Wire(BaseAdapter):
    """Answers each request by `handler`; a list is answered in order. Keeps what was sent."""

    handler: Callable[[requests.PreparedRequest], requests.Response] | list[Any]
    sent: list[requests.PreparedRequest] = field(default_factory=list)
    options: list[dict[str, Any]] = field(default_factory=list)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        self.sent.append(request)
        self.options.append(options)
        if not isinstance(self.handler, list):
            return self._given(self.handler(request), request)
        return self._given(self.handler.pop(0), request)

    def close(self) -> None:
        """Nothing is open."""

    def _given(self, given: Any, request: requests.PreparedRequest) -> requests.Response:
        if isinstance(given, Exception):
            raise given
        response = given if isinstance(given, requests.Response) else answer(body=given)
        response.request, response.url = request, request.url or ""
        return response

    @property
    def urls(self) -> list[str]:
        """The URLs asked, readable."""
        return [unquote(request.url or "") for request in self.sent]

    def parts(self, index: int = -1) -> list[BatchRequest | list[BatchRequest]]:
        """The parts of a $batch that was sent, read by another parser than ours."""
        body = self.sent[index].body
        return parse_batch(self.sent[index].headers["Content-Type"], body if isinstance(body, bytes) else b"")

    def part_urls(self, index: int = -1) -> list[str]:
        """The URLs of the parts, readable; change sets flattened."""
        flat = [one for part in self.parts(index) for one in (part if isinstance(part, list) else [part])]
        return [f"{one.method} {unquote(one.url)}" for one in flat]


@dataclass
class Tokens:
    """A credential: gives `token-1`, `token-2`, ... or raises; keeps the scopes asked."""

    lifetime: float = 3600
    problem: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked += scopes
        if self.problem:
            raise self.problem
        return AccessToken(f"token-{len(self.asked)}", int(time.time() + self.lifetime))


def service(
    wire: Wire,
    system: System = System.COMMERCE,
    credential: Tokens | None = None,
    passage: Callable[[], AbstractContextManager[object]] = nullcontext,
    traffic: Traffic | None = None,
) -> ODataService:
    """A service whose requests go to the wire, each within the passage."""
    base = SALES if system is System.SALES else COMMERCE
    root = "{0.scheme}://{0.netloc}".format(urlsplit(base))

    def session() -> requests.Session:
        made = requests.Session()
        made.mount("https://", wire)
        return made

    return ODataService(system, base, f"{root}/.default", credential or Tokens(), session, passage=passage, traffic=traffic)


def batch_answer(*parts: Any) -> requests.Response:
    """The answer to a $batch: a part is (status, body); a list of them is a change set that took effect."""
    rendered = [[_part(one) for one in part] if isinstance(part, list) else _part(part) for part in parts]
    content_type, body = render_batch(rendered)
    return answer(200, body, Content_Type=content_type)


def found(*collections: list[dict[str, Any]]) -> requests.Response:
    """The answer to a $batch of GETs: one collection for each part."""
    return batch_answer(*[(200, rows(*collection)) for collection in collections])


def _part(given: tuple[int, Any]) -> BatchResponse:
    status, body = given
    return BatchResponse(status, {"Content-Type": JSON}, b"" if body is None else json.dumps(body).encode())


def parsed_query(url: str) -> Mapping[str, str]:
    """A readable URL's options."""
    return dict(item.split("=", 1) for item in url.partition("?")[2].split("&"))
