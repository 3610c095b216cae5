"""Each hop of a canary fails once and is named; whatever happened, it puts away what it can and names the rest."""

from __future__ import annotations

import pytest

from operations.canary import APPROVE, REJECT
from tests.unit.operations.canary_world import LEAD, CanaryWorld

HOPS = {
    REJECT: ["prospect", "lead", "disqualify", "rejected", "record", "note"],
    APPROVE: ["prospect", "lead", "qualify", "customers", "win", "approved", "hierarchy", "sign-in", "record", "note"],
}


@pytest.mark.parametrize("decision", HOPS)
def test_where_all_is_well_each_hop_is_measured(decision: str) -> None:
    flight = CanaryWorld().canary(decision).send(decision, "usmf")
    assert flight.ok and list(flight.hops) == HOPS[decision] and flight.left == []


@pytest.mark.parametrize(("decision", "hop"), [(decision, hop) for decision, hops in HOPS.items() for hop in hops])
def test_the_hop_that_fails_is_named_with_its_reason(decision: str, hop: str) -> None:
    world = CanaryWorld(fails=hop)
    flight = world.canary(decision).send(decision, "usmf")
    assert (flight.ok, flight.failed, list(flight.hops)) == (False, hop, HOPS[decision][: HOPS[decision].index(hop)])
    assert flight.why and f"FAILED at the hop {hop}: {flight.why}" in flight.line
    assert world.tidied == {"prospect": [], "lead": ["prospect"]}.get(hop, [LEAD, "prospect"])


def test_a_lead_without_an_opportunity_is_told_in_words() -> None:
    assert CanaryWorld(fails="win").canary(APPROVE).send(APPROVE, "usmf").why == "qualifying the lead made no opportunity"


def test_an_error_that_nobody_foresaw_is_a_verdict_too_and_all_is_put_away() -> None:
    world = CanaryWorld(qualifying_raises=KeyError("opportunityid"))
    flight = world.canary(APPROVE).send(APPROVE, "usmf")
    assert "FAILED at the hop qualify: KeyError opportunityid" in flight.line and world.tidied == [LEAD, "prospect"]


def test_a_canary_that_is_stopped_by_hand_puts_all_away() -> None:
    world = CanaryWorld(qualifying_raises=KeyboardInterrupt())
    flight = world.canary(APPROVE).send(APPROVE, "usmf")
    assert (flight.failed, flight.why, flight.stopped) == ("qualify", "stopped by hand", True)
    assert world.tidied == [LEAD, "prospect"]


@pytest.mark.parametrize(("down", "tidied"), [("sales", ["prospect"]), ("commerce", [LEAD])])
def test_a_system_that_is_down_keeps_the_other_from_nothing_and_what_stays_there_is_named(down: str, tidied: list[str]) -> None:
    world = CanaryWorld(fails="qualify", down=(down,))
    flight = world.canary(APPROVE).send(APPROVE, "usmf")
    assert world.tidied == tidied
    (left,) = flight.left
    assert left.lower().startswith(f"in {down} ") and "usmf.P-1" in left and "no answer" in left


def test_a_lead_that_comes_when_the_canary_has_given_up_is_put_away_too() -> None:
    world = CanaryWorld(fails="lead", lead_is_late=True)
    flight = world.canary(REJECT).send(REJECT, "usmf")
    assert (flight.failed, flight.left, world.tidied) == ("lead", [], ["prospect", LEAD])


def test_what_an_approval_leaves_on_purpose_is_told_apart_from_what_could_not_be_put_away() -> None:
    world = CanaryWorld()
    flight = world.canary(APPROVE).send(APPROVE, "usmf")
    assert flight.line.endswith("; kept: hierarchy CH-1") and "left behind" not in flight.line
