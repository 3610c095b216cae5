"""Running a world until nothing more happens, and saying how it ended."""

from __future__ import annotations

from datetime import timedelta

from shared.handling import POISON_LOOK_AGAIN
from shared.record import Cause
from tests.fakes.watched import WatchedWorld
from tests.invariants import onboardings

POLL = timedelta(minutes=6)
"""Longer than the lease of a poll that died."""


def run_until_quiet(world: WatchedWorld) -> None:
    """What is under way ends, and the poll runs until it finds nothing new."""
    world.settle()
    for _ in range(2):
        world.clock.forward(POLL)
        world.reconcile()
        world.settle()
    if any(known.has(Cause.POISON) for known in onboardings(world)):
        world.settle(within=POISON_LOOK_AGAIN)


def ending(world: WatchedWorld) -> tuple[str, ...]:
    """Stage, attentions and mails of each onboarding, in order of their keys."""
    ended = []
    for known in sorted(onboardings(world), key=lambda known: known.key):
        place = " ".join([known.stage, *(attention.cause for attention in known.attentions)])
        ended.append(", ".join([place, *(f"mail: {kind}" for kind in world.mails(known.key))]))
    return tuple(ended)
