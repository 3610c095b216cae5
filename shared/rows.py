"""An onboarding as rows of the table Onboardings, and back. Pure.

    o~{prospect}                      the onboarding
    h~{prospect}~{counted down}~{n}   one line of its history, the latest first
    s~{stage}~{since}~{prospect}      where lists find it: by stage,
    a~{cause}~{since}~{prospect}      by attention,
    w~{stage}~{since}~{prospect}      by stage while an attention is open, by the age of the one that matters most,
    u~{operator}~{stage}~{since}~...  by whom it is assigned to,
    d~{due}~{prospect}                by when it is due for another look; while it is claimed, when the claim ends
    l~{stage}~{counted down}~...      by stage, the latest first
    c~{correlation id}~{prospect}     by correlation id
    n~{name from a word}~{prospect}   by the beginning of each of the first words of the organization's name
    m~{time}~{token}                  what one write adds to the figures, until it is folded (shared.figures)

The partition is the legal entity. Times in keys are UTC text of one width, so that keys sort by time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_type_hints

from shared.models import EventType, ProspectKey, ProspectStatus
from shared.record import Attention, Cause, Claim, HistoryEntry, Onboarding, Stage, Verdict
from shared.searching import counting_down, word_starts

Row = dict[str, Any]

_TEXT, _DETAIL = 1000, 300
"""Longest texts, in characters: far below a property's 64 KiB, and too long for any id."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-\u00A0-\uD7FF\uE000-\U0010FFFF]")
_ESCAPED = re.compile(r"(?:=[0-9A-F]{2})+")


# ---- keys


def escape(part: str) -> str:
    """One part of a key: ASCII but letters, digits and `_ . -`, and control characters, become `=XX` for each byte of UTF-8.

    Not `%XX`: Azure decodes a key with a percent sign twice in some operations (Storage team's blog, 2012-05-28).
    """
    return _UNSAFE.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass")), part)


def unescape(part: str) -> str:
    """The inverse of `escape`."""
    return _ESCAPED.sub(lambda run: bytes.fromhex(run[0].replace("=", "")).decode("utf-8", "surrogatepass"), part)


def time_text(at: datetime) -> str:
    """A time for a key, e.g. `20260203T040506.000007Z`; raises ValueError for one without a zone."""
    return utc(at).replace(tzinfo=None).isoformat(timespec="microseconds").replace("-", "").replace(":", "") + "Z"


def utc(at: datetime) -> datetime:
    """The same moment as a plain datetime in UTC; raises ValueError for one without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    moved = at.astimezone(UTC)
    return datetime.combine(moved.date(), moved.timetz())


def partition_of(legal_entity: str) -> str:
    """The partition of a legal entity's onboardings, in any letter case."""
    return escape(legal_entity.strip().lower())


def onboarding_row_key(key: ProspectKey) -> str:
    """Where the onboarding itself is."""
    return f"o~{escape(key.prospect_id)}"


def history_prefix(key: ProspectKey) -> str:
    """What the keys of its history begin with."""
    return f"h~{escape(key.prospect_id)}~"


# ---- the onboarding


def row_of(onboarding: Onboarding, index_keys: Iterable[str], token: str) -> Row:
    """The onboarding's row. What is None or empty is left out; texts of absurd length are cut."""
    cells = {name: _cell(getattr(onboarding, name)) for name in _PLAIN}
    cells |= {"prospect_key": onboarding.key.text, "index_rows": json.dumps(sorted(index_keys)), "token": token}
    if onboarding.attentions:
        cells["attentions"] = json.dumps([_attention_cell(attention) for attention in onboarding.attentions])
    if claim := onboarding.claim:
        cells |= {"claim_owner": claim.owner, "claim_at": utc(claim.at), "claim_until": utc(claim.until)}
    return _keys(onboarding.key, onboarding_row_key(onboarding.key)) | _without_empty(cells)


