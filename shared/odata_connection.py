"""The wire to one system: sessions, time-outs, tokens; one request, sent and counted. No hidden retries, no cookies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests
from azure.core.exceptions import AzureError, ClientAuthenticationError
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError

from shared import telemetry
from shared.errors import AccessRefused, System, Transient
from shared.odata_errors import Call, unanswered
from shared.odata_messages import Answer
from shared.traffic import Traffic

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

TOKEN_MARGIN = 300
"""Seconds before its end at which a token is not used any more."""

_BROKEN_ANSWER = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect, to wait for the answer to a read and to a write, and before all that until a request may go out."""

    connect: float = 5
    read: float = 30
    write: float = 100
    turn: float = 5


def new_session() -> requests.Session:
    """A session without cookies (F&O's affinity cookie would pin us to one web server) and without retries."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=0))
    return session


class Connection:
    """Sends requests to one system, a few at a time. Safe to share between threads; each has a session of its own."""

    def __init__(
        self,
        credential: TokenCredential,
        scope: str,
        session_factory: Callable[[], requests.Session],
        concurrency: int,
        traffic: Traffic,
    ) -> None:
        self._tokens, self._session_factory, self._local = _Tokens(credential, scope), session_factory, threading.local()
        self._slots, self._traffic = threading.BoundedSemaphore(concurrency), traffic

    @contextmanager
    def turn(self, system: System, seconds: float) -> Iterator[None]:
        """Around each request; raises Transient, nothing being sent, where others keep it from beginning in time."""
        if not self._slots.acquire(timeout=seconds):
            raise Transient(system, "too many requests are under way in this process")
        try:
            yield
        finally:
            self._slots.release()

    def exchange(self, request: requests.Request, call: Call, timeout: tuple[float, float]) -> Answer:
        """The answer, whatever its status; a 401 is asked once more with a new token. Raises what `unanswered` says."""
        token = self._tokens.current(call)
        answer = self._send(request, token, call, timeout)
        if answer.status != 401:
            return answer
        self._tokens.drop(token)
        return self._send(request, self._tokens.current(call), call, timeout)

    def _send(self, request: requests.Request, token: str, call: Call, timeout: tuple[float, float]) -> Answer:
        session = self._session()
        request.auth = _Bearer(token)
        prepared = session.prepare_request(request)
        proxies = session.merge_environment_settings(prepared.url or "", {}, None, None, None)
        telemetry.sent(call.system, call.request_id)
        self._traffic.count(f"{call.system}_requests")
        try:
            response = session.send(prepared, timeout=timeout, allow_redirects=False, **proxies)
        except (requests.ConnectionError, requests.Timeout, *_BROKEN_ANSWER) as error:
            raise unanswered(call, type(error).__name__, sent=_may_have_arrived(error)) from error
        if response.status_code == 429:
            self._traffic.count(f"{call.system}_throttled")
        return Answer(response.status_code, response.headers, response.content)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = self._session_factory()
        session: requests.Session = self._local.session
        return session


class _Bearer(AuthBase):
    """An auth object, so that requests never puts a netrc entry in the token's place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Tokens:
    """The token of one scope, kept until shortly before its end (asking azure-identity each time would log each time)."""

    def __init__(self, credential: TokenCredential, scope: str) -> None:
        self._credential, self._scope, self._lock = credential, scope, threading.Lock()
        self._token: AccessToken | None = None

    def current(self, call: Call) -> str:
        """A token that is good for a while; raises AccessRefused where the identity gets none."""
        with self._lock:
            if self._token is None or self._token.expires_on < time.time() + TOKEN_MARGIN:
                self._token = self._fetched(call)
            return self._token.token

    def drop(self, token: str) -> None:
        """Forget this token, unless another thread has replaced it already."""
        with self._lock:
            if self._token and self._token.token == token:
                self._token = None

    def _fetched(self, call: Call) -> AccessToken:
        try:
            return self._credential.get_token(self._scope)
        except ClientAuthenticationError as error:
            raise AccessRefused(call.system, f"no token: {type(error).__name__}", request_id=call.request_id) from error
        except AzureError as error:
            raise Transient(call.system, f"no token: {type(error).__name__}", request_id=call.request_id) from error


def _may_have_arrived(error: requests.RequestException) -> bool:
    """False only where it is certain that no connection was made."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return False
    cause = error.args[0] if error.args else None
    return not isinstance(getattr(cause, "reason", cause), NewConnectionError)
