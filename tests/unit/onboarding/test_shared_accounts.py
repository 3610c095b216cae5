"""Two requests of one account: one Organization, whoever comes first, and whatever happens at the same moment."""

from __future__ import annotations

from shared.models import PartyType, ProspectKey
from shared.record import Cause
from tests.fakes.world import Message, World
from tests.unit.onboarding.steps import causes, requested


def qualified_to(world: World, account: str) -> tuple[ProspectKey, ProspectKey]:
    """Two requests whose leads were both qualified to that account; the host has heard of it, and delivered nothing."""
    first, second = requested(world), requested(world, email="bo@contoso.example")
    for key in (first, second):
        world.sales.qualify(world.sales.lead_of(key), account=account)
    world.hear()
    return first, second


def message_about(world: World, key: ProspectKey) -> Message:
    return next(message for message in world.visible() if world.sales.lead_of(key).id in message.text)


def organizations(world: World) -> int:
    return sum(customer.party.type == PartyType.ORGANIZATION for customer in world.commerce.records.customers.values())


def test_two_requests_that_are_qualified_to_one_account_at_the_same_moment_get_one_organization() -> None:
    world = World()
    first, second = qualified_to(world, world.sales.new_account())
    meanwhile = message_about(world, second)

    def faster(name: str, args: tuple[object, ...]) -> None:
        if name != "tables.get_entity" and args[0] == "Links" and "'account'" in str(args[1]):
            world.calls.heal()
            world.deliver(meanwhile)

    world.calls.before_call = faster  # the first one has read that nobody has the account, and not yet said that it is its own
    world.deliver(message_about(world, first))
    world.settle()
    assert organizations(world) == 1
    assert (causes(world, first), causes(world, second)) == ([Cause.EXISTING_CUSTOMER], [])


def test_an_account_that_came_from_a_lead_which_is_not_ours_has_one_organization_too() -> None:
    world = World()
    stranger = world.sales.new_lead()
    world.correlation.link_stranger("lead", stranger.id, world.clock().replace(year=2030))
    first, second = qualified_to(world, world.sales.new_account(_originatingleadid_value=stranger.id))
    world.settle()
    assert organizations(world) == 1
    assert (causes(world, first), causes(world, second)) == ([], [Cause.EXISTING_CUSTOMER])
