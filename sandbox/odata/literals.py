"""Text before the parser sees it: literals that the parser does not know are rewritten into ones that it does."""

from __future__ import annotations

import re

_STRING = r"'(?:[^']|'')*'"
_STRING_OR_ENUM = re.compile(rf"(?P<type>[A-Za-z_]\w*(?:\.\w+)+)(?P<symbol>{_STRING})|{_STRING}")
_STRING_OR_ARRAY = re.compile(rf"(?P<array>\[[^\]]*\])|{_STRING}")
_ITEM = re.compile(r"'((?:[^']|'')*)'" + r'|"([^"]*)"')


def enums_as_calls(text: str) -> str:
    """Return `Ns.Type'Symbol'` as `Ns.Type('Symbol')`, which parses as a call; quoted text is left alone."""
    return _STRING_OR_ENUM.sub(lambda match: f"{match['type']}({match['symbol']})" if match["type"] else match.group(), text)


def arrays_as_lists(text: str) -> str:
    """Return JSON arrays (`PropertyValues=["a","b"]`) as OData lists (`('a','b')`); quoted text is left alone."""
    return _STRING_OR_ARRAY.sub(lambda match: _list(match["array"]) if match["array"] else match.group(), text)


def _list(array: str) -> str:
    items = (single or double.replace("'", "''") for single, double in _ITEM.findall(array))
    quoted = [f"'{item}'" for item in items]
    return "(" + ",".join(quoted) + (",)" if len(quoted) == 1 else ")")
