"""What the rows of a map make of one record: values found, converted and fitted. Pure; no record makes it raise."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from shared.field_map import Row, Scalar, TooLong, Transform
from shared.models import Record

ELLIPSIS = "…"
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Control characters and halves of characters, which neither system's XML can hold."""
_EMPTY_DATE = re.compile(r"1900-01-01(T[0-9:.]+(Z|[+-][0-9:]+)?)?")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_@][A-Za-z0-9_.@]*)\}")
_PHONE = re.compile(r"\+?(?:[0-9().\-‐‑–]|\s|(?<!\s)/(?!\s))+")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")

What = Literal["cut", "left-empty", "unresolved", "name-split", "default"]


@dataclass(frozen=True)
class Remark:
    """Something that a person should know of one target. `detail` never holds the value."""

    target: str
    what: What
    detail: str = ""


@dataclass(frozen=True)
class Lookup:
    """A text to be found in a column of an entity set, so that `target` can be bound to its record."""

    target: str
    entity_set: str
    column: str
    value: str


@dataclass(frozen=True)
class Mapped:
    """What a record became: values by target, what a person should know, and what has still to be looked up."""

    values: dict[str, object] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    lookups: tuple[Lookup, ...] = ()


class _Unfit(Exception):
    """A value that the target cannot take; the text says why, without the value. No text: there is nothing to say."""


def evaluate(rows: Iterable[Row], record: Record, lengths: Mapping[str, int]) -> Mapped:
    """The rows applied to a record; `lengths` are the environment's own limits by target. Empty values are left out."""
    values: dict[str, object] = {}
    remarks: list[Remark] = []
    lookups: list[Lookup] = []
    for row in sorted(rows, key=lambda row: row.unless is not None):  # stable: a row with `unless` comes after the one it names
        if row.unless in values or not _applies(row, record):
            continue
        value, said = _written(row, record, lengths.get(row.target, row.max_length))
        remarks += said
        if value is not None and row.lookup:
            lookups.append(Lookup(row.target, row.lookup.set, row.lookup.column, str(value)))
        elif value is not None:
            values[row.target] = value
    return Mapped(values, tuple(remarks), tuple(lookups))


def present(value: object) -> object | None:
    """The value without blanks around it and unprintable characters; None for what stands for nothing, e.g. F&O's 1900-01-01."""
    if not isinstance(value, str):
        return value
    text = _UNWANTED.sub("", value).strip()
    return None if not text or _EMPTY_DATE.fullmatch(text) else text


def text_of(record: Record, name: str) -> str:
    """The field as text; empty where it has none."""
    value = present(record.get(name))
    return value if isinstance(value, str) else ""


def found(row: Row, record: Record) -> list[object]:
    """The values of those sources that have one, in order."""
    return [value for name in row.source if (value := present(record.get(name))) is not None]


def is_cut_of(text: object, original: str) -> bool:
    """Whether the text is what `cut` made of the original, so that a value that comes back can be told from a person's."""
    if not isinstance(text, str) or not text.endswith(ELLIPSIS):
        return False
    kept = text.removesuffix(ELLIPSIS)
    return bool(kept) and original.startswith(kept) and len(original) > len(text)


def length(text: str) -> int:
    """Characters as Dataverse and SQL Server count them: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """The beginning of the text in whole characters, with an ellipsis inside the limit."""
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)].decode("utf-16-le", "ignore")
    while kept and _continues(text[len(kept)], kept[-1]):
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def _continues(character: str, before: str) -> bool:
    """Whether a character belongs to the one before it: accents, skin tones, joined emoji."""
    joined = "\u200d" in (character, before)
    return joined or unicodedata.category(character).startswith("M") or "\U0001f3fb" <= character <= "\U0001f3ff"


def _applies(row: Row, record: Record) -> bool:
    return all(_symbol(record.get(name)) == wanted.casefold() for name, wanted in (row.when or {}).items())


def _symbol(value: object) -> str:
    """A value as F&O's JSON spells enumerations, letter case ignored."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip().casefold() if isinstance(value, str | int) else ""


