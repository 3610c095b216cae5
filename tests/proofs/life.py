"""Anything that may happen, one thing at a time: people in both systems, events, hosts that die, systems that fail, time.

Each happening takes a number that chooses among what is there; one that finds nothing to do does nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from azure.core.exceptions import ServiceResponseError

from shared.errors import InDoubt, Transient
from shared.policy import AccessModel, Customers, DecisionChannel, Policy
from shared.record import Cause
from tests import invariants
from tests.fakes.watched import WatchedWorld
from tests.fakes.world import POLICY, Crashed
from tests.proofs.crashes import IN_DOUBT, SYSTEMS, Break, Point, break_at
from tests.proofs.people import People, chosen
from tests.proofs.quiet import a_day_passes, replay, run_until_quiet

JUMPS = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 6, 11, 16, 70, 60 * 26))
DELAYS = (20, 200, 1000)
"""Seconds for which an event is under way."""
POLICIES = (
    POLICY,
    replace(POLICY, customers=Customers.COMMERCE),
    replace(POLICY, access_model=AccessModel.CONTACT),
    replace(POLICY, decision_channel=DecisionChannel.MANUAL),
    replace(POLICY, approve_hold=timedelta(minutes=5), reject_hold=timedelta(hours=1)),
    replace(POLICY, decision_channel=DecisionChannel.SERVICE),
)
"""Companies that decided differently."""
ADDRESSES = frozenset({Cause.DUPLICATE_EMAIL, Cause.DUPLICATE_REQUEST, Cause.NO_EMAIL, Cause.BAD_EMAIL})
"""No event tells that an address was taken or cleared. It is asked again before each write: none is late where it matters."""
CLOCKS_APART = timedelta(seconds=20)
"""Of two instances; the fence before a write allows half a minute."""
DOWN = ("sales.", "commerce.", "tables.", "queues.")


class Life(People):
    """One world in which things happen. `happened` is the list of them, for whoever must understand a failure."""

    def __init__(self, *, hears_commerce: bool, policy: Policy = POLICY) -> None:
        super().__init__(WatchedWorld(policy, hears_commerce=hears_commerce, legal_entities=("usmf",)))
        self.world.clocks_apart = CLOCKS_APART
        self.world.commerce.contact_model = policy.access_model is AccessModel.CONTACT
        self.world.commerce.honours_if_match = policy.decision_channel is not DecisionChannel.SERVICE
        self.world.reconcile()
        self.happened: list[tuple[str, int]] = []

    def happen(self, name: str, number: int) -> None:
        """Let it happen, a second after what was before."""
        self.world.clock.forward(seconds=1)
        self.happened.append((name, number))
        getattr(self, name)(number)

    # ---- events and messages

    def an_event_is_lost(self, number: int) -> None:
        if events := self._events():
            events.pop(number % len(events))

    def all_events_are_lost(self, number: int) -> None:
        self.world.lose_events()

    def an_event_is_doubled(self, number: int) -> None:
        if events := self._events():
            events.append(chosen(events, number))

    def an_event_overtakes(self, number: int) -> None:
        if events := self._events():
            events.insert(0, events.pop(number % len(events)))

    def an_event_is_late(self, number: int) -> None:
        if events := self._events():
            self.world.queues.send(events.pop(number % len(events)), chosen(DELAYS, number))

    def a_message_is_delivered(self, number: int) -> None:
        self.world.hear()
        if visible := self.world.visible():
            self.world.deliver(visible[number % len(visible)])
            self.world.calls.heal()

    def another_instance_is_faster(self, number: int) -> None:
        """One whose clock is ahead, or behind."""
        self.world.hear()
        if visible := self.world.visible():
            self.world.deliver(visible[number % len(visible)], CLOCKS_APART * (1 - number % 3))

    def everything_is_delivered(self, number: int) -> None:
        for _ in range(20):
            self.a_message_is_delivered(number)

    def _events(self) -> list[Any]:
        return self.world.sales.events if self.world.sales.events else self.world.commerce.events

    # ---- hosts, systems, time

    def the_process_dies(self, number: int) -> None:
        how = Break.DIES_AFTER if number % 2 else Break.DIES_BEFORE
        break_at(self.world, Point(number // 2 % 20, how))
        self.a_message_is_delivered(number)
        self.world.calls.heal()

    def an_operators_process_dies(self, number: int) -> None:
        """Within an act."""
        break_at(self.world, Point(number // 2 % 4, Break.DIES_AFTER if number % 2 else Break.DIES_BEFORE))
        with suppress(Crashed):
            self.an_operator_writes(number)
        self.world.calls.heal()

    def a_call_fails(self, number: int) -> None:
        break_at(self.world, Point(number // 4 % 20, Break.ANSWER_LOST if number % 2 else Break.FAILS_BEFORE))
        self.a_message_is_delivered(number)
        self.world.calls.heal()

    def a_system_is_down_for_a_while(self, number: int) -> None:
        """Several deliveries while every call to it fails."""
        prefix, after = chosen(DOWN, number), number % 8 > 5

        def fail(name: str, _: tuple[Any, ...]) -> None:
            if name.startswith(prefix):
                raise _unreachable(name, sent=after)

        self.world.calls.after_call = fail if after else self.world.calls.after_call
        self.world.calls.before_call = self.world.calls.before_call if after else fail
        for _ in range(3):
            if visible := self.world.visible():
                self.world.deliver(visible[number % len(visible)])
                self.world.clock.forward(minutes=1)
        self.world.calls.heal()

    def an_answer_comes_late(self, number: int) -> None:
        """Where Commerce looks at no ETag, a late write goes over whatever a person did meanwhile: that is not promised."""
        late = self.world.commerce.honours_if_match
        self.world.commerce.answer_late = timedelta(seconds=chosen((5, 100, 540), number)) if late else None

    def time_passes(self, number: int) -> None:
        self.world.clock.forward(chosen(JUMPS, number))
        self.world.commerce.later.catch_up()
        self.world.tick_due()

    def the_poll_runs(self, number: int) -> None:
        self.world.reconcile()

    def all_comes_to_rest(self, number: int) -> None:
        """And life goes on."""
        self.rest()

    # ---- the end

    def rest(self) -> None:
        """Everything heals and is delivered, and a day of timers finds what no event told: the invariants hold, and a replay of
        everything finds nothing more."""
        self.world.calls.heal()
        run_until_quiet(self.world)
        a_day_passes(self.world)
        self.world.unheard = ADDRESSES
        invariants.hold(self.world, repr(self.happened))
        self.world.unheard = frozenset()
        replay(self.world)
        invariants.hold(self.world, repr(self.happened))
        self.world.calls.clear()


OFTEN = {
    "a_request_is_submitted": 3,
    "a_lead_is_qualified": 8,
    "an_opportunity_is_won": 6,
    "an_opportunity_is_lost": 3,
    "everything_is_delivered": 14,
    "the_process_dies": 4,
    "a_call_fails": 4,
    "time_passes": 4,
    "the_poll_runs": 5,
    "all_events_are_lost": 6,
    "another_instance_is_faster": 2,
    "a_clerk_approves": 2,
    "a_clerk_rejects": 2,
}
"""What happens more often than the rest, so that many lives get as far as customers and a decision."""

HAPPENINGS = tuple(
    name
    for name, member in (vars(People) | vars(Life)).items()
    if callable(member) and not name.startswith("_") and name not in ("happen", "rest")
    for _ in range(OFTEN.get(name, 1))
)
"""The names of everything that may happen, each as often as it should."""


def _unreachable(name: str, *, sent: bool) -> Exception:
    system = SYSTEMS.get(name.partition(".")[0])
    if system is None:
        return ServiceResponseError("no answer")
    return InDoubt(system, "no answer") if sent and name in IN_DOUBT else Transient(system, "bad gateway", status=502)
