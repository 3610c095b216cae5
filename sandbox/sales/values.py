"""Checks a value against its column, and computes the columns that the platform owns."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dateutil.parser import isoparse

from sandbox.identity import CLIENT_ID, SYSTEM_IDENTITY
from sandbox.odata.errors import ODataError
from sandbox.sales import errors
from sandbox.sales.schema import Column, Kind, Table
from sandbox.sales.store import Reference, Row

_TEXT = {Kind.STRING, Kind.MEMO}
_WHOLE = {Kind.INTEGER, Kind.BIGINT, Kind.PICKLIST, Kind.STATE, Kind.STATUS}
_CHOICES = {Kind.PICKLIST, Kind.STATE, Kind.STATUS}
_ADDRESS = ("address1_line1", "address1_line2", "address1_line3")


def checked(table: Table, column: Column, value: Any) -> Any:
    """The value as it is stored; raises 400 where type, length, range or choice do not fit."""
    if value is None or isinstance(value, Reference):
        return value
    if column.kind in _TEXT:
        return _text(table, column, value)
    if column.kind is Kind.BOOLEAN:
        return _of_type(table, column, value, bool)
    if column.kind is Kind.GUID:
        return _guid(table, column, value)
    if column.kind in {Kind.DATETIME, Kind.DATE}:
        return _moment(table, column, value)
    return _number(table, column, value)


def computed(table: Table, row: Row) -> Row:
    """The values of read-only columns that follow from others (fullname, address1_composite, owners)."""
    values: Row = {}
    if "fullname" in table.columns and "lastname" in table.columns:
        values["fullname"] = " ".join(part for part in (row.get("firstname"), row.get("middlename"), row.get("lastname")) if part)
    if row.get("applicationid"):
        values["fullname"] = _application_name(str(row["applicationid"]))
    if "address1_composite" in table.columns:
        values["address1_composite"] = _composite(row)
    if "isauthvalueset" in table.columns:
        values["isauthvalueset"] = bool(row.get("authvalue"))
    if isinstance(owner := row.get("ownerid"), Reference):
        values["owninguser"] = owner if owner.table == "systemuser" else None
        values["owningteam"] = owner if owner.table == "team" else None
    return values


def stamp(moment: datetime) -> str:
    """A moment as the Web API writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_guid(text: object) -> bool:
    """Whether a text is a GUID."""
    return isinstance(text, str) and re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None


def _application_name(application_id: str) -> str:
    """Its name in Entra ID behind a `#`, as Dataverse names application users; of any but the sandbox's own app, its id."""
    return f"# {SYSTEM_IDENTITY if application_id == CLIENT_ID else application_id}"


def _text(table: Table, column: Column, value: Any) -> str:
    text = str(_of_type(table, column, value, str))
    if column.max_length is not None and len(text) > column.max_length:
        raise errors.too_long(column.name, table.name, column.max_length)
    return text or None  # type: ignore[return-value]  # Dataverse stores an empty text as null


def _guid(table: Table, column: Column, value: Any) -> str:
    if not is_guid(value):
        raise _unconvertible(table, column, value)
    return str(UUID(value))


def _moment(table: Table, column: Column, value: Any) -> str:
    try:
        moment = isoparse(_of_type(table, column, value, str))
    except ValueError as error:
        raise _unconvertible(table, column, value) from error
    if column.kind is Kind.DATE:
        return moment.date().isoformat()
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _number(table: Table, column: Column, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or (column.kind in _WHOLE and not isinstance(value, int)):
        raise _unconvertible(table, column, value)
    if column.kind in _CHOICES and column.option(int(value)) is None:
        raise errors.not_an_option(column.name, table.name, value, [option.value for option in column.options])
    if (column.minimum is not None and value < column.minimum) or (column.maximum is not None and value > column.maximum):
        raise errors.out_of_range(column.name, table.name, value)
    return value


def _of_type(table: Table, column: Column, value: Any, expected: type) -> Any:
    if not isinstance(value, expected):
        raise _unconvertible(table, column, value)
    return value


def _unconvertible(table: Table, column: Column, value: Any) -> ODataError:
    inner = f"Microsoft.OData.ODataException: Cannot convert the literal '{value}' to the expected type '{column.kind.edm}'"
    return errors.payload(table.set_name, inner)


def _composite(row: Row) -> str | None:
    city = " ".join(
        part for part in (row.get("address1_city"), row.get("address1_stateorprovince"), row.get("address1_postalcode")) if part
    )
    lines = [*(row.get(name) for name in _ADDRESS), city, row.get("address1_country")]
    return "\r\n".join(line for line in lines if line) or None
