"""The app on the functions host, with a developer at its console, and one onboarding in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from sandbox.stack import Stack
from shared.models import EventType, ProspectKey
from tests.integration.app.scene import Scene, applicant, scene
from tests.integration.waiting import eventually


@pytest.fixture(scope="package")
def office(systems: Stack) -> Iterator[Scene]:
    with scene(systems, CONSOLE_DEVELOPER="true", RECONCILE_SCHEDULE="*/1 * * * * *") as running:
        yield running


@pytest.fixture(scope="package")
def key(office: Scene) -> ProspectKey:
    """Of an onboarding that is in review."""
    made = office.apply(applicant())
    office.tell(EventType.PROSPECT_CREATED, key=made.text)
    eventually(lambda: (stored := office.store.load(made)) and stored.onboarding.lead_id)
    return made


@pytest.fixture
def browser(office: Scene) -> Iterator[requests.Session]:
    """Keeps cookies; sends the Origin that a browser would."""
    with requests.Session() as session:
        session.headers["Origin"] = office.host.url
        yield session
