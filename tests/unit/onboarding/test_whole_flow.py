"""From request to decision, undisturbed: won, lost, disqualified, in review, and several opportunities."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import System, Transient
from shared.models import PartyType
from shared.record import Stage, Verdict
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, disqualified, qualified, requested, won


def test_a_request_becomes_a_lead_in_review() -> None:
    world = World()
    key = requested(world)
    known, lead = world.onboarding(key), world.sales.lead_of(key)
    assert (known.stage, known.attentions, known.due) == (Stage.IN_REVIEW, (), None)
    assert (lead.id, lead.fields["companyname"], lead.fields["emailaddress1"]) == (known.lead_id, "Contoso", "jo@contoso.example")
    assert lead.fields["b2b_correlationid"] == known.correlation_id
    assert world.notes() == ["Request from the B2B site"]
    assert (known.organization_name, known.lead_created_at) == ("Contoso", world.clock())
    assert world.mails(key) == []


def test_a_qualified_lead_becomes_two_customers_and_no_decision() -> None:
    world = World()
    key, opportunity = qualified(world)
    known, customers = world.onboarding(key), world.commerce.records.customers
    organization, person = customers["usmf", known.organization_account], customers["usmf", known.person_account]
    assert (known.stage, known.attentions, len(known.accounts_made)) == (Stage.QUALIFIED, (), 2)
    assert known.opportunities == {opportunity.id: "open"}
    assert (person.account, person.party.number) == (key.prospect_id, known.party_number)
    assert (organization.party.type, person.party.type) == (PartyType.ORGANIZATION, PartyType.PERSON)
    assert (organization.party.email, person.party.email) == ("", "jo@contoso.example")
    assert person.invoice_account == organization.account
    assert (known.organization_party, known.person_party) == (organization.party.number, person.party.number)
    assert world.mails(key) == []


def test_a_won_opportunity_approves_the_prospect() -> None:
    world = World()
    key = won(world)
    known = world.onboarding(key)
    assert (known.stage, known.attentions, known.due) == (Stage.APPROVED, (), None)
    assert (known.sent, known.verdict, known.completed_at) == (Verdict.APPROVE, None, world.clock())
    hierarchy = world.commerce.records.hierarchies[known.hierarchy_id]
    assert (hierarchy.organization_party, hierarchy.admins()) == (known.organization_party, (known.person_party,))
    assert world.mails(key) == ["approved"]
    assert world.notes() == ["Request from the B2B site", "Partner approved in Commerce"]


def test_the_outcome_is_told_on_the_opportunity_since_a_qualified_lead_is_read_only() -> None:
    world = World()
    key = won(world)
    [opportunity_id] = world.onboarding(key).opportunities
    assert [note.about for note in world.sales.notes.values()][1] == ("opportunities", opportunity_id)


def test_a_lost_opportunity_rejects_the_prospect_and_puts_its_customers_on_hold() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.lose(opportunity)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.attentions, known.sent) == (Stage.REJECTED, (), Verdict.REJECT)
    assert {row.on_hold for row in world.commerce.records.customers.values()} == {"All"}
    assert (world.mails(key), world.notes()[1:]) == (["rejected"], ["Request rejected in Commerce"])


def test_a_disqualified_lead_rejects_the_prospect_before_any_customer_was_made() -> None:
    world = World()
    key = disqualified(world)
    known = world.onboarding(key)
    assert (known.stage, known.attentions, known.completed_at) == (Stage.REJECTED, (), world.clock())
    assert (world.mails(key), world.commerce.records.customers) == (["rejected"], {})
    assert world.notes() == ["Request from the B2B site", "Request rejected in Commerce"]


def test_a_rejection_is_told_on_the_lead_where_there_is_no_opportunity() -> None:
    world = World()
    key = disqualified(world)
    assert [note.about for note in world.sales.notes.values()][1] == ("leads", world.onboarding(key).lead_id)


def test_a_prospect_of_an_organization_party_gives_its_number_to_the_organization() -> None:
    world = World()
    key, _ = qualified(world, party_type=PartyType.ORGANIZATION, email="")
    known = world.onboarding(key)
    assert known.organization_account == key.prospect_id


def test_two_legal_entities_may_have_prospects_of_the_same_number() -> None:
    world = World()
    american, german = won(world), won(world, legal_entity="demf")
    assert american.prospect_id == german.prospect_id
    assert {world.onboarding(key).stage for key in (american, german)} == {Stage.APPROVED}
    assert len({world.onboarding(key).lead_id for key in (american, german)}) == 2


def test_an_onboarding_rests_in_review_as_long_as_the_sellers_take() -> None:
    world = World()
    key = requested(world)
    world.clock.forward(days=40)
    assert world.tick_due() == 0
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.IN_REVIEW, [])


# ---- several opportunities


def test_one_won_opportunity_approves_though_another_is_open() -> None:
    world = World()
    key, first = qualified(world)
    second = world.sales.add_opportunity(world.sales.lead_of(key))
    world.sales.lose(first)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.QUALIFIED, [])
    world.sales.win(second)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_nothing_is_rejected_while_an_opportunity_is_open() -> None:
    world = World()
    key, first = qualified(world)
    second = world.sales.add_opportunity(world.sales.lead_of(key))
    world.sales.lose(first)
    world.settle(within=timedelta(hours=23))
    assert (world.onboarding(key).stage, world.onboarding(key).verdict) == (Stage.QUALIFIED, None)
    world.sales.lose(second)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.REJECTED, ["rejected"])


@pytest.mark.parametrize("count", [2, 5])
def test_several_opportunities_are_lost_only_when_all_are(count: int) -> None:
    world = World()
    key, first = qualified(world)
    more = [world.sales.add_opportunity(world.sales.lead_of(key)) for _ in range(count - 1)]
    for opportunity in (first, *more):
        assert world.onboarding(key).stage is Stage.QUALIFIED
        world.sales.lose(opportunity)
        world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [])
    assert len(world.onboarding(key).opportunities) == count


def test_each_request_is_named_by_one_line_of_the_history_acts_by_their_own() -> None:
    world = World()
    key = won(world)
    named = [(entry.what, entry.request_id.split()) for entry in world.history(key)]
    sent = [f"sales-{n + 1}" for n in range(world.sales.requests)] + [f"commerce-{n + 1}" for n in range(world.commerce.requests)]
    assert sorted(request_id for _, ids in named for request_id in ids) == sorted(sent)
    acts = {what: len(ids) for what, ids in named if what not in ("hint", "stage", "commerce")}
    assert acts == {"create-lead": 1, "create-customers": 1, "approve": 1, "tell": 1}
    assert all(ids for what, ids in named if what == "hint")


def test_a_failed_request_is_named_by_its_own_line_and_the_reads_before_it_by_the_hints() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.calls.fail_next("sales.write_note", Transient(System.SALES, "bad gateway", status=502, request_id="sales-99"))
    world.sales.win(opportunity)
    world.deliver_all()
    lines = world.history(key)
    place = next(place for place, entry in enumerate(lines) if entry.what == "failed")
    heard, approved, failed = lines[place - 2 : place + 1]
    assert failed.request_id == "sales-99"
    assert (heard.what, approved.what) == ("hint", "approve")
    assert heard.request_id and approved.request_id.startswith("commerce-")
