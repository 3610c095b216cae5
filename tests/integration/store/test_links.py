"""The store's promises about links, on Azurite."""

import pytest

from tests.unit.store.suite_links import *  # noqa: F403

pytestmark = pytest.mark.integration
