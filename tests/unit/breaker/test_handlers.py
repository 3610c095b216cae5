"""What handlers and timers do while a system is closed to traffic."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from shared.breaker import Breaker, Breakers
from shared.errors import AccessRefused, System
from shared.ports import Sales
from shared.record import Stage
from shared.retrying import LONGEST_MESSAGE_DELAY
from tests.fakes.guarded import Behind
from tests.fakes.world import World
from tests.unit.breaker.steps import refused, throttled
from tests.unit.onboarding.steps import requested


@pytest.fixture
def world() -> World:
    """A bridge whose Sales is behind a breaker."""
    world = World()
    breaker = Breaker(System.SALES, world.reconciler.watch, world.clock)  # type: ignore[arg-type]
    sales = cast(Sales, Behind(world.sales, breaker))
    both = Breakers(breaker)
    world.bridge = replace(world.bridge, sales=sales, closed_for=both.closed_for)
    world.handler = replace(world.handler, bridge=world.bridge)
    world.reconciler = replace(world.reconciler, sales=sales, room=both.room)
    return world


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.INFO, "prospect_bridge")
    yield caplog


def close_sales(world: World, wait: timedelta) -> None:
    """Sales says once that it must be left alone for that long."""
    world.calls.fail_next("sales.changed_leads", throttled(wait.total_seconds()))
    with pytest.raises(Exception, match="too many requests"):
        next(world.bridge.sales.changed_leads(world.clock()))
    world.calls.clear()


def test_a_short_wait_is_the_message_sent_again_without_any_request_or_table_operation(world: World) -> None:
    key = requested(world)
    close_sales(world, timedelta(minutes=2))
    world.sales.qualify(world.sales.lead_of(key))
    [*done] = world.deliver_all()
    assert {one.outcome.what for one in done if one.outcome} == {"closed"}
    assert set(world.calls.names()) == {"queues.send_message"}
    world.settle()
    assert world.onboarding(key).stage is Stage.QUALIFIED


def test_a_long_wait_is_a_due_row_and_no_line_of_history(world: World) -> None:
    key = requested(world)
    before, lines = world.clock(), len(world.history(key))
    close_sales(world, timedelta(hours=1))
    world.sales.qualify(world.sales.lead_of(key))
    [*_, done] = world.deliver_all()
    assert done.outcome
    assert done.outcome.what == "later"
    assert not [name for name in world.calls.names() if name.startswith(("sales.", "commerce."))]
    assert world.visible() == []
    assert world.messages == []
    known = world.onboarding(key)
    assert known.due
    assert known.due >= before + timedelta(hours=1)
    assert (known.failing_since, known.last_error, len(world.history(key))) == (None, "", lines)
    world.settle(within=timedelta(hours=2))
    assert world.onboarding(key).stage is Stage.QUALIFIED


def test_an_outage_of_a_week_makes_no_case_give_up(world: World) -> None:
    keys = [requested(world, email=f"jo{n}@contoso.example") for n in range(5)]
    for key in keys:
        world.sales.qualify(world.sales.lead_of(key))

    def down(name: str, _: object) -> None:
        if name.startswith("sales."):
            raise AccessRefused(System.SALES, "the identity is not accepted", status=401)

    world.calls.before_call = down
    for _ in range(7 * 24):
        world.deliver_all()
        world.clock.forward(hours=1)
        world.tick_due()
    assert all(not world.onboarding(key).attentions for key in keys)
    world.calls.heal()
    world.settle(within=timedelta(hours=2))
    assert {world.onboarding(key).stage for key in keys} == {Stage.QUALIFIED}


def test_a_burst_of_401_is_one_alarm_and_no_attention(world: World, log: pytest.LogCaptureFixture) -> None:
    keys = [requested(world, email=f"jo{n}@contoso.example") for n in range(50)]
    for key in keys:
        world.sales.qualify(world.sales.lead_of(key))
    world.calls.before_call = lambda name, _: (_ for _ in ()).throw(refused()) if name.startswith("sales.") else None
    asked = world.calls.names().count("sales.lead")
    world.deliver_all()
    assert world.calls.names().count("sales.lead") == asked + 1
    alarms = [r for r in log.records if json.loads(r.getMessage())["event"] == "system-closed"]
    assert [record.levelname for record in alarms] == ["ERROR"]
    assert all(not world.onboarding(key).attentions for key in keys)


def test_the_due_timer_enqueues_nothing_while_closed_then_one_then_all(world: World) -> None:
    for key in [requested(world, email=f"jo{n}@contoso.example") for n in range(5)]:
        world.sales.qualify(world.sales.lead_of(key))
    close_sales(world, timedelta(hours=1))
    world.deliver_all()
    world.clock.forward(minutes=59)
    assert world.tick_due() == 0
    world.clock.forward(hours=1)
    assert world.tick_due() == 1
    world.deliver_all()
    assert world.tick_due() == 4


def test_a_hint_that_must_ask_sales_whose_it_is_waits_too(world: World) -> None:
    requested(world)
    close_sales(world, timedelta(hours=1))
    world.sales.qualify(world.sales.new_lead())
    done = world.deliver_all()
    assert {(one.outcome.what, one.outcome.again) for one in done if one.outcome} == {("not-recorded", LONGEST_MESSAGE_DELAY)}
