"""A run of the poll is bounded, leaves the rest to the next one, loses nothing of it, and costs what it is said to cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import System
from shared.following import COMPARED
from shared.models import Hint, Prospect
from shared.operating import By, Desk, close
from shared.polling import PREFLIGHT_TOGETHER
from shared.reconciling import FOUND_AT_ONCE, LONGEST_DUE_LEASE
from shared.record import Cause, Claim, Stage
from tests.fakes.commerce import FakeCommerce
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, qualified, requested, times, unavailable


def with_room(world: World, room: int) -> None:
    """So many hints are worth enqueueing in a run."""
    world.reconciler = replace(world.reconciler, room=lambda most: min(most, room))


def hints(world: World) -> list[Hint]:
    return [Hint.model_validate_json(message.text) for messages in world.fake_queues.messages.values() for message in messages]


# ---- floods


def test_a_flood_of_requests_is_announced_over_several_runs_and_nothing_is_lost() -> None:
    world = World()
    count = 130
    for n in range(count):
        world.commerce.submit(f"jo{n}@contoso.example")
    with_room(world, 80)
    first = world.reconcile()
    assert (first["announced"], first["unfinished"] > 0) == (80, True)
    world.deliver_all()
    second = world.reconcile()
    assert second["announced"] == 50
    world.deliver_all()
    assert len(world.sales.records.leads) == count


def test_a_run_asks_for_no_more_room_than_it_may_take() -> None:
    world = World()
    asked: list[int] = []
    world.reconciler = replace(world.reconciler, room=lambda most: asked.append(most) or most)  # type: ignore[func-returns-value]
    world.reconcile()
    assert asked == [FOUND_AT_ONCE]


def test_a_flood_of_requests_does_not_stop_what_changed_in_sales() -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=5)
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.lose_events()
    for n in range(100):
        world.commerce.submit(f"jo{n}@contoso.example")
    with_room(world, 30)
    found = world.reconcile()
    assert (found["leads"], found["opportunities"], found["differing"], found["announced"]) == (1, 1, 1, 27)


def test_changes_in_bulk_do_not_stop_the_poll_of_new_requests() -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=30)
    for key in [requested(world, email=f"jo{n}@contoso.example") for n in range(40)]:
        world.clock.forward(seconds=1)
        world.sales.qualify(world.sales.lead_of(key), opportunity=False)
    world.lose_events()
    for n in range(15):
        world.commerce.submit(f"new{n}@contoso.example")
    with_room(world, 30)
    assert world.reconcile()["announced"] == 10


def test_no_more_is_announced_than_there_is_room_for() -> None:
    world = World()
    for n in range(10):
        world.commerce.submit(f"jo{n}@contoso.example")
    with_room(world, 3)
    assert world.reconcile()["announced"] == 3
    assert len(hints(world)) == 3


def test_without_any_room_nothing_is_read() -> None:
    world = World()
    requested(world)
    with_room(world, 0)
    world.calls.clear()
    assert sum(world.reconcile().values()) == world.reconcile()["unfinished"] == 3
    assert not [name for name in world.calls.names() if name.startswith(("sales.", "commerce.", "queues."))]


def test_changes_in_bulk_are_enqueued_over_several_runs_a_second_never_torn() -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=30)
    keys = []
    for n in range(30):
        if n % 10 == 0:
            world.clock.forward(seconds=5)
        keys.append(requested(world, email=f"jo{n}@contoso.example"))
        world.sales.qualify(world.sales.lead_of(keys[-1]), opportunity=False)
        world.lose_events()
    with_room(world, 5)
    found = []
    for _ in range(3):
        world.clock.forward(minutes=3)  # what was enqueued lies behind the overlap
        before = world.reconciler.watch.watermark("sales")
        found.append(world.reconcile()["leads"])
        after = world.reconciler.watch.watermark("sales")
        assert before
        assert after
        assert after >= before
    assert found[0] == 10
    assert {hint.key for hint in hints(world)} == {key.text for key in keys}


# ---- time


def test_a_list_too_long_for_one_run_is_read_on_by_the_next() -> None:
    world = World()
    count = 2 * PREFLIGHT_TOGETHER + 10
    for n in range(count):
        world.commerce.submit(f"jo{n}@contoso.example")
    put_slow_list(world, seconds_each=2)
    found = [world.reconcile() for _ in range(3)]
    assert [one["announced"] for one in found] == [50, 50, 10]
    assert [one["unfinished"] for one in found] == [1, 1, 0]
    assert len({hint.key for hint in hints(world)}) == count


def test_what_is_missing_in_a_list_too_long_for_one_run_is_found_part_by_part() -> None:
    world = World(legal_entities=("usmf",))
    keys = sorted(requested(world, email=f"jo{n}@contoso.example") for n in range(2 * PREFLIGHT_TOGETHER + 20))
    early, late = keys[3], keys[-3]
    for key in (early, late):
        world.commerce.clerk_rejects(key)
    put_slow_list(world, seconds_each=1)
    assert [world.reconcile()["no_longer_pending"] for _ in range(2)] == [1, 1]
    assert [hint.key for hint in hints(world) if hint.source == "reconcile-missing"] == [early.text, late.text]


def test_a_run_ends_within_its_lease_however_slow_the_queues_are() -> None:
    world = World()
    for n in range(PREFLIGHT_TOGETHER):
        world.commerce.submit(f"jo{n}@contoso.example")
    seconds = slow_queues(world)
    first = world.reconcile()
    assert (first["unfinished"], seconds() < world.reconciler.lease.total_seconds()) == (1, True)
    while world.reconcile()["unfinished"]:
        world.deliver_all()
    world.deliver_all()
    assert len(world.sales.records.leads) == PREFLIGHT_TOGETHER


def test_the_due_timers_run_ends_within_its_lease_too() -> None:
    world = World()
    for n in range(10):
        world.sales.disqualify(world.sales.lead_of(requested(world, email=f"jo{n}@contoso.example")))
    world.deliver_all()
    world.clock.forward(hours=1)
    seconds = slow_queues(world)
    sent = world.tick_due()
    assert (0 < sent < 10, seconds() < LONGEST_DUE_LEASE.total_seconds()) == (True, True)
    world.calls.heal()
    world.deliver_all()
    assert world.tick_due() == 10 - sent


def slow_queues(world: World) -> Callable[[], float]:
    """A message takes six seconds to be enqueued; how many have passed."""
    passed = [0.0]

    def slow(name: str, _: object) -> None:
        passed[0] += 6 * (name == "queues.send_message")

    world.calls.before_call = slow
    world.reconciler = replace(world.reconciler, elapsed=lambda: passed[0])
    return lambda: passed[0]


def put_slow_list(world: World, seconds_each: float) -> None:
    """Commerce takes so long for each prospect of its list."""
    slow = _SlowList(world.commerce, seconds_each)
    world.reconciler = replace(world.reconciler, commerce=slow, elapsed=lambda: slow.passed)


class _SlowList(FakeCommerce):
    """Commerce as it is, with a slow list."""

    def __init__(self, real: FakeCommerce, seconds_each: float) -> None:
        super().__init__(real.clock, real.calls)
        self.records, self.passed, self._seconds_each = real.records, 0.0, seconds_each

    def pending(self, legal_entities: Sequence[str], skip: int = 0) -> Iterator[Prospect]:
        for prospect in super().pending(legal_entities, skip):
            self.passed += self._seconds_each
            yield prospect


# ---- failures of one side


@pytest.mark.parametrize(
    ("broken", "system", "still"),
    [("commerce.pending", System.COMMERCE, "sales.changed_leads"), ("sales.changed_leads", System.SALES, "commerce.pending")],
)
def test_a_system_that_cannot_be_asked_does_not_keep_the_other_from_being_read(broken: str, system: System, still: str) -> None:
    world = World()
    world.reconcile()
    world.calls.clear()
    world.calls.fail_next(broken, unavailable(system))
    assert world.reconcile()["unfinished"] == 1
    assert times(world, still) == 1


# ---- what is gone leaves no trace: comparing


def test_a_deleted_lead_whose_event_was_lost_is_found() -> None:
    world = World()
    key = requested(world)
    world.sales.delete_lead(world.sales.lead_of(key))
    world.lose_events()
    assert world.reconcile()["differing"] == 1
    world.deliver_all()
    assert causes(world, key) == [Cause.LEAD_DELETED]
    assert world.reconcile()["differing"] == 0, "what is on record is not looked at again and again"


def test_a_deleted_lead_whose_attention_an_operator_closed_costs_no_look_any_more() -> None:
    world = World()
    key = requested(world)
    world.sales.delete_lead(world.sales.lead_of(key))
    world.deliver_all()
    close(Desk(world.correlation, world.queues, world.clock), key, By("ann"), "known")
    assert world.reconcile()["differing"] == 0


def test_a_lead_that_is_back_is_found_and_heals_the_attention() -> None:
    world = World()
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.delete_lead(lead)
    world.deliver_all()
    assert causes(world, key) == [Cause.LEAD_DELETED]
    world.sales.restore_lead(lead)
    world.lose_events()
    assert world.reconcile()["differing"] == 1
    world.deliver_all()
    assert causes(world, key) == []


def test_a_deleted_opportunity_whose_event_was_lost_is_found() -> None:
    world = World()
    key, lost = qualified(world)
    open_one = world.sales.add_opportunity(world.sales.lead_of(key))
    world.sales.lose(lost)
    world.settle()
    assert world.onboarding(key).stage is Stage.QUALIFIED
    world.sales.delete_opportunity(open_one)
    world.lose_events()
    assert world.reconcile()["differing"] == 1
    world.settle()
    assert world.onboarding(key).stage is Stage.REJECTED


def test_an_opportunity_that_is_gone_is_found_once() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.delete_opportunity(opportunity)
    world.lose_events()
    assert world.reconcile()["differing"] == 1
    world.deliver_all()
    assert causes(world, key) == [Cause.NO_OPPORTUNITY]
    assert world.reconcile()["differing"] == 0
    assert world.onboarding(key).opportunities, "that there was one is remembered: it may have been lost"


def test_a_change_that_no_event_told_and_no_modifiedon_showed_is_found_by_comparing() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    world.reconciler.watch.advance("sales", world.clock().replace(year=2030))
    assert world.reconcile()["differing"] == 1
    world.settle()
    assert world.onboarding(key).stage is Stage.APPROVED


def test_what_is_as_on_record_is_left_alone() -> None:
    world = World()
    requested(world)
    qualified(world, email="b@contoso.example")
    assert world.reconcile()["differing"] == 0


def test_every_open_onboarding_is_compared_in_turn_a_few_in_each_run() -> None:
    world = World()
    keys = {requested(world, email=f"jo{n}@contoso.example") for n in range(2 * COMPARED + 20)}
    keys |= {requested(world, email=f"jo{n}@contoso.example", legal_entity="demf") for n in range(10)}
    asked: Counter[object] = Counter()
    for _ in range(3):
        world.calls.clear()
        world.reconcile()
        for name, args in world.calls.made:
            if name == "sales.leads":
                assert len(args[0]) <= COMPARED
                asked.update(args[0])
    assert set(asked) == keys


def test_what_could_not_be_read_is_compared_by_the_next_run() -> None:
    world = World()
    for n in range(COMPARED + 5):
        requested(world, email=f"jo{n}@contoso.example")
    asked = []
    world.calls.fail_next("sales.leads", unavailable(System.SALES))
    for _ in range(2):
        world.calls.clear()
        world.reconcile()
        asked += [args[0] for name, args in world.calls.made if name == "sales.leads"]
    assert asked[0] == asked[1]


def test_where_a_legal_entity_is_taken_out_of_scope_comparing_goes_on_with_the_others() -> None:
    world = World(legal_entities=("usmf", "usrt", "demf"))
    key = requested(world)
    for n in range(COMPARED):
        requested(world, email=f"jo{n}@contoso.example", legal_entity="demf")
    world.reconcile()
    world.reconciler = replace(world.reconciler, legal_entities=("usmf",))
    world.sales.delete_lead(world.sales.lead_of(key))
    world.lose_events()
    assert world.reconcile()["differing"] == 1


def test_an_onboarding_that_is_worked_on_now_is_not_compared() -> None:
    world = World()
    key = requested(world)
    stored = world.correlation.load(key)
    assert stored
    world.correlation.take(stored, Claim("somebody", world.clock(), world.clock() + timedelta(minutes=4)))
    world.sales.delete_lead(world.sales.lead_of(key))
    assert world.reconcile()["differing"] == 0


# ---- cost


@pytest.mark.parametrize("closed", [0, 40], ids=["nothing closed", "much closed"])
def test_a_quiet_run_costs_one_request_to_commerce_and_three_to_sales(closed: int) -> None:
    world = World()
    for n in range(closed):
        world.sales.disqualify(world.sales.lead_of(requested(world, email=f"no{n}@contoso.example")))
    world.settle()
    for n in range(20):
        requested(world, email=f"jo{n}@contoso.example")
    world.clock.forward(hours=1)
    world.reconcile()
    world.deliver_all()
    world.clock.forward(hours=1)
    world.reconcile()
    world.deliver_all()
    world.clock.forward(minutes=2)
    world.sales.requests = world.commerce.requests = 0
    world.calls.clear()
    assert sum(world.reconcile().values()) == 0
    assert (world.commerce.requests, world.sales.requests) == (1, 3)
    tables = [name for name in world.calls.names() if name.startswith("tables.")]
    assert len(tables) <= 24, Counter(tables)


def test_a_run_that_was_refused_by_storage_gives_its_lease_back() -> None:
    world = World()
    world.commerce.submit()
    world.calls.fail_next("queues.send_message", ConnectionError())
    with pytest.raises(ConnectionError):
        world.reconcile()
    assert world.reconcile()["announced"] == 1
