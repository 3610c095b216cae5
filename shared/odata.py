"""One OData service: build a request, send it, page through its answer, send many as a $batch; errors as ServiceErrors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import requests

from shared import batch, telemetry
from shared.errors import AccessRefused, InDoubt, Missing, Refused, ServiceError, System, Transient
from shared.models import Record
from shared.odata_connection import Connection, Timeouts, new_session
from shared.odata_errors import Call, failed, unanswered
from shared.odata_messages import Answer, ChangeSet, Operation
from shared.traffic import Traffic

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

PROTOCOL = {"Accept": "application/json;odata.metadata=minimal", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}


class ODataService:
    """The service root of one system. Safe to share between threads."""

    def __init__(
        self,
        system: System,
        base_url: str,
        scope: str,
        credential: TokenCredential,
        session_factory: Callable[[], requests.Session] = new_session,
        timeouts: Timeouts | None = None,
        concurrency: int = 8,
        passage: Callable[[], AbstractContextManager[object]] = nullcontext,
        traffic: Traffic | None = None,
    ) -> None:
        """`base_url` is the service root, e.g. `https://org.crm.dynamics.com/api/data/v9.2`; `scope` ends with `/.default`.

        No more than `concurrency` requests are under way at once (docs: api-limits: 52 for each user and web server); one
        that cannot begin within `timeouts.turn` raises Transient. `passage` is entered around each request: the breaker's,
        which may raise Closed instead. `traffic` counts each.
        """
        self.system, self._root, self._timeouts = system, base_url.rstrip("/"), timeouts or Timeouts()
        self._connection = Connection(credential, scope, session_factory, concurrency, traffic or Traffic())
        self._passage = passage

    def send(self, operation: Operation) -> Answer:
        """Send one request; raises the ServiceErrors."""
        with self._turn(), self._passage():
            return self._sent(operation)

    def find(self, operation: Operation) -> Answer | None:
        """Send a read; None where the service has nothing to show: not there, not set up, not for us.

        That is the answer to this question alone: the breaker takes it as one that was served.
        """
        with self._turn(), self._passage():
            try:
                return self._sent(operation)
            except (Missing, Refused, AccessRefused) as error:
                if _is_about_us(error):
                    raise
                return None

    def _sent(self, operation: Operation) -> Answer:
        call = Call(self.system, str(uuid4()), operation.repeatable, operation.personal_values())
        request = self.build_request(operation, call.request_id)
        answer = self._connection.exchange(request, call, self._timeout(writes=operation.method != "GET"))
        if answer.failed:
            raise failed(call, answer)
        return _readable(answer, call)

    def send_batch(self, parts: Sequence[batch.Part]) -> list[batch.PartAnswer]:
        """Send a $batch: one request. The answers in the order of the parts; raises the first failed part's error.

        A read that fails behind a change set is InDoubt: written, but not read back.
        """
        with self._turn(), self._passage():
            return self._sent_batch(parts)

    def _sent_batch(self, parts: Sequence[batch.Part]) -> list[batch.PartAnswer]:
        call = _batch_call(self.system, parts)
        content_type, body = batch.build(parts, PROTOCOL, self._part_prefix())
        request = self._request("POST", "$batch", {"Content-Type": content_type}, body, call.request_id)
        writes = any(isinstance(part, ChangeSet) for part in parts)
        answer = self._connection.exchange(request, call, self._timeout(writes=writes))
        return _settled(parts, _part_answers(answer, call), call)

    def rows(self, operation: Operation) -> Iterator[Record]:
        """The records of a collection, page by page; each page is one request with the same headers."""
        return self.rows_from(self.send(operation), operation.headers)

    def rows_from(self, answer: Answer, headers: Mapping[str, str] | None = None) -> Iterator[Record]:
        """The records of a page that was answered, and of the pages behind it."""
        while True:
            yield from records(answer.data)
            link = answer.data.get("@odata.nextLink")
            if not link:
                return
            answer = self.send(Operation("GET", self._own_path(str(link)), headers or {}))

    def build_request(self, operation: Operation, request_id: str) -> requests.Request:
        """The request as it goes out, but for its token."""
        return self._request(operation.method, operation.path, operation.all_headers(), operation.content(), request_id)

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes, request_id: str) -> requests.Request:
        own = {"x-ms-client-request-id": request_id, **_correlation()}
        return requests.Request(method, self._url(path), headers={**PROTOCOL, **own, **headers}, data=body or None)

    def _url(self, path: str) -> str:
        return urljoin(self._root, path) if path.startswith("/") else f"{self._root}/{path}"

    def _own_path(self, link: str) -> str:
        """The path of a next page; raises Transient for another host's, since our token must not go there."""
        url, root = urlsplit(urljoin(f"{self._root}/", link)), urlsplit(self._root)
        if (url.scheme, url.netloc.lower()) != (root.scheme, root.netloc.lower()):
            raise Transient(self.system, "the next page is on another host")
        return f"{url.path}?{url.query}"

    def _part_prefix(self) -> str:
        """Dataverse's documentation writes parts' URLs from the host's root, F&O's from the service's."""
        return urlsplit(self._root).path + "/" if self.system is System.SALES else ""

    def _turn(self) -> AbstractContextManager[None]:
        """Taken before the breaker is asked: that a process is busy says nothing about the system."""
        return self._connection.turn(self.system, self._timeouts.turn)

    def _timeout(self, *, writes: bool) -> tuple[float, float]:
        return self._timeouts.connect, self._timeouts.write if writes else self._timeouts.read


