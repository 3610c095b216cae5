"""Hints that tell nothing new: Sales raises several events for one change, and our own writes echo. Two point reads each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.rates import rates
from sandbox.azurite import azurite
from shared import composition
from shared.handling import handle
from shared.models import EventType, Hint, LeadState, ProspectKey
from shared.progress import begun
from shared.record import Claim, Stage

ONBOARDINGS = 50
HINTS = 1000
NOWHERE = "http://127.0.0.1:9"
"""Neither system is asked."""


def measure() -> Iterator[str]:
    """Hints a second, from the queue message's text to the answer of Azurite's tables."""
    with azurite() as storage:
        settings = {"SALES_URL": NOWHERE, "COMMERCE_URL": NOWHERE, "LEGAL_ENTITIES": "usmf"}
        app = composition.build({**settings, "AzureWebJobsStorage": storage.account().connection_string})
        bodies = [_known(app, number) for number in range(ONBOARDINGS)] * (HINTS // ONBOARDINGS)

        def ended(body: bytes) -> None:
            outcome = handle(app.handler, body)
            if outcome.what != "nothing-newer":
                raise AssertionError(f"a hint was worked on: {outcome.what}")

        yield from rates("hints with nothing new", ended, lambda: bodies)


def _known(app: composition.App, number: int) -> bytes:
    """An onboarding with an open lead, and the message that says once more that the lead is open."""
    now, key = datetime.now(UTC), ProspectKey("usmf", f"P-{number:06}")
    lead = key.identifier("lead")
    stored = app.correlation.open(begun(key, Claim("benchmark", now, now + timedelta(minutes=4)), now))
    if stored is None:
        raise AssertionError("the account is not empty")
    known = replace(stored.onboarding, stage=Stage.IN_REVIEW, lead_id=str(lead), lead_state=LeadState.OPEN.value)
    app.correlation.record(stored, known, [])
    app.correlation.link("lead", str(lead), key)
    hint = Hint(type=EventType.LEAD_DISQUALIFIED, lead_id=lead, state=LeadState.OPEN, source="Update", first_seen=now)
    return hint.model_dump_json().encode()