def onboarding_of(row: Mapping[str, Any]) -> Onboarding:
    """The onboarding in a row; properties that this version does not know are passed over."""
    values = {name: read(row[name]) for name, read in _PLAIN.items() if name in row}
    return Onboarding(key=ProspectKey.parse(row["prospect_key"]), attentions=_attentions_of(row), claim=claim_of(row), **values)


def index_keys_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the index rows that an onboarding's row says it has."""
    return tuple(json.loads(row.get("index_rows", "[]")))


def claim_of(row: Mapping[str, Any]) -> Claim | None:
    """The claim in an onboarding's row."""
    if "claim_owner" not in row:
        return None
    return Claim(row["claim_owner"], utc(row["claim_at"]), utc(row["claim_until"]))


# ---- index rows


@dataclass(frozen=True)
class Summary:
    """What a list shows of an onboarding. `since`: since when in this stage, or since when the attention is open."""

    key: ProspectKey
    prospect_id: str
    organization_name: str
    since: datetime
    stage: Stage
    attention: Cause | None
    correlation_id: str
    because: str = ""
    assigned_to: str = ""
    held: bool = False
    causes: tuple[Cause, ...] = ()
    """Of all open attentions, the one that matters most first."""
    row_key: str = field(default="", compare=False)
    """Where the list shows it: the next page begins after it."""


def index_rows(onboarding: Onboarding) -> dict[str, Row]:
    """The index rows that an onboarding must have, by key: for stage, causes, name, correlation id, and when it is due."""
    stage, since = onboarding.stage, onboarding.stage_since
    places = [f"s~{stage}~{time_text(since)}", f"l~{stage}~{counting_down(since)}", f"c~{escape(onboarding.correlation_id)}"]
    places += [f"n~{escape(start)}" for start in word_starts(onboarding.organization_name)]
    if operator := onboarding.assigned_to:
        places.append(f"u~{escape(operator)}~{stage}~{time_text(since)}")
    rows = [_index_row(onboarding, place, since, onboarding.attention) for place in places]
    by_cause = {attention.cause: attention for attention in reversed(onboarding.attentions)}
    waiting = [(f"a~{cause}", attention) for cause, attention in by_cause.items()]
    waiting += [(f"w~{stage}", attention) for attention in onboarding.attentions[:1]]
    rows += [_index_row(onboarding, f"{place}~{time_text(one.since)}", one.since, one.cause) for place, one in waiting]
    if due := onboarding.claim.until if onboarding.claim else onboarding.due:
        kind = onboarding.due_type or EventType.PROSPECT_CREATED
        row_key = f"d~{time_text(due)}~{escape(onboarding.key.prospect_id)}"
        rows.append(_keys(onboarding.key, row_key) | {"prospect_key": onboarding.key.text, "due": utc(due), "type": kind.value})
    return {row["RowKey"]: row for row in rows}


def summary_of(row: Mapping[str, Any]) -> Summary:
    """What an index row by stage or attention shows; a cause that this version does not know is left out."""
    attention = row.get("attention")
    return Summary(
        key=ProspectKey.parse(row["prospect_key"]),
        prospect_id=row.get("prospect_id", ""),
        organization_name=row.get("organization_name", ""),
        since=utc(row["since"]),
        stage=Stage(row["stage"]),
        attention=Cause(attention) if attention in set(Cause) else None,
        correlation_id=row.get("correlation_id", ""),
        because=row.get("because", ""),
        assigned_to=row.get("assigned_to", ""),
        held=row.get("held", False),
        causes=tuple(Cause(cause) for cause in row.get("causes", attention or "").split() if cause in set(Cause)),
        row_key=row["RowKey"],
    )


def due_of(row: Mapping[str, Any]) -> tuple[ProspectKey, datetime, EventType]:
    """What an index row by due time says: which onboarding, since when, and by which queue it should come."""
    return ProspectKey.parse(row["prospect_key"]), utc(row["due"]), EventType(row["type"])


