"""A plan, then its execution: pieces that are looked at, shown, made where they are missing, and removed again.

A piece says what it finds; nothing is written while it looks. One that is blocked stops everything before the first write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """What is to be done about a piece; the value is its mark in the printed plan."""

    CREATE = "+"
    CHANGE = "~"
    SAME = "="
    AGAIN = "*"
    """Written at each run, since nobody can see whether it is right: no change."""
    BLOCKED = "!"
    REMOVE = "-"
    KEEP = "."


_CHANGES = frozenset({Status.CREATE, Status.CHANGE, Status.REMOVE})
_WRITES = _CHANGES | {Status.AGAIN}


@dataclass(frozen=True)
class Found:
    """What a look at one piece found; `id` is the record's, where there is one."""

    status: Status
    detail: str = ""
    id: str = ""


class Piece(Protocol):
    """One thing that has to be there."""

    @property
    def name(self) -> str:
        """What it is, for the plan."""

    def look(self) -> Found:
        """What is there now."""

    def make(self, found: Found) -> None:
        """Create or change it."""

    def look_back(self) -> Found:
        """What undoing would do: REMOVE what we made, KEEP the rest, BLOCKED where data would be lost."""

    def remove(self, found: Found) -> None:
        """Remove it."""


Say = Callable[[str], None]
Look = Callable[[Piece], Found]
Act = Callable[[Piece, Found], None]


@dataclass
class Outcome:
    """What a run would change, what it changed, and what stands in the way (then nothing was written)."""

    planned: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The command's exit code."""
        return 1 if self.blocked else 0


def carry_out(pieces: Sequence[Piece], say: Say, *, apply: bool) -> Outcome:
    """Show what is missing; with `apply`, make it."""
    return _run(pieces, lambda piece: piece.look(), lambda piece, found: piece.make(found), say, apply=apply)


def undo(pieces: Sequence[Piece], say: Say, *, apply: bool) -> Outcome:
    """Show what would be removed, the last made first; with `apply`, remove it."""
    return _run(pieces[::-1], lambda piece: piece.look_back(), lambda piece, found: piece.remove(found), say, apply=apply)


def _run(pieces: Sequence[Piece], look: Look, act: Act, say: Say, *, apply: bool) -> Outcome:
    outcome = Outcome()
    found = [(piece, look(piece)) for piece in pieces]
    for piece, seen in found:
        _show(outcome, piece, seen, say)
    if apply and not outcome.blocked:
        for piece in (piece for piece, seen in found if seen.status in _WRITES):
            # Looked at again: what an earlier piece made changes what a later one finds.
            _write(outcome, piece, look(piece), act)
    return outcome


def _show(outcome: Outcome, piece: Piece, found: Found, say: Say) -> None:
    say(f"  {found.status} {piece.name}{f': {found.detail}' if found.detail else ''}")
    if found.status is Status.BLOCKED:
        outcome.blocked.append(f"{piece.name}: {found.detail}")
    elif found.status in _CHANGES:
        outcome.planned.append(piece.name)


def _write(outcome: Outcome, piece: Piece, found: Found, act: Act) -> None:
    if found.status in _WRITES:
        act(piece, found)
    if found.status in _CHANGES:
        outcome.done.append(piece.name)
