"""Queue messages that no sender of ours wrote."""

from __future__ import annotations

import json
import logging

import pytest

from shared.handling import handle
from shared.models import EventType, Hint, Preflight
from shared.record import Stage
from tests.fakes.world import World


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
