"""Stages, causes, hops and lines of history in words, and numbers and times as people read them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.errors import System
from shared.explaining_causes import AWAITED
from shared.measuring import Hop, Whose
from shared.record import Cause, Stage

STAGES = {
    Stage.REQUESTED: "Requested",
    Stage.IN_REVIEW: "In review",
    Stage.QUALIFIED: "Qualified",
    Stage.APPROVED: "Approved",
    Stage.REJECTED: "Rejected",
    Stage.EXCLUDED: "Excluded",
}
HOPS = {
    Hop.LEAD: "Request to lead",
    Hop.QUALIFIED: "Lead to qualified",
    Hop.CUSTOMERS: "Qualified to customers",
    Hop.CLOSED: "Qualified to closed",
    Hop.APPROVED: "Won to approved",
    Hop.REJECTED: "Lost to rejected",
    Hop.HIERARCHY: "Approved to hierarchy seen",
}
HEAD_OFFICE = Whose.HEAD_OFFICE.value
SYSTEMS = {System.SALES: "Sales", System.COMMERCE: "Commerce", System.STORAGE: "Storage"}
_LINES = {
    "hint": "Heard of it",
    "stage": "Stage changed",
    "commerce": "Commerce shows",
    "attention": "Attention opened",
    "attention-closed": "Attention closed",
    "failed": "Failed",
    "poison": "Message failed five times",
    "history-cut": "History cut",
    "create-lead": "Lead created in Sales",
    "adopt-lead": "Lead of dual-write adopted",
    "create-customers": "Customers created in Commerce",
    "not-as-entered": "Customers' fields not as they were entered",
    "approve": "Approval written to Commerce",
    "reject": "Rejection written to Commerce",
    "hold-customers": "Customers put on hold",
    "create-hierarchy": "Customer hierarchy created in Commerce",
    "tell": "Note written for the seller",
    "look-again": "Asked to look again",
    "hold": "Held",
    "release": "Released",
    "settle": "Settled",
    "close": "Attentions closed",
    "note": "Note",
    "assign": "Assigned",
}
_SOURCES = {
    "due": "its time had come",
    "reconcile": "found by the poll",
    "reconcile-missing": "no longer among the pending ones",
    "console": "an operator asked",
    "replay": "replayed",
    "business-event": "event from Commerce",
    "data-event": "event from Commerce",
}
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def cause(value: Cause | str) -> str:
    """An attention's cause as a sentence without its point."""
    known = Cause(value)
    return AWAITED[known].found


def short_cause(value: Cause | str) -> str:
    """An attention's cause as a label."""
    words = Cause(value).value.replace("-", " ").capitalize()
    return words.replace("email", "e-mail").replace("commerce", "Commerce").replace("sales", "Sales")


def line(what: str) -> str:
    """What a line of history is about."""
    return _LINES.get(what, what.replace("-", " ").capitalize())


def detail(what: str, text: str) -> str:
    """A line's detail: stages, causes and who told it in words, nothing that the line says already, anything else as it is."""
    if text == what:
        return ""
    if what == "hint":
        source, _, state = text.partition(" ")
        return f"{_SOURCES.get(source, source)}{', ' if state else ''}{state}"
    if what in ("attention", "attention-closed", "tell"):
        return _named(text)
    if what == "stage":
        return " → ".join(STAGES[Stage(part)] if part in set(Stage) else part for part in text.split(" -> "))
    return text


def _named(text: str) -> str:
    """A cause as a label before what follows it; anything else as it is."""
    name, _, further = text.partition(" ")
    if name not in set(Cause):
        return text
    return f"{short_cause(name)}: {further}" if further else short_cause(name)


def took(seconds: float | None) -> str:
    """A length of time with two significant parts, e.g. `2 d 4 h`, `840 ms`; nothing, or what is none: a dash."""
    if seconds is None or seconds < 0:
        return "–"
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    parts: list[str] = []
    rest = round(seconds)
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, in its largest unit; nothing: a dash."""
    if since is None:
        return "–"
    seconds = max(0, (now - since) // timedelta(seconds=1))
    return next((f"{seconds // size} {unit}" for unit, size in _UNITS if seconds >= size), "now")


def number(count: float | None) -> str:
    """With thin spaces between thousands; nothing: a dash."""
    return "–" if count is None else f"{count:,}".replace(",", "\u202f")


def moment(at: datetime | None) -> str:
    """A time in UTC, to the second; nothing: a dash."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "–"


def hour(at: str) -> str:
    """The label of an hour or a day in a chart, e.g. `14:00` or `23 Nov`."""
    if "T" in at:
        return f"{at[9:11]}:00"
    return f"{datetime.strptime(at, '%Y%m%d'):%d %b}".lstrip("0")  # noqa: DTZ007 - a date, not a moment


def iso(text: str) -> str:
    """A time in a report, as the pages show times; anything else as it is."""
    try:
        return moment(datetime.fromisoformat(text).astimezone(UTC))
    except ValueError:
        return text
