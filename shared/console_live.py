"""Both systems as they are now, for one onboarding's page: nothing is written, and nothing is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.bridge import Bridge
from shared.errors import ServiceError
from shared.models import CommerceView, Hierarchy, SalesView
from shared.observing import question
from shared.ports import Question
from shared.record import Onboarding

MOST_PARTIES = 20
"""That one question names: an organization may have hundreds of users."""


@dataclass(frozen=True)
class Live:
    """Both systems as far as they answered. An error: why one could not be read."""

    sales: SalesView | None = None
    commerce: CommerceView | None = None
    sales_error: str = ""
    commerce_error: str = ""


def look(bridge: Bridge, known: Onboarding) -> Live:
    """One request to each system; up to two more to Commerce where it made a hierarchy of its own."""
    sales, sales_error = None, ""
    try:
        sales = bridge.sales.lead(known.lead_id, known.key) if known.lead_id else None
    except ServiceError as error:
        sales_error = _short(error)
    try:
        return Live(sales, _commerce(bridge, question(known, sales, hierarchy=True)), sales_error)
    except ServiceError as error:
        return Live(sales, None, sales_error, _short(error))


def _commerce(bridge: Bridge, asked: Question) -> CommerceView:
    """With the customers of whoever is in the hierarchy: those that Commerce made have accounts that we do not know.

    The Admin leads to the hierarchy, the hierarchy to its organization and its other nodes, and these to their customers.
    """
    view = bridge.commerce.look(asked)
    for _ in range(2):
        wider = _wider(asked, view.hierarchies or ())
        if (wider.parties, wider.hierarchies) == (asked.parties, asked.hierarchies):
            break
        asked, view = wider, bridge.commerce.look(wider)
    return view


def _wider(asked: Question, hierarchies: tuple[Hierarchy, ...]) -> Question:
    led_to = (hierarchy.id for hierarchy in hierarchies if not hierarchy.organization_party)
    parties = dict.fromkeys((*asked.parties, *_parties(hierarchies)))
    ids = dict.fromkeys((*asked.hierarchies, *led_to))
    return replace(asked, emails=(), parties=tuple(parties)[:MOST_PARTIES], hierarchies=tuple(ids))


def _parties(hierarchies: tuple[Hierarchy, ...]) -> Iterator[str]:
    yield from (hierarchy.organization_party for hierarchy in hierarchies if hierarchy.organization_party)
    yield from (node.party_number for hierarchy in hierarchies for node in hierarchy.nodes)


def _short(error: ServiceError) -> str:
    """That it did not answer, and the request id; never its words, which may hold personal data."""
    status = f"HTTP {error.status}" if error.status else "no answer"
    return f"{status}, request {error.request_id}" if error.request_id else status
