"""The steps that most use cases begin with, and short questions about what is on record."""

from __future__ import annotations

from shared.errors import InDoubt, Refused, System, Transient
from shared.models import ProspectKey
from shared.record import Cause
from tests.fakes.sales import FakeOpportunity
from tests.fakes.world import World


def requested(world: World, **form: object) -> ProspectKey:
    """A request whose lead is there."""
    key = world.commerce.submit(**form)  # type: ignore[arg-type]
    world.announce(key)
    world.deliver_all()
    return key


def qualified(world: World, **form: object) -> tuple[ProspectKey, FakeOpportunity]:
    """A request whose lead was qualified, customers and all; its opportunity."""
    key = requested(world, **form)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.deliver_all()
    return key, opportunity


def won(world: World, **form: object) -> ProspectKey:
    """A request whose opportunity was won and whose prospect is approved."""
    key, opportunity = qualified(world, **form)
    world.sales.win(opportunity)
    world.settle()
    return key


def about_to_win() -> tuple[World, ProspectKey, FakeOpportunity]:
    """A world with a request whose opportunity was just won, which nobody heard of yet."""
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    return world, key, opportunity


def disqualified(world: World, **form: object) -> ProspectKey:
    """A request whose lead was disqualified and whose prospect is rejected, the hold being over."""
    key = requested(world, **form)
    world.sales.disqualify(world.sales.lead_of(key))
    world.settle()
    return key


def causes(world: World, key: ProspectKey) -> list[Cause]:
    """The open attentions, the one that matters most first."""
    return [attention.cause for attention in world.onboarding(key).attentions]


def times(world: World, name: str) -> int:
    """How often a call was made."""
    return world.calls.names().count(name)


def refused(system: System = System.COMMERCE) -> Refused:
    """A business rule's no."""
    return Refused(system, "a rule said no", status=400, request_id="r-1")


def unavailable(system: System = System.COMMERCE) -> Transient:
    """A gateway's time-out."""
    return Transient(system, "bad gateway", status=502)


def no_answer() -> InDoubt:
    """A write whose answer never came."""
    return InDoubt(System.COMMERCE, "ReadTimeout")