def _is_about_us(error: ServiceError) -> bool:
    """Whether our identity as such was refused: no token, a token that is not accepted, a way to a login page."""
    return error.status is None or error.status == 401 or error.status < 400


def records(data: Record) -> Sequence[Record]:
    """The members of an answer's `value`."""
    value = data.get("value")
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def _correlation() -> dict[str, str]:
    work = telemetry.current()
    headers = {"x-ms-correlation-request-id": work.correlation_id, "traceparent": work.traceparent}
    return {name: value for name, value in headers.items() if value}


def _readable(answer: Answer, call: Call) -> Answer:
    try:
        answer.data  # noqa: B018 (parses, once)
    except ValueError as error:
        raise unanswered(call, "the answer is not JSON", sent=True) from error
    return answer


def _operations(part: batch.Part) -> tuple[Operation, ...]:
    return part.operations if isinstance(part, ChangeSet) else (part,)


def _batch_call(system: System, parts: Sequence[batch.Part], request_id: str = "") -> Call:
    operations = [operation for part in parts for operation in _operations(part)]
    values = tuple(value for operation in operations for value in operation.personal_values())
    return Call(system, request_id or str(uuid4()), all(operation.repeatable for operation in operations), values)


def _part_answers(answer: Answer, call: Call) -> list[batch.PartAnswer]:
    """The outer status is 200 even where a part failed; where it is not, the parts still say why, if there are any."""
    content_type = answer.headers.get("Content-Type", "")
    if answer.failed and "multipart/mixed" not in content_type:
        raise failed(call, answer)
    try:
        return batch.parse(content_type, answer.body)
    except ValueError as error:
        raise unanswered(call, "the answer to a $batch cannot be read", sent=True) from error


def _settled(parts: Sequence[batch.Part], answers: list[batch.PartAnswer], call: Call) -> list[batch.PartAnswer]:
    written = False
    for part, answer in zip(parts, answers, strict=False):
        own_call = _batch_call(call.system, [part], call.request_id)
        try:
            _check(answer, own_call)
        except ServiceError as error:
            if written:
                raise _not_read_back(error) from error
            raise
        written = written or not own_call.repeatable
    if not _complete(parts, answers):
        raise unanswered(call, "not every part of a $batch was answered", sent=True)
    return answers


def _complete(parts: Sequence[batch.Part], answers: Sequence[batch.PartAnswer]) -> bool:
    expected = [len(_operations(part)) for part in parts]
    return expected == [len(answer) if isinstance(answer, tuple) else 1 for answer in answers]


def _check(answer: batch.PartAnswer, call: Call) -> None:
    for one in answer if isinstance(answer, tuple) else (answer,):
        if one.failed:
            raise failed(call, one)
        _readable(one, call)


def _not_read_back(error: ServiceError) -> InDoubt:
    text = f"written, but not read back: {error.message}"
    return InDoubt(error.system, text, status=error.status, code=error.code, request_id=error.request_id)
