"""One webhook call: the request with its authentication, and what its answer means (docs: use-webhooks)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree

import requests

from sandbox.sales.store import Row

WEBHOOK_KEY, HTTP_HEADER, HTTP_QUERY = 4, 5, 6
_RETRIED = {502, 503, 504}
_local = threading.local()


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: the HTTP status, or None with the reason where there was no answer."""

    status: int | None
    reason: str = ""

    @property
    def succeeded(self) -> bool:
        """Only 2xx is success."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def again(self) -> bool:
        """Whether Dataverse makes one more attempt."""
        return self.status in _RETRIED


def send(endpoint: Row, headers: dict[str, str], body: bytes, timeout: float) -> Outcome:
    """POST the body to a webhook's URL; never raises for what the receiver does."""
    try:
        url, extra = _authenticated(endpoint)
        response = _session().post(url, body, headers=headers | extra, timeout=timeout, allow_redirects=False)
    except requests.Timeout:
        return Outcome(None, "The webhook call timed out.")
    except (requests.RequestException, ElementTree.ParseError) as error:
        return Outcome(None, f"The webhook call failed: {type(error).__name__}.")
    return Outcome(response.status_code, response.reason)


def _authenticated(endpoint: Row) -> tuple[str, dict[str, str]]:
    url, value = str(endpoint["url"]), endpoint.get("authvalue") or ""
    if endpoint.get("authtype") == WEBHOOK_KEY:
        return _with_query(url, {"code": value}), {}
    pairs = _settings(value)
    if endpoint.get("authtype") == HTTP_QUERY:
        return _with_query(url, pairs), {}
    return url, pairs if endpoint.get("authtype") == HTTP_HEADER else {}


def _settings(value: str) -> dict[str, str]:
    """Public code: <settings><setting name="..." value="..."/></settings>."""
    if not value:
        return {}
    found = ElementTree.fromstring(value).iter("setting")  # noqa: S314 - written by the environment's own administrator
    return {str(setting.get("name")): str(setting.get("value")) for setting in found}


def _with_query(url: str, pairs: dict[str, str]) -> str:
    pieces = urlsplit(url)
    query = urlencode([*parse_qsl(pieces.query), *pairs.items()])
    return urlunsplit(pieces._replace(query=query))


def _session() -> requests.Session:
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    session: requests.Session = _local.session
    return session
