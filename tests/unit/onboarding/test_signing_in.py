"""What would leave an approved user unable to sign in: found before the lead and again before the approval."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.models import PartyType
from shared.record import Cause, Stage
from tests.fakes.commerce import FakeCommerce
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, qualified, requested, times

LOOK_AGAIN = timedelta(hours=1)


def create_note(world: World) -> str:
    """The text of the note that the lead was created with."""
    return next(note.text for note in world.sales.notes.values() if note.subject == "Request from the B2B site")


@pytest.mark.parametrize("by_poll", [False, True], ids=["by-event", "by-poll"])
def test_a_used_e_mail_address_does_not_stop_the_lead_but_is_shown_and_noted(by_poll: bool) -> None:
    world = World()
    world.commerce.add_customer("C-1", "JO@contoso.example")
    key = world.commerce.submit()
    if by_poll:
        world.reconcile()
    else:
        world.announce(key)
    world.deliver_all()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.IN_REVIEW, [Cause.DUPLICATE_EMAIL])
    assert "so the requester could not sign in" in create_note(world)


def test_a_poll_that_checked_already_saves_the_check() -> None:
    world = World()
    world.commerce.submit()
    world.reconcile()
    world.calls.clear()
    world.deliver_all()
    assert times(world, "commerce.check") == 0


def test_what_a_poll_checked_counts_only_while_the_prospect_is_the_same() -> None:
    world = World()
    key = world.commerce.submit()
    world.reconcile()
    world.commerce.add_customer("C-1", "new@contoso.example")
    world.commerce.edit(key, email="new@contoso.example")
    world.deliver_all()
    assert causes(world, key) == [Cause.DUPLICATE_EMAIL]


def test_a_won_opportunity_whose_e_mail_is_used_elsewhere_is_blocked_and_told_so() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.commerce.add_customer("C-1", "jo@contoso.example")
    world.sales.win(opportunity)
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, causes(world, key), known.attentions[0].detail) == (Stage.QUALIFIED, [Cause.DUPLICATE_EMAIL], "C-1")
    assert (world.mails(key), times(world, "commerce.write_decision")) == ([], 0)
    assert world.notes()[1:] == ["Approval is blocked"]
    assert "Another customer" in [*world.sales.notes.values()][1].text


def test_a_blocked_approval_is_released_by_itself_when_the_other_customers_address_changes() -> None:
    world = World()
    key, opportunity = qualified(world)
    other = world.commerce.add_customer("C-1", "jo@contoso.example")
    world.sales.win(opportunity)
    world.settle()
    other.party.email = "somebody@else.example"
    world.clock.forward(LOOK_AGAIN)
    world.tick_due()
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.APPROVED, [], ["approved"])
    assert world.notes()[1:] == ["Approval is blocked", "Partner approved in Commerce"]


def test_a_blocked_approval_is_told_once_however_often_it_is_looked_at() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.commerce.add_customer("C-1", "jo@contoso.example")
    world.sales.win(opportunity)
    for _ in range(5):
        world.clock.forward(LOOK_AGAIN)
        world.tick_due()
        world.settle()
    assert (causes(world, key), times(world, "sales.write_note")) == ([Cause.DUPLICATE_EMAIL], 1)


def test_customers_are_not_written_while_their_e_mail_is_used_elsewhere() -> None:
    world = World()
    world.commerce.add_customer("C-1", "jo@contoso.example")
    key, _ = qualified(world)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [Cause.DUPLICATE_EMAIL])
    assert times(world, "commerce.create_customers") == 0


def test_two_pending_requests_with_one_address_block_each_other_until_one_is_decided() -> None:
    world = World()
    first, opportunity = qualified(world)
    second = requested(world)
    assert causes(world, second) == [Cause.DUPLICATE_EMAIL, Cause.DUPLICATE_REQUEST]
    world.sales.win(opportunity)
    world.settle()
    assert (causes(world, first), world.mails(first)) == ([Cause.DUPLICATE_REQUEST], [])
    world.commerce.clerk_rejects(second)
    world.clock.forward(LOOK_AGAIN)
    world.tick_due()
    world.settle()
    assert (world.onboarding(first).stage, causes(world, first)) == (Stage.APPROVED, [])


def test_the_same_address_in_another_legal_entity_is_no_duplicate() -> None:
    world = World()
    world.commerce.add_customer("C-1", "jo@contoso.example", legal_entity="demf")
    assert causes(world, requested(world)) == []


@pytest.mark.parametrize(
    ("form", "cause"),
    [
        ({"email": ""}, Cause.NO_EMAIL),
        ({"email": "no address"}, Cause.BAD_EMAIL),
        ({"email": "*@contoso.example"}, Cause.BAD_EMAIL),
        ({"party_type": "Team"}, Cause.PARTY_TYPE),
        ({"party_type": PartyType.ORGANIZATION}, Cause.PARTY_TYPE),
        ({"channel": ""}, Cause.CHANNEL_UNKNOWN),
        ({"channel": "CH-404"}, Cause.CHANNEL_UNKNOWN),
    ],
)
def test_what_else_stands_against_signing_in_is_shown_with_the_lead_and_blocks_the_approval(
    form: dict[str, object], cause: Cause
) -> None:
    world = World()
    key, opportunity = qualified(world, **form)
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.QUALIFIED, [cause])
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.QUALIFIED, [cause], [])
    assert world.commerce.records.customers == {}


def test_a_channel_whose_default_customer_is_in_no_address_book_blocks_the_approval() -> None:
    world = World()
    _without_books(world.commerce)
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.settle()
    assert (causes(world, key), world.mails(key)) == ([Cause.ADDRESS_BOOK], [])


def _without_books(commerce: FakeCommerce) -> None:
    defaults = commerce.channels["usmf", "CH-US"]
    commerce.channels["usmf", "CH-US"] = type(defaults)(defaults.default_account, "B2B", "USD", "en-us", frozenset())


def test_a_seller_who_clears_the_address_does_not_hide_that_it_is_used_elsewhere() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.edit(lead, emailaddress1=None)
    world.commerce.add_customer("C-1", "jo@contoso.example")
    opportunity = world.sales.qualify(lead)
    assert opportunity
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key), world.mails(key)) == (Stage.QUALIFIED, [Cause.DUPLICATE_EMAIL], [])


def test_a_seller_who_clears_the_address_does_not_block_the_approval_by_our_own_customer() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.edit(lead, emailaddress1=None)
    opportunity = world.sales.qualify(lead)
    assert opportunity
    world.sales.win(opportunity)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.APPROVED, [])


def test_a_lead_that_is_made_late_is_checked_as_well() -> None:
    world = World()
    world.commerce.add_customer("C-1", "jo@contoso.example")
    key = world.commerce.submit()
    row = world.commerce.delete(key)
    world.announce(key)
    world.deliver_all()
    world.commerce.restore(row)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.IN_REVIEW, [Cause.DUPLICATE_EMAIL])


def test_the_contacts_own_address_must_be_unused_too() -> None:
    world = World()
    world.commerce.add_customer("C-1", "other@contoso.example")
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.qualify(lead)
    world.sales.records.contacts[lead.contact_id]["emailaddress1"] = "other@contoso.example"
    world.settle()
    assert causes(world, key) == [Cause.DUPLICATE_EMAIL]


def test_a_second_customer_with_the_address_after_the_approval_is_shown() -> None:
    world = World()
    world.commerce.approval_reuses = False
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.settle()
    assert world.onboarding(key).stage is Stage.APPROVED
    assert Cause.DUPLICATE_EMAIL in causes(world, key)
