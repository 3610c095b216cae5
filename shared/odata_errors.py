"""What a failed request means: one of the ServiceErrors, by the answer's body first and its status second.

The same fact comes with several statuses (F&O: an Infolog at 400 or 500; Dataverse: duplicate detection at 412 or 500), so
a code or a text that is known wins over the status.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from shared.errors import AccessRefused, InDoubt, Missing, Outdated, Refused, ServiceError, System, Transient
from shared.odata_messages import Answer

LONGEST_WAIT = timedelta(hours=1)
COMMERCE_PAUSE = timedelta(seconds=30)
"""F&O's wait after a 429 without Retry-After (docs: service-protection-retry-operations)."""

_TEXT_LIMIT = 500
_EMPTY_LINES = ("Write failed for table row", "validateWrite failed on data source")

_BY_CODE: Mapping[str, type[ServiceError]] = {
    "0x80072321": Transient,  # service protection: execution time (docs: api-limits)
    "0x80072322": Transient,  # number of requests
    "0x80072326": Transient,  # concurrent requests
    "0x80040333": Refused,  # duplicate detection rule
    "0x80040265": Refused,  # a customer's plug-in
    "0x80060892": Outdated,  # alternate key is taken
    "0x80040237": Outdated,  # primary key is taken
    "0x80060882": Outdated,  # ETag does not match
    "0x80040217": Missing,
    "0x80040220": AccessRefused,  # privilege
}
_BY_STATUS: Mapping[int, type[ServiceError]] = {
    401: AccessRefused, 403: AccessRefused, 404: Missing, 408: Transient, 409: Outdated, 412: Outdated, 429: Transient,
}  # fmt: skip
_NOT_SET_UP = (
    "Could not find a property named",
    "No HTTP resource was found",
    "key in the request URI is not valid",
)
"""A column, service or alternate key that is not there: it concerns every onboarding, as a missing privilege does.

"Resource not found for the segment" is not among them: OData libraries say it of an unknown set and of a missing record.
"""


@dataclass(frozen=True)
class Call:
    """The request that failed, as far as its error needs it."""

    system: System
    request_id: str
    repeatable: bool = True
    personal_values: tuple[str, ...] = ()


def failed(call: Call, answer: Answer) -> ServiceError:
    """The error for an answer that is no success; a write that may not be sent twice is InDoubt after a server's failure."""
    error = _error_body(answer)
    kind = _kind(answer, error)
    if kind is Transient:
        return _lost_or_transient(call, answer, error)
    text = _redacted(error.text, call.personal_values)
    return kind(call.system, text, status=answer.status, code=error.code, request_id=call.request_id)


def unanswered(call: Call, reason: str, *, sent: bool) -> ServiceError:
    """The error for no answer, or one that cannot be read. `sent`: the request may have reached the server."""
    if sent and not call.repeatable:
        return InDoubt(call.system, reason, request_id=call.request_id)
    return Transient(call.system, reason, request_id=call.request_id)


def retry_after(value: str | None, now: datetime | None = None) -> timedelta | None:
    """A Retry-After header in seconds or as a date, between 0 and an hour; None where it says nothing."""
    wait = _parsed_wait(value or "", now or datetime.now(UTC))
    return None if wait is None else max(timedelta(), min(wait, LONGEST_WAIT))


@dataclass(frozen=True)
class _ErrorBody:
    """What the two systems' error bodies say. `infolog`: a business rule of F&O spoke."""

    code: str = ""
    text: str = ""
    infolog: bool = False


def _kind(answer: Answer, error: _ErrorBody) -> type[ServiceError]:
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if "record already exists" in error.text:
        return Outdated
    if error.infolog:
        return Refused
    if any(text in error.text for text in _NOT_SET_UP):
        return AccessRefused
    if answer.is_html and answer.status not in (401, 403):
        return Transient
    return _BY_STATUS.get(answer.status) or _by_status_class(answer.status)


def _by_status_class(status: int) -> type[ServiceError]:
    if status >= 500:
        return Transient
    return Refused if status >= 400 else AccessRefused  # a redirect goes to a login page


def _lost_or_transient(call: Call, answer: Answer, error: _ErrorBody) -> ServiceError:
    throttled = answer.status == 429 or _BY_CODE.get(error.code) is Transient
    text = "too many requests" if throttled else _redacted(error.text, call.personal_values)
    if not call.repeatable and not throttled:
        return InDoubt(call.system, text, status=answer.status, code=error.code, request_id=call.request_id)
    wait = retry_after(answer.headers.get("Retry-After"))
    if wait is None and answer.status == 429 and call.system is System.COMMERCE:
        wait = COMMERCE_PAUSE
    return Transient(call.system, text, status=answer.status, code=error.code, request_id=call.request_id, retry_after=wait)


def _error_body(answer: Answer) -> _ErrorBody:
    try:
        data = answer.data
    except ValueError:
        return _ErrorBody(text="no useful answer")
    error = _mapping(data.get("error"))
    inner = _mapping(error.get("innererror"))
    inner_text = str(inner.get("message") or "")
    if "AxOData" in str(inner.get("type")) or "Infolog:" in inner_text:
        return _ErrorBody(text=_infolog(inner_text), infolog=True)
    text = str(error.get("message") or data.get("Message") or "no reason given")
    return _ErrorBody(_hexadecimal(str(error.get("code") or "")), text)


def _infolog(text: str) -> str:
    """The lines that tell a person something, without their prefixes (captured shape: `...: Warning: a; Warning: b`)."""
    lines = (re.sub(r"^(Warning|Error|Info): ", "", line.strip()) for line in text.rpartition("Infolog: ")[2].split("; "))
    useful = [line for line in lines if not line.startswith(_EMPTY_LINES)]
    return " ".join(useful) or text


def _hexadecimal(code: str) -> str:
    """Dataverse writes one code as `0x80040217` or as -2147220969."""
    return f"0x{int(code) & 0xFFFFFFFF:08x}" if re.fullmatch(r"-\d+", code) else code.lower()


def _redacted(text: str, values: Iterable[str]) -> str:
    """The text without e-mail addresses and without what the request itself said: it goes to tables and logs."""
    text = text[: 4 * _TEXT_LIMIT]
    for value in sorted(set(values), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value.strip())}(?!\w)", "…", text, flags=re.IGNORECASE)
    return re.sub(r"[^\s'\"<>(),;:@]+@[\w.-]*\w", "…", text)[:_TEXT_LIMIT]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _parsed_wait(value: str, now: datetime) -> timedelta | None:
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value.strip()):
        return timedelta(seconds=float(value))
    try:
        return parsedate_to_datetime(value).astimezone(UTC) - now
    except ValueError:
        return None
