"""The app stops in the middle of a story and is started again on the same storage: nothing is lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.wrappers import Request, Response

from sandbox.stack import Stack
from shared.models import EventType, ProspectKey
from shared.record import Stage
from shared.rows import index_rows, row_of
from shared.storage import ONBOARDINGS
from tests.integration.app.nonsense import system
from tests.integration.app.scene import Scene, again, applicant, scene
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration

AWAKE = {"LEGAL_ENTITIES": "demf", "RECONCILE_SCHEDULE": "* * * * * *", "DUE_SCHEDULE": "* * * * * *"}
"""`demf` alone, where other tests leave nothing behind that the poll could find."""


def test_what_people_do_while_the_app_is_down_is_found_when_it_is_back(systems: Stack) -> None:
    """No event tells it: both systems gave up on the address that did not answer."""
    with scene(systems, **AWAKE) as first:
        key = first.apply(applicant("demf"))
        eventually(lambda: first.store.load(key) and first.row(key).onboarding.stage is Stage.IN_REVIEW)
    lead = first.lead(key)
    first.desk.qualify(lead)
    with again(first) as second:
        eventually(lambda: second.row(key).onboarding.stage is Stage.QUALIFIED)
    first.desk.win(first.desk.opportunities(lead)[0])
    with again(first) as third:
        eventually(lambda: third.row(key).onboarding.stage is Stage.APPROVED)
        assert (third.status(key), len(third.customers(key))) == ("Approved", 2)


def test_messages_wait_for_the_app_to_come_back(systems: Stack) -> None:
    with scene(systems) as first:
        key = first.apply(applicant())
    first.tell(EventType.PROSPECT_CREATED, key=key.text)
    with again(first) as second:
        eventually(lambda: second.store.load(key) and second.row(key).onboarding.stage is Stage.IN_REVIEW)


def test_work_that_was_in_hand_when_the_host_was_killed_is_taken_up_when_its_claim_has_run_out(systems: Stack) -> None:
    asked, never = threading.Event(), threading.Event()

    def silence(_: Request) -> Response:
        asked.set()
        never.wait(20)
        return Response(status=503)

    with system(silence) as sales, scene(systems, SALES_URL=sales) as killed:
        key = killed.apply(applicant("demf"))
        killed.tell(EventType.PROSPECT_CREATED, key=key.text)
        assert asked.wait(20), "the lead's creation is under way"
        killed.host.stop(drain=0)
        never.set()
    assert killed.row(key).onboarding.claim is not None
    with again(killed, SALES_URL=systems.sales.url, **AWAKE) as second:
        assert second.row(key).onboarding.claim is not None, "the dead holder's claim still stands"
        let_pass(second, key, timedelta(minutes=4))
        eventually(lambda: second.row(key).onboarding.stage is Stage.IN_REVIEW)
        known = second.row(key).onboarding
        assert (known.lead_id, known.claim) == (second.lead(key), None)
        assert len(second.desk.notes(known.lead_id)) == 1


def let_pass(scene: Scene, key: ProspectKey, time: timedelta) -> None:
    """Make the claim on a row so much older."""
    stored = scene.row(key)
    claim = stored.onboarding.claim
    assert claim is not None
    older = replace(stored.onboarding, claim=replace(claim, at=claim.at - time, until=claim.until - time))
    rows = index_rows(older)
    with scene.storage.tables.get_table_client(ONBOARDINGS) as table:
        for row_key in set(stored.index_rows) - set(rows):
            table.delete_entity(key.legal_entity, row_key)
        for row in (row_of(older, rows, "older"), *rows.values()):
            table.upsert_entity(row)
