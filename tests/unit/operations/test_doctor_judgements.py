"""What single checks of the doctor make of what they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.canary_record import keep
from operations.doctor_canary import canary
from operations.doctor_commerce import access_model, batch
from operations.doctor_model import Context, Level
from operations.metadata import Metadata
from tests.unit.operations.canary_world import in_memory

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


# ---- B314: the last canaries


def judged(channel: str = "status", **kept: tuple[bool, float]) -> tuple[Level, str]:
    """Of canaries by their decision: whether it came through, and how many hours ago."""
    environment = in_memory(DECISION_CHANNEL=channel)
    for decision, (is_ok, hours) in kept.items():
        at = (NOW - timedelta(hours=hours)).isoformat()
        keep(environment, decision, {"at": at, "ok": is_ok, "line": f"{decision} {'ok' if is_ok else 'FAILED'}"})
    result = canary(Context(environment, lambda: NOW))
    return result.level, result.found


def test_a_failed_rejection_is_not_hidden_by_a_later_approval() -> None:
    assert judged(reject=(False, 3), approve=(True, 1)) == (Level.ERROR, "reject FAILED")


def test_a_failed_approval_is_not_hidden_by_a_rejection_where_clerks_decide() -> None:
    assert judged("manual", reject=(True, 1), approve=(False, 3)) == (Level.ERROR, "approve FAILED")


def test_two_failures_are_told_the_newest_first() -> None:
    assert judged("manual", reject=(False, 3), approve=(False, 1)) == (Level.ERROR, "approve FAILED; reject FAILED")


def test_a_failed_approval_that_decisions_rest_on_is_told_by_its_own_check_alone() -> None:
    assert judged("status", reject=(True, 1), approve=(False, 3)) == (Level.OK, "reject ok")


def test_the_newest_canary_of_either_decision_tells_their_age() -> None:
    assert judged(reject=(True, 50), approve=(True, 2)) == (Level.OK, "approve ok")
    assert judged(reject=(True, 50), approve=(True, 49)) == (Level.WARNING, "2 days ago")


# ---- C210: the access model


@pytest.mark.parametrize(
    ("model", "members", "level"),
    [
        ("person", {"Person", "Organization"}, Level.OK),
        ("person", {"Person", "Organization", "ContactPerson"}, Level.WARNING),
        ("contact", {"Person", "Organization", "ContactPerson"}, Level.OK),
        ("contact", {"Person", "Organization"}, Level.WARNING),
    ],
)
def test_the_node_types_names_are_no_proof_of_the_access_model(model: str, members: set[str], level: Level) -> None:
    context = Context(in_memory(ACCESS_MODEL=model))
    vars(context)["metadata"] = Metadata({}, {"CustHierarchyNodeType": frozenset(members)})
    assert access_model(context).level is level


# ---- C221: reads in a $batch


@dataclass(frozen=True)
class Answered:
    """A part's answer."""

    data: dict[str, Any]


@dataclass(frozen=True)
class Batches:
    """Commerce, which answers the parts of a $batch in this order."""

    order: tuple[int, ...]

    def send_batch(self, parts: Sequence[Any]) -> list[Answered]:
        found = [[{"LegalEntityId": name} for name in ("usmf", "demf") if name in part.path] for part in parts]
        return [Answered({"value": found[number]}) for number in self.order]


@pytest.mark.parametrize(
    ("order", "level"), [((0, 1, 2), Level.OK), ((0, 2, 1), Level.ERROR), ((1, 0, 2), Level.ERROR), ((0, 1), Level.ERROR)]
)
def test_reads_in_a_batch_must_be_answered_in_their_order(order: tuple[int, ...], level: Level) -> None:
    environment = in_memory(LEGAL_ENTITIES="usmf,demf")
    vars(environment)["commerce"] = Batches(order)
    assert batch(Context(environment)).level is level
