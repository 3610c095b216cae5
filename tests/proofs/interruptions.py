"""What people may do to a request at any moment, also between two calls of a handler."""

from __future__ import annotations

from collections.abc import Callable

from shared.models import LeadState, OpportunityState, ProspectKey, ProspectStatus
from tests.fakes.sales_records import FakeLead, FakeOpportunity
from tests.fakes.watched import WatchedWorld

Interruption = Callable[[WatchedWorld, ProspectKey], object]


def clerk_approves(world: WatchedWorld, key: ProspectKey) -> object:
    return _status(world, key) == ProspectStatus.PENDING and world.commerce.clerk_approves(key)


def clerk_rejects(world: WatchedWorld, key: ProspectKey) -> object:
    return _status(world, key) == ProspectStatus.PENDING and world.commerce.clerk_rejects(key)


def clerk_edits(world: WatchedWorld, key: ProspectKey) -> object:
    return _status(world, key) and world.commerce.edit(key, company="Contoso Ltd.")


def clerk_deletes(world: WatchedWorld, key: ProspectKey) -> object:
    return _status(world, key) and world.commerce.delete(key)


def another_takes_the_address(world: WatchedWorld, key: ProspectKey) -> object:
    return world.commerce.add_customer("C-TAKEN", "jo@contoso.example")


def seller_edits(world: WatchedWorld, key: ProspectKey) -> object:
    lead = _lead(world, key)
    return lead and world.sales.edit(lead, subject="A seller's words", companyname="Contoso & Sons")


def seller_disqualifies(world: WatchedWorld, key: ProspectKey) -> object:
    lead = _lead(world, key)
    return lead and lead.state is LeadState.OPEN and world.sales.disqualify(lead)


def seller_reactivates(world: WatchedWorld, key: ProspectKey) -> object:
    lead = _lead(world, key)
    return lead and lead.state is not LeadState.OPEN and not lead.merged_into and world.sales.reactivate(lead)


def seller_deletes_the_lead(world: WatchedWorld, key: ProspectKey) -> object:
    lead = _lead(world, key)
    return lead and world.sales.delete_lead(lead)


def seller_closes_or_reopens(world: WatchedWorld, key: ProspectKey) -> object:
    one = _opportunity(world)
    if one is None:
        return None
    return world.sales.lose(one) if one.state is OpportunityState.OPEN else world.sales.reopen(one)


def seller_deletes_the_opportunity(world: WatchedWorld, key: ProspectKey) -> object:
    one = _opportunity(world)
    return one and world.sales.delete_opportunity(one)


INTERRUPTIONS: tuple[Interruption, ...] = (
    clerk_approves,
    clerk_rejects,
    clerk_edits,
    clerk_deletes,
    another_takes_the_address,
    seller_edits,
    seller_disqualifies,
    seller_reactivates,
    seller_deletes_the_lead,
    seller_closes_or_reopens,
    seller_deletes_the_opportunity,
)


def _status(world: WatchedWorld, key: ProspectKey) -> str:
    row = world.commerce.records.prospects.get(key)
    return row.status if row else ""


def _lead(world: WatchedWorld, key: ProspectKey) -> FakeLead | None:
    return world.sales.records.by_key(key)


def _opportunity(world: WatchedWorld) -> FakeOpportunity | None:
    return next(iter(world.sales.records.opportunities.values()), None)
