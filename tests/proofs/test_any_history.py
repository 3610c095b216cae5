"""Proof 2, continued: any history of people, events, deaths, outages and time ends at rest with the invariants holding.

A hypothesis state machine, which shrinks what it finds, and a longer walk of our own; `--proof-seed` repeats both, `--steps N`
makes the walk longer.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from shared.policy import Policy
from tests.proofs.life import HAPPENINGS, POLICIES, Life

STEPS_OF_A_LIFE = 40
MOST_LIVES = 100


class AnyHistory(RuleBasedStateMachine):
    """Happenings in any order; now and then, and at the end, everything comes to rest."""

    life: Life
    steps = 0

    @initialize(hears_commerce=st.booleans(), policy=st.sampled_from(POLICIES))
    def begin(self, hears_commerce: bool, policy: Policy) -> None:
        self.life = Life(hears_commerce=hears_commerce, policy=policy)

    @rule(name=st.sampled_from(HAPPENINGS), number=st.integers(0, 1000))
    def something_happens(self, name: str, number: int) -> None:
        AnyHistory.steps += 1
        self.life.happen(name, number)

    def teardown(self) -> None:
        if hasattr(self, "life"):
            self.life.rest()


def test_a_state_machine_finds_no_history_that_breaks_an_invariant(proof_seed: int, counted: Callable[[str, int], None]) -> None:
    AnyHistory.steps = 0
    most = settings(
        max_examples=MOST_LIVES,
        stateful_step_count=STEPS_OF_A_LIFE,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        database=None,
    )
    run_state_machine_as_test(seed(proof_seed)(AnyHistory), settings=most)
    counted("steps of the state machine", AnyHistory.steps)


@pytest.mark.timeout(0)
def test_a_long_walk_finds_none_either(
    request: pytest.FixtureRequest, proof_seed: int, counted: Callable[[str, int], None]
) -> None:
    lives = int(request.config.getoption("--steps")) // STEPS_OF_A_LIFE
    for number in range(lives):
        walk(f"{proof_seed}.{number}")
    counted(f"steps of random walks (lives {proof_seed}.0 to {proof_seed}.{lives - 1})", lives * STEPS_OF_A_LIFE)


def walk(life_seed: str) -> None:
    """One life of random happenings; the same seed is the same life."""
    chosen = random.Random(life_seed)
    random.seed(life_seed)  # the bridge's jitter
    life = Life(hears_commerce=chosen.random() < 0.7, policy=chosen.choice((POLICIES[0], *POLICIES)))
    try:
        for _ in range(STEPS_OF_A_LIFE):
            life.happen(chosen.choice(HAPPENINGS), chosen.randrange(1000))
        life.rest()
    except Exception as error:
        raise AssertionError(f"life {life_seed}: {error}") from error
