"""Stories: each is a generator over the world; up to its `yield` is what was before, after it is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from shared.errors import BridgeError
from shared.models import EventType, Hint, ProspectKey
from shared.operating import By, Desk, note
from tests.fakes.sales import FakeOpportunity
from tests.fakes.sales_records import FakeLead
from tests.fakes.watched import WatchedWorld
from tests.fakes.world import Crashed

HOLD = timedelta(minutes=15)


def _request(world: WatchedWorld, **form: str) -> ProspectKey:
    key = world.commerce.submit(**form)
    world.settle()
    return key


def _qualified(world: WatchedWorld) -> tuple[ProspectKey, FakeOpportunity]:
    key = _request(world)
    opportunity = world.sales.qualify(_lead(world, key))
    assert opportunity
    world.settle()
    return key, opportunity


def _lead(world: WatchedWorld, key: ProspectKey) -> FakeLead:
    return world.sales.lead_of(key)


# ---- the stories


def created_by_event(world: WatchedWorld) -> Iterator[None]:
    yield
    world.commerce.submit()
    world.settle()


def created_by_poll(world: WatchedWorld) -> Iterator[None]:
    world.commerce.submit()
    world.lose_events()
    yield
    world.reconcile()
    world.settle()


def created_twice(world: WatchedWorld) -> Iterator[None]:
    key = world.commerce.submit()
    yield
    world.announce(key)
    world.settle()


def qualified(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    yield
    world.sales.qualify(_lead(world, key))
    world.settle()


def won(world: WatchedWorld) -> Iterator[None]:
    _, opportunity = _qualified(world)
    yield
    world.sales.win(opportunity)
    world.settle()


def won_before_anything_was_heard(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    yield
    opportunity = world.sales.qualify(_lead(world, key))
    assert opportunity
    world.sales.win(opportunity)
    world.settle()


def lost_with_hold(world: WatchedWorld) -> Iterator[None]:
    _, opportunity = _qualified(world)
    yield
    world.sales.lose(opportunity)
    world.settle()


def disqualified_with_hold(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    yield
    world.sales.disqualify(_lead(world, key))
    world.settle()


def disqualified_and_reactivated_within_the_hold(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    world.sales.disqualify(_lead(world, key))
    world.deliver_all()
    yield
    world.sales.reactivate(_lead(world, key))
    world.settle()


def disqualified_again_within_the_hold(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    world.sales.disqualify(_lead(world, key))
    world.deliver_all()
    world.clock.forward(minutes=10)
    world.sales.reactivate(_lead(world, key))
    world.clock.forward(minutes=1)
    world.deliver_all()
    world.clock.forward(minutes=10)
    yield
    world.sales.disqualify(_lead(world, key))
    world.settle()


def hold_is_over(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    world.sales.disqualify(_lead(world, key))
    world.deliver_all()
    world.clock.forward(HOLD)
    yield
    world.tick_due()
    world.settle()


def blocked_then_released(world: WatchedWorld) -> Iterator[None]:
    other = world.commerce.add_customer("C-1", "jo@contoso.example")
    key = _request(world)
    opportunity = world.sales.qualify(_lead(world, key))
    assert opportunity
    world.sales.win(opportunity)
    yield
    world.settle()
    other.party.email = "someone@else.example"
    world.clock.forward(hours=1)
    world.settle()


def approved_in_commerce_first(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    yield
    world.commerce.clerk_approves(key)
    world.settle()


def rejected_in_commerce_first(world: WatchedWorld) -> Iterator[None]:
    key, _ = _qualified(world)
    yield
    world.commerce.clerk_rejects(key)
    world.settle()


def decided_both_ways(world: WatchedWorld) -> Iterator[None]:
    key, opportunity = _qualified(world)
    yield
    world.commerce.clerk_rejects(key)
    world.sales.win(opportunity)
    world.settle()


def in_doubt(world: WatchedWorld) -> Iterator[None]:
    _, opportunity = _qualified(world)
    yield
    world.sales.win(opportunity)
    world.commerce.answer_late = timedelta(minutes=9)
    world.settle()


def in_doubt_where_etags_are_ignored(world: WatchedWorld) -> Iterator[None]:
    world.commerce.honours_if_match = False
    yield from in_doubt(world)


def customers_in_doubt(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    yield
    world.commerce.answer_late = timedelta(minutes=2)
    world.sales.qualify(_lead(world, key))
    world.settle()


def existing_lead_adopted(world: WatchedWorld) -> Iterator[None]:
    key = world.commerce.submit()
    world.sales.new_lead(key, companyname="Contoso, as dual-write made it")
    yield
    world.settle()


def events_lost(world: WatchedWorld) -> Iterator[None]:
    _, opportunity = _qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    world.clock.forward(minutes=5)
    yield
    world.reconcile()
    world.settle()


def clerk_unheard(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    world.commerce.clerk_rejects(key)
    world.lose_events()
    yield
    world.reconcile()
    world.settle()


def poison(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    _poisoned(world, key)
    yield
    world.settle(within=timedelta(hours=2))


def poison_before_anything(world: WatchedWorld) -> Iterator[None]:
    key = world.commerce.submit()
    world.lose_events()
    _poisoned(world, key)
    yield
    world.settle(within=timedelta(hours=2))


def an_operator_writes(world: WatchedWorld) -> Iterator[None]:
    """Where the console's process dies within the act, no message comes back: the timers alone find its claim."""
    key = _request(world)
    yield
    with suppress(Crashed, BridgeError):
        note(Desk(world.correlation, world.queues, world.clock), key, By("8a5b"), "call in May")
    world.settle()


def an_operator_writes_where_a_holder_died(world: WatchedWorld) -> Iterator[None]:
    """The holder read for long, sent its decision at the last moment, and died; Commerce is late with it."""
    world.commerce.honours_if_match = False
    key, opportunity = _qualified(world)
    world.sales.win(opportunity)
    world.calls.before_call = partial(_dies_late, world)
    world.hear()
    world.deliver(world.visible()[0])
    world.calls.heal()
    world.clock.forward(minutes=3)
    yield
    with suppress(Crashed, BridgeError):
        note(Desk(world.correlation, world.queues, world.clock), key, By("8a5b"), "call in May")
    world.settle()


def _dies_late(world: WatchedWorld, name: str, args: tuple[Any, ...]) -> None:
    if name == "commerce.look":
        world.clock.forward(seconds=105)
    if name == "commerce.write_decision":
        prospect, verdict, _ = args
        world.commerce.later.after(timedelta(minutes=9, seconds=50), partial(world.commerce.carry_out, prospect, verdict))
        raise Crashed


def a_stranger(world: WatchedWorld) -> Iterator[None]:
    lead = world.sales.new_lead(None, companyname="No request of ours")
    yield
    opportunity = world.sales.qualify(lead)
    assert opportunity
    world.sales.win(opportunity)
    world.settle()


def prospect_deleted(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    yield
    world.commerce.delete(key)
    world.settle()


def leads_merged(world: WatchedWorld) -> Iterator[None]:
    key = _request(world)
    yield
    world.sales.merge(_lead(world, key), world.sales.new_lead(None, companyname="Known Inc."))
    world.settle()


def _poisoned(world: WatchedWorld, key: ProspectKey) -> None:
    hint = Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="QualifyLead", first_seen=world.clock())
    world.queues.send_text("lead-qualified-poison", hint.model_dump_json())
