"""The report: what it says of each onboarding, and which ends it calls wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from sandbox.report import APPROVED_MAIL, REJECTED_MAIL, report, results
from sandbox.scenario import Applicant, Story
from shared.correlation import Correlation
from shared.models import ProspectKey
from shared.record import Attention, Cause, Claim, Onboarding, Stage
from shared.storage import TABLES
from tests.fakes.tables import FakeTables
from tests.unit.store.builders import NOW, onboarding

Json = dict[str, Any]
KEY = ProspectKey("usmf", "P-000123")
CORRELATION = "7f4c1f0e-0000-4000-8000-000000000001"
LEAD, LOST, WON = (f"{n}f4c1f0e-0000-4000-8000-000000000000" for n in (1, 2, 3))
MAILS = {"approved": [APPROVED_MAIL], "rejected": [REJECTED_MAIL]}
STATUS = {"approved": "Approved", "rejected": "Rejected"}


@dataclass
class System:
    """One of both systems, as far as the report asks it."""

    requests: int
    shown: Json = field(default_factory=dict)

    def request_counts(self) -> Json:
        return {"total": 99, "by_correlation": {CORRELATION: self.requests}}

    def state(self) -> Json:
        return self.shown


@dataclass
class Played:
    """A performance that is over."""

    cast: list[Applicant]
    office: System
    desk: System
    keys: dict[int, tuple[str, str]]


def applicant(story: Story) -> Applicant:
    return Applicant(1, story, "usmf", "Ada", "Berg", "Berg Bakery 1")


def known(stage: str, attention: str | None = None) -> Onboarding:
    """An onboarding that came that far."""
    attentions = (Attention(Cause(attention), NOW),) if attention else ()
    begun = {"legal_entity": "usmf", "correlation_id": CORRELATION, "claim": Claim("one", NOW, NOW + timedelta(minutes=4))}
    accounts = {"organization_account": "P-000123", "person_account": "BXYZ"}
    reached = {"stage": Stage(stage), "stage_since": NOW + timedelta(seconds=2.5), "attentions": attentions, "lead_id": LEAD}
    ids = {"opportunities": {LOST: "lost", WON: "won"}, "hierarchy_id": "CH-1", "table_operations": 12}
    return onboarding(KEY, **begun, **accounts, **reached, **ids)


def shown(stage: str) -> Json:
    """Head office as it must be then."""
    common = {"dataAreaId": "usmf"}
    mails = [{"legal_entity": "USMF", "prospect": "p-000123", "notification": mail} for mail in MAILS.get(stage, [])]
    return {
        "Prospects": [common | {"ProspectId": "P-000123", "B2BProspectStatus": STATUS.get(stage, "Pending")}],
        "CustomersV3": [
            common | {"CustomerAccount": "P-000123", "PartyNumber": "1", "PrimaryContactEmail": ""},
            common | {"CustomerAccount": "BXYZ", "PartyNumber": "2", "PrimaryContactEmail": "Ada.Berg.1@example.com"},
        ],
        "CustomerHiearchies": [{"CustomerHierarchyId": "CH-1", "OrganizationPartyNumber": "1"}],
        "outbox": mails,
    }


def played(story: Story, state: Json, *rows: Onboarding) -> tuple[Played, Correlation]:
    """The performance, and the app's table with these rows."""
    tables = FakeTables()
    for table in TABLES:
        tables.create_table_if_not_exists(table)
    store = Correlation(tables)  # type: ignore[arg-type]
    for row in rows:
        stored = store.open(row)
        assert stored is not None
        store.record(stored, row, [])
    return Played([applicant(story)], System(5, state), System(4), {1: ("usmf", "P-000123")}), store


def told(story: Story, state: Json, *rows: Onboarding) -> Json:
    play, store = played(story, state, *rows)
    return report(results(play, store), 9.876, {"sales": 99, "commerce": 99})  # type: ignore[arg-type]


