"""Azurite behaves as the bridge, and the fake, take it for granted."""

import pytest

from tests.unit.store.suite_table_service import *  # noqa: F403

pytestmark = pytest.mark.integration
