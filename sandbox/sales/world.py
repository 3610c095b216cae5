"""The whole of one environment: schema, rows, people, options, the events of the running transaction."""

from __future__ import annotations

import contextlib
import copy
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.sales.events import Event
from sandbox.sales.expand_cache import ExpandCache
from sandbox.sales.key_indexes import KeyIndexes
from sandbox.sales.schema import Schema
from sandbox.sales.store import Store
from sandbox.sales.tables_sales import sales_tables
from sandbox.sales.tables_system import system_tables


@dataclass
class Options:
    """What differs between environments, or is not documented: each is a switch that /sandbox/settings can set."""

    close_messages: str = (
        "short"  # the sdkmessages of a closed opportunity: "short" is Win and Lose, "long" WinOpportunity and LoseOpportunity
    )
    inner_updates: bool = True  # whether QualifyLead, Win and Lose also raise Update of the state columns (docs: not stated)
    primary_id_on_close: bool = True  # whether the context of Win and Lose carries PrimaryEntityId (docs: not stated)
    bin_blocks_ids: bool = False  # whether a row in the recycle bin keeps its id from being used again (docs: not stated)
    stale_expand_seconds: float = 30.0  # how long an expanded collection is answered from the cache without If-None-Match: null
    organization_type: str = "CustomerTest"  # what RetrieveCurrentOrganization says: a sandbox; "Customer" is a production system
    key_index_seconds: float = 1.0  # how long an alternate key stays Pending, and then InProgress
    burst_requests: int = 6_000
    burst_milliseconds: int = 1_200_000
    concurrent_requests: int = 52
    webhook_timeout_seconds: float = 60.0


class World:
    """One environment, empty until `seed.new_world` fills it. Every operation runs under `lock`, in a `transaction`."""

    def __init__(self, clock_factor: float | None = None) -> None:
        self.clock_factor = clock_factor or float(os.environ.get("SANDBOX_CLOCK") or 1)
        self.lock = threading.RLock()
        self.options = Options()
        self.schema = Schema([*sales_tables(), *system_tables()])
        self.store = Store()
        self.user_roles: dict[str, set[str]] = {}
        self.role_privileges: dict[str, dict[str, str]] = {}
        self.expand_cache = ExpandCache()
        self.key_indexes = KeyIndexes()
        self.listeners: list[Callable[[list[Event]], None]] = []
        self._events: list[Event] | None = None
        self._definitions_before: tuple[Any, ...] | None = None

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    def seconds(self, documented: float) -> timedelta:
        """A documented length of time, scaled by SANDBOX_CLOCK (10 makes time windows ten times shorter)."""
        return timedelta(seconds=documented / self.clock_factor)

    def raise_event(self, event: Event) -> None:
        """Remember an event until the transaction commits; without one there is nobody to tell."""
        if self._events is not None:
            self._events.append(event)

    def change_definitions(self) -> None:
        """Say, before definitions or roles are changed, that a transaction that fails is to leave them as they are now."""
        if self._definitions_before is None:
            definitions = (self.schema, self.key_indexes, self.user_roles, self.role_privileges)
            self._definitions_before = copy.deepcopy(definitions)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, under the lock; the listeners get the events of a transaction that succeeds."""
        with self.lock:
            if self._events is not None:
                yield
                return
            self._events = []
            self.key_indexes.advance(self.store, self.now(), self.seconds(self.options.key_index_seconds))
            try:
                with self.store.transaction():
                    yield
                    for listener in self.listeners:
                        listener(self._events)
            except BaseException:
                self._restore_definitions()
                raise
            finally:
                self._events = self._definitions_before = None

    def _restore_definitions(self) -> None:
        if self._definitions_before is not None:
            self.schema, self.key_indexes, self.user_roles, self.role_privileges = self._definitions_before
