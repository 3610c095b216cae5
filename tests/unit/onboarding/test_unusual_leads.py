"""Leads that are deleted, merged, reactivated, adopted; accounts that are customers already; reasons that decide nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.models import ProspectKey
from shared.record import Cause, Stage
from tests.fakes.sales import CANNOT_CONTACT
from tests.fakes.sales_records import FakeLead
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, disqualified, qualified, requested, times, won


def test_a_deleted_lead_is_shown_and_neither_made_again_nor_taken_for_a_no() -> None:
    world = World()
    key = requested(world)
    world.sales.delete_lead(world.sales.lead_of(key))
    world.settle(within=timedelta(hours=23))
    world.reconcile()
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.IN_REVIEW, [Cause.LEAD_DELETED])
    assert (world.sales.records.leads, world.mails(key), times(world, "sales.create_lead")) == ({}, [], 1)


def test_a_deleted_lead_that_comes_back_goes_on_as_before() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.delete_lead(lead)
    world.settle()
    world.sales.restore_lead(lead)
    world.sales.qualify(lead)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [])


def test_a_decline_that_was_held_is_dropped_when_the_lead_is_deleted() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.disqualify(lead)
    world.deliver_all()
    world.sales.delete_lead(lead)
    world.settle()
    assert (causes(world, key), world.mails(key), world.onboarding(key).verdict) == ([Cause.LEAD_DELETED], [], None)


def test_a_lead_that_is_deleted_after_the_approval_changes_nothing() -> None:
    world = World()
    key = won(world)
    world.sales.delete_lead(world.sales.lead_of(key))
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [])


def test_a_lead_that_is_merged_into_an_ordinary_one_is_followed() -> None:
    world = World()
    key = requested(world)
    survivor = world.sales.new_lead(lastname="Doe", companyname="Contoso", emailaddress1="jo@contoso.example")
    world.sales.merge(world.sales.lead_of(key), survivor)
    world.settle(within=timedelta(hours=1))
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), known.lead_id) == (Stage.IN_REVIEW, [], survivor.id)
    opportunity = world.sales.qualify(survivor)
    assert opportunity
    world.settle()
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_a_lead_that_is_merged_into_another_prospects_decides_nothing_for_its_own() -> None:
    world = World()
    mine, other = requested(world), requested(world, email="bo@contoso.example")
    world.sales.merge(world.sales.lead_of(mine), world.sales.lead_of(other))
    world.settle(within=timedelta(hours=2))
    assert (world.onboarding(mine).stage, causes(world, mine), world.mails(mine)) == (
        Stage.IN_REVIEW,
        [Cause.MERGED_PROSPECTS],
        [],
    )
    assert (world.onboarding(other).stage, causes(world, other)) == (Stage.IN_REVIEW, [])


def test_the_prospect_whose_lead_survived_a_merge_goes_on_alone() -> None:
    world = World()
    mine, other = requested(world), requested(world, email="bo@contoso.example")
    survivor = world.sales.lead_of(other)
    world.sales.merge(world.sales.lead_of(mine), survivor)
    world.settle()
    world.sales.disqualify(survivor)
    world.settle()
    assert (world.mails(mine), world.mails(other)) == ([], ["rejected"])


def test_an_ordinary_lead_that_is_merged_into_ours_changes_nothing() -> None:
    world = World()
    key = requested(world)
    world.sales.merge(world.sales.new_lead(lastname="Doe"), world.sales.lead_of(key))
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.IN_REVIEW, [])


# ---- undone after the decision


def test_a_lead_that_is_reactivated_after_the_decline_is_told_that_it_is_too_late() -> None:
    world = World()
    key = disqualified(world)
    world.sales.reactivate(world.sales.lead_of(key))
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [Cause.REOPENED_AFTER_DECISION])
    assert (world.mails(key), world.notes()[-1]) == (["rejected"], "Reopened after the decision")


def test_an_opportunity_that_is_reopened_after_the_approval_is_told_that_it_is_too_late() -> None:
    world = World()
    key = won(world)
    [opportunity] = world.sales.records.opportunities.values()
    world.sales.reopen(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.REOPENED_AFTER_DECISION])
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])


def test_an_opportunity_that_is_lost_after_the_approval_is_a_contradiction() -> None:
    world = World()
    key = won(world)
    [opportunity] = world.sales.records.opportunities.values()
    world.sales.reopen(opportunity)
    world.sales.lose(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [Cause.CONTRADICTION])
    assert world.mails(key) == ["approved"]


def test_a_decision_that_a_clerk_wrote_as_agreed_is_reopened_like_any_other() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.commerce.clerk_approves(key)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.onboarding(key).sent) == (Stage.APPROVED, [], None)
    world.sales.reopen(opportunity)
    world.settle()
    assert causes(world, key) == [Cause.REOPENED_AFTER_DECISION]


def test_a_lead_that_is_open_again_beside_a_won_opportunity_decides_nothing() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.reactivate(world.sales.lead_of(key))
    world.sales.win(opportunity)
    world.settle()
    assert (causes(world, key), world.mails(key)) == ([Cause.SALES_CONTRADICTION], [])


# ---- adopted


def test_a_lead_that_exists_already_is_adopted_and_not_doubled() -> None:
    world = World()
    key = world.commerce.submit()
    lead = world.sales.new_lead(key, lastname="Doe", emailaddress1="jo@contoso.example", subject="The seller's own words")
    world.announce(key)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.lead_id, len(world.sales.records.leads)) == (Stage.IN_REVIEW, lead.id, 1)
    assert lead.fields["subject"] == "The seller's own words"
    opportunity = world.sales.qualify(lead)
    assert opportunity
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, times(world, "sales.key_of_lead")) == (Stage.APPROVED, 0)


def made_by_dual_write(world: World, key: ProspectKey, **fields: object) -> FakeLead:
    party = world.commerce.records.prospects[key].party.number
    return world.sales.new_lead(msdyn_prospectid=key.prospect_id, msdyn_partyid=party, lastname="Doe", **fields)


def test_a_lead_that_dual_write_made_is_adopted_by_writing_our_key() -> None:
    world = World()
    world.sales.dual_write = True
    key = world.commerce.submit()
    lead = made_by_dual_write(world, key, subject="The seller's own words")
    before = dict(lead.fields)
    world.announce(key)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.lead_id, lead.key, lead.fields) == (Stage.IN_REVIEW, lead.id, key, before)
    assert len(world.sales.records.leads) == 1
    assert [entry.what for entry in world.history(key) if "lead" in entry.what] == ["adopt-lead"]
    opportunity = world.sales.qualify(lead)
    assert opportunity
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, times(world, "sales.key_of_lead")) == (Stage.APPROVED, 0)


def test_a_lead_of_dual_write_that_was_qualified_already_goes_on_from_there() -> None:
    world = World()
    world.sales.dual_write = True
    key = world.commerce.submit()
    world.sales.qualify(made_by_dual_write(world, key, emailaddress1="jo@contoso.example"))
    world.announce(key)
    world.settle()
    assert (world.onboarding(key).stage, len(world.commerce.records.customers)) == (Stage.QUALIFIED, 2)


def test_a_lead_of_dual_write_that_changes_meanwhile_is_read_again() -> None:
    world = World()
    world.sales.dual_write = True
    key = world.commerce.submit()
    lead = made_by_dual_write(world, key)

    def seller_edits(name: str, _: object) -> None:
        if name == "sales.adopt_lead":
            world.calls.heal()
            world.sales.edit(lead, subject="Meanwhile")

    world.calls.before_call = seller_edits
    world.announce(key)
    world.settle()
    assert (world.onboarding(key).lead_id, lead.key, len(world.sales.records.leads)) == (lead.id, key, 1)


def test_a_lead_of_another_companys_prospect_with_the_same_number_is_not_adopted() -> None:
    world = World()
    world.sales.dual_write = True
    key = world.commerce.submit()
    other = world.commerce.submit("ann@fabrikam.example", legal_entity="demf")
    assert key.prospect_id == other.prospect_id
    lead = made_by_dual_write(world, other)
    world.announce(key)
    world.settle()
    assert (lead.key, world.sales.lead_of(key).id) == (None, str(key.identifier("lead")))


def test_without_dual_writes_columns_nothing_is_looked_for() -> None:
    world = World()
    requested(world)
    assert times(world, "sales.unclaimed_lead") == 0


# ---- what a lead was qualified to


@pytest.mark.parametrize(
    ("qualified_to", "cause"),
    [({"account": False}, Cause.NO_ACCOUNT), ({"contact": False}, Cause.NO_CONTACT)],
    ids=["no-account", "no-contact"],
)
def test_without_account_or_contact_nothing_is_written_to_commerce(qualified_to: dict[str, bool], cause: Cause) -> None:
    world = World()
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key), **qualified_to)  # type: ignore[arg-type]
    assert opportunity
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [cause])
    world.sales.win(opportunity)
    world.settle()
    assert (causes(world, key), world.commerce.records.customers, world.mails(key)) == ([cause], {}, [])


def test_an_account_that_is_given_later_heals_the_onboarding() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.qualify(lead, account=False)
    world.settle()
    lead.account_id = world.sales.new_account(name="Contoso", _originatingleadid_value=lead.id)
    world.clock.forward(hours=1)
    world.tick_due()
    world.settle()
    assert (causes(world, key), len(world.commerce.records.customers)) == ([], 2)


def test_a_lead_without_an_opportunity_waits_with_its_customers() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.qualify(lead, opportunity=False)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [Cause.NO_OPPORTUNITY])
    assert (len(world.commerce.records.customers), world.mails(key)) == (2, [])
    world.sales.add_opportunity(lead)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [])


def test_an_account_with_a_customer_number_is_not_made_a_second_customer() -> None:
    world = World()
    key = requested(world)
    account = world.sales.new_account(accountnumber="US-001")
    opportunity = world.sales.qualify(world.sales.lead_of(key), account=account)
    assert opportunity
    world.sales.win(opportunity)
    world.settle()
    known = world.onboarding(key)
    assert (causes(world, key), known.attentions[0].detail) == ([Cause.EXISTING_CUSTOMER], "US-001")
    assert (world.commerce.records.customers, world.mails(key)) == ({}, [])


def test_an_account_that_is_another_requests_partner_is_not_made_a_second_customer() -> None:
    world = World()
    first = won(world)
    account = world.sales.lead_of(first).account_id
    second = requested(world, email="bo@contoso.example")
    world.sales.qualify(world.sales.lead_of(second), account=account)
    world.settle()
    assert causes(world, second) == [Cause.EXISTING_CUSTOMER]
    assert world.onboarding(second).attentions[0].detail == first.text


def test_a_known_account_that_nobody_took_becomes_the_first_requests_partner() -> None:
    world = World()
    account = world.sales.new_account()
    first = requested(world)
    world.sales.qualify(world.sales.lead_of(first), account=account)
    world.settle()
    second = requested(world, email="bo@contoso.example")
    world.sales.qualify(world.sales.lead_of(second), account=account)
    world.settle()
    assert (causes(world, first), causes(world, second)) == ([], [Cause.EXISTING_CUSTOMER])


# ---- reasons


def test_a_reason_that_may_not_mean_no_is_asked_about() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key), CANNOT_CONTACT)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.IN_REVIEW, [Cause.UNDECIDED_REASON], [])


def test_a_reason_that_is_corrected_decides() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.disqualify(lead, CANNOT_CONTACT)
    world.settle()
    lead.status_code = 4
    world.clock.forward(hours=1)
    world.tick_due()
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [])


def test_an_opportunity_lost_for_an_unknown_reason_is_asked_about() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.lose(opportunity, reason=100000)
    world.settle()
    assert (causes(world, key), world.mails(key)) == ([Cause.UNDECIDED_REASON], [])


# ---- columns of another length


def test_a_column_that_an_administrator_made_shorter_is_respected_and_the_note_says_so() -> None:
    world = World()
    world.sales.lengths = {"companyname": 10}
    key = requested(world, company="Contoso and Sons")
    lead = world.sales.lead_of(key)
    assert lead.fields["companyname"] == "Contoso a…"
    assert "Company name: shortened (16 characters, 10 at most): Contoso and Sons" in next(iter(world.sales.notes.values())).text
