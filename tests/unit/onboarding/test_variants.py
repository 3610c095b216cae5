"""What a company may decide differently: who makes customers, how a decision is written, how a requester signs in, scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.models import PartyType
from shared.policy import AccessModel, Customers, DecisionChannel, NoOpportunity, Policy
from shared.record import Cause, Stage
from tests.fakes.world import POLICY, World
from tests.unit.onboarding.steps import causes, qualified, requested, times, won

BY_COMMERCE = replace(POLICY, customers=Customers.COMMERCE)
CONTACT = replace(POLICY, access_model=AccessModel.CONTACT)
MANUAL = replace(POLICY, decision_channel=DecisionChannel.MANUAL)
SERVICE = replace(POLICY, decision_channel=DecisionChannel.SERVICE)


# ---- Commerce makes the customers


def test_customers_that_commerce_makes_appear_with_the_approval() -> None:
    world = World(BY_COMMERCE)
    key, opportunity = qualified(world)
    assert (world.onboarding(key).stage, world.commerce.records.customers) == (Stage.QUALIFIED, {})
    world.sales.win(opportunity)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), len(world.commerce.records.customers)) == (Stage.APPROVED, [], 2)
    assert (known.hierarchy_id != "", known.accounts_made, times(world, "commerce.create_customers")) == (True, (), 0)


@pytest.mark.parametrize("qualified_to", [{"account": False}, {"contact": False}])
def test_commerce_needs_neither_account_nor_contact_to_make_its_customers(qualified_to: dict[str, bool]) -> None:
    world = World(BY_COMMERCE)
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key), **qualified_to)  # type: ignore[arg-type]
    assert opportunity
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [])


def test_a_rejection_puts_nothing_on_hold_that_the_bridge_did_not_make() -> None:
    world = World(BY_COMMERCE)
    key, opportunity = qualified(world)
    world.sales.lose(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, times(world, "commerce.hold_customers")) == (Stage.REJECTED, 0)


def test_an_organization_whose_person_shares_its_address_is_shown_where_commerce_made_both() -> None:
    world = World(BY_COMMERCE)
    key = won(world, party_type=PartyType.ORGANIZATION)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.DUPLICATE_EMAIL])


# ---- contacts instead of persons


def test_a_contact_that_is_not_enabled_yet_is_shown_until_it_is() -> None:
    world = World(CONTACT)
    world.commerce.contact_model = True
    key = won(world)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.CONTACT_NOT_ENABLED])
    for contact in world.commerce.records.contacts.values():
        contact.enabled = True
    world.settle(within=timedelta(hours=1))
    assert (causes(world, key), world.onboarding(key).due) == ([], None)


@pytest.mark.parametrize("party_type", PartyType)
def test_in_the_contact_model_only_an_organization_with_the_prospects_party_is_the_bridges(party_type: PartyType) -> None:
    world = World(CONTACT)
    world.commerce.contact_model = True
    key, _ = qualified(world, party_type=party_type)
    known = world.onboarding(key)
    organization = key.prospect_id if party_type is PartyType.ORGANIZATION else ""
    assert (known.organization_account, known.person_account) == (organization, "")


def test_in_the_contact_model_an_organization_that_nothing_ties_to_the_prospect_is_left_to_the_approval() -> None:
    world = World(CONTACT)
    world.commerce.contact_model = True
    key = won(world)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.CONTACT_NOT_ENABLED])
    assert [row.party.type for row in world.commerce.records.customers.values()] == [PartyType.ORGANIZATION]


# ---- a clerk writes the decision


@pytest.mark.parametrize(("closing", "decide", "stage"), [
    ("win", "clerk_approves", Stage.APPROVED), ("lose", "clerk_rejects", Stage.REJECTED),
])  # fmt: skip
def test_a_decision_waits_for_a_clerk_and_closes_when_the_clerk_took_it(closing: str, decide: str, stage: Stage) -> None:
    world = World(MANUAL)
    key, opportunity = qualified(world)
    getattr(world.sales, closing)(opportunity)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), world.mails(key)) == (Stage.QUALIFIED, [Cause.AWAITING_CLERK], [])
    assert known.attentions[0].detail == known.verdict
    getattr(world.commerce, decide)(key)
    world.clock.forward(minutes=5)
    world.reconcile()
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (stage, [])
    assert (len(world.mails(key)), times(world, "commerce.write_decision")) == (1, 0)


def test_a_manual_bridge_is_what_one_gets_without_choosing() -> None:
    assert Policy().decision_channel is DecisionChannel.MANUAL


def test_a_custom_service_decides_like_the_status() -> None:
    world = World(SERVICE)
    key = won(world)
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


# ---- no opportunity


def test_a_lead_without_an_opportunity_is_approved_where_the_company_wants_it() -> None:
    world = World(replace(POLICY, no_opportunity=NoOpportunity.APPROVE))
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key), opportunity=False)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])


def test_a_lead_whose_opportunity_was_deleted_is_not_approved_for_having_none() -> None:
    world = World(replace(POLICY, no_opportunity=NoOpportunity.APPROVE))
    key, opportunity = qualified(world)
    world.sales.delete_opportunity(opportunity)
    world.settle()
    assert (causes(world, key), world.mails(key)) == ([Cause.NO_OPPORTUNITY], [])


# ---- scope and reasons


def test_a_legal_entity_out_of_scope_gets_no_lead() -> None:
    world = World(replace(POLICY, legal_entities=frozenset({"demf"})))
    key = requested(world)
    assert (world.onboarding(key).stage, world.onboarding(key).excluded_because) == (Stage.EXCLUDED, "out-of-scope")
    assert world.sales.records.leads == {}


@pytest.mark.parametrize(("reasons", "mails"), [(frozenset({5}), ["rejected"]), (frozenset({4}), [])])
def test_a_company_says_which_reasons_reject(reasons: frozenset[int], mails: list[str]) -> None:
    world = World(replace(POLICY, lead_reasons_that_reject=reasons))
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key), 5)
    world.settle()
    assert world.mails(key) == mails
