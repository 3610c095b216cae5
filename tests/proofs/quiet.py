"""Running a world until nothing more happens, and saying how it ended."""

from __future__ import annotations

from datetime import timedelta

from shared.handling import POISON_LOOK_AGAIN
from shared.models import EventType, Hint
from shared.record import Cause
from tests.fakes.watched import WatchedWorld
from tests.invariants import onboardings

POLL = timedelta(minutes=6)
"""Longer than the lease of a poll that died."""

MOST_REPLAYS = 6
"""One onboarding's change may be another's finding; more than that is no rest."""


def run_until_quiet(world: WatchedWorld) -> None:
    """What is under way ends, and the poll runs until it finds nothing new."""
    world.settle()
    for _ in range(2):
        world.clock.forward(POLL)
        world.reconcile()
        world.settle()
    if any(known.has(Cause.POISON) for known in onboardings(world)):
        world.settle(within=POISON_LOOK_AGAIN)


def a_day_passes(world: WatchedWorld) -> None:
    """With nothing but its timers: the poll, and what is due."""
    for _ in range(4):
        world.clock.forward(hours=6)
        world.reconcile()
        world.tick_due()
        world.settle()


def replay(world: WatchedWorld) -> None:
    """Look at every onboarding again, as `manage.py replay` does, until that changes nothing: what no event told is known."""
    for _ in range(MOST_REPLAYS):
        before = [(known.stage, known.attentions, known.sent) for known in onboardings(world)]
        for known in onboardings(world):
            now = world.clock()
            world.queues.send(Hint(type=EventType.LEAD_QUALIFIED, key=known.key.text, source="replay", first_seen=now))
        world.settle()
        if before == [(known.stage, known.attentions, known.sent) for known in onboardings(world)]:
            return
    raise AssertionError(f"{MOST_REPLAYS} replays, and still no rest")


def ending(world: WatchedWorld) -> tuple[str, ...]:
    """Stage, attentions and mails of each onboarding, in order of their keys."""
    ended = []
    for known in sorted(onboardings(world), key=lambda known: known.key):
        place = " ".join([known.stage, *(attention.cause for attention in known.attentions)])
        ended.append(", ".join([place, *(f"mail: {kind}" for kind in world.mails(known.key))]))
    return tuple(ended)
