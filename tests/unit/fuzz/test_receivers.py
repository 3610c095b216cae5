"""Whatever is posted to the receivers: 200, 400 or 503, nothing lost that was understood, and no word of the body anywhere."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import commerce_events, sales_events
from shared.commerce_events import ValidationReply
from shared.events import Parsed
from shared.models import Hint
from shared.receiving import Reply, receive
from tests.fakes.world import World
from tests.unit.fuzz.listening import listening, told_of_the_person
from tests.unit.fuzz.mutator import CANARY, bodies, payloads

Headers = Mapping[str, str]
Parse = Callable[[bytes, Headers, World], Parsed | ValidationReply]
PARSERS: dict[str, Parse] = {
    "commerce": lambda body, headers, world: commerce_events.parse(body, headers, world.clock()),
    "sales": lambda body, headers, world: sales_events.parse(body, headers, "b2b_prospectkey", world.clock()),
}
HEADERS: tuple[Headers, ...] = (
    {},
    {"aeg-event-type": "SubscriptionValidation"},
    {"AEG-Event-Type": CANARY},
    {"x-ms-dynamics-msg-size-exceeded": "true", "x-ms-dynamics-organization": CANARY},
    {"x-ms-dynamics-entity-name": "lead", "x-ms-dynamics-request-name": "\ud800", "x-ms-correlation-request-id": "x" * 5000},
)
IN_ONE_WORLD = 200


def post(world: World, system: str, body: bytes, headers: Headers) -> Reply:
    """One request, and what must be true of every one."""
    kept, queued = len(world.blobs.blobs), queue_length(world)
    with listening() as lines:
        reply = receive(world.receiver, system, body, lambda: PARSERS[system](body, headers, world))
    assert reply.status in (200, 400), body[:200]
    assert reply.status == 200 or len(world.blobs.blobs) == kept + 1, "what is refused is kept"
    assert not told_of_the_person([*lines, reply.text, reply.validation_code]), body[:200]
    for text in newest(world, queue_length(world) - queued):
        assert Hint.model_validate_json(text).first_seen
        assert not told_of_the_person([text]), body[:200]
    return reply


def queue_length(world: World) -> int:
    return sum(map(len, world.fake_queues.messages.values()))


def newest(world: World, count: int) -> list[str]:
    """The last messages that were sent."""
    sent = [args[1] for name, args in world.calls.made if name == "queues.send_message"]
    return sent[len(sent) - count :]


@pytest.mark.timeout(0)
@pytest.mark.parametrize("system", PARSERS)
def test_damaged_events_are_answered(
    system: str, request: pytest.FixtureRequest, proof_seed: int, counted: Callable[[str, int], None]
) -> None:
    count = int(request.config.getoption("--fuzz")) // 4
    headers = random.Random(proof_seed)
    world, answers = World(), {200: 0, 400: 0}
    for number, body in enumerate(bodies(f"{system} {proof_seed}", payloads(system), count)):
        if number % IN_ONE_WORLD == 0:
            world = World()
        answers[post(world, system, body, headers.choice(HEADERS)).status] += 1
    for status, times in answers.items():
        counted(f"damaged events answered with {status}", times)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", CANARY, 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("system", PARSERS)
@settings(max_examples=200, deadline=None, database=None)
@given(content=ANYTHING.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_anything_is_answered(system: str, content: bytes) -> None:
    post(World(), system, content, {})
