"""`manage.py audit`: a page that cannot be read is read again a few times; then it says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from operations import audit as command
from shared.audit_night import Night
from shared.audit_report import Audit
from shared.bridge import Bridge
from shared.errors import Transient
from tests.fakes.world import World
from tests.unit.auditing.steps import auditor, everything
from tests.unit.onboarding.steps import unavailable


@dataclass(frozen=True)
class Part:
    """Of the app, what the command takes."""

    bridge: Bridge
    night: Night


def audited(world: World, said: list[str], waits: list[float]) -> Audit:
    """`waits`: how long it would have waited, each time."""
    part: Any = Part(world.bridge, Night(auditor(world), world.reconciler.watch))
    return command.audited(part, None, timedelta(0), said.append, waits.append)


def test_one_gateway_error_does_not_end_the_audit() -> None:
    world, said, waits = World(), list[str](), list[float]()
    everything(world)
    world.calls.fail_next("commerce.look_all", unavailable())
    found = audited(world, said, waits)
    assert (found.report()["ok"], found.onboardings) == (True, 9)
    assert len([line for line in said if "bad gateway" in line and "again in" in line]) == len(waits) == 1


def test_a_system_that_stays_away_ends_it_with_its_own_words() -> None:
    world, waits = World(), list[float]()
    everything(world)
    world.calls.before_call = always
    with pytest.raises(Transient, match="bad gateway"):
        audited(world, [], waits)
    assert len(waits) == command.AGAIN
    assert waits == sorted(waits)


def test_no_wait_is_longer_than_a_person_would_wait() -> None:
    world, waits = World(), list[float]()
    everything(world)
    error = unavailable()
    error.retry_after = timedelta(hours=1)
    world.calls.fail_next("commerce.look_all", error)
    audited(world, [], waits)
    assert waits == [command.LONGEST_WAIT.total_seconds()]


def always(name: str, _: object) -> None:
    if name == "commerce.look_all":
        raise unavailable()
