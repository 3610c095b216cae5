"""The fake table service behaves as Azurite where the bridge relies on it."""

from tests.unit.store.suite_table_service import *  # noqa: F403
