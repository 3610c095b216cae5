"""What the table service takes: keys, property types, sizes (docs: understanding-the-table-service-data-model)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

MOST_PROPERTIES = 252
MOST_BYTES = 1024 * 1024
MOST_TRANSACTION_BYTES = 4 * MOST_BYTES
MOST_TEXT_BYTES = 64 * 1024
MOST_KEY_CHARACTERS = 1024
MOST_NAME_CHARACTERS = 255

_NOT_IN_KEYS = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")


class Refused(Exception):
    """The service's answer to a request that it does not carry out."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code
        self.index = 0
        """Which operation of a transaction it was."""


class ServiceTime(datetime):
    """The client gives times as a datetime of a class of its own, in UTC."""


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as it is kept: None left out, enums as text, times in UTC. Raises TypeError as the client, Refused as Azure."""
    kept = {name: _stored_value(value) for name, value in row.items() if value is not None}
    _check_keys(kept)
    _check_size(kept)
    return kept


def check_together(rows: Iterable[Mapping[str, Any]]) -> None:
    """Raise Refused where rows are too much for one transaction."""
    if sum(map(_size, rows)) > MOST_TRANSACTION_BYTES:
        raise Refused(413, "RequestBodyTooLarge")


def _stored_value(value: object) -> object:
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, datetime):
        moved = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return ServiceTime.combine(moved.date(), moved.timetz())
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int) and -(2**31) <= value < 2**31:
        return value
    raise TypeError(f"Type not supported when sending data to the service: {type(value)}.")


def _check_keys(row: Mapping[str, Any]) -> None:
    for name in ("PartitionKey", "RowKey"):
        if name not in row:
            raise ValueError("PartitionKey and/or RowKey were not provided in entity")
        if _NOT_IN_KEYS.search(row[name]):
            raise Refused(400, "OutOfRangeInput")
        if len(row[name]) > MOST_KEY_CHARACTERS:
            raise Refused(400, "KeyValueTooLarge")


def _check_size(row: Mapping[str, Any]) -> None:
    if len(row) - 2 > MOST_PROPERTIES:
        raise Refused(400, "TooManyProperties")
    if any(len(name) > MOST_NAME_CHARACTERS for name in row):
        raise Refused(400, "PropertyNameTooLong")
    if any(_utf16(value) > MOST_TEXT_BYTES for value in row.values() if isinstance(value, str)):
        raise Refused(400, "PropertyValueTooLarge")
    if _size(row) > MOST_BYTES:
        raise Refused(400, "EntityTooLarge")


def _size(row: Mapping[str, Any]) -> int:
    return 4 + sum(8 + 2 * len(name) + (_utf16(value) + 4 if isinstance(value, str) else 8) for name, value in row.items())


def _utf16(text: str) -> int:
    try:
        return len(text.encode("utf-16-le"))
    except UnicodeEncodeError:
        raise Refused(400, "InvalidInput") from None