def _written(row: Row, record: Record, limit: int | None) -> tuple[Scalar | None, list[Remark]]:
    """The value of one row, and what is to be said about it."""
    remarks: list[Remark] = []
    if candidates := found(row, record):
        value, remarks = _attempt(row, limit, lambda: _converted(row, candidates))
        if value is not None:
            return value, remarks
    if (default := row.default) is None:
        return None, remarks
    if row.source:
        remarks.append(Remark(row.target, "default", "the request has no value for it"))
    value, more = _attempt(row, limit, lambda: _filled(default, record))
    return value, remarks + more


def _attempt(row: Row, limit: int | None, value: Callable[[], Scalar]) -> tuple[Scalar | None, list[Remark]]:
    try:
        return _within(row, value(), limit)
    except _Unfit as problem:
        return None, [Remark(row.target, "left-empty", str(problem))] if str(problem) else []


def _filled(default: Scalar, record: Record) -> Scalar:
    if not isinstance(default, str):
        return default
    return _PLACEHOLDER.sub(lambda match: text_of(record, match[1]), default).strip()


def _converted(row: Row, candidates: list[object]) -> Scalar:
    if row.value_map is not None:
        known = {key.casefold(): value for key, value in row.value_map.items()}
        if (symbol := _symbol(candidates[0])) not in known:
            raise _Unfit("the value map has no such value")
        return known[symbol]
    return _CONVERSIONS[row.transform](candidates)


def _within(row: Row, value: Scalar, limit: int | None) -> tuple[Scalar | None, list[Remark]]:
    if isinstance(value, str):
        return _shortened(row, value, limit)
    below, above = row.minimum is not None and value < row.minimum, row.maximum is not None and value > row.maximum
    if (below or above) and not isinstance(value, bool):
        raise _Unfit("the number is too small" if below else "the number is too large")
    return value, []


def _shortened(row: Row, text: str, limit: int | None) -> tuple[str | None, list[Remark]]:
    if limit is None or length(text) <= limit:
        return text, []
    detail = f"{length(text)} characters, {limit} at most"
    if row.too_long is TooLong.LEAVE_EMPTY or limit < 1:
        raise _Unfit(detail)
    return cut(text, limit), [Remark(row.target, "cut", detail)]


def _text(candidates: list[object]) -> str:
    value = candidates[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Unfit("not a text")
    return str(value)


def _lines(candidates: list[object]) -> str:
    """All sources that have a value, each once, one per line."""
    return "\n".join(dict.fromkeys(_text([candidate]) for candidate in candidates))


def _phone_digits(candidates: list[object]) -> str:
    """A plus sign and digits, e.g. `+49 (0)170 123-456` -> `+49170123456`; the (0) is not dialled behind a country code."""
    text = _text(candidates)
    if not _PHONE.fullmatch(text):
        raise _Unfit("not a plain phone number")
    if text.startswith("+"):
        text = re.sub(r"\(\s*0\s*\)", "", text)
    digits = re.sub(r"[^0-9]", "", text)
    if not digits:
        raise _Unfit("not a plain phone number")
    return ("+" if text.startswith("+") else "") + digits


def _whole_number(candidates: list[object]) -> int:
    number = _number(candidates)
    if number != int(number):
        raise _Unfit("not a whole number")
    return int(number)


def _count(candidates: list[object]) -> int:
    """How many there are; 0 is what F&O has where nobody entered it, and no seller should read it as a fact."""
    number = _whole_number(candidates)
    if number == 0:
        raise _Unfit
    return number


def _number(candidates: list[object]) -> int | float:
    value = candidates[0]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value) if _WHOLE.fullmatch(value) else float(value)
    raise _Unfit("not a number")


def _coordinate(candidates: list[object]) -> int | float:
    """A latitude or longitude; exactly 0 is what F&O has where none was entered."""
    number = _number(candidates)
    if number == 0:
        raise _Unfit
    return number


def _date(candidates: list[object]) -> str:
    """The day of an F&O date, e.g. `2026-03-01T12:00:00Z` -> `2026-03-01`."""
    try:
        return date.fromisoformat(_text(candidates)[:10]).isoformat()
    except ValueError as error:
        raise _Unfit("not a date") from error


_CONVERSIONS: dict[Transform | None, Callable[[list[object]], Scalar]] = {
    None: _text,
    Transform.LINES: _lines,
    Transform.PHONE_DIGITS: _phone_digits,
    Transform.WHOLE_NUMBER: _whole_number,
    Transform.COUNT: _count,
    Transform.NUMBER: _number,
    Transform.COORDINATE: _coordinate,
    Transform.DATE: _date,
}