def test_an_onboarding_that_ended_well_is_told_in_full() -> None:
    whole = told(Story.WON, shown("approved"), known("approved"))
    assert whole["onboardings"] == [
        {
            "legal_entity": "usmf",
            "prospect": "P-000123",
            "stage": "approved",
            "attention": None,
            "lead_id": LEAD,
            "opportunity_id": WON,
            "customers": {"organization": "P-000123", "person": "BXYZ"},
            "hierarchy_id": "CH-1",
            "mails": [APPROVED_MAIL],
            "correlation_id": CORRELATION,
            "requests": {"sales": 4, "commerce": 5},
            "table_operations": 12,
            "seconds": 2.5,
        }
    ]
    assert (whole["ok"], whole["totals"]["problems"], whole["totals"]["seconds"]) == (True, {}, 9.88)
    assert json.loads(json.dumps(whole)) == whole


@pytest.mark.parametrize(
    ("story", "stage", "attention"),
    [
        (Story.WON, "approved", None),
        (Story.LOST, "rejected", None),
        (Story.DISQUALIFIED, "rejected", None),
        (Story.IN_REVIEW, "in_review", None),
        (Story.DUPLICATE_EMAIL, "qualified", "duplicate-email"),
        (Story.CLERK_FIRST, "approved", "decided-in-commerce"),
    ],
)
def test_each_story_is_ok_at_its_own_end_and_at_no_other(story: Story, stage: str, attention: str | None) -> None:
    assert told(story, shown(stage), known(stage, attention))["ok"]
    assert not told(story, shown(stage), known("requested", attention))["ok"]
    assert not told(story, shown(stage), known(stage, "poison"))["ok"]


def no_mail(state: Json) -> None:
    state["outbox"].clear()


def mail_twice(state: Json) -> None:
    state["outbox"] *= 2


def still_pending(state: Json) -> None:
    state["Prospects"][0]["B2BProspectStatus"] = "Pending"


def prospect_gone(state: Json) -> None:
    state["Prospects"].clear()


def no_person(state: Json) -> None:
    state["CustomersV3"].pop()


def email_of_another_too(state: Json) -> None:
    state["CustomersV3"].append(state["CustomersV3"][1] | {"CustomerAccount": "ELDER"})


@pytest.mark.parametrize(
    ("spoil", "problems"),
    [
        (no_mail, ["mails []"]),
        (mail_twice, [f"mails {[APPROVED_MAIL] * 2}"]),
        (still_pending, ["prospect is Pending"]),
        (prospect_gone, ["prospect is gone"]),
        (no_person, ["a customer is missing", "the requester cannot sign in"]),
        (email_of_another_too, ["the requester cannot sign in"]),
    ],
)
def test_what_head_office_lacks_is_named(spoil: Callable[[Json], None], problems: list[str]) -> None:
    state = shown("approved")
    spoil(state)
    whole = told(Story.WON, state, known("approved"))
    assert (whole["ok"], whole["totals"]["problems"]) == (False, {"usmf/P-000123": problems})


def test_an_approval_without_a_hierarchy_is_named() -> None:
    whole = told(Story.WON, shown("approved"), replace(known("approved"), hierarchy_id=""))
    assert whole["totals"]["problems"] == {"usmf/P-000123": ["no hierarchy"]}


def test_an_organization_that_commerce_made_is_found_by_its_hierarchy() -> None:
    ended = replace(known("approved", "decided-in-commerce"), organization_account="")
    [row] = told(Story.CLERK_FIRST, shown("approved"), ended)["onboardings"]
    assert row["customers"] == {"organization": "P-000123", "person": "BXYZ"}


def test_a_prospect_that_the_app_knows_nothing_of_is_told_as_such() -> None:
    whole = told(Story.IN_REVIEW, shown("in_review"))
    [row] = whole["onboardings"]
    assert (row["prospect"], row["stage"], row["requests"]) == ("P-000123", None, {"sales": 0, "commerce": 0})
    assert row.keys() == told(Story.IN_REVIEW, shown("in_review"), known("in_review"))["onboardings"][0].keys()
    assert whole["totals"]["problems"]["usmf/P-000123"] == ["stage None, not in_review", "no lead"]


@pytest.mark.parametrize(
    ("opportunities", "which"),
    [({}, None), ({LOST: "open"}, LOST), ({LOST: "open", WON: "lost"}, WON), ({LOST: "lost", WON: "won"}, WON)],
)
def test_of_several_opportunities_the_deciding_one_is_told(opportunities: dict[str, str], which: str | None) -> None:
    [row] = told(Story.WON, shown("approved"), replace(known("approved"), opportunities=opportunities))["onboardings"]
    assert row["opportunity_id"] == which
