"""The store's promises about onboardings, on Azurite."""

import pytest

from tests.unit.store.suite_onboardings import *  # noqa: F403

pytestmark = pytest.mark.integration
