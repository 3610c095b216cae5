"""Fresh environments of both systems, each with a visitor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.commerce.seed import new_world
from sandbox.sales import provisioning, seed
from tests.integration.pages.people import HeadOffice, SalesDesk


@pytest.fixture
def office() -> Iterator[HeadOffice]:
    one = HeadOffice(new_world())
    yield one
    one.world.background.close()


@pytest.fixture
def seller() -> SalesDesk:
    world = seed.new_world()
    provisioning.provision(world)
    return SalesDesk(world)
