"""Whatever a queue message holds: no handler raises, none lets go of work, and no word of the message is logged."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.handling import handle, handle_poison
from shared.models import EventType, Hint, Preflight
from tests import invariants
from tests.fakes.watched import WatchedWorld
from tests.fakes.world import POLICY
from tests.proofs.quiet import replay, run_until_quiet
from tests.unit.fuzz.listening import listening, told_of_the_person
from tests.unit.fuzz.mutator import CANARY, bodies

IN_ONE_WORLD = 50
HANDLERS: dict[str, Callable[[WatchedWorld, bytes], object]] = {
    "handler": lambda world, body: handle(world.handler, body),
    "poison handler": lambda world, body: _stored(world, body),
}


def _stored(world: WatchedWorld, body: bytes) -> None:
    """A poison message is stored at once: none is sent again."""
    handle_poison(world.handler, "lead-qualified-poison", body)
    assert not world.fake_queues.messages["lead-qualified-poison"], body[:200]


def onboarded() -> WatchedWorld:
    """A world with one onboarding in review, one that is qualified, and a request that nobody announced."""
    world = WatchedWorld(replace(POLICY, legal_entities=frozenset({"usmf"})), legal_entities=("usmf",))
    world.reconcile()
    for email in ("jo@contoso.example", "ann@fabrikam.example"):
        world.announce(world.commerce.submit(email))
    world.settle()
    world.sales.qualify(world.sales.lead_of(world.submitted[1]))
    world.settle()
    world.commerce.submit("kim@northwind.example")
    return world


def messages(world: WatchedWorld) -> tuple[bytes, ...]:
    """Sound messages of every kind about what is there."""
    now, key, new = world.clock(), world.submitted[0].text, world.commerce.records.prospects[world.submitted[2]]
    lead, opportunity = next(iter(world.sales.records.leads)), next(iter(world.sales.records.opportunities))
    hints = [
        Hint(type=EventType.PROSPECT_CREATED, key=new.key.text, state="Pending", source="reconcile", first_seen=now,
             preflight=Preflight(etag=new.etag, findings=("duplicate-email",))),
        Hint(type=EventType.PROSPECT_CREATED, key="usmf.P-000099", source="business-event", first_seen=now),
        Hint(type=EventType.LEAD_QUALIFIED, lead_id=lead, state="qualified", first_seen=now, correlation_id="c", event_id="e"),
        Hint(type=EventType.OPPORTUNITY_CLOSED, opportunity_id=opportunity, state="won", first_seen=now, occurred_at=now),
        Hint(type=EventType.LEAD_DISQUALIFIED, key=key, source="due", first_seen=now - timedelta(days=3), attempt=7),
    ]  # fmt: skip
    return tuple(hint.model_dump_json().encode() for hint in hints)


def give(name: str, world: WatchedWorld, body: bytes) -> None:
    """One message, and what must be true of every one."""
    with listening() as lines:
        HANDLERS[name](world, body)
    assert not told_of_the_person(lines), body[:200]


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", HANDLERS)
def test_damaged_messages_are_handled(
    name: str, request: pytest.FixtureRequest, proof_seed: int, counted: Callable[[str, int], None]
) -> None:
    count = int(request.config.getoption("--fuzz")) // 4
    world = onboarded()
    for number, body in enumerate(bodies(f"{name} {proof_seed}", messages(world), count)):
        give(name, world, body)
        if number % IN_ONE_WORLD == IN_ONE_WORLD - 1:
            run_until_quiet(world)
            replay(world)  # a poll's finding, which a message may invent, is believed until the next look
            invariants.hold(world, f"{name}, up to message {number}")
            world = onboarded()
    counted("damaged queue messages", count)


WORDS = st.sampled_from([CANARY, "usmf.P-000001", "lead-qualified", "prospect-created", "2026-11-23T12:00:00Z", "\ud800"])
MEMBERS = st.dictionaries(st.sampled_from(list(Hint.model_fields)), WORDS | st.integers() | st.none() | st.text(), min_size=2)


@pytest.mark.parametrize("name", HANDLERS)
@settings(max_examples=200, deadline=None, database=None)
@given(body=MEMBERS.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_anything_is_handled(name: str, body: bytes) -> None:
    give(name, WatchedWorld(legal_entities=("usmf",)), body)
