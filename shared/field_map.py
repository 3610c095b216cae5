"""The field map: which field of one system becomes which of the other, as data. `load` also checks a company's own rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from shared.errors import MappingInvalid

BUILT_IN = Path(__file__).with_name("field_map.json")
DEFAULT_PREFIX = "b2b"
_PREFIX = re.compile(r"[a-z][a-z0-9]{1,7}")

Scalar = str | int | float | bool
Name = Annotated[str, Field(pattern=r"^[A-Za-z_@][A-Za-z0-9_.@]*$", max_length=128)]
Target = Annotated[str, Field(pattern=r"^(\{prefix\}_)?[A-Za-z_][A-Za-z0-9_]*$", max_length=128)]
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class MapName(StrEnum):
    """The maps: from which record to which. Where two lead to one customer, what Sales says wins."""

    PROSPECT_TO_LEAD = "prospect-to-lead"
    ACCOUNT_TO_ORGANIZATION = "account-to-organization"
    CONTACT_TO_PERSON = "contact-to-person"
    PROSPECT_TO_ORGANIZATION = "prospect-to-organization"
    PROSPECT_TO_PERSON = "prospect-to-person"


class Profile(StrEnum):
    """Which columns the lead has: our own, or those of the dual-write Commerce package (which do not exist without it)."""

    OWN = "own"
    DUAL_WRITE = "dual-write"
    BOTH = "both"


class Transform(StrEnum):
    """How a value is converted; without one it is written as text."""

    LINES = "lines"
    PHONE_DIGITS = "phone-digits"
    WHOLE_NUMBER = "whole-number"
    COUNT = "count"
    NUMBER = "number"
    COORDINATE = "coordinate"
    DATE = "date"


class TooLong(StrEnum):
    """What happens to a text above the limit."""

    CUT = "cut"
    LEAVE_EMPTY = "leave-empty"


class Group(StrEnum):
    """Fields that are taken whole, from one record or from the other."""

    NAME = "name"
    ADDRESS = "address"


class LookupRule(BaseModel):
    """Where a text is looked up, so that the target can be bound to the record that has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    set: str = Field(pattern=r"^[A-Za-z_]\w*$", description="entity set, e.g. transactioncurrencies")
    column: str = Field(pattern=r"^[A-Za-z_]\w*$", description="the column that holds the text, e.g. isocurrencycode")


class Row(BaseModel):
    """One row of a map: the first source that has a value becomes the target."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    target: Target = Field(description="the field that is written")
    source: Names = Field((), description="one field, or several: the first that has a value")
    label: str = Field("", max_length=100, description="the field's name in the lead's note")
    default: Scalar | None = Field(None, description="written where no source has a value; {Field} stands for a source's text")
    transform: Transform | None = None
    value_map: dict[str, Scalar] | None = Field(None, description="source value -> target value; letter case is ignored")
    when: dict[str, str] | None = Field(None, description="the row counts only where these source fields have these values")
    unless: Target | None = Field(None, description="the row counts only where this other target got no value")
    max_length: int | None = Field(None, ge=1, description="characters; the environment's own length wins where it is known")
    too_long: TooLong = TooLong.CUT
    minimum: float | None = None
    maximum: float | None = None
    lookup: LookupRule | None = None
    party: bool = Field(False, description="a field of the party: not written on a customer that takes the prospect's party")
    group: Group | None = None
    profile: Profile = Profile.BOTH
    direction: str | None = Field(None, pattern=r"^(=|><|>|<|>>|<<)$", description="how dual-write copies it; noted, not used")
    note: str = Field("", max_length=400)

    @model_validator(mode="after")
    def _limits_in_order(self) -> Row:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        return self


class LocalRow(Row):
    """A row of a company's own: it is added to its map, or stands in for the row with the same target."""

    map: MapName
    off: bool = Field(False, description="true: leave this target out")


class LocalFile(BaseModel):
    """mapping.local.json: a company's own rows."""

    model_config = ConfigDict(extra="forbid", title="B2B Prospect Bridge: mapping.local.json")
    schema_: str = Field("", alias="$schema")
    version: str = Field("local", max_length=40, description="stands behind the built-in version in the lead's note")
    rows: list[LocalRow]


class FieldMap(BaseModel):
    """The map in force: only the rows of the chosen profile, names of our own columns written out."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: str
    maps: dict[MapName, tuple[Row, ...]]

    def rows(self, name: MapName) -> tuple[Row, ...]:
        """The rows of one map, in order."""
        return self.maps.get(name, ())

    def row(self, name: MapName, target: str) -> Row | None:
        """The row that writes this target."""
        return next((row for row in self.rows(name) if row.target == target), None)

    def columns(self, name: MapName) -> tuple[str, ...]:
        """The fields that a read of the source record must ask for ($select); derived and expanded ones are left out."""
        wanted = (field for row in self.rows(name) for field in (*row.source, *(row.when or ())))
        return tuple(dict.fromkeys(field for field in wanted if "." not in field))


def load(local: Path | None = None, *, prefix: str = DEFAULT_PREFIX, profile: Profile = Profile.OWN) -> FieldMap:
    """The built-in map with the company's rows; raises MappingInvalid, which names file, row and field of everything wrong."""
    if not _PREFIX.fullmatch(prefix):
        raise MappingInvalid([f"the columns' prefix {prefix!r} is not 2 to 8 lower-case letters and digits"])
    built_in = FieldMap.model_validate_json(BUILT_IN.read_text("utf-8").replace("{prefix}", prefix))
    own = _local_file(local, prefix, built_in) if local else None
    maps = {name: _in_force(built_in.rows(name), name, own.rows if own else [], profile) for name in MapName}
    return FieldMap(version=f"{built_in.version}+{own.version}" if own else built_in.version, maps=maps)


