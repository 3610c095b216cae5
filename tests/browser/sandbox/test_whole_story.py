"""The whole story by hand, in both directions; the app carries it, and its records follow."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from shared.record import Stage
from tests.browser.sandbox.walk import Walk

pytestmark = pytest.mark.integration


def test_won_and_able_to_sign_in(walk: Walk) -> None:
    in_review(walk)
    qualify(walk)
    walk.await_stage(Stage.QUALIFIED)
    walk.open_opportunity()
    walk.press("Close as Won", "Close it as won")
    page = walk.await_prospect("Approved")
    expect(page.get_by_role("link", name="CH-")).to_be_visible()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
    known = walk.await_stage(Stage.APPROVED)
    assert known.attentions == ()
    assert walk.mails() == ["B2B prospect approved"]
    expect(page.get_by_text("not-pushed")).to_be_visible()
    walk.run_job("1010")
    expect(walk.open_prospect().get_by_text("as Admin")).to_be_visible()


def test_lost(walk: Walk) -> None:
    in_review(walk)
    qualify(walk)
    walk.await_stage(Stage.QUALIFIED)
    walk.open_opportunity()
    walk.press("Close as Lost", "Close it as lost", Status_reason="Out-Sold")
    page = walk.await_prospect("Rejected")
    on_hold = page.get_by_role("table").get_by_role("cell", name="All", exact=True)
    expect(on_hold).to_have_count(2)
    assert walk.await_stage(Stage.REJECTED).attentions == ()
    assert walk.mails() == ["B2B prospect rejected"]


def test_disqualified_within_the_hold_and_reactivated_tells_the_applicant_nothing(walk: Walk) -> None:
    in_review(walk)
    walk.press("Disqualify", "Disqualify the lead", Reason="Lost")
    walk.press("Reactivate")
    walk.await_stage(Stage.IN_REVIEW)
    walk.press("Disqualify", "Disqualify the lead", Reason="No Longer Interested")
    walk.await_prospect("Rejected")
    walk.await_stage(Stage.REJECTED)
    assert walk.mails() == ["B2B prospect rejected"]


def test_decided_in_commerce_first(walk: Walk) -> None:
    in_review(walk)
    walk.decide("Approve")
    known = walk.await_stage(Stage.APPROVED)
    assert [attention.cause for attention in known.attentions] == ["decided-in-commerce"]
    timeline = walk.sales.locator("section", has=walk.sales.get_by_role("heading", name="Timeline"))
    walk.sales.reload()
    expect(timeline.get_by_role("heading", name="Decided in Commerce")).to_be_visible()


def test_an_outage_of_commerce_is_waited_for_and_made_up_for(walk: Walk) -> None:
    in_review(walk)
    walk.start_trouble(walk.office, "503")
    qualify(walk)
    walk.office.get_by_role("navigation", name="Main").get_by_role("link", name="Switches").click()
    walk.await_strike(walk.office)
    assert walk.await_stage(Stage.IN_REVIEW).lead_id
    walk.end_troubles(walk.office)
    walk.await_stage(Stage.QUALIFIED)
    walk.open_opportunity()
    walk.press("Close as Won", "Close it as won")
    walk.await_prospect("Approved")


def test_lost_calls_are_made_up_for_by_the_timer(walk: Walk) -> None:
    in_review(walk)
    lead = walk.sales.url
    walk.start_trouble(walk.sales, "lost", times=2)
    walk.sales.goto(lead)
    walk.press("Disqualify", "Disqualify the lead", Reason="Lost")
    walk.await_prospect("Rejected")
    walk.await_stage(Stage.REJECTED)


def test_every_tab_is_reached_by_a_link_of_another(walk: Walk) -> None:
    in_review(walk)
    walk.console.get_by_role("link", name="in Sales").first.click()
    expect(walk.console).to_have_url(walk.sales.url)
    with walk.sales.expect_popup() as console:
        walk.sales.get_by_role("link", name="the operators' console").click()
    expect(console.value.get_by_role("link", name="Overview")).to_be_visible()
    with walk.sales.expect_popup() as office:
        walk.sales.get_by_role("link", name="Commerce headquarters").click()
    with office.value.expect_popup() as sales:
        office.value.get_by_role("main").get_by_role("link", name="Sales").click()
    expect(sales.value.get_by_role("heading", level=1)).to_have_text("Leads")


def in_review(walk: Walk) -> None:
    """From the site's form to the lead, which is then open in Sales and is in nobody's My Open Leads."""
    walk.apply()
    walk.run_job("P-0001")
    walk.run_job("Synchronize customers and channel requests")
    walk.await_lead()
    assert walk.await_stage(Stage.IN_REVIEW).attentions == ()
    for section in ("Contact", "Company", "Timeline"):
        expect(walk.sales.get_by_role("heading", name=section, exact=True)).to_be_visible()
    expect(walk.sales.get_by_role("heading", name="Request from the B2B site")).to_be_visible()


def qualify(walk: Walk) -> None:
    """Qualify with account, contact and opportunity."""
    walk.press("Qualify", "Qualify the lead")
    expect(walk.sales.get_by_role("status")).to_have_text("The lead is qualified.")
