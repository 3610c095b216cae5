"""Query options: from the query string to a QueryOptions value, and their effect on rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sandbox.odata.errors import bad_request

Row = Mapping[str, Any]
_KNOWN = {"$select", "$filter", "$orderby", "$top", "$skip", "$count", "$expand", "$skiptoken", "$deltatoken", "$format"}


@dataclass(frozen=True)
class Expand:
    """One `$expand` item: the navigation property and its own options."""

    name: str
    options: QueryOptions


@dataclass(frozen=True)
class QueryOptions:
    """`select` is empty for all; `orderby` holds (path, descending); `custom` holds what does not begin with `$`."""

    select: tuple[str, ...] = ()
    filter: str | None = None
    orderby: tuple[tuple[tuple[str, ...], bool], ...] = ()
    top: int | None = None
    skip: int | None = None
    count: bool = False
    expand: tuple[Expand, ...] = ()
    skiptoken: str | None = None
    deltatoken: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict)


def parse_options(pairs: Iterable[tuple[str, str]]) -> QueryOptions:
    """Return the options of a query string's decoded pairs; raises 400 for an unknown or malformed one."""
    given = dict(pairs)
    for name in given:
        if name.startswith("$") and name not in _KNOWN:
            raise bad_request(f"The query parameter '{name}' is not supported.")
    return QueryOptions(
        select=_names(given.get("$select")),
        filter=given.get("$filter"),
        orderby=_orderby(given.get("$orderby")),
        top=_number(given, "$top"),
        skip=_number(given, "$skip"),
        count=_flag(given.get("$count", "false")),
        expand=tuple(_expand(item) for item in split_outside(given.get("$expand", ""), ",")),
        skiptoken=given.get("$skiptoken"),
        deltatoken=given.get("$deltatoken"),
        custom={name: value for name, value in given.items() if not name.startswith("$")},
    )


def split_outside(text: str, separator: str) -> list[str]:
    """Return the pieces of a text, split where the separator is neither quoted nor in parentheses; none for no text."""
    pieces, depth, quoted, start = [], 0, False, 0
    for position, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if character == separator and depth == 0:
                pieces.append(text[start:position])
                start = position + 1
    return [piece.strip() for piece in [*pieces, text[start:]] if piece.strip()]


def ordered(rows: Iterable[Row], options: QueryOptions, value_of: Callable[[Row, tuple[str, ...]], Any]) -> list[Row]:
    """Return the rows sorted by $orderby: nulls first when ascending, text without regard to letter case."""
    result = list(rows)
    for path, descending in reversed(options.orderby):
        result.sort(key=partial(_key_of, value_of, path), reverse=descending)
    return result


def paged(rows: list[Row], options: QueryOptions) -> list[Row]:
    """Return the rows that $skip and $top leave."""
    start = options.skip or 0
    return rows[start:] if options.top is None else rows[start : start + options.top]


def _key_of(value_of: Callable[[Row, tuple[str, ...]], Any], path: tuple[str, ...], row: Row) -> tuple[bool, Any]:
    return _sort_key(value_of(row, path))


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value.casefold() if isinstance(value, str) else value if value is not None else 0)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(split_outside(text or "", ","))


def _orderby(text: str | None) -> tuple[tuple[tuple[str, ...], bool], ...]:
    return tuple(_order(item) for item in split_outside(text or "", ","))


def _order(item: str) -> tuple[tuple[str, ...], bool]:
    path, _, direction = item.partition(" ")
    if direction.strip() not in {"", "asc", "desc"}:
        raise bad_request(f"Syntax error in $orderby '{item}'.")
    return tuple(path.split("/")), direction.strip() == "desc"


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is not None and not text.isdecimal():
        raise bad_request(f"Invalid value '{text}' for {name} query option found. It requires a non-negative integer value.")
    return None if text is None else int(text)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise bad_request(f"Invalid value '{text}' for $count query option found. Valid values are 'true' and 'false'.")
    return text == "true"


def _expand(item: str) -> Expand:
    name, parenthesis, inner = item.partition("(")
    if parenthesis and not inner.endswith(")"):
        raise bad_request(f"Syntax error in $expand '{item}'.")
    pairs = [piece.partition("=") for piece in split_outside(inner.removesuffix(")"), ";")]
    return Expand(name.strip(), parse_options((key.strip(), value) for key, _, value in pairs))