def _index_row(onboarding: Onboarding, place: str, since: datetime, attention: Cause | None) -> Row:
    causes = list(dict.fromkeys(attention.cause for attention in onboarding.attentions))
    cells = {
        "prospect_key": onboarding.key.text,
        "prospect_id": onboarding.prospect_id,
        "organization_name": onboarding.organization_name,
        "since": since,
        "stage": onboarding.stage,
        "attention": attention,
        "correlation_id": onboarding.correlation_id,
        "because": onboarding.excluded_because,
        "assigned_to": onboarding.assigned_to,
        "held": bool(onboarding.held_by) or None,
        "causes": " ".join(causes) if len(causes) > 1 else "",
    }
    row_key = f"{place}~{escape(onboarding.key.prospect_id)}"
    return _keys(onboarding.key, row_key) | _without_empty({name: _cell(value) for name, value in cells.items()})


def measure_row(legal_entity: str, measured: Mapping[str, Any], at: datetime, token: str) -> Row:
    """What a write adds to the figures; the token of the write makes its key the only one."""
    keys = {"PartitionKey": partition_of(legal_entity), "RowKey": f"m~{time_text(at)}~{token}"}
    return keys | {"at": utc(at), "measured": json.dumps(measured)}


# ---- history: the latest lines first, so that a page of it costs the same however long it is


_COUNTING_DOWN = str.maketrans("0123456789abcdef", "fedcba9876543210")


def history_rows(key: ProspectKey, history: Sequence[HistoryEntry], token: str) -> list[Row]:
    """One row per line; the token of the write keeps lines of one moment apart and in order."""
    down = token.translate(_COUNTING_DOWN)
    return [
        _keys(key, f"{history_prefix(key)}{counting_down(entry.at)}~{down}{999 - n:03}")
        | _without_empty({name: _cell(getattr(entry, name)) for name in _HISTORY})
        for n, entry in enumerate(history)
    ]


def history_entry_of(row: Mapping[str, Any]) -> HistoryEntry:
    """The line in a row."""
    return HistoryEntry(utc(row["at"]), row.get("what", ""), row.get("detail", ""), row.get("request_id", ""), row.get("who", ""))


# ---- cells


def _keys(key: ProspectKey, row_key: str) -> Row:
    return {"PartitionKey": partition_of(key.legal_entity), "RowKey": row_key}


def _without_empty(cells: Row) -> Row:
    return {name: cell for name, cell in cells.items() if cell is not None and cell != ""}


def _cell(value: object) -> object:
    match value:
        case StrEnum():
            return value.value
        case str():
            return clean(value)
        case datetime():
            return utc(value)
        case tuple() | dict():
            return json.dumps(value) if value else None
    return value


def clean(text: str, most: int = _TEXT) -> str:
    """A text as Storage takes it: no half of a surrogate pair, and cut after `most` characters."""
    return text[:most].encode("utf-8", "replace").decode()


def _attention_cell(attention: Attention) -> dict[str, str]:
    detail = clean(attention.detail, _DETAIL)
    return {"cause": attention.cause.value, "since": utc(attention.since).isoformat(), "detail": detail}


def _attentions_of(row: Mapping[str, Any]) -> tuple[Attention, ...]:
    cells = json.loads(row.get("attentions", "[]"))
    return tuple(Attention(Cause(cell["cause"]), datetime.fromisoformat(cell["since"]), cell["detail"]) for cell in cells)


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: str,
    int: int,
    bool: bool,
    datetime: utc,
    datetime | None: utc,
    Stage: Stage,
    ProspectStatus | None: ProspectStatus,
    Verdict | None: Verdict,
    EventType | None: EventType,
    dict[str, str]: json.loads,
    tuple[str, ...]: lambda text: tuple(json.loads(text)),
}
"""How a property is read, by the field's type. A field of a new type fails at import, not in a handler."""

_NOT_PLAIN = {"key", "attentions", "claim"}
_HINTS = get_type_hints(Onboarding)
_PLAIN = {entry.name: _READERS[_HINTS[entry.name]] for entry in fields(Onboarding) if entry.name not in _NOT_PLAIN}
_HISTORY = [entry.name for entry in fields(HistoryEntry)]
