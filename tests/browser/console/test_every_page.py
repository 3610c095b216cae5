"""Every page of the console, light and dark, wide and phone: axe-core finds nothing, nothing hangs over, no script runs."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.pages import pages_of
from tests.browser.sandbox.axe import violations
from tests.browser.story import Story

LOOKS: dict[str, dict[str, Any]] = {
    "light, wide": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark, wide": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "light, phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    "dark, phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
    "light, large letters": {"color_scheme": "light", "viewport": {"width": 640, "height": 450}},
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_keeps_anybody_out(browser: Browser, month: tuple[Story, str], look: str) -> None:
    story, url = month
    found: list[str] = []
    with browser.new_context(**LOOKS[look]) as context:
        page = context.new_page()
        page.on("console", lambda message: found.append(_told(message)))
        for path in pages_of(story).values():
            found += _wrong_with(page, url + path)
    assert not [line for line in found if line], "\n".join(found)


def test_a_page_can_be_worked_by_keyboard_from_the_first_key(browser: Browser, month: tuple[Story, str]) -> None:
    story, url = month
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{url}/onboarding/{story.keys['contradiction'].text}")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
        assert {"Look again now", "What if", "Settle", "Hold", "Close", "Keep the note", "Assign"} <= reached


def test_the_headings_of_a_page_are_an_outline(browser: Browser, month: tuple[Story, str]) -> None:
    story, url = month
    with browser.new_context() as context:
        page = context.new_page()
        for path in pages_of(story).values():
            page.goto(url + path)
            levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(h => +h.tagName[1])")
            assert levels[0] == 1 and levels.count(1) == 1, path
            assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), path


def _wrong_with(page: Page, address: str) -> list[str]:
    page.goto(address)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return violations(page) + ([f"{address} is {too_wide} px too wide"] if too_wide > 0 else [])


def _told(message: ConsoleMessage) -> str:
    """What the browser itself complains of, e.g. a style that the policy refuses."""
    is_the_missing_page = "status of 404" in message.text
    return message.text if message.type in ("error", "warning") and not is_the_missing_page else ""
