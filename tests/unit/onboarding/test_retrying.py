"""How long a failed hint waits: the server's wish, else twice as long each time, never in step with the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import AccessRefused, Outdated, ServiceError, System, Transient
from shared.retrying import LONGEST, SYSTEM_WIDE, Pace, backoff
from tests.unit.onboarding.steps import unavailable

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 5), (1, 10), (2, 20), (3, 40), (6, 320), (8, 900), (1000, 900)])
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(attempt: int, seconds: int) -> None:
    waits = {backoff(attempt, unavailable()) for _ in range(50)}
    assert seconds * SECOND <= min(waits)
    assert max(waits) <= seconds * SECOND * 1.25
    assert len(waits) > 10


@pytest.mark.parametrize(("failing_for", "seconds"), [(0, 5), (30, 30), (600, 600), (86_400, 900)])
def test_a_due_row_waits_as_long_as_it_failed_already(failing_for: int, seconds: int) -> None:
    wait = backoff(0, unavailable(), failing_for * SECOND)
    assert seconds * SECOND <= wait <= seconds * SECOND * 1.25


@pytest.mark.parametrize(("wish", "seconds"), [(0, 1), (7, 7), (3600, 3600)])
def test_a_servers_wish_is_kept_exactly(wish: int, seconds: int) -> None:
    error = Transient(System.SALES, "busy", status=429, retry_after=wish * SECOND)
    assert backoff(5, error, LONGEST) == seconds * SECOND


def test_an_identity_that_is_refused_is_refused_for_all_and_waits_longer() -> None:
    assert backoff(0, AccessRefused(System.SALES, "no privilege")) == SYSTEM_WIDE


@pytest.mark.parametrize("error", [unavailable(), Outdated(System.COMMERCE, "changed")])
def test_other_errors_wait_alike(error: ServiceError) -> None:
    assert 5 * SECOND <= backoff(0, error) <= 6.25 * SECOND


def test_another_pace_has_other_ends() -> None:
    pace = Pace(SECOND, 10 * SECOND)
    assert SECOND <= backoff(0, unavailable(), pace=pace) <= 1.25 * SECOND
    assert 10 * SECOND <= backoff(9, unavailable(), pace=pace) <= 12.5 * SECOND
