"""What dead letters promise, on whichever `tables` and `bodies` the fixtures give. Run by test_dead_letters."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseTimeoutError

from shared.dead_letters import MOST_BYTES, DeadLetters
from shared.errors import System, Transient
from tests.fakes.calls import Calls
from tests.unit.store.builders import NOW, at


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def letters(tables: Any, bodies: Any, clock: Clock) -> DeadLetters:
    return DeadLetters(tables, bodies, clock)


def test_a_dead_letter_is_kept_with_its_body(letters: DeadLetters) -> None:
    letter_id = letters.keep("sales", "not JSON", b"\x00{broken")
    (letter,) = letters.listed().items
    assert (letter.id, letter.at, letter.source, letter.reason) == (letter_id, NOW, "sales", "not JSON")
    assert (letter.size, letter.sha256, letter.cut) == (8, hashlib.sha256(b"\x00{broken").hexdigest(), False)
    assert letters.body(letter_id) == b"\x00{broken"


@pytest.mark.parametrize(("size", "cut"), [(0, False), (MOST_BYTES, False), (MOST_BYTES + 1, True)])
def test_a_body_above_a_mebibyte_is_cut_and_says_so(letters: DeadLetters, size: int, cut: bool) -> None:
    body = b"x" * size
    letter_id = letters.keep("sales", "not JSON", body)
    (letter,) = letters.listed().items
    assert (letter.size, letter.sha256, letter.cut) == (size, hashlib.sha256(body).hexdigest(), cut)
    assert letters.body(letter_id) == body[:MOST_BYTES]


def test_the_same_body_twice_is_two_dead_letters(letters: DeadLetters) -> None:
    assert letters.keep("sales", "not JSON", b"{") != letters.keep("sales", "not JSON", b"{")
    assert len(letters.listed().items) == 2


def test_they_are_listed_oldest_first_page_by_page(letters: DeadLetters, clock: Clock) -> None:
    kept = []
    for minutes in range(5):
        clock.time = at(minutes)
        kept.append(letters.keep("commerce", f"reason {minutes}", b"{"))
    first = letters.listed(3)
    second = letters.listed(3, first.continuation)
    assert [letter.id for letter in first.items + second.items] == kept
    assert second.continuation is None


def test_purging_takes_those_that_are_older_with_their_bodies(letters: DeadLetters, clock: Clock) -> None:
    old = letters.keep("sales", "not JSON", b"old")
    clock.time = at(1)
    new = letters.keep("sales", "not JSON", b"new")
    assert letters.purge(at(1)) == 1
    assert [letter.id for letter in letters.listed().items] == [new]
    assert (letters.body(old), letters.body(new)) == (None, b"new")
    assert letters.purge(at(1)) == 0


@pytest.mark.parametrize("call", ["tables.upsert_entity", "blobs.upload_blob"])
def test_what_cannot_be_stored_is_trouble_with_storage(letters: DeadLetters, calls: Calls, call: str) -> None:
    calls.fail_next(call, ServiceResponseTimeoutError("read timed out"))
    with pytest.raises(Transient) as told:
        letters.keep("sales", "not JSON", b"{")
    assert told.value.system is System.STORAGE


def test_a_dead_letter_whose_body_never_arrived_is_purged_too(letters: DeadLetters, calls: Calls) -> None:
    calls.fail_next("blobs.upload_blob", ServiceResponseTimeoutError("read timed out"))
    with pytest.raises(Transient):
        letters.keep("sales", "not JSON", b"{")
    (letter,) = letters.listed().items
    assert letters.body(letter.id) is None
    assert letters.purge(at(1)) == 1
    assert letters.listed().items == ()
