"""A message that fails again and again: five attempts, then the poison queue, then an attention where people look."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.stack import Stack
from shared.models import EventType, Hint, ProspectKey
from shared.record import Cause, Onboarding
from shared.storage import ONBOARDINGS
from tests.integration.app.nonsense import system
from tests.integration.app.scene import Scene, applicant, scene
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def bewildered(systems: Stack) -> Iterator[Scene]:
    """The app beside two systems that answer nonsense, which nobody foresaw."""
    with system() as url, scene(systems, SALES_URL=url, COMMERCE_URL=url) as running:
        yield running


@pytest.mark.parametrize("queue", EventType)
def test_a_message_that_fails_five_times_becomes_an_attention_on_its_onboarding(bewildered: Scene, queue: EventType) -> None:
    key, function = ProspectKey("usmf", f"POISON-{queue}".upper()), queue.replace("-", "_")
    bewildered.tell(queue, key=key.text, lead_id=uuid.uuid4())
    known = shown(bewildered, key)
    assert [attention.cause for attention in known.attentions] == [Cause.POISON]
    assert (known.claim, known.due_type, known.due is not None) == (None, queue, True)
    eventually(lambda: bewildered.waiting() == {})
    assert bewildered.invocations(function) == {"ok": 0, "failed": 5}
    eventually(lambda: bewildered.invocations(f"{function}_poison") == {"ok": 1, "failed": 0})
    assert [item.key for item in bewildered.store.with_attention("usmf", Cause.POISON).items if item.key == key] == [key]


def test_a_message_that_belongs_to_no_onboarding_becomes_a_dead_letter(working: Scene) -> None:
    """Nobody can be told of it: it came into the poison queue by another way."""
    known = {letter.id for letter in working.dead_letters.listed().items}
    stranger = f'{{"type": "lead-qualified", "lead_id": "{uuid.uuid4()}", "first_seen": "2026-01-01T00:00:00Z"}}'
    working.queues.send_text("lead-qualified-poison", stranger)
    eventually(lambda: working.waiting() == {})
    [letter] = [letter for letter in working.dead_letters.listed().items if letter.id not in known]
    assert (letter.source, working.dead_letters.body(letter.id)) == ("poison", stranger.encode())


def test_a_poison_message_that_cannot_be_shown_is_sent_to_its_queue_again(systems: Stack) -> None:
    """The row itself cannot be read: the poison function cannot do anything, and nothing is lost."""
    with scene(systems) as spoilt:
        key = spoilt.apply(applicant())
        spoilt.tell(EventType.PROSPECT_CREATED, key=key.text)
        eventually(lambda: spoilt.store.load(key) and not spoilt.row(key).onboarding.claim)
        spoil(spoilt, key, stage="no such stage")
        hint = Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="test", first_seen=datetime.now(UTC))
        spoilt.queues.send_text("lead-qualified-poison", hint.model_dump_json())
        eventually(lambda: spoilt.invocations("lead_qualified_poison") == {"ok": 1, "failed": 0})
        assert spoilt.waiting() == {"lead-qualified-poison": 1}


def shown(scene: Scene, key: ProspectKey) -> Onboarding:
    def with_attention() -> Onboarding | None:
        stored = scene.store.load(key)
        return stored.onboarding if stored and stored.onboarding.attentions else None

    found = eventually(with_attention)
    assert found is not None
    return found


def spoil(scene: Scene, key: ProspectKey, **cells: str) -> None:
    """Overwrite properties of the onboarding's row, as nobody should."""
    with scene.storage.tables.get_table_client(ONBOARDINGS) as table:
        table.update_entity({"PartitionKey": key.legal_entity, "RowKey": f"o~{key.prospect_id}", **cells})
