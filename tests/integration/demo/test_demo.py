"""`manage.py demo --report`: two of them at the same time, each to its end as if it were alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.scenario import Story, cast
from tests.integration.demo.command import command

pytestmark = pytest.mark.integration

SEEDS = (1, 2)
TEXT, COUNT, SECONDS = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}, {"type": "number", "minimum": 0}
TEXT_OR_NULL = {"type": ["string", "null"], "minLength": 1}
ID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
STAGE = {"enum": ["requested", "in_review", "qualified", "approved", "rejected", "excluded"]}


def exactly(**properties: Any) -> dict[str, Any]:
    """An object with these members and no other."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


ONBOARDING = exactly(
    legal_entity=TEXT,
    prospect=TEXT,
    stage=STAGE,
    attention=TEXT_OR_NULL,
    lead_id=ID,
    opportunity_id={"anyOf": [ID, {"type": "null"}]},
    customers=exactly(organization=TEXT_OR_NULL, person=TEXT_OR_NULL),
    hierarchy_id=TEXT_OR_NULL,
    mails={"type": "array", "items": TEXT},
    correlation_id=ID,
    requests=exactly(sales=COUNT, commerce=COUNT),
    table_operations=COUNT,
    seconds=SECONDS,
)
TOTALS = exactly(
    onboardings=COUNT,
    stages={"type": "object", "additionalProperties": COUNT},
    requests=exactly(sales=COUNT, commerce=COUNT),
    table_operations=COUNT,
    seconds=SECONDS,
    problems={"const": {}},
)
REPORT = exactly(onboardings={"type": "array", "items": ONBOARDING}, totals=TOTALS, ok={"const": True})
ENDS = {
    ("approved", None): 4,
    ("rejected", None): 4,
    ("in_review", None): 2,
    ("qualified", "duplicate-email"): 1,
    ("approved", "decided-in-commerce"): 1,
}
BUDGET = (4, 5, 12)
MAILS = {"approved": ["B2B prospect approved"], "rejected": ["B2B prospect rejected"]}


@dataclass(frozen=True)
class Ended:
    """One demo's end."""

    seed: int
    code: int
    text: str
    report: dict[str, Any]

    def rows(self, *stories: Story) -> list[dict[str, Any]]:
        """The rows of the applicants with one of these stories; the report is in the order of the cast."""
        pairs = zip(cast(12, self.seed), self.report["onboardings"], strict=True)
        return [row for applicant, row in pairs if applicant.story in stories]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, ...]]:
    folder = tmp_path_factory.mktemp("reports")
    files = {seed: folder / f"{seed}.json" for seed in SEEDS}
    one, other = (("demo", "--seed", str(seed), "--report", str(file)) for seed, file in files.items())
    with command(*one) as first, command(*other) as second:
        yield tuple(
            Ended(seed, ran.ended(), ran.text, read(files[seed])) for seed, ran in zip(SEEDS, (first, second), strict=True)
        )


@pytest.fixture(params=SEEDS)
def ended(request: pytest.FixtureRequest, both: tuple[Ended, ...]) -> Ended:
    return next(one for one in both if one.seed == request.param)


def test_the_demo_succeeds_and_says_so(ended: Ended) -> None:
    assert ended.code == 0, ended.text
    assert "every onboarding ended where it should" in ended.text


def test_the_twelve_end_where_the_scenario_wants_them(ended: Ended) -> None:
    assert Counter((row["stage"], row["attention"]) for row in ended.report["onboardings"]) == ENDS


def test_the_report_has_the_promised_shape(ended: Ended) -> None:
    jsonschema.validate(ended.report, REPORT)
    assert ended.report["totals"]["onboardings"] == 12
    assert len({row["correlation_id"] for row in ended.report["onboardings"]}) == 12


def test_the_report_says_what_each_end_brings_along(ended: Ended) -> None:
    for row in ended.report["onboardings"]:
        assert row["mails"] == MAILS.get(row["stage"], []), row
        assert bool(row["hierarchy_id"]) == (row["stage"] == "approved"), row
    for row in ended.rows(Story.WON, Story.WON_OF_SEVERAL, Story.WON_TOLD_TWICE):
        assert row["opportunity_id"], row
    for row in ended.rows(Story.WON, Story.WON_OF_SEVERAL, Story.WON_TOLD_TWICE, Story.CLERK_FIRST):
        assert all(row["customers"].values()), row
    for row in ended.rows(Story.IN_REVIEW, Story.DISQUALIFIED, Story.DUPLICATE_EMAIL):
        assert not any(row["customers"].values()), row


def test_a_won_onboarding_costs_what_was_promised_and_a_poll_in_between_little_more(ended: Ended) -> None:
    """4 requests to Sales, 5 to Commerce (6 where an event announced it), 12 table operations; a poll that read just before a
    change causes another look.

    On a busy machine several polls may meet the same onboarding, and none the others: so all of them together are counted.
    The exact figures of the undisturbed way are held where nothing disturbs: tests/unit/onboarding, tests/contract/ports.
    """
    spent = [cost(row) for row in ended.rows(Story.WON, Story.WON_TOLD_TWICE)]
    assert any(within(one, BUDGET) for one in spent), spent
    together = tuple(sum(figures) for figures in zip(*spent, strict=True))
    assert within(together, tuple(2 * most * len(spent) for most in BUDGET)), spent


def test_another_seed_tells_another_story(both: tuple[Ended, ...]) -> None:
    one, other = ([(row["legal_entity"], row["stage"]) for row in ended.report["onboardings"]] for ended in both)
    assert one != other


def cost(row: dict[str, Any]) -> tuple[int, ...]:
    """Requests to Sales, requests to Commerce, table operations."""
    return row["requests"]["sales"], row["requests"]["commerce"], row["table_operations"]


def within(spent: tuple[int, ...], budget: tuple[int, ...]) -> bool:
    return all(figure <= most for figure, most in zip(spent, budget, strict=True))


def read(file: Path) -> dict[str, Any]:
    """The report, or nothing where none was written."""
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return report
