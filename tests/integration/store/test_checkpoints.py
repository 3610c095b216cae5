"""The store's promises about checkpoints, on Azurite."""

import pytest

from tests.unit.store.suite_checkpoints import *  # noqa: F403

pytestmark = pytest.mark.integration
