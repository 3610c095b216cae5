"""A hundred requests, two app processes, both systems failing, processes killed: nothing lost, nothing doubled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.chaos_faults import ASTRAY, MIX, PARTS
from sandbox.fates import DELIVERIES
from tests.integration.demo.command import command

pytestmark = [pytest.mark.integration, pytest.mark.timeout(500)]

PROSPECTS, SEED = 100, 7
MOST_SECONDS = 400
"""Far more than it takes on an idle machine (docs/reliability.md has the figures)."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of one run."""
    report = tmp_path_factory.mktemp("chaos") / "report.json"
    given = ("--prospects", str(PROSPECTS), "--seed", str(SEED), "--report", str(report))
    with command("chaos", *given) as running:
        code = running.ended(MOST_SECONDS)
        assert running.processes() == {}, "something is left running"
    assert report.exists(), running.text
    found: dict[str, Any] = json.loads(report.read_text("utf-8"))
    assert (code == 0) is found["ok"], running.text
    return found


def test_it_ends_with_zero_drift_nothing_lost_and_nothing_doubled(told: dict[str, Any]) -> None:
    assert (told["drift"], told["lost"], told["doubled"], told["ok"]) == (0, 0, 0, True)


def test_it_was_chaos_indeed(told: dict[str, Any]) -> None:
    faults = {tuple(kind.split()): count for kind, count in told["faults"].items()}
    astray = {(system, kind) for system, kind, *_ in faults if kind in DELIVERIES}
    assert sum(faults.values()) > PROSPECTS / 2
    assert {system for system, *_ in faults} == {"sales", "commerce"}
    assert {("sales", kind) for kind in DELIVERIES} <= astray
    assert told["kills"] >= 5


def test_what_is_left_for_people_is_what_the_story_leaves_to_them(told: dict[str, Any]) -> None:
    assert set(told["attention"]) == {"decided-in-commerce", "duplicate-email"}


def test_the_report_has_its_promised_shape(told: dict[str, Any]) -> None:
    shape = {"prospects": int, "kills": int, "drift": int, "lost": int, "doubled": int, "seconds": float, "ok": bool}
    assert {name: type(told[name]) for name in shape} == shape
    assert all(isinstance(count, int) for name in ("faults", "attention") for count in told[name].values())
    assert told["prospects"] == PROSPECTS


def test_the_kinds_of_faults_share_out_the_whole_rate() -> None:
    assert [sum(percent for _, _, percent in mix) for mix in (MIX, PARTS, ASTRAY)] == [100, 100, 100]
