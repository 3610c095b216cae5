"""With 100,000 onboardings each page reads what it reads with 100, and answers in at most twice the time, a full page of 50 rows
beside one of a few rows. The table keeps its rows in order, as Azure does; Azurite looks through all of them for each query.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from time import thread_time

import pytest

from shared.console_site import create
from shared.correlation import Correlation
from shared.figures import Figures
from shared.measuring import place
from shared.models import ProspectKey, ProspectStatus
from shared.record import Attention, Cause, HistoryEntry, Onboarding, Stage
from shared.rows import history_rows, index_rows, row_of
from shared.storage import CHECKPOINTS, ONBOARDINGS, TABLES
from tests.fakes.clock import START
from tests.fakes.world import World
from tests.unit.console.big_tables import SortedTables
from tests.unit.console.site import Visitor, site_of

FEW, MANY = 100, 100_000
TIMES = 9
ROUND_TRIP = 0.002
"""Seconds that a table operation takes beside its work: less than in a data centre. Counted, not slept; the work is processor
time, so that what else runs on the machine counts for neither."""
LEAD = "6d81597f-0f9f-e711-8122-000d3aa2331c"
STAGES = [*[Stage.APPROVED] * 5, *[Stage.REJECTED] * 2, Stage.IN_REVIEW, Stage.QUALIFIED, Stage.EXCLUDED]
PAGES = (
    "/api/console",
    "/api/console/list/attention",
    "/api/console/list/attention?cause=duplicate-email",
    "/api/console/list/progress",
    "/api/console/list/progress?stage=qualified&older=3d",
    "/api/console/list/sync",
    "/api/console/list/excluded",
    "/api/console/list/all?text=company0000",
    "/api/console/list/progress?assigned_to=me",
    "/api/console/list/progress?assigned_to=nobody",
    "/api/console/list/sync?assigned_to=me",
    "/api/console/list/attention?stage=qualified",
    "/api/console/list/attention?older=30d",
    "/api/console/list/all?text=company&cause=duplicate-email",
    "/api/console/onboarding/usmf.P-000007",
    "/api/console/onboarding/usmf.P-000007/what-if",
    "/api/console/me",
    "/api/onboardings?view=progress",
    "/api/onboardings/counts",
)


def onboarding(number: int) -> Onboarding:
    """One of many: every tenth is in review, every other needs a person, so that a hundred fill a page too."""
    since = START - timedelta(minutes=number % 40_000)
    known = Onboarding(
        ProspectKey.of("usmf" if number % 3 else "demf", f"P-{number:06}"), f"c{number}", STAGES[number % 10], since, since,
        legal_entity="USMF", prospect_id=f"P-{number:06}", organization_name=f"Company{number:06}",
        prospect_status=ProspectStatus.PENDING,
    )  # fmt: skip
    return known if number % 2 else replace(known, attentions=(Attention(Cause.DUPLICATE_EMAIL, since, "US-004"),))


def house(size: int) -> tuple[Visitor, SortedTables]:
    """A console over that many onboardings."""
    world = World()
    tables = SortedTables(world.calls)
    for table in TABLES:
        tables.create_table_if_not_exists(table)
    tables.fill(ONBOARDINGS, [row for number in range(size) for row in rows(onboarding(number))])
    everything = [onboarding(number) for number in range(size)]
    causes = Counter(attention.cause.value for known in everything for attention in known.attentions)
    for entity in ("usmf", "demf"):
        places = Counter(place(known) for known in everything if known.key.legal_entity == entity)
        counts = {"places": json.dumps(places), "causes": json.dumps(causes), "folded": "[]", "token": ""}
        tables.fill(CHECKPOINTS, [{"PartitionKey": "figures", "RowKey": f"now~{entity}", **counts}])
    world.tables = tables
    world.correlation = Correlation(tables, world.clock)  # type: ignore[arg-type]
    world.bridge = replace(world.bridge, store=world.correlation)
    site = replace(site_of(world), figures=Figures(tables, world.correlation))  # type: ignore[arg-type]
    return Visitor(create(site)), tables


def rows(known: Onboarding) -> list[dict[str, object]]:
    """The onboarding with its index and two lines of history."""
    index = index_rows(known)
    lines = [HistoryEntry(known.created_at, "hint", "due"), HistoryEntry(known.created_at, "stage", "requested -> in_review")]
    return [
        row_of(known, index, "t"),
        *index.values(),
        *(history_rows(known.key, lines, "t") if known.key.prospect_id < "P-000100" else []),
    ]


@pytest.fixture(scope="module")
def houses() -> list[tuple[Visitor, SortedTables]]:
    return [house(FEW), house(MANY)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_as_much_and_takes_as_long_with_many_as_with_few(
    houses: list[tuple[Visitor, SortedTables]], page: str
) -> None:
    quickest, operations, read = [9.0, 9.0], [0, 0], [0, 0]
    for _ in range(TIMES):
        for which, (visitor, tables) in enumerate(houses):
            tables.calls.clear()
            tables.rows_read = 0
            begun = thread_time()
            assert visitor.get(page).status_code == 200
            operations[which], read[which] = len(tables.calls.made), tables.rows_read
            quickest[which] = min(quickest[which], thread_time() - begun + operations[which] * ROUND_TRIP)
    assert operations[1] <= operations[0] + 1
    assert read[1] <= 6 * 52 + 200, "rows of a few streams, however many there are"
    assert quickest[1] <= 2 * quickest[0], f"{quickest[0] * 1000:.1f} ms, {quickest[1] * 1000:.1f} ms"
