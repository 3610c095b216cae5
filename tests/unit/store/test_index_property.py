"""Whatever happens in whatever order: the index rows are exactly those that the row says, and the row is the last record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from azure.core.exceptions import ServiceResponseTimeoutError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.correlation import Correlation
from shared.errors import ClaimHeld, ClaimLost, Transient
from shared.ports import Stored
from shared.record import Attention, Cause, HistoryEntry, Onboarding, Stage
from shared.rows import index_rows
from shared.storage import ONBOARDINGS, TABLES
from tests.fakes.tables import FakeTables
from tests.unit.store.builders import KEY, NOW, at, claim, line, onboarding

MINUTES = st.integers(0, 3).map(at)
ATTENTIONS = st.lists(st.builds(Attention, st.sampled_from(Cause), MINUTES, st.just("")), max_size=4).map(tuple)
KNOWN = st.builds(
    lambda stage, since, attentions, due, name: onboarding(
        stage=stage, stage_since=since, attentions=attentions, due=due, organization_name=name
    ),
    st.sampled_from(Stage), MINUTES, ATTENTIONS, st.none() | MINUTES, st.sampled_from(["Fabrikam", "Contoso"]),
)  # fmt: skip
LOST = st.sampled_from([None, "before", "after"])


class Partition(RuleBasedStateMachine):
    """One onboarding, worked on by invocations that may hold outdated copies of it, over a network that loses answers."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = FakeTables()
        for table in TABLES:
            self.tables.create_table_if_not_exists(table)
        self.store = Correlation(self.tables, lambda: NOW)  # type: ignore[arg-type]
        self.copies: list[Stored] = []
        self.history: list[HistoryEntry] = []
        self.owners = 0

    def lose_an_answer(self, lost: str | None) -> None:
        self.tables.calls.heal()
        if lost:
            error = ServiceResponseTimeoutError("read timed out")
            self.tables.calls.fail_next("tables.submit_transaction", error, after=lost == "after")

    @rule(known=KNOWN, lost=LOST)
    def open(self, known: Onboarding, lost: str | None) -> None:
        there = self.store.load(KEY)
        self.lose_an_answer(lost)
        try:
            opened = self.store.open(replace(known, claim=claim("opener")))
        except Transient:
            assert lost == "before" and there is None
            return
        assert there in (None, opened)
        self.copies += [] if there else [opened]

    @precondition(lambda self: self.copies)
    @rule(lost=LOST, data=st.data())
    def take(self, lost: str | None, data: st.DataObject) -> None:
        stored = data.draw(st.sampled_from(self.copies))
        self.owners += 1
        self.lose_an_answer(lost)
        try:
            self.copies.append(self.store.take(stored, claim(f"owner {self.owners}", self.owners * 10)))
        except ClaimHeld:
            assert stored != self.store.load(KEY)
        except Transient:
            assert lost == "before" and stored == self.store.load(KEY)

    @precondition(lambda self: self.copies)
    @rule(known=KNOWN, lost=LOST, data=st.data())
    def record(self, known: Onboarding, lost: str | None, data: st.DataObject) -> None:
        stored = data.draw(st.sampled_from(self.copies))
        entry = line(f"record {len(self.tables.calls.made)}")
        self.lose_an_answer(lost)
        try:
            recorded = self.store.record(stored, known, [entry])
        except ClaimLost:
            assert stored != self.store.load(KEY)
        except Transient:
            assert lost == "before" and stored == self.store.load(KEY)
        else:
            assert recorded == self.store.load(KEY)
            assert recorded.onboarding == known
            self.copies.append(recorded)
            self.history.append(entry)

    @precondition(lambda self: self.copies)
    @rule(data=st.data())
    def lose_an_index_row_that_the_next_record_gives_up(self, data: st.DataObject) -> None:
        stored = self.store.load(KEY)
        assert stored is not None
        gone = data.draw(st.sampled_from(stored.index_rows))
        self.tables.get_table_client(ONBOARDINGS).delete_entity("usmf", gone)
        taken = self.store.take(stored, claim("finder", 10_000 + self.owners))
        moved = onboarding(stage=Stage.EXCLUDED, stage_since=at(len(self.tables.calls.made)))
        self.copies.append(self.store.record(taken, moved, ()))

    @invariant()
    def the_index_is_exact(self) -> None:
        stored = self.store.load(KEY)
        rows = {row_key for _, row_key in self.tables.rows(ONBOARDINGS) if row_key[0] in "sadlcnwu"}
        assert rows == (set(stored.index_rows) if stored else set())
        assert rows == (set(index_rows(stored.onboarding)) if stored else set())

    @invariant()
    def each_record_left_its_line_of_history_once(self) -> None:
        assert list(self.store.history(KEY).items) == self.history[::-1]

    def teardown(self) -> None:
        """Nothing outlives a run."""


TestPartition = pytest.mark.timeout(60)(Partition.TestCase)
TestPartition.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
