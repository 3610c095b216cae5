"""Queue messages that no sender of ours wrote."""

from __future__ import annotations

import json
import logging

import pytest

from shared.handling import handle
from shared.models import EventType, Hint, Preflight
from shared.record import Stage
from tests.fakes.world import World
from tests.unit.onboarding.steps import requested


def test_a_message_whose_technical_members_hold_words_is_no_hint_and_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "prospect_bridge")
    world = World()
    written = {"type": "lead-qualified", "key": "usmf.P-1", "source": "Jo Doe <jo@contoso.example>"}
    outcome = handle(world.handler, json.dumps({**written, "first_seen": "2026-11-23T12:00:00Z"}).encode())
    assert (outcome.what, len(world.blobs.blobs)) == ("not-a-hint", 1)
    assert "contoso" not in caplog.text


def test_a_finding_that_another_version_named_does_not_keep_the_lead_from_being_made() -> None:
    world = World()
    key = world.commerce.submit()
    prospect = world.commerce.records.prospects[key]
    checked = Preflight(etag=prospect.etag, findings=("not-yet-invented",))
    world.send(Hint(type=EventType.PROSPECT_CREATED, key=key.text, preflight=checked, first_seen=world.clock()))
    world.settle()
    assert world.onboarding(key).stage is Stage.IN_REVIEW


def test_an_etag_as_long_as_that_of_an_entity_of_many_tables_fits_into_a_message() -> None:
    assert Preflight(etag="W/" + "x" * 1000).findings == ()


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_message_from_the_end_of_time_is_handled(moment: str) -> None:
    world = World()
    requested(world)
    [lead] = world.sales.records.leads.values()
    written = {"type": "lead-qualified", "lead_id": lead.id, "first_seen": moment}
    assert handle(world.handler, json.dumps(written).encode()).what in (Stage.IN_REVIEW, "nothing-newer")


def test_a_message_without_a_time_zone_is_no_hint() -> None:
    world = World()
    written = {"type": "lead-qualified", "key": "usmf.P-1", "first_seen": "2026-11-23T12:00:00"}
    assert handle(world.handler, json.dumps(written).encode()).what == "not-a-hint"
