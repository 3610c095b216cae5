"""The store's promises about lists, in memory."""

from tests.unit.store.suite_lists import *  # noqa: F403
