"""Two processes that see the same breaker, and a system behind it that does as it is told."""

from __future__ import annotations

from datetime import timedelta

from shared.breaker import Breaker
from shared.checkpoints import Checkpoints
from shared.errors import AccessRefused, ServiceError, System, Transient
from shared.storage import CHECKPOINTS
from tests.fakes.calls import Calls
from tests.fakes.clock import Clock
from tests.fakes.tables import FakeTables


class Site:
    """A system, and processes that call it through breakers of their own."""

    def __init__(self, processes: int = 2) -> None:
        self.calls, self.clock = Calls(), Clock()
        self.tables = FakeTables(self.calls)
        self.tables.create_table_if_not_exists(CHECKPOINTS)
        self.calls.clear()
        self.states = Checkpoints(self.tables)
        self.processes = [Breaker(System.SALES, self.states, self.clock) for _ in range(processes)]
        self.requests = 0

    def ask(self, process: int = 0, answer: ServiceError | None = None) -> None:
        """One request; raises its answer, or Closed."""
        with self.processes[process].passage():
            self.requests += 1
            if answer:
                raise answer

    def told(self, process: int = 0, answer: ServiceError | None = None) -> str:
        """One request's end, by the name of its class."""
        try:
            self.ask(process, answer)
        except ServiceError as error:
            return type(error).__name__
        return "served"


def throttled(seconds: float = 60, status: int = 429) -> Transient:
    return Transient(System.SALES, "too many requests", status=status, retry_after=timedelta(seconds=seconds))


def no_answer() -> Transient:
    return Transient(System.SALES, "ReadTimeout")


def refused(text: str = "no privilege") -> AccessRefused:
    return AccessRefused(System.SALES, text, status=403, request_id="r-1")
