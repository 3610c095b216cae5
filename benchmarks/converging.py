"""Whole convergences: a prospect that was just announced becomes a lead, with both systems and storage as processes beside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from benchmarks.rates import THREADS, rates
from sandbox.people import HeadOffice
from sandbox.scenario import cast
from sandbox.stack import Stack
from shared import composition
from shared.handling import handle
from shared.models import EventType, Hint, ProspectKey

PROSPECTS = 80
"""For each number of threads."""


def measure() -> Iterator[str]:
    """Prospects a second that become leads: two requests to Commerce, one to Sales, three table operations each."""
    with Stack(has_app=False) as stack:
        os.environ.update(stack.environment)  # azure-identity looks for its endpoint there
        app = composition.build(os.environ)
        waiting = iter(_announced(stack, PROSPECTS * len(THREADS)))

        def created(body: bytes) -> None:
            outcome = handle(app.handler, body)
            if outcome.what != "in_review":
                raise AssertionError(f"a prospect did not become a lead: {outcome.what}")

        yield from rates("prospects to leads", created, lambda: list(islice(waiting, PROSPECTS)))


def _announced(stack: Stack, prospects: int) -> list[bytes]:
    """A message for each of so many new prospects."""
    office, now = HeadOffice(stack.commerce.url), datetime.now(UTC)
    for applicant in cast(prospects, seed=1):
        office.submit_request(applicant.form())
    office.run_jobs()
    keys = [ProspectKey.of(row["dataAreaId"], row["ProspectId"]) for row in office.state()["Prospects"]]
    hints = [Hint(type=EventType.PROSPECT_CREATED, key=key.text, source="business-event", first_seen=now) for key in keys]
    return [hint.model_dump_json().encode() for hint in hints]
