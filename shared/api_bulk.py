"""The bodies of the API's bulk call: one act on many onboardings."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from shared.api_models import Filtered, Key, Model, Reason
from shared.console_acts import ASSIGNED_TO, MOST_AT_ONCE, NOTE, REASON
from shared.console_lists import View
from shared.operating import LONGEST_NOTE, LONGEST_REASON
from shared.record import Cause

NoteText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]
Assignee = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class LookAtThem(Model):
    """Have them looked at again, a few a second."""

    act: Literal["look-again"]


class HoldThem(Model):
    """Hold them."""

    act: Literal["hold"]
    reason: Reason


class ReleaseThem(Model):
    """Release them."""

    act: Literal["release"]
    reason: str = Field("", max_length=LONGEST_REASON)


class CloseThem(Model):
    """Close their attentions, or that one."""

    act: Literal["close"]
    reason: Reason
    cause: Cause | None = None


class NoteThem(Model):
    """Write the same note on each."""

    act: Literal["note"]
    note: NoteText


class AssignThem(Model):
    """Assign them: an operator's object id or label, or `me`."""

    act: Literal["assign"]
    assigned_to: Assignee


class TakeAway(Model):
    """Take their notes away, or assign them to nobody."""

    act: Literal["remove-note", "unassign"]


Do = Annotated[
    LookAtThem | HoldThem | ReleaseThem | CloseThem | NoteThem | AssignThem | TakeAway,
    Field(discriminator="act"),
]


class Named(Model):
    """Those with these keys."""

    keys: list[Key] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Listed(Filtered):
    """The first that a list shows, or those after a cursor. The view must be named: saying nothing does not mean all."""

    view: View
    cursor: str = Field("", max_length=1000, description="of the answer before")


class Bulk(Model):
    """One act on many, at most 200 with one call."""

    do: Do
    which: Named | Listed

    @property
    def text(self) -> str:
        """What the act's one text says."""
        return str(next((getattr(self.do, name) for name in (REASON, NOTE, ASSIGNED_TO) if hasattr(self.do, name)), ""))

    @property
    def cause(self) -> Cause | None:
        """Which attention is to be closed; None: all."""
        return self.do.cause if isinstance(self.do, CloseThem) else None


class Result(Model):
    """What became of one."""

    key: str
    done: bool
    problem: str = Field(description="why it was not done; empty where it was")

    @classmethod
    def of(cls, key: str, problem: str) -> Self:
        """Done, unless something was in the way."""
        return cls(key=key, done=not problem, problem=problem)


class Results(Model):
    """What became of each, in order."""

    results: list[Result]
    cursor: str | None = Field(description="where the rest of the list begins, for the next call; null: there is none")
