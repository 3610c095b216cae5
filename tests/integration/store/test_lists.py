"""The store's promises about lists, on Azurite."""

import pytest

from tests.unit.store.suite_lists import *  # noqa: F403

pytestmark = pytest.mark.integration
