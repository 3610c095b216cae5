"""From request to decision, undisturbed: won, lost, disqualified, in review, and several opportunities."""

from __future__ import annotations

from shared.models import ProspectKey
from shared.record import Stage
from tests.fakes.sales import FakeOpportunity
from tests.fakes.world import World


def requested(world: World, **form: object) -> ProspectKey:
    """A request whose lead is there."""
    key = world.commerce.submit(**form)  # type: ignore[arg-type]
    world.announce(key)
    world.deliver_all()
    return key


def qualified(world: World, **form: object) -> tuple[ProspectKey, FakeOpportunity]:
    """A request whose lead was qualified, customers and all."""
    key = requested(world, **form)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.deliver_all()
    return key, opportunity


def test_a_request_becomes_a_lead_in_review() -> None:
    world = World()
    key = requested(world)
    known, lead = world.onboarding(key), world.sales.lead_of(key)
    assert (known.stage, known.attentions, known.due) == (Stage.IN_REVIEW, (), None)
    assert (lead.id, lead.fields["companyname"], lead.fields["emailaddress1"]) == (known.lead_id, "Contoso", "jo@contoso.example")
    assert world.notes() == ["Request from the B2B site"]
    assert known.lead_created_at == world.clock()
    assert world.mails(key) == []


def test_a_won_opportunity_approves_the_prospect() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.attentions, known.due) == (Stage.APPROVED, (), None)
    assert (world.mails(key), known.completed_at) == (["approved"], world.clock())
    assert known.hierarchy_id in world.commerce.records.hierarchies
