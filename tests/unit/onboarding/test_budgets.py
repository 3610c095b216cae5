"""What an undisturbed onboarding costs: the promises of the design, as exact counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.models import ProspectKey
from tests.fakes.world import World
from tests.unit.onboarding.steps import qualified, requested, times, won


def by_poll(world: World) -> ProspectKey:
    """A request that the poll found; what the poll itself costs is shared by all and not counted here."""
    key = world.commerce.submit()
    world.reconcile()
    world.calls.clear()
    world.sales.requests = world.commerce.requests = 0
    world.deliver_all()
    return key


def by_event(world: World) -> ProspectKey:
    return requested(world)


def spent(world: World) -> tuple[int, int]:
    """Requests to Sales and to Commerce."""
    return world.sales.requests, world.commerce.requests


@pytest.mark.parametrize(("start", "sales", "commerce"), [(by_poll, 4, 5), (by_event, 4, 6)], ids=["by-poll", "by-event"])
def test_a_won_onboarding_costs_no_more_than_promised(start: Callable[[World], ProspectKey], sales: int, commerce: int) -> None:
    world = World()
    key = start(world)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    world.deliver_all()
    world.sales.win(opportunity)
    world.deliver_all()
    known = world.onboarding(key)
    assert spent(world) == (sales, commerce)
    assert (known.sales_requests, known.commerce_requests, known.table_operations) == (sales, commerce, 12)


def test_each_step_costs_its_share() -> None:
    world = World()
    key = by_poll(world)
    assert (spent(world), world.onboarding(key).table_operations) == ((1, 1), 3)
    opportunity = world.sales.qualify(world.sales.lead_of(key))
    world.deliver_all()
    assert (spent(world), world.onboarding(key).table_operations) == ((2, 3), 3 + 5)
    world.sales.win(opportunity)
    world.deliver_all()
    assert (spent(world), world.onboarding(key).table_operations) == ((4, 5), 3 + 5 + 4)


def test_each_further_opportunity_costs_one_look_when_it_comes_and_one_when_it_is_lost() -> None:
    world = World()
    key, _ = qualified(world)
    before = (*spent(world), world.onboarding(key).table_operations)
    second = world.sales.add_opportunity(world.sales.lead_of(key))
    world.deliver_all()
    created = (*spent(world), world.onboarding(key).table_operations)
    world.sales.lose(second)
    world.deliver_all()
    lost = (*spent(world), world.onboarding(key).table_operations)
    assert [after - earlier for earlier, after in zip(before, created, strict=True)] == [1, 1, 5]
    assert [after - earlier for earlier, after in zip(created, lost, strict=True)] == [1, 1, 4]


def test_a_step_costs_the_same_however_many_onboardings_there_are() -> None:
    world = World()
    for n in range(30):
        won(world, email=f"jo{n}@contoso.example")
    costs = {
        (k.sales_requests, k.commerce_requests, k.table_operations)
        for k in map(world.onboarding, world.commerce.records.prospects)
    }
    assert costs == {(4, 6, 12)}


def test_a_declined_request_is_looked_at_twice_since_the_decline_is_held_for_a_while() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.settle()
    assert spent(world) == (4, 5)
    assert world.onboarding(key).table_operations == 3 + 4 + 3


def test_a_repeated_event_about_a_lead_or_opportunity_costs_two_point_reads() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    repeated = [*world.sales.events]
    world.deliver_all()
    world.calls.clear()
    for hint in repeated:
        world.send(hint)
    assert {done.outcome.what for done in world.deliver_all() if done.outcome} == {"nothing-newer"}
    assert world.calls.names().count("tables.get_entity") == 2 * len(repeated)
    assert set(world.calls.names()) == {"tables.get_entity", "queues.send_message"}
    assert times(world, "tables.get_entity") == 4


def test_a_poll_that_finds_a_lead_as_it_is_on_record_costs_no_message_and_no_request() -> None:
    world = World()
    world.reconcile()
    requested(world)
    world.calls.clear()
    assert world.reconcile()["leads"] == 0
    assert "queues.send_message" not in world.calls.names()


def test_a_second_announcement_costs_a_refused_transaction_and_the_read_of_what_is_there() -> None:
    world = World()
    key = requested(world)
    world.announce(key, state="Pending")
    world.calls.clear()
    [done] = world.deliver_all()
    assert done.outcome
    assert done.outcome.what == "nothing-newer"
    assert world.calls.names() == ["tables.submit_transaction", "tables.get_entity"]
