"""What the readers of both systems' events share: the result, JSON that may be anything, dates, GUIDs. Pure."""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from shared.errors import EventNotUnderstood
from shared.models import Hint, ProspectKey

Members = Mapping[str, object]
"""The members of a JSON object, their names in lower case."""

DEEPEST = 100
"""Levels of nesting that a body may have; the deepest documented one has about 15."""
LONGEST_KEY = 400
"""Characters that `Hint.key` holds: every character of an id that is not safe in a URL takes three or more."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"/Date\((-?[0-9]{1,17})(?:[+-][0-9]{4})?\)/")
_GUID = re.compile(r"[{(]?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})[)}]?", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+=~-]{0,119}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,60}")


@dataclass(frozen=True)
class Ignored:
    """An event that is understood and not for us; `reason` is for counting, e.g. `test-event`, `unused-message:Assign`."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """A member of a batch that is not understood. `reason` is one line without any of the body, `raw` the member as JSON."""

    reason: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class Parsed:
    """What one request told. `organization_id` is the Dataverse environment that sent it, None where it did not say."""

    hints: tuple[Hint, ...] = ()
    ignored: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    organization_id: str | None = None


def sort_out(outcomes: Sequence[Hint | Ignored | Rejected], organization_id: str | None = None) -> Parsed:
    """The outcomes by kind; raises EventNotUnderstood where there are only rejected ones."""
    rejected = tuple(outcome for outcome in outcomes if isinstance(outcome, Rejected))
    if rejected and len(rejected) == len(outcomes):
        raise EventNotUnderstood(rejected[0].reason)
    return Parsed(
        hints=tuple(outcome for outcome in outcomes if isinstance(outcome, Hint)),
        ignored=tuple(outcome.reason for outcome in outcomes if isinstance(outcome, Ignored)),
        rejected=rejected,
        organization_id=organization_id,
    )


def read_json(content: bytes | str) -> object:
    """The JSON value of a UTF-8 body (a BOM is allowed) or of a text inside one; raises EventNotUnderstood."""
    text = _text(content) if isinstance(content, bytes) else content
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise EventNotUnderstood(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except ValueError as error:
        raise EventNotUnderstood("a number with too many digits") from error
    except RecursionError as error:
        raise EventNotUnderstood("nested too deeply") from error
    _refuse_deep(value)
    return value


def _text(body: bytes) -> str:
    if not body.strip():
        raise EventNotUnderstood("the body is empty")
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        raise EventNotUnderstood(f"the body is {encoding.upper()}, not UTF-8")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EventNotUnderstood("the body is not UTF-8") from error


def _refuse_constant(_: str) -> NoReturn:
    raise EventNotUnderstood("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise EventNotUnderstood("a number is too large")
    return number


def _refuse_deep(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise EventNotUnderstood("nested too deeply")


def _children(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def members(value: object) -> Members:
    """The members of a JSON object with their names in lower case, so that spelling does not matter; empty for anything else."""
    return {name.lower(): member for name, member in value.items()} if isinstance(value, dict) else {}


def first_text(fields: Members, *names: str) -> str:
    """The first of these members that is a text with something in it, trimmed; empty where none is."""
    texts = (value.strip() for value in map(fields.get, names) if isinstance(value, str))
    return next(filter(None, texts), "")


def whole_number(value: object) -> int | None:
    """The value where it is a whole number (3 or 3.0), else None; true and false are not numbers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A date as either system writes it, in UTC; None where it is no date, or stands for none as 1900-01-01 does in F&O.

    Of `/Date(ms-0700)/` only the milliseconds count: the offset contradicts them in the documentation's own sample
    (docs: use-webhooks).
    """
    if not isinstance(value, str):
        return None
    try:
        when = _from_milliseconds(value) or _from_iso(value)
    except (ValueError, OverflowError):
        return None
    return when if when.year > 1900 else None


def _from_milliseconds(text: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    return _EPOCH + timedelta(milliseconds=int(found[1])) if found else None


def _from_iso(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def first_moment(*values: object) -> datetime | None:
    """The first value that is a date, in UTC."""
    return next(filter(None, map(moment, values)), None)


def guid(value: object) -> uuid.UUID | None:
    """A GUID in any spelling (braces, upper case, no hyphens); None for anything else and for the one of zeros."""
    found = _GUID.fullmatch(value.strip()) if isinstance(value, str) else None
    number = uuid.UUID(found[1]) if found else None
    return number if number and number.int else None


def identifier(value: object) -> str:
    """An event's id, fit for a queue message; empty where it holds characters that ids do not have."""
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else ""


def key_text(key: ProspectKey) -> str:
    """The key as a queue message carries it; raises ValueError where it cannot (too long, or no valid text)."""
    text = key.text
    if len(text) > LONGEST_KEY:
        raise ValueError("a key that no message can carry")
    return text


def name_or_mark(text: str) -> str:
    """A technical name, fit for a reason; `?` where it could be anything else."""
    return text if _NAME.fullmatch(text) else "?"


def header(headers: Mapping[str, str], name: str) -> str | None:
    """One HTTP header by its lower-case name, however the sender spelled it."""
    return next((value for spelled, value in headers.items() if spelled.lower() == name), None)
