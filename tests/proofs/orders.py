"""Every order of two handlers' calls that can make a difference: exhaustive, not bounded.

Two calls that follow one another by different handlers, of which neither writes what the other reads or writes, bring the same in
either order, so that one of the two orders is run (sleep sets: Godefroid, Partial-Order Methods, 1996). All others are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from greenlet import getcurrent, greenlet

from tests.fakes.watched import WatchedWorld
from tests.proofs.turns import Task

Prepared = Callable[[], tuple[WatchedWorld, tuple[Task, Task]]]
Call = tuple[str, str]
"""Its name, and what it works on: a system as a whole, one table, the queues."""

READS = frozenset({
    "sales.lead", "sales.leads", "sales.keys_of_leads", "sales.find_id", "sales.key_of_lead", "sales.lead_of_opportunity",
    "sales.changed_leads", "sales.changed_opportunities", "commerce.prospect", "commerce.check", "commerce.look",
    "commerce.look_all", "commerce.channel", "commerce.pending", "tables.get_entity", "tables.query_entities",
})  # fmt: skip
"""Any other call counts as a write."""
CLOCK = "clock"
"""A task that moves the clock is stopped before that too: everything has to do with it."""


@dataclass
class _Fork:
    """A moment of a run: the next call of each handler that has one; `asleep`: who need not go on here."""

    following: dict[int, Call]
    asleep: set[int]
    taken: int = -1

    def open(self) -> list[int]:
        """Who may go on here and did not yet."""
        return [who for who in self.following if who not in self.asleep]

    def take(self) -> None:
        self.taken = self.open()[0]

    def asleep_after(self) -> set[int]:
        """Who sleeps on: what they would do next has nothing to do with what is done now."""
        done = self.following[self.taken]
        return {who for who in self.asleep if who in self.following and _are_apart(self.following[who], done)}


def _are_apart(one: Call, other: Call) -> bool:
    if CLOCK in (one[0], other[0]):
        return False
    return one[1] != other[1] or (one[0] in READS and other[0] in READS)


class Orders:
    """All runs of a meeting. `prepared` gives a world with its two tasks anew, `check` looks at what a run came to."""

    def __init__(self, prepared: Prepared, check: Callable[[WatchedWorld], None]) -> None:
        self._prepared, self._check = prepared, check
        self._path: list[_Fork] = []

    def explore(self) -> Iterator[bool]:
        """One run after the other; whether it came to its end, or only to what was run already."""
        while True:
            yield self._run()
            while self._path:
                fork = self._path[-1]
                fork.asleep.add(fork.taken)
                if fork.open():
                    fork.take()
                    break
                self._path.pop()
            if not self._path:
                return

    def _run(self) -> bool:
        world, tasks = self._prepared()
        handlers = _Handlers(world, tasks)
        step, asleep = 0, set[int]()
        while handlers.following:
            if step == len(self._path):
                fork = _Fork(dict(handlers.following), asleep)
                if not fork.open():
                    handlers.abandon()
                    return False
                fork.take()
                self._path.append(fork)
            fork = self._path[step]
            assert fork.following == handlers.following, "the same calls in the same order must bring the same"
            handlers.go_on(fork.taken)
            step, asleep = step + 1, fork.asleep_after()
        world.calls.heal()
        self._check(world)
        return True


class _Handlers:
    """Two tasks, each stopped before its next call."""

    def __init__(self, world: WatchedWorld, tasks: tuple[Task, Task]) -> None:
        self._world, self._scheduler = world, getcurrent()
        self._tasks = [greenlet(task) for task in tasks]
        self.following: dict[int, Call] = {}
        world.calls.before_call = self._stop
        world.clock.before_move.insert(0, lambda: self._stop(CLOCK, ()))
        for who in (0, 1):
            self.go_on(who)

    def go_on(self, who: int) -> None:
        """Let one make its call, and what it does by itself after that, up to the next one."""
        self.following.pop(who, None)
        call = self._tasks[who].switch()
        if not self._tasks[who].dead:
            self.following[who] = call

    def abandon(self) -> None:
        self._world.calls.heal()
        for task in self._tasks:
            task.throw()

    def _stop(self, name: str, args: tuple[Any, ...]) -> None:
        if getcurrent() is self._scheduler:
            return
        system = name.partition(".")[0]
        about = f"{system}.{args[0]}" if system == "tables" else system
        self._scheduler.switch((name, about))
