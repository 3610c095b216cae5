"""Whatever is posted, the answer is a result or EventNotUnderstood, and nothing personal gets out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import commerce_events, sales_events
from shared.commerce_events import ValidationReply
from shared.errors import EventNotUnderstood
from shared.events import Parsed
from tests.unit.events import payloads

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PERSONAL = ("nina", "holm", "per.lund", "example.com", "adventure", "fabrikam", "trade fair")

Parse = Callable[[bytes], Parsed | ValidationReply]
PARSERS: dict[str, Parse] = {
    "commerce": lambda body: commerce_events.parse(body, {}, NOW),
    "sales": lambda body: sales_events.parse(body, {}, "b2b_prospectkey", NOW),
}
ALL = [(system, name) for system in PARSERS for name in payloads.names(system)]

awkward = st.sampled_from(["\ud800", "", "lead", -(2**63), 10**30])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | awkward
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
fast = settings(max_examples=300, deadline=None)


def said(system: str, body: bytes) -> str:
    """What the bridge would keep or log of this body, beside the dead letter's raw part."""
    try:
        result = PARSERS[system](body)
    except EventNotUnderstood as error:
        return one_line(str(error))
    if isinstance(result, ValidationReply):
        return result.code
    reasons = [*result.ignored, *(one_line(rejected.reason) for rejected in result.rejected)]
    return "\n".join([*reasons, *(hint.model_dump_json() for hint in result.hints)])


def one_line(reason: str) -> str:
    assert reason and len(reason) < 120 and reason.isprintable()
    return reason


@pytest.mark.parametrize("system", PARSERS)
@fast
@given(value=anything)
def test_any_json_is_answered(system, value):
    assert said(system, json.dumps(value).encode())


@pytest.mark.parametrize("system", PARSERS)
@fast
@given(body=st.binary())
def test_any_bytes_are_answered(system, body):
    assert said(system, body)


@fast
@given(chosen=st.sampled_from(ALL), data=st.data())
def test_a_documented_event_with_any_part_replaced_by_anything_is_answered(chosen, data):
    system, name = chosen
    event = payloads.content(system, name)
    holder, place = data.draw(st.sampled_from(list(places(event))))
    holder[place] = data.draw(anything)
    assert said(system, json.dumps(event).encode())


@fast
@given(chosen=st.sampled_from(ALL), data=st.data())
def test_a_documented_event_without_any_one_part_is_answered(chosen, data):
    system, name = chosen
    event = payloads.content(system, name)
    holder, place = data.draw(st.sampled_from(list(places(event))))
    del holder[place]
    assert said(system, json.dumps(event).encode())


@pytest.mark.parametrize(("system", "name"), ALL)
def test_nothing_personal_leaves_the_parser(system, name):
    told = said(system, payloads.body(system, name)).lower()
    assert not [word for word in PERSONAL if word in told]


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in the value where something stands, as (container, key or position)."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from places(node[key])
