"""The store's promises about dead letters, in memory."""

from tests.unit.store.suite_dead_letters import *  # noqa: F403
