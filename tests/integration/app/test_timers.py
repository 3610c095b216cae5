"""The timers of the app: what no event announced, and what is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.stack import Stack
from shared.models import EventType, Hint
from shared.record import Claim, Stage
from tests.integration.app.scene import NO_QUEUE_FUNCTIONS, Scene, applicant, scene
from tests.integration.waiting import eventually
from tests.unit.store.builders import key as prospect
from tests.unit.store.builders import onboarding

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def watching(systems: Stack) -> Iterator[Scene]:
    """Its queue functions rest, so that a test sees what the timers enqueued. Only `demf`, where other tests do nothing."""
    with scene(systems, LEGAL_ENTITIES="demf", **NO_QUEUE_FUNCTIONS) as running:
        yield running


def test_reconcile_enqueues_a_prospect_that_was_never_announced(watching: Scene) -> None:
    watching.clear()
    key = watching.apply(applicant("demf"))
    assert watching.host.invoke("reconcile").ok
    [hint] = [hint for hint in hints(watching, "prospect-created") if hint.key == key.text]
    assert (hint.source, hint.state, hint.preflight is not None) == ("reconcile", "Pending", True)
    assert (hint.correlation_id, bool(hint.traceparent)) == (str(key.identifier("onboarding")), True)


def test_reconcile_enqueues_what_sales_changed_without_telling(systems: Stack) -> None:
    with scene(systems, LEGAL_ENTITIES="demf") as talking:
        key = talking.apply(applicant("demf"))
        assert talking.host.invoke("reconcile").ok
        eventually(lambda: talking.store.load(key) and talking.row(key).onboarding.stage is Stage.IN_REVIEW)
        talking.desk.disqualify(talking.lead(key))
        assert talking.host.invoke("reconcile").ok
        eventually(lambda: talking.row(key).onboarding.stage is Stage.REJECTED)
        assert talking.status(key) == "Rejected"


def test_due_enqueues_what_is_due_and_nothing_else(watching: Scene) -> None:
    watching.clear()
    now = datetime.now(UTC)
    for number, due in enumerate((now - timedelta(days=1), now - timedelta(seconds=1), now + timedelta(hours=1))):
        known = onboarding(prospect(number, "demf"), due=due, due_type=EventType.LEAD_QUALIFIED)
        watching.store.open(known)
    assert watching.host.invoke("due").ok
    assert [(hint.key, hint.source) for hint in hints(watching, "lead-qualified")] == [
        (prospect(0, "demf").text, "due"),
        (prospect(1, "demf").text, "due"),
    ]
    assert watching.waiting() == {"lead-qualified": 2}


def test_a_claim_whose_holder_died_is_due_when_it_has_run_out(watching: Scene) -> None:
    watching.clear()
    begun = datetime.now(UTC) - timedelta(minutes=5)
    watching.store.open(onboarding(prospect(7, "demf"), claim=Claim("dead", begun, begun + timedelta(minutes=4))))
    assert watching.host.invoke("due").ok
    assert [hint.key for hint in hints(watching, "prospect-created")] == [prospect(7, "demf").text]


def test_a_held_rejection_is_carried_out_by_the_due_timer_on_its_schedule(systems: Stack) -> None:
    quick = {"REJECT_HOLD": "00:00:01", "DUE_SCHEDULE": "* * * * * *"}
    with scene(systems, **quick) as holding:
        key = holding.apply(applicant())
        holding.tell(EventType.PROSPECT_CREATED, key=key.text)
        eventually(lambda: holding.store.load(key) and holding.row(key).onboarding.stage is Stage.IN_REVIEW)
        holding.desk.disqualify(holding.lead(key))
        holding.tell(EventType.LEAD_DISQUALIFIED, lead_id=holding.lead(key), state="disqualified")
        held = eventually(lambda: holding.row(key).onboarding.verdict and holding.row(key).onboarding)
        assert (held.stage, holding.status(key)) == (Stage.IN_REVIEW, "Pending")
        eventually(lambda: holding.row(key).onboarding.stage is Stage.REJECTED)
        assert holding.invocations("due")["failed"] == 0
        assert "hint: due" in [f"{entry.what}: {entry.detail}" for entry in holding.store.history(key).items]


def hints(scene: Scene, queue: str) -> list[Hint]:
    return [Hint.model_validate_json(message) for message in scene.messages(queue)]
