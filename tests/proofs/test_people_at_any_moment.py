"""Proof 2, continued: people do as they like between any two calls of a handler, and the invariants hold once all is quiet.

Commerce's decision stands whoever took it, a seller's words stay, and what nobody announced is known after a replay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import invariants
from tests.fakes.watched import WatchedWorld
from tests.proofs.interruptions import INTERRUPTIONS, Interruption
from tests.proofs.quiet import replay, run_until_quiet
from tests.proofs.steps import STEPS, Step
from tests.proofs.test_every_crash_point import calls_of

NAMES = ("created by event", "qualified", "won", "lost with hold", "disqualified with hold", "decision in doubt")
DISTURBED = [step for step in STEPS if step.name in NAMES]


@pytest.mark.parametrize("interruption", INTERRUPTIONS, ids=lambda interruption: interruption.__name__)
@pytest.mark.parametrize("step", DISTURBED, ids=lambda step: step.name)
def test_people_may_act_between_any_two_calls(
    step: Step, interruption: Interruption, counted: Callable[[str, int], None]
) -> None:
    calls = calls_of(step)
    for number in range(calls):
        check(step, interruption, number)
    counted("moments at which people act", calls)


def check(step: Step, interruption: Interruption, number: int) -> None:
    """Run the step with somebody acting before the call of this number, to its rest."""
    world, happen = step.prepared()
    world.races = True
    world.calls.before_call = _at(world, interruption, number)
    happen()
    world.calls.heal()
    run_until_quiet(world)
    replay(world)
    invariants.hold(world, f"{step.name}, {interruption.__name__} before call {number}")


def _at(world: WatchedWorld, interruption: Interruption, number: int) -> Callable[[str, tuple[Any, ...]], None]:
    countdown = iter(range(number, -1, -1))

    def hook(name: str, args: tuple[Any, ...]) -> None:
        if next(countdown, None) == 0:
            interruption(world, world.submitted[0])

    return hook
