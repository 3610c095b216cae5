"""Every act of the console, by clicks, in a browser that runs no script; the bridge behind it does what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from shared.principal import Role
from shared.record import Attention, Cause, Stage
from tests.browser.console.operator_at_work import Operator
from tests.fakes.sales import CANNOT_CONTACT
from tests.fakes.world import World
from tests.unit.console.site import fold
from tests.unit.onboarding.steps import causes, qualified, requested

AtWork = Callable[..., Operator]


def test_looking_again_brings_what_no_event_told(world: World, operator: AtWork) -> None:
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.lose_events()
    ann = operator()
    ann.look_at(key)
    ann.press("Look again now")
    assert "will be looked at again" in ann.says()
    ann.look_at(key)
    assert "waited for a seller to close the opportunity" in ann.text()


def test_what_if_shows_the_writes_and_the_mail_and_looking_again_makes_them(world: World, operator: AtWork) -> None:
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    ann = operator()
    ann.look_at(key)
    with ann.page.expect_navigation():
        ann.page.get_by_role("link", name="What if", exact=True).click()
    assert "B2BProspectStatus" in ann.text() and "Commerce mails the requester" in ann.text()
    assert world.mails(key) == []
    ann.press("Look again now")
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_a_held_onboarding_waits_until_it_is_released(world: World, operator: AtWork) -> None:
    key, opportunity = qualified(world)
    ann = operator()
    ann.look_at(key)
    ann.write("Because", "new papers come", within="Hold")
    ann.press("Hold")
    assert ann.says() == "held."
    world.sales.win(opportunity)
    world.settle()
    ann.look_at(key)
    assert "for the operator who holds it to release it" in ann.text()
    assert world.mails(key) == []
    ann.press("Release")
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("What Commerce decided stands; the attention is closed", []),
        ("What Sales decided is right; a clerk changes it in Commerce, and the bridge waits for that", [Cause.AWAITING_CLERK]),
    ],
)
def test_a_contradiction_is_settled_with_a_reason(world: World, operator: AtWork, choice: str, left: list[Cause]) -> None:
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.commerce.clerk_approves(key)
    world.settle()
    ann = operator()
    ann.look_at(key)
    assert "Commerce shows the prospect Approved" in ann.text() and "Sales shows the lead disqualified" in ann.text()
    ann.page.get_by_label(choice, exact=True).check()
    ann.write("Because", "agreed by phone", within="Settle it")
    ann.press("Settle")
    assert (causes(world, key), world.mails(key)) == (left, ["approved"])
    ann.look_at(key)
    assert "agreed by phone" in ann.text()


def test_a_reason_that_may_not_mean_no_is_ruled_to_mean_no(world: World, operator: AtWork) -> None:
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key), CANNOT_CONTACT)
    world.settle()
    ann = operator()
    ann.look_at(key)
    ann.page.get_by_label("The reason means no; reject the request", exact=True).check()
    ann.write("Because", "no answer for a month", within="Settle it")
    ann.press("Settle")
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.REJECTED, ["rejected"])


def test_what_only_a_person_can_settle_is_settled_by_each_of_its_choices(world: World, operator: AtWork) -> None:
    deleted, unpursued = requested(world), requested(world, email="b@b.example")
    world.sales.delete_lead(world.sales.lead_of(deleted))
    world.sales.qualify(world.sales.lead_of(unpursued), opportunity=False)
    doubled, opportunity = qualified(world, email="c@c.example")
    world.commerce.add_customer("US-004", email="c@c.example")
    world.sales.win(opportunity)
    world.settle()
    ann = operator()
    for key, choice, stage in (
        (deleted, "Create the lead again", Stage.IN_REVIEW),
        (unpursued, "Approve without an opportunity", Stage.APPROVED),
        (doubled, "Go on although this stands against it", Stage.APPROVED),
    ):
        ann.look_at(key)
        ann.page.get_by_label(choice, exact=True).check()
        ann.write("Because", "agreed by phone", within="Settle it")
        ann.press("Settle")
        assert (ann.says(), world.onboarding(key).stage, causes(world, key)) == (
            "settled; this page shows it once the bridge has looked again.",
            stage,
            [],
        )


def test_attentions_are_closed_with_a_reason_and_not_without(world: World, operator: AtWork) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    key = requested(world)
    ann = operator()
    ann.look_at(key)
    ann.page.get_by_role("button", name="Close", exact=True).click()
    assert ann.page.evaluate("document.activeElement.validity.valueMissing"), "the browser asks for the reason"
    assert causes(world, key) == [Cause.DUPLICATE_EMAIL]
    ann.write("Because", "a known partner", within="Close it")
    ann.press("Close")
    assert (ann.says(), causes(world, key)) == ("attentions closed.", [])


def test_one_of_several_attentions_is_closed_and_then_the_others_together(world: World, operator: AtWork) -> None:
    key = requested(world)
    stored = world.correlation.load(key)
    assert stored
    several = tuple(Attention(cause, world.clock()) for cause in (Cause.NO_EMAIL, Cause.DUPLICATE_EMAIL, Cause.ADDRESS_BOOK))
    world.correlation.record(stored, replace(stored.onboarding, attentions=several), [])
    ann = operator()
    ann.look_at(key)
    first = ann.page.get_by_role("group", name="Close it").first
    first.get_by_label("Because").fill("known")
    with ann.page.expect_navigation():
        first.get_by_role("button", name="Close").click()
    assert causes(world, key) == [Cause.DUPLICATE_EMAIL, Cause.ADDRESS_BOOK]
    ann.write("Because", "both known", within="Close all attentions")
    with ann.page.expect_navigation():
        ann.page.get_by_role("button", name="Close all").click()
    assert (ann.says(), causes(world, key)) == ("attentions closed.", [])


def test_notes_and_assignments_are_kept_and_named_in_the_history(world: World, operator: AtWork) -> None:
    key = requested(world)
    ann = operator()
    ann.look_at(key)
    ann.page.get_by_label("Note", exact=True).fill("Call back on Thursday")
    ann.press("Keep the note")
    ann.press("Assign")
    ann.look_at(key)
    assert "Assigned to you." in ann.text()
    ann.press("Assign to nobody")
    assert ann.says() == "assigned to nobody."
    ann.look_at(key)
    assert "Nobody has it." in ann.text()
    rows = ann.page.get_by_role("table").last.get_by_role("row")
    expect(rows.filter(has_text="Call back on Thursday")).to_contain_text("you from 127.0.0.1")


def test_a_list_is_filtered_searched_and_exported(world: World, operator: AtWork) -> None:
    requested(world, company="Contoso Bikes"), qualified(world, company="Fabrikam", email="f@f.example")
    ann = operator()
    ann.open("/list/progress")
    ann.page.get_by_role("combobox", name="Stage").select_option("qualified")
    ann.press("Filter")
    assert "Fabrikam" in ann.text() and "Contoso" not in ann.text()
    with ann.page.expect_download() as download:
        ann.page.get_by_role("link", name="Export as CSV").click()
    assert "Fabrikam" in download.value.path().read_text("utf-8")
    ann.page.get_by_role("searchbox", name="Find by organization or id").fill("contoso")
    with ann.page.expect_navigation():
        ann.page.keyboard.press("Enter")
    assert "Found for “contoso”" in ann.text() and "Contoso Bikes" in ann.text()


def test_from_the_overview_to_the_one_that_waits_longest(world: World, operator: AtWork) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    key = requested(world, company="Contoso")
    fold(world)
    ann = operator()
    ann.open()
    ann.page.get_by_role("combobox", name="Legal entity").select_option("usmf")
    with ann.page.expect_navigation():
        ann.page.get_by_role("button", name="Show").click()
    assert "1 onboarding needs a person" in ann.text()
    with ann.page.expect_navigation():
        ann.page.get_by_role("link", name="Duplicate e-mail").click()
    assert "legal_entity=usmf" in ann.page.url
    with ann.page.expect_navigation():
        ann.page.get_by_role("link", name="Contoso").click()
    assert key.prospect_id in ann.text() and "US-004" in ann.text()


def test_a_reader_sees_no_button_and_no_personal_data(world: World, operator: AtWork) -> None:
    key = requested(world)
    bob = operator(Role.READER)
    bob.look_at(key)
    assert "Your roles do not show personal data." in bob.text() and "jo@contoso.example" not in bob.text()
    assert bob.page.locator("main").get_by_role("button").count() == 0
    bob.open("/list/progress")
    assert bob.page.get_by_role("checkbox").count() == 0
    bob.open("/me")
    assert "You are Reader." in bob.text()


def test_the_story_of_an_outage_is_told_while_it_lasts_and_when_it_is_over(world: World, operator: AtWork) -> None:
    key = requested(world)

    def down(name: str, args: tuple[object, ...]) -> None:
        from tests.unit.onboarding.steps import unavailable

        if name.startswith("commerce."):
            raise unavailable()

    world.calls.before_call = down
    world.sales.qualify(world.sales.lead_of(key))
    world.deliver_all()
    ann = operator()
    ann.look_at(key)
    assert "Commerce did not do what was asked" in ann.text() and "Not read now (HTTP 502)" in ann.text()
    world.calls.heal()
    ann.press("Look again now")
    ann.look_at(key)
    assert "waited for a seller to close the opportunity" in ann.text()
