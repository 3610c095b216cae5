"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def eventually(condition: Callable[[], T], seconds: float = 20) -> T:
    """The first true value of a condition; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"it did not happen within {seconds:.0f} s; the last look gave {value!r}")
        time.sleep(0.05)
