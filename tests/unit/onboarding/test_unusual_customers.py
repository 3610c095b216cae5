"""Customers that are there before the bridge makes any."""

from __future__ import annotations

from shared.record import Cause, Stage
from tests.fakes.commerce_records import FakeCustomer
from tests.fakes.world import Crashed, World
from tests.unit.onboarding.steps import causes, qualified, requested, won


def test_the_organization_of_an_approval_that_was_set_back_is_not_made_a_second_time() -> None:
    world = World()
    key = world.commerce.submit()
    world.commerce.clerk_approves(key)
    world.commerce.set_status(key, "Pending")  # before the bridge saw anything
    world.reconcile()
    world.deliver_all()
    world.sales.qualify(world.sales.lead_of(key))
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [Cause.EXISTING_CUSTOMER])
    assert len(world.commerce.records.customers) == 2


def test_a_rejection_puts_on_hold_the_customers_that_the_bridge_made_and_no_other() -> None:
    world = World()
    key = requested(world)
    known = world.onboarding(key)
    party = world.commerce.records.prospects[key].party
    head_offices = FakeCustomer("usmf", known.person_account, party, "B2B US")
    world.commerce.records.customers["usmf", known.person_account] = head_offices
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.deliver_all()
    assert world.onboarding(key).accounts_made == (known.organization_account,)
    world.sales.lose(opportunity)
    world.settle()
    on_hold = {account: row.on_hold for (_, account), row in world.commerce.records.customers.items()}
    assert on_hold == {known.organization_account: "All", known.person_account: "No"}


def test_both_customers_that_a_dead_invocation_had_made_are_put_on_hold() -> None:
    world = World()
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    assert opportunity
    world.calls.fail_next("commerce.create_customers", Crashed(), after=True)
    world.settle()
    world.sales.lose(opportunity)
    world.settle()
    assert [row.on_hold for row in world.commerce.records.customers.values()] == ["All", "All"]


def test_a_customer_that_was_deleted_does_not_keep_the_other_from_being_put_on_hold() -> None:
    world = World()
    key, opportunity = qualified(world)
    del world.commerce.records.customers["usmf", key.prospect_id]
    world.sales.lose(opportunity)
    world.settle()
    assert [row.on_hold for row in world.commerce.records.customers.values()] == ["All"]
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [])


def test_what_a_customer_could_not_take_is_in_the_history_and_in_the_sellers_note_without_its_value() -> None:
    world = World()
    key = requested(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key), account=True)
    assert opportunity
    account = world.sales.records.accounts[world.sales.lead_of(key).account_id]
    account["name"] = "Quackenbush " * 20
    world.deliver_all()
    [told] = [entry.detail for entry in world.history(key) if entry.what == "not-as-entered"]
    assert told == "Organization OrganizationName shortened"
    world.sales.win(opportunity)
    world.settle()
    note = next(note for note in world.sales.notes.values() if note.subject == "Partner approved in Commerce")
    assert note.text.endswith(f" Not carried over to Commerce as it was entered: {told}.")
    assert "Quackenbush" not in note.text
    assert world.onboarding(key).sales_requests == 4


def test_a_note_says_nothing_of_customers_that_took_everything() -> None:
    world = World()
    key = won(world)
    assert not any("Not carried over to Commerce" in note.text for note in world.sales.notes.values())
    assert not [entry for entry in world.history(key) if entry.what == "not-as-entered"]
