"""Rules for deliveries, and those of chaos: the same for the same seed, and no other."""

from __future__ import annotations

import pytest

from sandbox.chaos_faults import ASTRAY, MIX, PARTS, rules
from sandbox.fates import UNTOUCHED, Fate
from sandbox.faults import Faults, Rule

EVENTS = [("Update", "lead"), ("Win", "opportunity"), ("Delete", "lead")] * 40


def fates(*given: Rule) -> list[Fate]:
    """What becomes of the events under these rules."""
    faults = Faults(lambda status: {})
    for rule in given:
        faults.add(rule)
    return [faults.fate(*event) for event in EVENTS]


@pytest.mark.parametrize("kind", ["lost", "repeated", "reordered", "late"])
def test_what_becomes_of_deliveries_is_told_by_the_seed(kind: str) -> None:
    first = fates(Rule(kind, rate=0.3, seed=1))
    assert fates(Rule(kind, rate=0.3, seed=1)) == first != fates(Rule(kind, rate=0.3, seed=2))
    assert 0.1 < sum(fate.kind == kind for fate in first) / len(first) < 0.5


def test_a_rule_is_of_messages_and_tables_and_of_so_many() -> None:
    found = fates(Rule("lost", message="Update|Win", table="lead", times=2))
    assert [fate.kind for fate in found[:7]] == ["lost", "", "", "lost", "", "", ""]


def test_requests_and_deliveries_do_not_meet_each_others_rules() -> None:
    faults = Faults(lambda status: {})
    faults.add(Rule("lost"))
    assert faults.pick("GET", "/api/data") is None
    assert fates(Rule("503")) == [UNTOUCHED] * len(EVENTS)


def test_what_is_reordered_waits_differently_and_what_is_late_alike() -> None:
    assert len({fate.wait for fate in fates(Rule("reordered", seconds=2))}) == len(EVENTS)
    assert {fate.wait for fate in fates(Rule("late", seconds=2))} == {2}


def test_what_was_received_keeps_its_order() -> None:
    with pytest.raises(ValueError, match="order"):
        Rule("reordered", moment="after")


def test_chaos_has_rules_of_every_kind_and_other_seeds_for_each() -> None:
    found = list(rules("7-sales", 0.1))
    assert [rule["kind"] for rule in found] == [kind for kind, _, _ in (*MIX, *PARTS, *ASTRAY)]
    assert len({rule["seed"] for rule in found}) == len(found)
    assert found == list(rules("7-sales", 0.1)) != list(rules("8-sales", 0.1))
    assert all(Rule(**rule) for rule in found)


def test_the_rules_of_chaos_share_out_the_whole_rate() -> None:
    left = 1.0
    for rule in list(rules("7-sales", 0.1))[: len(MIX)]:
        left *= 1 - rule["rate"]
    assert left == pytest.approx(0.9)
