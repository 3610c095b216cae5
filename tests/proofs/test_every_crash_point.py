"""Proof 1: whatever the bridge does, it may die or fail before or after any call: nothing is lost, nothing doubled.

Each step is run once undisturbed, which tells its calls; then once for each call and each way to break it. Messages come back,
timers come again, and at rest the invariants hold and the ending is that of the undisturbed run.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests import invariants
from tests.proofs.crashes import Break, Point, break_at, breaks
from tests.proofs.quiet import ending, run_until_quiet
from tests.proofs.steps import STEPS, Step

PAIRS_OF_A_STEP = 12


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_undisturbed_each_step_ends_as_it_should(step: Step) -> None:
    world, happen = step.prepared()
    happen()
    run_until_quiet(world)
    assert ending(world) == step.ending
    invariants.hold(world, step.name)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_broken_at_any_call_each_step_ends_the_same(step: Step, counted: Callable[[str, int], None]) -> None:
    points = breaks(calls_of(step))
    for point in points:
        check(step, point)
    counted("crash points, each of one step broken once", len(points))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_broken_at_any_two_calls_each_step_ends_the_same(
    step: Step, proof_seed: int, counted: Callable[[str, int], None]
) -> None:
    chosen = random.Random(f"{proof_seed} {step.name}")
    calls = calls_of(step)
    for _ in range(PAIRS_OF_A_STEP):
        check(step, *(Point(chosen.randrange(calls), chosen.choice(list(Break))) for _ in range(2)))
    counted("pairs of crash points, sampled", PAIRS_OF_A_STEP)


def calls_of(step: Step) -> int:
    """How many calls the undisturbed step makes."""
    world, happen = step.prepared()
    happen()
    return len(world.calls.made)


def check(step: Step, *points: Point) -> None:
    """Run the step, broken at these points, to its rest; it must end like the undisturbed one."""
    about = f"{step.name}, broken at {points}"
    world, happen = step.prepared()
    break_at(world, *points)
    happen()
    world.calls.heal()
    run_until_quiet(world)
    assert ending(world) == step.ending, about
    invariants.hold(world, about)
