"""A real browser, Debian's Chromium, and a served console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from sandbox.http_server import HttpServer
from shared.console_site import create
from shared.principal import Role, SignIn
from tests.fakes.world import World
from tests.unit.console.site import site_of

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--font-render-hinting=none",
]  # fmt: skip


def chromium_path() -> str | None:
    """Where Chromium is, if anywhere."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """The browser, in a fresh profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(world: World, role: Role = Role.ADMIN) -> Iterator[str]:
    """The console of that world on a free port, for a developer with that role; its address."""
    app = create(site_of(world, SignIn(easy_auth=False, in_azure=False, developer=role)))
    server = HttpServer(app)
    server.start()
    try:
        yield f"{server.url}/api/console"
    finally:
        server.stop()
