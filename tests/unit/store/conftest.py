"""The storage account in memory."""

from __future__ import annotations

import pytest

from shared.storage import TABLES
from tests.fakes.blobs import FakeContainer
from tests.fakes.calls import Calls
from tests.fakes.queues import FakeQueues
from tests.fakes.tables import FakeTables

SUITES = ("onboardings", "links", "lists", "checkpoints", "dead_letters")
pytest.register_assert_rewrite(*(f"tests.unit.store.suite_{suite}" for suite in SUITES))


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def empty_account() -> FakeTables:
    return FakeTables()


@pytest.fixture
def tables(calls: Calls) -> FakeTables:
    service = FakeTables(calls)
    for table in TABLES:
        service.create_table_if_not_exists(table)
    calls.clear()
    return service


@pytest.fixture
def bodies(calls: Calls) -> FakeContainer:
    return FakeContainer(calls)


@pytest.fixture
def queues(calls: Calls) -> FakeQueues:
    return FakeQueues(calls)
