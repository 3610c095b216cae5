"""The app, running: `working` handles its queues' messages, `receiving` leaves them there for the test to read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.stack import Stack
from tests.integration.app.scene import NO_QUEUE_FUNCTIONS, Scene, scene


@pytest.fixture(scope="package")
def working(systems: Stack) -> Iterator[Scene]:
    with scene(systems) as running:
        yield running


@pytest.fixture(scope="package")
def receiving_host(systems: Stack) -> Iterator[Scene]:
    with scene(systems, **NO_QUEUE_FUNCTIONS) as running:
        yield running


@pytest.fixture
def receiving(receiving_host: Scene) -> Scene:
    receiving_host.clear()
    return receiving_host
