"""Head office in memory: the tables, the settings, the transaction, and what happens after it commits."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sandbox.commerce.background import Background
from sandbox.commerce.schema import EntitySet
from sandbox.commerce.schema_sets import all_sets
from sandbox.commerce.settings import Settings
from sandbox.commerce.tables import Journal, Row, Table


class World:
    """The state of one Commerce environment, guarded by one lock. Domain modules work on it inside `transaction()`."""

    def __init__(self, settings: Settings | None = None, clock: float = 1.0) -> None:
        self.settings = settings or Settings()
        self.clock = clock
        self.sets: dict[str, EntitySet] = all_sets()
        self.journal = Journal()
        self.tables = {name: Table(name, item.keys, item.indexed, self.journal) for name, item in self.sets.items()}
        self.requests = Table("requests", ("request_id",), ("stage", "prospect_key"), self.journal)
        self.party_details: dict[str, dict[str, Any]] = {}
        self.outbox: list[dict[str, Any]] = []
        self.channel_address_books: dict[str, list[str]] = {}
        self.channel_database: dict[str, list[Row]] = {}
        self.notification_profiles: dict[str, list[str]] = {}
        self.counters: dict[str, int] = {}
        self.user = ""
        self.background = Background()
        self.listeners: list[Callable[[str, Row, Row | None], None]] = []
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []

    def __getitem__(self, set_name: str) -> Table:
        return self.tables[set_name]

    @contextlib.contextmanager
    def transaction(self, user: str = "") -> Iterator[None]:
        """All or nothing for the tables; mails and events of a failed transaction never leave (docs: business events).

        `user` is the object id of who acts; empty for people and jobs of this environment.
        """
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self.user = user
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self.journal.roll_back()
                    self._after_commit.clear()
                raise
            else:
                if self._depth == 1:
                    self._commit()
            finally:
                self._depth -= 1

    def after_commit(self, step: Callable[[], None]) -> None:
        """Run the step once the transaction that is under way has committed."""
        self._after_commit.append(step)

    def announce(self, occurrence: str, row: Row, before: Row | None = None) -> None:
        """Tell the listeners, after commit, what happened to a prospect: `created`, `updated` (from `before`) or `deleted`."""
        for listener in self.listeners:
            self.after_commit(partial(listener, occurrence, row, before))

    def create(self, set_name: str, row: Row) -> Row:
        """Store a new row, completed with every property's default."""
        return self[set_name].put({**self.sets[set_name].blank(), **row})

    def update(self, set_name: str, row: Row, **changes: Any) -> Row:
        """Store a changed copy of the row."""
        return self[set_name].put({**row, **changes})

    def next_number(self, sequence: str, pattern: str) -> str:
        """The next number of a sequence, in its pattern: each # is a digit. Numbers are used up even by what is rolled back."""
        self.counters[sequence] = self.counters.get(sequence, 0) + 1
        width = pattern.count("#")
        return pattern.replace("#" * width, str(self.counters[sequence]).zfill(width))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def _commit(self) -> None:
        self.journal.forget()
        steps, self._after_commit = self._after_commit, []
        for step in steps:
            step()
