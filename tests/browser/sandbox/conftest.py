"""A browser, the whole of local life running, and a walk through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from sandbox.stack import Stack
from tests.browser.browser import chromium_path, launched
from tests.browser.sandbox.walk import Walk


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        pytest.fail("the browser tests need Chromium: sudo apt-get install chromium")
    with launched(path) as one:
        yield one


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with Stack(settings={"CONSOLE_DEVELOPER": "true"}) as running:
        yield running


@pytest.fixture
def walk(stack: Stack, browser: Browser) -> Iterator[Walk]:
    """A new company's walk, in tabs of its own."""
    context = browser.new_context()
    yield Walk(stack, context)
    context.close()
