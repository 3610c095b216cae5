"""One Commerce environment per test, over real HTTP on a free port."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.commerce.app import create_app
from sandbox.commerce.seed import new_world
from sandbox.commerce.settings import Settings
from sandbox.web import running
from tests.contract.commerce.environment import SECRET, Commerce


@pytest.fixture
def start() -> Iterator[Callable[..., Commerce]]:
    """Starts an environment with settings of the test's choice."""
    opened = []

    def start_one(clock: float = 0.01, **settings: object) -> Commerce:
        world = new_world(Settings().changed(settings), clock)
        server = running(create_app(world, SECRET))
        commerce = Commerce(world, server.__enter__())
        opened.append((world, server, commerce))
        return commerce

    yield start_one
    for world, server, commerce in opened:
        commerce.session.close()
        server.__exit__(None, None, None)
        world.background.close()


@pytest.fixture
def commerce(start: Callable[..., Commerce]) -> Commerce:
    """An environment as it comes."""
    return start()
