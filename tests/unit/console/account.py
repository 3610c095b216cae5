"""A storage account with onboardings in it, for tests of pages and lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared.checkpoints import Checkpoints
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.figures import Figures
from shared.models import ProspectKey
from shared.ports import Stored
from shared.record import Attention, Cause, Onboarding, Stage
from shared.storage import TABLES
from tests.fakes.blobs import FakeContainer
from tests.fakes.calls import Calls
from tests.fakes.clock import Clock
from tests.fakes.tables import FakeTables


class Account:
    """Store, figures and checkpoints on one storage account, and a clock that tests move."""

    def __init__(self, tables: FakeTables | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.tables = tables or FakeTables(Calls())
        self.calls = self.tables.calls
        for table in TABLES:
            self.tables.create_table_if_not_exists(table)
        self.store = Correlation(self.tables, self.clock)  # type: ignore[arg-type]
        self.figures = Figures(self.tables, self.store)  # type: ignore[arg-type]
        self.checkpoints = Checkpoints(self.tables)  # type: ignore[arg-type]
        self.dead_letters = DeadLetters(self.tables, FakeContainer(self.calls), self.clock)  # type: ignore[arg-type]
        self.calls.clear()

    def ago(self, **parts: float) -> datetime:
        """A moment so long before now."""
        return self.clock() - timedelta(**parts)

    def open(self, number: int, legal_entity: str = "usmf", **values: object) -> Stored:
        """A new onboarding, in review for a day but for `values`."""
        key = ProspectKey.of(legal_entity, f"P-{number:06}")
        since = self.ago(days=1)
        known = Onboarding(
            key, str(key.identifier("onboarding")), Stage.IN_REVIEW, stage_since=since, created_at=since,
            legal_entity=legal_entity.upper(), prospect_id=key.prospect_id, organization_name=f"Company {number}",
        )  # fmt: skip
        opened = self.store.open(replace(known, **values))  # type: ignore[arg-type]
        assert opened
        return opened

    def move(self, stored: Stored, **changes: object) -> Stored:
        """Record changes, as an invocation does at its end."""
        return self.store.record(stored, replace(stored.onboarding, **changes), ())  # type: ignore[arg-type]

    def attention(self, cause: Cause, detail: str = "", **ago: float) -> Attention:
        """An attention that was opened so long ago."""
        return Attention(cause, self.ago(**ago), detail)
