"""The store's promises about dead letters, on Azurite."""

import pytest

from tests.unit.store.suite_dead_letters import *  # noqa: F403

pytestmark = pytest.mark.integration
