"""The store's promises about onboardings, on tables in memory."""

from tests.unit.store.suite_onboardings import *  # noqa: F403
