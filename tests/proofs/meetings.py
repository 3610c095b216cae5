"""Two things that the hosts may do at the same moment to one onboarding."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from shared.errors import ClaimHeld, ClaimLost
from shared.models import EventType, Hint, ProspectKey
from shared.operating import By, Desk, note
from tests.fakes.sales import FakeOpportunity
from tests.fakes.watched import WatchedWorld
from tests.fakes.world import Crashed
from tests.proofs.turns import Task

Prepared = tuple[Task, Task]


@dataclass(frozen=True)
class Meeting:
    """A name, and what prepares a world and gives the two tasks."""

    name: str
    prepare: Callable[[WatchedWorld], Prepared]
    most_preemptions: int = 2
    """Where who is preempted stands still, every interleaving with up to so many is run; at once, every order is."""

    def prepared(self) -> tuple[WatchedWorld, Prepared]:
        """A new world with both tasks ready to run."""
        world = WatchedWorld(hears_commerce=True, legal_entities=("usmf",))
        world.reconcile()
        tasks = self.prepare(world)
        world.calls.clear()
        return world, tasks


def two_messages(world: WatchedWorld) -> Prepared:
    """The two oldest messages that are visible, each for a handler of its own."""
    world.hear()
    first, second = world.visible()[:2]
    return (lambda: world.deliver(first)), (lambda: world.deliver(second))


def one_message(world: WatchedWorld) -> Task:
    """The oldest visible message, for a handler of its own."""
    world.hear()
    message = world.visible()[0]
    return lambda: world.deliver(message)


def _requested(world: WatchedWorld) -> ProspectKey:
    key = world.commerce.submit()
    world.settle()
    return key


def _qualified(world: WatchedWorld) -> tuple[ProspectKey, FakeOpportunity]:
    key = _requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.settle()
    return key, opportunity


# ---- the meetings


def created_twice(world: WatchedWorld) -> Prepared:
    world.announce(world.commerce.submit())
    return two_messages(world)


def created_by_event_and_poll(world: WatchedWorld) -> Prepared:
    world.commerce.submit()
    world.hear()
    world.reconcile()
    return two_messages(world)


def created_and_qualified(world: WatchedWorld) -> Prepared:
    key = _requested(world)
    world.announce(key)
    world.sales.qualify(world.sales.lead_of(key))
    return two_messages(world)


def qualified_twice(world: WatchedWorld) -> Prepared:
    key = _requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    return two_messages(world)


def won_twice(world: WatchedWorld) -> Prepared:
    _, opportunity = _qualified(world)
    world.sales.win(opportunity)
    return two_messages(world)


def won_twice_where_etags_are_ignored(world: WatchedWorld) -> Prepared:
    world.commerce.honours_if_match = False
    return won_twice(world)


def won_while_still_qualifying(world: WatchedWorld) -> Prepared:
    key = _requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.hear()
    early = world.visible()[0]
    world.sales.win(opportunity)
    world.hear()
    late = world.visible()[-1]
    return (lambda: world.deliver(early)), (lambda: world.deliver(late))


def disqualified_and_reactivated(world: WatchedWorld) -> Prepared:
    key = _requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.hear()
    early = world.visible()[0]
    world.sales.reactivate(world.sales.lead_of(key))
    world.hear()
    late = world.visible()[-1]
    return (lambda: world.deliver(early)), (lambda: world.deliver(late))


def hold_over_and_event(world: WatchedWorld) -> Prepared:
    key = _requested(world)
    lead = world.sales.lead_of(key)
    world.sales.disqualify(lead)
    world.deliver_all()
    world.clock.forward(minutes=15)
    world.tick_due()
    now = world.clock()
    world.send(Hint(type=EventType.LEAD_DISQUALIFIED, key=key.text, source="somebody", first_seen=now))
    return two_messages(world)


def in_doubt_and_event(world: WatchedWorld) -> Prepared:
    key, opportunity = _qualified(world)
    world.sales.win(opportunity)
    world.commerce.answer_late = timedelta(minutes=9, seconds=30)
    world.deliver_all()
    world.clock.forward(minutes=9)
    world.send(Hint(type=EventType.OPPORTUNITY_CLOSED, key=key.text, source="somebody", first_seen=world.clock()))
    message = one_message(world)

    def timer() -> None:
        world.clock.forward(minutes=1)
        world.tick_due()

    return message, timer


def won_and_poison(world: WatchedWorld) -> Prepared:
    key, opportunity = _qualified(world)
    hint = Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="QualifyLead", first_seen=world.clock())
    world.queues.send_text("lead-qualified-poison", hint.model_dump_json())
    world.sales.win(opportunity)
    return two_messages(world)


def won_and_poll(world: WatchedWorld) -> Prepared:
    _, opportunity = _qualified(world)
    world.sales.win(opportunity)
    return one_message(world), world.reconcile


def due_timers(world: WatchedWorld) -> Prepared:
    key = _requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    world.clock.forward(minutes=15)
    return world.tick_due, world.tick_due


def polls(world: WatchedWorld) -> Prepared:
    world.commerce.submit("other@fabrikam.example")
    world.lose_events()
    _, opportunity = _qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    return world.reconcile, world.reconcile


def the_dead_holders_successors(world: WatchedWorld) -> Prepared:
    _, opportunity = _qualified(world)
    world.sales.win(opportunity)
    world.calls.fail_next("commerce.write_decision", Crashed(), after=True)
    world.hear()
    world.deliver(world.visible()[0])
    world.clock.forward(minutes=11)
    return two_messages(world)


def won_twice_by_clocks_that_are_apart(world: WatchedWorld) -> Prepared:
    world.clocks_apart = timedelta(seconds=25)
    _, opportunity = _qualified(world)
    world.sales.win(opportunity)
    world.hear()
    first, second = world.visible()[:2]
    return (lambda: world.deliver(first)), (lambda: world.deliver(second, world.clocks_apart))


def won_and_an_operator(world: WatchedWorld) -> Prepared:
    key, opportunity = _qualified(world)
    world.sales.win(opportunity)
    desk = Desk(world.correlation, world.queues, world.clock)

    def operator() -> None:
        with suppress(ClaimHeld, ClaimLost):
            note(desk, key, By("8a5b"), "call in May")

    return one_message(world), operator


def two_requests_for_one_account(world: WatchedWorld) -> Prepared:
    keys = _requested(world), world.commerce.submit("ann@fabrikam.example", "Fabrikam")
    world.settle()
    account = world.sales.new_account()
    for key in keys:
        world.sales.qualify(world.sales.lead_of(key), account=account)
    world.hear()
    hints = {one.text: one for one in world.visible()}.values()
    first, second = (next(one for one in hints if world.sales.lead_of(key).id in one.text) for key in keys)
    return (lambda: world.deliver(first)), (lambda: world.deliver(second))


MEETINGS = (
    Meeting("created: two events", created_twice),
    Meeting("created: event and poll", created_by_event_and_poll),
    Meeting("created late, and qualified", created_and_qualified),
    Meeting("qualified: two events", qualified_twice),
    Meeting("won: two events", won_twice),
    Meeting("won: two events, ETags ignored", won_twice_where_etags_are_ignored),
    Meeting("won while still qualifying", won_while_still_qualifying),
    Meeting("disqualified, and reactivated", disqualified_and_reactivated),
    Meeting("hold over, and an event", hold_over_and_event),
    Meeting("in doubt: an event, and the due-timer", in_doubt_and_event),
    Meeting("won, and a poison message", won_and_poison),
    Meeting("won, and the poll", won_and_poll, most_preemptions=1),
    Meeting("two due-timers", due_timers),
    Meeting("two polls", polls, most_preemptions=1),
    Meeting("two successors of a dead holder", the_dead_holders_successors),
    Meeting("won: two events, clocks apart", won_twice_by_clocks_that_are_apart, most_preemptions=1),
    Meeting("won, and an operator", won_and_an_operator, most_preemptions=1),
    Meeting("two requests for one account", two_requests_for_one_account, most_preemptions=1),
)
