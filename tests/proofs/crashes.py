"""Breaking a run at its calls: the process dies, or the call fails, before its effect or after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from azure.core.exceptions import ServiceResponseError

from shared.errors import InDoubt, System, Transient
from tests.fakes.world import Crashed, World

SYSTEMS = {"sales": System.SALES, "commerce": System.COMMERCE}
THROTTLED = timedelta(minutes=1)
"""What a call that fails says; it closes the system for all."""
IN_DOUBT = frozenset({"commerce.create_customers", "commerce.write_decision"})
"""Writes that are not keyed by the bridge: a lost answer is InDoubt (review.md 1.1)."""


class Break(StrEnum):
    """What happens at a call."""

    DIES_BEFORE = "dies before"
    DIES_AFTER = "dies after"
    FAILS_BEFORE = "fails before"
    ANSWER_LOST = "answer lost after"

    @property
    def is_after(self) -> bool:
        """Whether the call has had its effect."""
        return self in (Break.DIES_AFTER, Break.ANSWER_LOST)


@dataclass(frozen=True)
class Point:
    """The call of this number (from 0), and how it breaks."""

    number: int
    how: Break


def break_at(world: World, *points: Point) -> None:
    """Break the calls from here on at those points; each number counts the calls since the point before it."""
    Breaker(world, points)


class Breaker:
    """Counts calls, and breaks the next point's."""

    def __init__(self, world: World, points: tuple[Point, ...]) -> None:
        self._points, self._count = list(points), 0
        world.calls.before_call, world.calls.after_call = self._before, self._after

    def _before(self, name: str, _: tuple[Any, ...]) -> None:
        self._count += 1
        if self._is_at(name, after=False):
            self._break(name)

    def _after(self, name: str, _: tuple[Any, ...]) -> None:
        if self._is_at(name, after=True):
            self._break(name)

    def _is_at(self, name: str, *, after: bool) -> bool:
        return bool(self._points) and self._points[0].number == self._count - 1 and self._points[0].how.is_after is after

    def _break(self, name: str) -> None:
        point = self._points.pop(0)
        self._count = 0
        raise error_of(name, point.how)


def error_of(name: str, how: Break) -> BaseException:
    """What a call of that name raises when it breaks so."""
    if how in (Break.DIES_BEFORE, Break.DIES_AFTER):
        return Crashed()
    system = SYSTEMS.get(name.partition(".")[0])
    if system is None:
        return ServiceResponseError("no answer")
    lost = how is Break.ANSWER_LOST and name in IN_DOUBT
    if lost:
        return InDoubt(system, "no answer")
    wait = THROTTLED if how is Break.FAILS_BEFORE else None
    return Transient(system, "too many requests" if wait else "bad gateway", status=429 if wait else 502, retry_after=wait)


def breaks(calls: int) -> list[Point]:
    """Every way to break a run of so many calls once."""
    return [Point(number, how) for number in range(calls) for how in Break]
