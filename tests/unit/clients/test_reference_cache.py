"""Reference data is read once an hour, by one thread."""

from __future__ import annotations

import threading
import time

import pytest

from shared import telemetry
from shared.reference_cache import ABSENT, HOUR, ReferenceCache


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("value, age", [("c1", HOUR), (None, ABSENT), ({}, ABSENT)])
def test_a_value_is_read_again_when_it_is_old_and_an_absent_or_empty_one_sooner(value: object, age: float) -> None:
    clock, read = Clock(), []
    cache: ReferenceCache[object] = ReferenceCache(clock)

    def look_up() -> object:
        read.append(clock.now)
        return value

    for clock.now in (0.0, age - 1, age, age + 1):
        assert cache.get("key", look_up) == value
    assert read == [0.0, age]


def test_keys_do_not_share_values() -> None:
    cache: ReferenceCache[str] = ReferenceCache()
    assert [cache.get("a", lambda: "1"), cache.get("b", lambda: "2"), cache.get("a", lambda: "3")] == ["1", "2", "1"]


def test_an_error_is_not_kept() -> None:
    cache: ReferenceCache[str] = ReferenceCache()

    def fail() -> str:
        raise OSError

    with pytest.raises(OSError):
        cache.get("a", fail)
    assert cache.get("a", lambda: "1") == "1"


def test_what_is_read_for_everybody_is_counted_for_nobody() -> None:
    cache: ReferenceCache[None] = ReferenceCache()
    with telemetry.work() as work:
        cache.get("a", lambda: telemetry.count("sales"))
        telemetry.count("commerce")
    assert work.counts == {"commerce": 1}


def test_threads_that_want_the_same_value_read_it_once() -> None:
    cache: ReferenceCache[int] = ReferenceCache()
    read: list[int] = []
    barrier = threading.Barrier(8)

    def slow() -> int:
        time.sleep(0.01)
        read.append(1)
        return 1

    def want() -> None:
        barrier.wait()
        cache.get("a", slow)

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [1]
