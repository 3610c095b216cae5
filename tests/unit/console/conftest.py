"""A world, and Ann, who may do everything in its console."""

from __future__ import annotations

import pytest

from shared.console_site import create
from tests.fakes.world import World
from tests.unit.console.site import Visitor, site_of


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Visitor:
    return Visitor(create(site_of(world)))
