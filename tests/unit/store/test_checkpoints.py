"""The store's promises about checkpoints, in memory."""

from tests.unit.store.suite_checkpoints import *  # noqa: F403
