"""`manage.py screenshots`: a picture of each page, light and dark, wide and phone, over the same story each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browser.browser import chromium_path, launched, served
from tests.browser.pages import pages_of
from tests.browser.played import sandbox_pages
from tests.browser.story import play

LOOKS: dict[str, dict[str, Any]] = {
    "light-wide": {"color_scheme": "light", "viewport": {"width": 1280, "height": 1000}},
    "dark-wide": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1000}},
    "light-phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    "dark-phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}


def run(out: Path, looks: Sequence[str] | None = None) -> int:
    """Write `{page}-{look}.png` for each; 1 where there is no Chromium."""
    path = chromium_path()
    if path is None:
        print("Chromium is needed: sudo apt-get install chromium")
        return 1
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        addresses = dict(_addresses(opened))
        browser = opened.enter_context(launched(path))
        for look in looks or LOOKS:
            _picture(browser, LOOKS[look], look, addresses, out)
    print(f"{len(addresses) * len(looks or LOOKS)} pictures in {out}")
    return 0


def _addresses(opened: ExitStack) -> Iterator[tuple[str, str]]:
    """Name -> address of every page, served until the stack is closed."""
    story = play()
    url = opened.enter_context(served(story.world))
    yield from ((f"console-{name}", url + path) for name, path in pages_of(story).items())
    yield from opened.enter_context(sandbox_pages()).items()


def _picture(browser: Browser, options: dict[str, Any], look: str, addresses: dict[str, str], out: Path) -> None:
    with browser.new_context(**options) as context:
        page = context.new_page()
        for name, address in addresses.items():
            page.goto(address)
            page.screenshot(path=out / f"{name}-{look}.png")
