"""Both systems, identity and storage as processes, started once; the app is started by each test that wants it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.stack import Stack

ACCOUNTS = 40
"""More than there are tests that need a storage account of their own."""


@pytest.fixture(scope="session")
def systems() -> Iterator[Stack]:
    with Stack(has_app=False, accounts=ACCOUNTS) as running:
        yield running
