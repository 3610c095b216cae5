"""The store's promises about links, on tables in memory."""

from tests.unit.store.suite_links import *  # noqa: F403
