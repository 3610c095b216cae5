"""Two handlers at once, one call at a time: a cooperative scheduler over the fakes.

A handler can be preempted before each of its calls. Between two calls it touches nothing that another one sees, so that every
interleaving of two handlers is one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from greenlet import getcurrent, greenlet

from tests.fakes.world import World

Task = Callable[[], object]

WRITES = frozenset({"create_lead", "write_note", "create_customers", "write_decision", "hold_customers"})
WRITE_TIMEOUT = timedelta(seconds=100)
"""What the fence before a write counts on: a process that stands still for longer finds its request ended."""


@dataclass(frozen=True)
class Schedule:
    """Who begins (0 or 1), and before which steps (numbered over both) the other one takes over."""

    first: int
    preemptions: tuple[int, ...] = ()
    pause: timedelta = timedelta(0)
    """How long who is preempted stands still: before a write to a system at most until the request's time-out."""


class Turns:
    """One run of two tasks under a schedule."""

    def __init__(self, world: World, tasks: tuple[Task, Task], schedule: Schedule) -> None:
        self._world, self._schedule = world, schedule
        self._handlers = [greenlet(task) for task in tasks]
        self._now = schedule.first
        self._call = ""
        self.switchable: list[int] = []
        """The steps before which the other task could have taken over."""

    def run(self) -> None:
        """Both tasks to their end."""
        scheduler = getcurrent()

        def hand_over(name: str, args: tuple[Any, ...]) -> None:
            if getcurrent() is not scheduler:
                self._call = name.partition(".")[2]
                scheduler.switch()

        self._world.calls.before_call = hand_over
        step = 0
        while self._alive():
            self._handlers[self._now].switch()
            step += 1
            self._choose(step)
        self._world.calls.heal()

    def _alive(self) -> bool:
        return not all(handler.dead for handler in self._handlers)

    def _choose(self, step: int) -> None:
        other = 1 - self._now
        if self._handlers[self._now].dead:
            self._now = other
        elif not self._handlers[other].dead:
            self.switchable.append(step)
            if step in self._schedule.preemptions:
                pause = self._schedule.pause
                self._world.clock.forward(min(pause, WRITE_TIMEOUT) if self._call in WRITES else pause)
                self._now = other


def explore(run: Callable[[Schedule], list[int]], most_preemptions: int, pause: timedelta) -> Iterator[Schedule]:
    """Run every schedule with at most so many preemptions; `run` says before which steps there could have been another."""
    waiting = [Schedule(first, (), pause) for first in (0, 1)]
    while waiting:
        schedule = waiting.pop()
        switchable = run(schedule)
        yield schedule
        if len(schedule.preemptions) < most_preemptions:
            after = max(schedule.preemptions, default=0)
            waiting += [Schedule(schedule.first, (*schedule.preemptions, step), pause) for step in switchable if step > after]
