"""Every page of both systems, light on a wide screen and dark on a phone: axe-core finds nothing, nothing hangs over the edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sandbox.commerce.seed import new_world
from sandbox.sales import provisioning, seed
from sandbox.web import running
from tests.browser.paths import of_head_office, of_sales
from tests.browser.sandbox.axe import violations
from tests.integration.pages.people import HeadOffice, SalesDesk

LOOKS: dict[str, dict[str, Any]] = {
    "light, wide": {"color_scheme": "light", "viewport": {"width": 1280, "height": 850}},
    "dark, phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}


@pytest.fixture(scope="module")
def head_office() -> Iterator[dict[str, str]]:
    """The addresses of its pages by name: one of each kind, with something on it."""
    office = HeadOffice(new_world())
    approved = office.press_on(office.make_prospect(), "/approve")
    office.make_prospect("B2B-DE", company="Another One")
    office.press("/sandbox/switches/trouble", kind="slow", rate="1", moment="after", seconds="0")
    paths = of_head_office(approved.address.removeprefix("/prospects/"), "CH-000001", "nobody@example.com")
    paths["nowhere"] = "/prospects/usmf/NOWHERE"
    with running(office.app) as url:
        yield {name: url + path for name, path in paths.items()}
    office.world.background.close()


@pytest.fixture(scope="module")
def sales() -> Iterator[dict[str, str]]:
    """The same of Sales."""
    world = seed.new_world()
    provisioning.provision(world)
    seller = SalesDesk(world)
    won = seller.press_on(seller.opportunity(), "/win", reason="3")
    lead = seller.make_lead()
    seller.make_lead(lastname="Another")
    seller.tell_where({"Commerce headquarters": "http://127.0.0.1:9"})
    (account,), (contact,) = world.store.rows("account"), world.store.rows("contact")
    ids = (lead.address.rpartition("/")[2], won.address.rpartition("/")[2], account["accountid"], contact["contactid"])
    qualified = next(row for row in world.store.rows("lead") if row["statecode"] == 1)
    paths = of_sales(*ids) | {"lead-qualified": f"/leads/{qualified['leadid']}"}
    with running(seller.app) as url:
        yield {name: url + path for name, path in paths.items()}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("system", ["head_office", "sales"])
def test_no_page_keeps_anybody_out(browser: Browser, request: pytest.FixtureRequest, system: str, look: str) -> None:
    with browser.new_context(**LOOKS[look]) as context:
        page = context.new_page()
        found = [line for address in request.getfixturevalue(system).values() for line in _wrong_with(page, address)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", LOOKS)
def test_no_dialog_keeps_anybody_out(browser: Browser, sales: dict[str, str], head_office: dict[str, str], look: str) -> None:
    with browser.new_context(**LOOKS[look]) as context:
        page = context.new_page()
        found = []
        for address, button in ((sales["lead"], "Qualify"), (sales["lead"], "Merge"), (head_office["prospect"], "Convert")):
            page.goto(address)
            page.get_by_role("button", name=button, exact=True).click()
            assert page.get_by_role("dialog").is_visible()
            found += violations(page)
            page.keyboard.press("Escape")
            assert page.get_by_role("dialog").count() == 0
    assert not found, "\n".join(found)


def test_a_lead_can_be_qualified_by_keyboard_alone(browser: Browser, sales: dict[str, str]) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(sales["lead"])
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
