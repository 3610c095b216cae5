"""A world after many stories, and an audit run to its end."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.audit_report import Audit, Step
from shared.auditing import Auditor, advance, ready_at
from shared.models import ProspectKey
from tests.fakes.world import World
from tests.unit.onboarding.steps import disqualified, qualified, requested, won


def auditor(world: World, since: datetime | None = None, patience: timedelta = timedelta(minutes=3)) -> Auditor:
    return Auditor(world.bridge, world.correlation, world.legal_entities, patience, since)


def audited(world: World, since: datetime | None = None) -> Audit:
    """The audit done; while it waits for its second look, nothing happens in the world but time."""
    by, audit = auditor(world, since), Audit(world.clock())
    while audit.step is not Step.DONE:
        audit = Audit.of(advance(by, audit).values())
        if moment := ready_at(by, audit):
            world.clock.to(moment)
    return audit


def everything(world: World) -> dict[str, ProspectKey]:
    """One of each usual ending, by name."""
    made = {
        "requested": requested(world, email="a@contoso.example"),
        "qualified": qualified(world, email="b@contoso.example")[0],
        "won": won(world, email="c@contoso.example"),
        "won elsewhere": won(world, email="c@contoso.example", legal_entity="demf"),
        "disqualified": disqualified(world, email="d@contoso.example"),
        "lost": lost(world, "e@contoso.example"),
        "blocked": blocked(world),
        "clerk first": clerk_first(world),
        "not b2b": not_b2b(world),
    }
    world.settle()
    return made


def lost(world: World, email: str) -> ProspectKey:
    key, opportunity = qualified(world, email=email)
    world.sales.lose(opportunity)
    world.settle()
    return key


def blocked(world: World) -> ProspectKey:
    world.commerce.add_customer("ELDER", "f@contoso.example")
    key, opportunity = qualified(world, email="f@contoso.example")
    world.sales.win(opportunity)
    world.deliver_all()
    return key


def clerk_first(world: World) -> ProspectKey:
    key = requested(world, email="g@contoso.example")
    world.commerce.clerk_approves(key)
    world.reconcile()
    world.deliver_all()
    return key


def not_b2b(world: World) -> ProspectKey:
    key = world.commerce.submit("h@contoso.example", is_b2b=False)
    world.announce(key)
    world.deliver_all()
    return key
