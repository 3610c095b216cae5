"""The steps of the business, each as a story: what was before, what happens, and how it ends when nothing disturbs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
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

Happens = Callable[[WatchedWorld], None]
Story = Callable[[WatchedWorld], Iterator[None]]
"""A generator over the world: up to its `yield` is what was before, after it is what happens."""

HOLD = timedelta(minutes=15)


@dataclass(frozen=True)
class Step:
    """One business step; `ending` is the stage, attentions and mails of each onboarding when nothing disturbs it."""

    name: str
    story: Story
    ending: tuple[str, ...]

    def prepared(self) -> tuple[WatchedWorld, Callable[[], None]]:
        """A new world as it was before, and what is to happen in it."""
        world = WatchedWorld(hears_commerce=True, legal_entities=("usmf",))
        world.reconcile()  # the poll has run before: its watermark is set
        story = self.story(world)
        next(story)
        world.calls.clear()
        return world, lambda: next(story, None)


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


STEPS = (
    Step("created by event", created_by_event, ("in_review",)),
    Step("created by poll", created_by_poll, ("in_review",)),
    Step("created, told twice", created_twice, ("in_review",)),
    Step("qualified", qualified, ("qualified",)),
    Step("won", won, ("approved, mail: approved",)),
    Step("won before anything was heard", won_before_anything_was_heard, ("approved, mail: approved",)),
    Step("lost with hold", lost_with_hold, ("rejected, mail: rejected",)),
    Step("disqualified with hold", disqualified_with_hold, ("rejected, mail: rejected",)),
    Step("reactivated within the hold", disqualified_and_reactivated_within_the_hold, ("in_review",)),
    Step("disqualified again within the hold", disqualified_again_within_the_hold, ("rejected, mail: rejected",)),
    Step("due: the hold is over", hold_is_over, ("rejected, mail: rejected",)),
    Step("duplicate e-mail blocked, then released", blocked_then_released, ("approved, mail: approved",)),
    Step("approved in Commerce first", approved_in_commerce_first, ("approved decided-in-commerce, mail: approved",)),
    Step("rejected in Commerce first", rejected_in_commerce_first, ("rejected decided-in-commerce, mail: rejected",)),
    Step("decided both ways", decided_both_ways, ("rejected contradiction, mail: rejected",)),
    Step("decision in doubt", in_doubt, ("approved, mail: approved",)),
    Step("decision in doubt, ETags ignored", in_doubt_where_etags_are_ignored, ("approved, mail: approved",)),
    Step("customers in doubt", customers_in_doubt, ("qualified",)),
    Step("existing lead adopted", existing_lead_adopted, ("in_review",)),
    Step("reconcile: events lost", events_lost, ("approved, mail: approved",)),
    Step("reconcile: clerk unheard", clerk_unheard, ("rejected decided-in-commerce, mail: rejected",)),
    Step("poison", poison, ("in_review",)),
    Step("poison before anything", poison_before_anything, ("in_review",)),
    Step("an operator writes", an_operator_writes, ("in_review",)),
    Step("an operator writes where a holder died", an_operator_writes_where_a_holder_died, ("approved, mail: approved",)),
    Step("a stranger's lead", a_stranger, ()),
    Step("prospect deleted", prospect_deleted, ("excluded prospect-deleted",)),
    Step("leads merged", leads_merged, ("in_review",)),
)
