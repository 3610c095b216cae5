"""A browser, and consoles to open in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from shared.principal import Role
from tests.browser.browser import chromium_path, launched, served
from tests.browser.console.operator_at_work import Operator
from tests.browser.story import Story, play
from tests.fakes.world import World


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        pytest.fail("the browser tests need Chromium: sudo apt-get install chromium")
    with launched(path) as one:
        yield one


@pytest.fixture(scope="package")
def month() -> Iterator[tuple[Story, str]]:
    """A month's story, which tests only look at, and where its console is."""
    story = play()
    with served(story.world) as url:
        yield story, url


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def operator(browser: Browser, world: World) -> Iterator[Callable[..., Operator]]:
    """Somebody with that role at the console of `world`, in a browser that runs no script."""
    with ExitStack() as opened:

        def at_work(role: Role = Role.ADMIN) -> Operator:
            url = opened.enter_context(served(world, role))
            context = opened.enter_context(browser.new_context(java_script_enabled=False))
            return Operator(context.new_page(), url, world)

        yield at_work
