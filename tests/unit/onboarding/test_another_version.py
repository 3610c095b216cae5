"""Rows of a newer version of the app, after a roll-back or in a rolling upgrade: never written over, in nobody's way."""

from __future__ import annotations

import json
from datetime import timedelta

from shared.models import ProspectKey
from shared.record import Stage
from tests.fakes.world import World
from tests.unit.onboarding.steps import requested


def written_by_a_newer_version(world: World, key: ProspectKey) -> dict[str, object]:
    """Its row and index rows now show a cause that this version does not know."""
    rows = world.tables.tables["Onboardings"]
    for (_, row_key), (row, _) in rows.items():
        if row_key.startswith(("s~", "l~")) and row_key.endswith(key.prospect_id):
            row["attention"] = row["causes"] = "brand-new"
    row = rows[key.legal_entity, f"o~{key.prospect_id}"][0]
    row["attentions"] = json.dumps([{"cause": "brand-new", "since": world.clock().isoformat(), "detail": ""}])
    return row


def test_a_row_of_a_newer_version_does_not_keep_the_timers_from_the_others() -> None:
    world = World()
    world.reconcile()
    newer = requested(world)
    written_by_a_newer_version(world, newer)
    other = world.commerce.submit("new@contoso.example")
    world.clock.forward(minutes=5)
    assert world.reconcile()["announced"] == 1
    world.deliver_all()
    assert world.onboarding(other).stage is Stage.IN_REVIEW


def test_a_message_about_it_waits_for_the_newer_version_and_leaves_the_row_alone() -> None:
    world = World()
    key = requested(world)
    row = written_by_a_newer_version(world, key)
    before = dict(row)
    world.sales.qualify(world.sales.lead_of(key))
    world.deliver_all()
    waiting = len(world.messages)
    for _ in range(60):
        world.clock.forward(minutes=5)
        world.deliver_all()
    assert row == before
    assert len(world.messages) == waiting, "it neither got lost nor multiplied, nor went to the poison queue"
    row["attentions"] = "[]"
    world.clock.forward(minutes=7)
    world.deliver_all()
    assert world.onboarding(key).stage is Stage.QUALIFIED


def test_a_row_of_a_newer_version_that_is_due_makes_no_messages_without_end() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    written_by_a_newer_version(world, key)
    world.clock.forward(timedelta(hours=1))
    for _ in range(5):
        assert world.tick_due() == 1
        world.deliver_all()
        world.clock.forward(minutes=10)
    world.deliver_all()
    assert world.messages == []
