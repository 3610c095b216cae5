"""The proofs prove something: each fault that is planted on purpose is caught by the proof that is named for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from shared.record import Verdict
from tests.proofs import test_acknowledged_is_durable as durable
from tests.proofs import test_any_history as histories
from tests.proofs import test_every_crash_point as crash_points
from tests.proofs import test_every_interleaving as interleavings
from tests.proofs.crashes import Break, breaks
from tests.proofs.faults import FAULTS, Fault, planted
from tests.proofs.meetings import MEETINGS
from tests.proofs.steps import STEPS
from tests.unit.auditing import test_audit as audits
from tests.unit.clients import test_commerce_writing as clients

Attempt = Callable[[], object]
MOST_LIVES = 200


def attempts(proof: str) -> Iterator[Attempt]:
    """The cases of a named proof, each of which raises AssertionError where something is wrong."""
    kind, _, name = proof.partition(": ")
    if kind == "crash points":
        yield from _crash_points(name)
    elif kind == "interleavings":
        yield from _interleavings(name)
    elif kind == "receiver":
        yield from (lambda how=how: durable.check_while_storage_is_down("sales", name, how) for how in Break)  # type: ignore[misc]
    elif kind == "client":
        yield lambda: _client(name)
    elif kind == "audit":
        yield lambda: _audit(name)
    elif kind == "any history":
        yield from (lambda number=number: histories.walk(f"1.{number}") for number in range(MOST_LIVES))  # type: ignore[misc]
    else:
        yield from (lambda point=point: durable.check_comes_back(point) for point in breaks(durable.MOST_CALLS))  # type: ignore[misc]


def _crash_points(name: str) -> Iterator[Attempt]:
    step = next(step for step in STEPS if step.name == name)
    yield lambda: crash_points.check(step)
    yield from (lambda point=point: crash_points.check(step, point) for point in breaks(crash_points.calls_of(step)))  # type: ignore[misc]


def _interleavings(name: str) -> Iterator[Attempt]:
    meeting = next(meeting for meeting in MEETINGS if meeting.name == name)
    yield lambda: interleavings.explore_every_order(meeting)
    yield lambda: interleavings.explore_standing_still(meeting)


def _audit(name: str) -> None:
    """A test of the audit; it fails where nothing is raised that should be."""
    try:
        getattr(audits, name)(audits.won_unheard, "sales.lead")
    except pytest.fail.Exception as complaint:
        raise AssertionError(f"{name}: {complaint}") from complaint


def _client(name: str) -> None:
    """A test of the client over a transport adapter; whatever it raises is its complaint."""
    arguments = (Verdict.APPROVE, "Approved") if "etag" in name else ()
    try:
        getattr(clients.TestDecidingByStatus(), name)(*arguments)
    except Exception as error:
        raise AssertionError(f"{name}: {error!r}") from error


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught(fault: Fault, tell: Callable[[str], None]) -> None:
    with planted(fault):
        for number, attempt in enumerate(attempts(fault.caught_by), start=1):
            try:
                attempt()
            except AssertionError as caught:
                lines = [line for line in str(caught).splitlines() if ": " in line]
                return tell(f"{fault.name} -> {fault.caught_by} (case {number}): {lines[1 % len(lines)] if lines else ''}")
    raise AssertionError(f"{fault.caught_by} did not notice: {fault.name}")
