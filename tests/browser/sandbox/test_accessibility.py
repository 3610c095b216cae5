"""Every page of both systems, light on a wide screen and dark on a phone: axe-core finds nothing, nothing hangs over the edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sandbox.commerce.seed import new_world
from sandbox.sales import provisioning, seed
from sandbox.web import running
from tests.browser.sandbox.axe import violations
from tests.integration.pages.people import HeadOffice, SalesDesk
from tests.integration.pages.visitor import Visitor

LOOKS: dict[str, dict[str, Any]] = {
    "light, wide": {"color_scheme": "light", "viewport": {"width": 1280, "height": 850}},
    "dark, phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}


@pytest.fixture(scope="module")
def head_office() -> Iterator[list[str]]:
    """The addresses of its pages: one of each kind, with something on it."""
    office = HeadOffice(new_world())
    approved = office.press_on(office.make_prospect(), "/approve")
    office.make_prospect("B2B-DE", company="Another One")
    office.press("/sandbox/switches/trouble", kind="slow", rate="1", moment="after", seconds="0")
    paths = [
        "/", "/site/B2B-US", "/site/B2B-US/thanks/REQ-000001", "/jobs", "/prospects", approved.address,
        f"{approved.address}/edit", "/customers", "/customers/new", "/customers/usmf/P-000001",
        "/customers/usmf/P-000001/edit", "/hierarchies", "/hierarchies/CH-000001", "/outbox",
        "/sign-in?legal_entity=usmf&email=nobody@example.com", "/business-events", "/sandbox/switches",
        "/prospects/usmf/NOWHERE",
    ]  # fmt: skip
    with running(office.app) as url:
        yield [url + path for path in paths]
    office.world.background.close()


@pytest.fixture(scope="module")
def sales() -> Iterator[list[str]]:
    """The same of Sales."""
    world = seed.new_world()
    provisioning.provision(world)
    seller = SalesDesk(world)
    won = seller.press_on(seller.opportunity(), "/win", reason="3")
    lead = seller.make_lead()
    seller.make_lead(lastname="Another")
    paths = ["/", "/leads/new", lead.address, "/opportunities", won.address, "/accounts", "/contacts", "/webhooks"]
    paths += ["/sandbox/switches"]
    paths += [_first(seller, kind) for kind in ("accounts", "contacts")]
    paths += [f"/leads/{row['leadid']}" for row in world.store.rows("lead") if row["statecode"] == 1]
    with running(seller.app) as url:
        yield [url + path for path in paths]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("system", ["head_office", "sales"])
def test_no_page_keeps_anybody_out(browser: Browser, request: pytest.FixtureRequest, system: str, look: str) -> None:
    with browser.new_context(**LOOKS[look]) as context:
        page = context.new_page()
        found = [line for address in request.getfixturevalue(system) for line in _wrong_with(page, address)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", LOOKS)
def test_no_dialog_keeps_anybody_out(browser: Browser, sales: list[str], head_office: list[str], look: str) -> None:
    with browser.new_context(**LOOKS[look]) as context:
        page = context.new_page()
        found = []
        for address, button in ((sales[2], "Qualify"), (sales[2], "Merge"), (head_office[5], "Convert")):
            page.goto(address)
            page.get_by_role("button", name=button, exact=True).click()
            assert page.get_by_role("dialog").is_visible()
            found += violations(page)
            page.keyboard.press("Escape")
            assert page.get_by_role("dialog").count() == 0
    assert not found, "\n".join(found)


def test_a_lead_can_be_qualified_by_keyboard_alone(browser: Browser, sales: list[str]) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(sales[2])
        page.get_by_role("button", name="Qualify", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Qualify the lead").focus()
        page.keyboard.press("Enter")
        page.get_by_text("The lead is qualified.").wait_for()


def _wrong_with(page: Page, address: str) -> list[str]:
    """What axe-core finds, and what is wider than the screen."""
    page.goto(address)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return violations(page) + ([f"{address} is {too_wide} px too wide"] if too_wide > 0 else [])


def _first(seller: Visitor, kind: str) -> str:
    return next(link for link in sorted(seller.open(f"/{kind}").links) if link.startswith(f"/{kind}/"))
