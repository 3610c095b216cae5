"""Proof 2: two handlers of one onboarding, in every order of their calls that can make a difference. Each ends as one handler
after the other would, and the invariants hold.

A second pass lets who is preempted stand still for a quarter of an hour: its claim runs out, it wakes up beside its successor.
That is bounded: every interleaving with at most two preemptions (with a poll: one), and sampled ones with more.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests import invariants
from tests.fakes.watched import WatchedWorld
from tests.proofs.meetings import MEETINGS, Meeting
from tests.proofs.orders import Orders
from tests.proofs.quiet import ending, run_until_quiet
from tests.proofs.turns import Schedule, Turns, explore

SAMPLES, FEWEST, MOST = 10, 3, 8
"""How many are sampled, and of how many preemptions."""
STANDING_STILL = timedelta(minutes=15)


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.name)
def test_every_order_of_calls_ends_as_one_after_the_other(meeting: Meeting, counted: Callable[[str, int], None]) -> None:
    counted("orders of two handlers' calls: all that can make a difference", explore_every_order(meeting))


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.name)
def test_so_does_every_interleaving_of_few_preemptions_where_who_is_preempted_stands_still(
    meeting: Meeting, counted: Callable[[str, int], None]
) -> None:
    counted("interleavings where who is preempted stands still, within the bound", explore_standing_still(meeting))


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.name)
def test_so_do_sampled_ones_with_more_preemptions(meeting: Meeting, proof_seed: int, counted: Callable[[str, int], None]) -> None:
    chosen, endings = random.Random(f"{proof_seed} {meeting.name}"), in_turn(meeting)
    for _ in range(SAMPLES):
        preemptions = tuple(sorted(chosen.sample(range(1, 40), chosen.randint(FEWEST, MOST))))
        check(meeting, Schedule(chosen.randint(0, 1), preemptions, STANDING_STILL), endings)
    counted("interleavings of 3 to 8 preemptions, sampled", SAMPLES)


def explore_every_order(meeting: Meeting) -> int:
    """Run every order of calls that can make a difference to its rest; how many there are."""
    endings = in_turn(meeting)

    def check_rest(world: WatchedWorld) -> None:
        run_until_quiet(world)
        invariants.hold(world, meeting.name)
        assert ending(world) in endings, meeting.name

    return sum(Orders(meeting.prepared, check_rest).explore())


def explore_standing_still(meeting: Meeting) -> int:
    """Run every schedule within the meeting's bound; how many there are."""
    endings = in_turn(meeting)
    return sum(1 for _ in explore(lambda schedule: check(meeting, schedule, endings), meeting.most_preemptions, STANDING_STILL))


def in_turn(meeting: Meeting) -> set[tuple[str, ...]]:
    """How the meeting ends when one task comes after the other, either way."""
    return {_run(meeting, Schedule(first))[1] for first in (0, 1)}


def check(meeting: Meeting, schedule: Schedule, endings: set[tuple[str, ...]]) -> list[int]:
    """Run one schedule to its rest; the steps at which there could have been a further preemption."""
    switchable, ended = _run(meeting, schedule)
    assert ended in endings, f"{meeting.name}, {schedule}"
    return switchable


def _run(meeting: Meeting, schedule: Schedule) -> tuple[list[int], tuple[str, ...]]:
    world, tasks = meeting.prepared()
    turns = Turns(world, tasks, schedule)
    turns.run()
    run_until_quiet(world)
    invariants.hold(world, f"{meeting.name}, {schedule}")
    return turns.switchable, ending(world)
