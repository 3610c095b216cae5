"""The plan: what is shown, what is written, and that one blocked piece keeps everything from being written."""

from __future__ import annotations

from dataclasses import dataclass, field

from operations.plan import Found, Status, carry_out, undo


@dataclass
class Thing:
    """A piece whose looks are given, and that remembers what was done to it."""

    name: str
    looks: list[Found]
    done: list[str] = field(default_factory=list)

    def look(self) -> Found:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def make(self, found: Found) -> None:
        self.done.append(f"made as {found.status.name}")

    look_back = look

    def remove(self, found: Found) -> None:
        self.done.append("removed")


def thing(name: str, *statuses: Status, detail: str = "") -> Thing:
    return Thing(name, [Found(status, detail) for status in statuses])


def ignore(line: str) -> None:
    """Nobody reads it."""


def test_a_plan_shows_each_piece_with_its_mark() -> None:
    lines: list[str] = []
    carry_out([thing("a", Status.CREATE, detail="text"), thing("b", Status.SAME)], lines.append, apply=False)
    assert lines == ["  + a: text", "  = b"]


def test_nothing_is_made_without_apply() -> None:
    piece = thing("a", Status.CREATE)
    outcome = carry_out([piece], ignore, apply=False)
    assert piece.done == [] and outcome.planned == ["a"] and outcome.done == []


def test_one_blocked_piece_keeps_all_others_from_being_made() -> None:
    first, second = thing("a", Status.CREATE), thing("b", Status.BLOCKED, detail="in the way")
    outcome = carry_out([first, second], ignore, apply=True)
    assert first.done == [] and outcome.blocked == ["b: in the way"] and outcome.code == 1


def test_a_piece_that_an_earlier_one_settled_is_left_alone() -> None:
    piece = thing("a", Status.CREATE, Status.SAME)
    assert carry_out([piece], ignore, apply=True).done == []
    assert piece.done == []


def test_what_is_written_each_time_is_no_change() -> None:
    piece = thing("secret", Status.AGAIN)
    outcome = carry_out([piece], ignore, apply=True)
    assert piece.done == ["made as AGAIN"] and outcome.planned == outcome.done == []


def test_undo_goes_backwards() -> None:
    order: list[str] = []
    pieces = [thing("first", Status.REMOVE), thing("last", Status.REMOVE)]
    undo(pieces, order.append, apply=True)
    assert order == ["  - last", "  - first"] and all(piece.done == ["removed"] for piece in pieces)


def test_what_is_kept_is_neither_planned_nor_removed() -> None:
    piece = thing("a", Status.KEEP)
    assert undo([piece], ignore, apply=True).planned == [] and piece.done == []
