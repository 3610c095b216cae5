"""Paths: `leads(b2b_prospectkey='x')/parentaccountid/name/$value` as segments with their key predicates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.odata.errors import bad_request

_STRING = r"'(?:[^']|'')*'"
_SEGMENT = re.compile(rf"(?P<name>[^/('?]+)(?:\((?P<key>(?:{_STRING}|[^()'])*)\))?(?:/|$)")
_PAIR = re.compile(rf"\s*(?:(?P<name>[\w.]+)\s*=\s*)?(?P<value>{_STRING}|[^,']+?)\s*(?:,|$)")

Key = dict[str, str | int | float | bool | None]
KEY_ITSELF = ""  # the name under which an unnamed key value, `leads(GUID)`, is found


@dataclass(frozen=True)
class Segment:
    """One path segment; `key` is None without parentheses, {} for `()`, {KEY_ITSELF: v} for an unnamed value."""

    name: str
    key: Key | None = None


def split_path(path: str) -> list[Segment]:
    """Return the segments of a decoded path (no query string); raises 400 for one that is not well formed."""
    segments, position = [], 0
    while position < len(path):
        match = _SEGMENT.match(path, position)
        if match is None:
            raise bad_request(f"Bad Request - Error in query syntax: '{path}'.")
        segments.append(Segment(match["name"], None if match["key"] is None else parse_key(match["key"])))
        position = match.end()
    return segments


def parse_key(text: str) -> Key:
    """Return a key predicate's names and values; quotes tell text from GUIDs (both str), numbers and true or false."""
    key, position = {}, 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            raise bad_request(f"Bad Request - Error in query syntax: '({text})'.")
        key[match["name"] or KEY_ITSELF] = _literal(match["value"])
        position = match.end()
    return key


def quote(value: str) -> str:
    """Return a text value as an OData literal."""
    return "'" + value.replace("'", "''") + "'"


def _literal(text: str) -> str | int | float | bool | None:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text in {"true", "false", "null"}:
        return {"true": True, "false": False, "null": None}[text]
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"[+-]?\d+\.\d+", text) else text