def _in_force(built_in: Iterable[Row], name: MapName, local: Iterable[LocalRow], profile: Profile) -> tuple[Row, ...]:
    """Own rows take the place of built-in ones, or come last."""
    rows = {row.target: row for row in built_in if row.profile in (Profile.BOTH, profile)}
    for own in local:
        if own.map is name and own.off:
            rows.pop(own.target, None)
        elif own.map is name and own.profile in (Profile.BOTH, profile):
            rows[own.target] = own
    return tuple(rows.values())


def _local_file(path: Path, prefix: str, built_in: FieldMap) -> LocalFile:
    document = _document(path, prefix)
    raw_rows = document["rows"]
    problems = _problems(LocalFile, {**document, "rows": []})
    rows: dict[int, LocalRow] = {}
    for number, raw in enumerate(raw_rows, 1):
        if found := _problems(LocalRow, raw):
            problems += [f"row {number}{_title(raw)}, {problem}" for problem in found]
        else:
            rows[number] = LocalRow.model_validate(raw)
    problems += [f"row {at}{_title(raw_rows[at - 1])}, {problem}" for at, problem in _refused(rows, prefix, built_in)]
    if problems:
        raise MappingInvalid([f"{path.name}: {problem}" for problem in problems])
    return LocalFile.model_validate(document)


def _document(path: Path, prefix: str) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8-sig").replace("{prefix}", prefix))
    except OSError as error:
        raise MappingInvalid([f"{path.name}: cannot be read ({error.strerror})"]) from error
    except (ValueError, RecursionError) as error:
        raise MappingInvalid([f"{path.name}: is not JSON in UTF-8 ({error})"]) from error
    if not isinstance(document, dict) or not isinstance(document.get("rows"), list):
        raise MappingInvalid([f"{path.name}: must be an object with a list `rows`"])
    return document


def _problems(model: type[BaseModel], raw: object) -> list[str]:
    """What pydantic says, one line for each field."""
    try:
        model.model_validate(raw)
    except ValidationError as error:
        return [f"field {'.'.join(map(str, each['loc'])) or '-'}: {each['msg']}" for each in error.errors()]
    return []


def _title(raw: object) -> str:
    return f" ({raw.get('map')} > {raw.get('target')})" if isinstance(raw, dict) else ""


_NOT_FOR_LEAD = frozenset({"fullname", "address1_composite", "leadid", "statecode", "statuscode", "ownerid"})
_NOT_FOR_CUSTOMER = frozenset({"dataareaid", "customeraccount", "partytype", "partynumber", "invoiceaccount"})
_OWN_COLUMNS = ("prospectkey", "prospectid", "legalentity", "channel", "language", "correlationid")
_NEEDED = ("subject", "lastname")
_TO_ORGANIZATION = (MapName.ACCOUNT_TO_ORGANIZATION, MapName.PROSPECT_TO_ORGANIZATION)


def _refused(rows: dict[int, LocalRow], prefix: str, built_in: FieldMap) -> Iterator[tuple[int, str]]:
    """What rows may not do, though they are well formed: row number, problem."""
    seen: dict[tuple[MapName, str], int] = {}
    targets = {(row.map, row.target) for row in rows.values()}
    for number, row in rows.items():
        first = seen.setdefault((row.map, row.target.lower()), number)
        if first != number:
            yield number, f"field target: row {first} has it already"
        spelled = next((one.target for one in built_in.rows(row.map) if one.target.lower() == row.target.lower()), row.target)
        if spelled != row.target:
            yield number, f"field target: is spelled {spelled}"
        if row.unless and (row.map, row.unless) not in targets and not built_in.row(row.map, row.unless):
            yield number, f"field unless: no row writes {row.unless}"
        yield from ((number, problem) for problem in (*_forbidden(row, prefix), *_incomplete(row, built_in)))


def _forbidden(row: LocalRow, prefix: str) -> Iterator[str]:
    to_lead, target = row.map is MapName.PROSPECT_TO_LEAD, row.target.lower()
    if to_lead and (target in _NOT_FOR_LEAD or target in [f"{prefix}_{column}" for column in _OWN_COLUMNS]):
        yield "field target: is written by Sales or by the bridge itself"
    if not to_lead and target in _NOT_FOR_CUSTOMER:
        yield "field target: is written by the bridge itself"
    if row.map in _TO_ORGANIZATION and "email" in target:
        yield "field target: an Organization customer never gets an e-mail, since it would lock the requester out"
    if row.map is MapName.CONTACT_TO_PERSON and target == "primarycontactemail":
        yield "field target: the Person customer signs in with the requester's e-mail, whatever the contact's is"


def _incomplete(row: LocalRow, built_in: FieldMap) -> Iterator[str]:
    to_lead = row.map is MapName.PROSPECT_TO_LEAD
    if to_lead and row.target in _NEEDED and (row.off or row.default is None):
        yield "field default: Sales requires this column, so the row needs a default"
    if row.lookup and not to_lead:
        yield "field lookup: only the lead has lookups"
    if not row.off and not row.source and row.default is None:
        yield "field source: a row needs a source or a default"
    if row.off and built_in.row(row.map, row.target) is None:
        yield "field off: there is no such row to leave out"
