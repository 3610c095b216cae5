"""What a whole onboarding really sends: requests as the bridge counts them and as both servers count them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import requests

from shared.bridge import Bridge
from shared.correlation import Correlation
from shared.field_map import load
from shared.models import EventType, Hint, Preflight, ProspectKey
from shared.onboarding import converge
from shared.policy import DecisionChannel, Policy
from shared.ports import Stored
from shared.record import Stage
from shared.storage import TABLES
from shared.translation import Translation
from tests.contract.ports.over_http import CommerceOverHttp, SalesOverHttp
from tests.fakes.tables import FakeTables


@dataclass
class Running:
    """The bridge on the real clients, its table in memory."""

    sales: SalesOverHttp
    commerce: CommerceOverHttp
    tables: FakeTables = field(default_factory=FakeTables)

    def __post_init__(self) -> None:
        for table in TABLES:
            self.tables.create_table_if_not_exists(table)
        self.store = Correlation(self.tables)
        self.bridge = Bridge(
            sales=self.sales.port,
            commerce=self.commerce.port,
            store=self.store,
            translation=Translation(load()),
            policy=Policy(decision_channel=DecisionChannel.STATUS),
            now=lambda: datetime.now(UTC),
        )

    def hear(self, kind: EventType, **about: object) -> str:
        """Converge by one hint, correlated by its prospect; how it ended."""
        return converge(self.bridge, Hint(type=kind, first_seen=datetime.now(UTC), **about)).what  # type: ignore[arg-type]

    def stored(self, key: ProspectKey) -> Stored:
        found = self.store.load(key)
        assert found
        return found

    def counted_by_servers(self) -> tuple[int, int]:
        """Of the onboarding, by its correlation id: the requests that reached Sales, and Commerce."""
        [correlation] = {stored.onboarding.correlation_id for stored in map(self.stored, self.keys)}
        urls = (self.sales.url, self.commerce.url)
        counts = [requests.get(f"{url}/sandbox/requests", timeout=10).json()["by_correlation"] for url in urls]
        return counts[0].get(correlation, 0), counts[1].get(correlation, 0)

    @property
    def keys(self) -> list[ProspectKey]:
        rows = self.tables.rows(TABLES[0])
        return [ProspectKey.parse(row["prospect_key"]) for (_, key), row in rows.items() if key.startswith("o~")]


@pytest.fixture
def running(sales_over_http: SalesOverHttp, commerce_over_http: CommerceOverHttp) -> Running:
    return Running(sales_over_http, commerce_over_http)


def by_poll(running: Running, key: ProspectKey) -> None:
    [prospect] = running.commerce.port.pending(["usmf"])
    running.commerce.port.check([prospect])
    preflight = Preflight(etag=prospect.etag)
    assert running.hear(EventType.PROSPECT_CREATED, key=key.text, source="reconcile", preflight=preflight) == "in_review"


def by_event(running: Running, key: ProspectKey) -> None:
    assert running.hear(EventType.PROSPECT_CREATED, key=key.text, source="business-event") == "in_review"


@pytest.mark.parametrize(("start", "budget"), [(by_poll, (4, 5)), (by_event, (4, 6))], ids=["by-poll", "by-event"])
def test_a_won_onboarding_sends_no_more_than_promised(
    running: Running, start: Callable[[Running, ProspectKey], None], budget: tuple[int, int]
) -> None:
    key = running.commerce.submit("ann@fabrikam.example")
    start(running, key)
    lead_id = running.stored(key).onboarding.lead_id
    running.sales.qualify(lead_id)
    assert running.hear(EventType.LEAD_QUALIFIED, lead_id=uuid.UUID(lead_id), state="qualified") == "qualified"
    opportunity_id = running.sales.opportunity(lead_id)
    running.sales.win(opportunity_id)
    assert running.hear(EventType.OPPORTUNITY_CLOSED, opportunity_id=uuid.UUID(opportunity_id), state="won") == "approved"

    known = running.stored(key).onboarding
    assert (known.stage, known.attentions, known.due) == (Stage.APPROVED, (), None)
    assert (known.sales_requests, known.commerce_requests, known.table_operations) == (*budget, 12)
    assert running.counted_by_servers() == budget
    assert running.commerce.mails() == ["approved ann@fabrikam.example"]
    assert len(running.commerce.customers()) == 2
    assert len(running.sales.notes()) == 2


def test_a_repeated_event_sends_nothing(running: Running) -> None:
    key = running.commerce.submit("ann@fabrikam.example")
    by_event(running, key)
    lead_id = running.stored(key).onboarding.lead_id
    running.sales.qualify(lead_id)
    for expected in ("qualified", "nothing-newer"):
        assert running.hear(EventType.LEAD_QUALIFIED, lead_id=uuid.UUID(lead_id), state="qualified") == expected
    assert running.counted_by_servers() == (2, 4)
