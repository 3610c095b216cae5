"""What a rehearsal tells is what the run then does, and the rehearsal itself does nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.errors import System
from shared.models import LeadState, ProspectKey
from shared.policy import DecisionChannel, Policy
from shared.record import Cause, Stage
from shared.rehearsing import rehearse
from tests.fakes.world import World
from tests.unit.onboarding.steps import qualified, refused, requested, won

WRITES = ("create", "write", "hold", "submit_transaction", "upsert", "delete", "send_message")


def new(world: World) -> ProspectKey:
    return world.commerce.submit()


def qualified_unheard(world: World) -> ProspectKey:
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.lose_events()
    return key


def won_unheard(world: World) -> ProspectKey:
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    return key


def disqualified_unheard(world: World) -> ProspectKey:
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.lose_events()
    return key


def won_and_qualified_unheard(world: World) -> ProspectKey:
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.sales.win(opportunity)
    world.lose_events()
    return key


def approved_by_a_clerk(world: World) -> ProspectKey:
    key = requested(world)
    world.commerce.clerk_approves(key)
    return key


CALLS = {
    "lead": "sales.create_lead",
    "note": "sales.write_note",
    "customer": "commerce.create_customers",
    "prospect": "commerce.write_decision",
}
"""Which call makes which write; a lead takes its note along."""

CASES = [new, qualified_unheard, won_unheard, won_and_qualified_unheard, approved_by_a_clerk]


def written(world: World) -> list[str]:
    """Calls that would have changed something."""
    return [name for name in world.calls.names() if name.partition(".")[2].startswith(WRITES)]


@pytest.mark.parametrize("prepare", [*CASES, disqualified_unheard, won])
def test_a_rehearsal_writes_nowhere(prepare: Callable[[World], ProspectKey]) -> None:
    world = World()
    key = prepare(world)
    rows = {name: dict(entries) for name, entries in world.tables.tables.items()}
    world.calls.clear()
    rehearse(world.bridge, key)
    assert written(world) == []
    assert {name: dict(entries) for name, entries in world.tables.tables.items()} == rows


@pytest.mark.parametrize("prepare", CASES)
def test_what_is_rehearsed_is_what_then_happens(prepare: Callable[[World], ProspectKey]) -> None:
    world = World(Policy(decision_channel=DecisionChannel.STATUS))
    key = prepare(world)
    told = rehearse(world.bridge, key)
    world.calls.clear()
    world.announce(key)
    world.deliver_all()
    done = {name for name in written(world) if name.startswith(("sales.", "commerce."))}
    assert {CALLS[write.record.split()[0]] for write in told.writes} - done <= {"sales.write_note"}
    assert done <= {CALLS[write.record.split()[0]] for write in told.writes}
    assert (told.after.stage, bool(told.writes)) == (world.onboarding(key).stage, True)


def test_it_shows_field_by_field_what_would_be_written_where() -> None:
    world = World()
    key = won_and_qualified_unheard(world)
    told = rehearse(world.bridge, key)
    organization, person, decision, note = told.writes
    assert (organization.system, organization.fields["PartyType"]) == (System.COMMERCE, "Organization")
    assert (person.fields["PartyType"], person.fields["CustomerAccount"]) == ("Person", key.prospect_id)
    assert person.fields["InvoiceAccount"] == organization.fields["CustomerAccount"]
    assert decision.fields == {"B2BProspectStatus": "Approved"}
    assert note.system is System.SALES
    assert note.fields["subject"] == "Partner approved in Commerce"


@pytest.mark.parametrize(("prepare", "words"), [(won_unheard, "approved"), (disqualified_unheard, "declined")])
def test_it_names_the_mail_that_commerce_would_send(prepare: Callable[[World], ProspectKey], words: str) -> None:
    world = World(Policy(decision_channel=DecisionChannel.STATUS, reject_hold=timedelta(0)))
    [mail] = [write.mail for write in rehearse(world.bridge, prepare(world)).writes if write.mail]
    assert words in mail


def test_a_held_decision_is_shown_as_held() -> None:
    world = World()
    told = rehearse(world.bridge, disqualified_unheard(world))
    assert told.writes == ()
    assert told.after.due == world.clock() + timedelta(minutes=15)
    assert not any(write.mail for write in told.writes)


def test_a_settled_onboarding_changes_nothing() -> None:
    world = World()
    assert rehearse(world.bridge, won(world)).changes_nothing


def test_what_stands_in_the_way_is_shown() -> None:
    world = World()
    key = won_unheard(world)
    world.calls.fail_next("commerce.look", refused())
    told = rehearse(world.bridge, key)
    assert "a rule said no" in told.error
    assert not told.changes_nothing


def test_a_prospect_without_an_onboarding_is_rehearsed_as_new() -> None:
    world = World()
    told = rehearse(world.bridge, world.commerce.submit(email=""))
    assert told.before is None
    assert told.after.stage is Stage.IN_REVIEW
    assert [attention.cause for attention in told.after.attentions] == [Cause.NO_EMAIL]
    lead, note = told.writes
    assert lead.record.startswith("lead ")
    assert "no e-mail" in str(note.fields["notetext"])


def test_a_seller_who_reopens_is_seen_by_the_rehearsal() -> None:
    world = World()
    key = disqualified_unheard(world)
    world.deliver_all()
    world.sales.reactivate(world.sales.lead_of(key))
    assert world.sales.lead_of(key).state is LeadState.OPEN
    assert rehearse(world.bridge, key).writes == ()
