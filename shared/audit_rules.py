"""What must be true of one onboarding at rest, said of both systems' facts and independently of how it came about. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.models import CommerceView, Customer, Observation, PartyType
from shared.policy import AccessModel, Customers, NoOpportunity, Policy
from shared.progress import learned
from shared.record import Onboarding, Stage
from shared.situations import CommerceSituation as C  # noqa: N817 - as in the decision table
from shared.situations import SalesSituation as S  # noqa: N817
from shared.situations import commerce_situation, sales_situation

LATE = timedelta(minutes=5)
"""How long after its due time a look may come, before that is drift too."""


class Kind(StrEnum):
    """What is not as it must be."""

    # something is missing
    NO_ONBOARDING = "no-onboarding"
    NO_LEAD = "no-lead"
    NOT_APPROVED = "won-not-approved"
    NOT_REJECTED = "lost-not-rejected"
    NO_ORGANIZATION = "no-organization-customer"
    NO_PERSON = "no-person-customer"
    NO_HIERARCHY = "no-hierarchy"
    NO_ADMIN = "no-admin"
    # something is there twice
    TWO_LEADS = "two-leads"
    TWO_ORGANIZATIONS = "two-organization-customers"
    TWO_PERSONS = "two-person-customers"
    TWO_HIERARCHIES = "two-hierarchies"
    TWO_ADMINS = "two-admin-nodes"
    # the sides do not match
    APPROVED_UNASKED = "approved-unasked"
    REJECTED_UNASKED = "rejected-unasked"
    SHARED_EMAIL = "e-mail-shared"
    NOT_ON_HOLD = "customers-not-on-hold"
    # the record
    UNEXPLAINED_LEAD = "unexplained-lead"
    NOT_CONVERGED = "not-converged"
    FORGOTTEN = "forgotten"
    UNREADABLE = "unreadable"


LOST = frozenset({
    Kind.NO_ONBOARDING, Kind.NO_LEAD, Kind.NOT_APPROVED, Kind.NOT_REJECTED, Kind.NO_ORGANIZATION, Kind.NO_PERSON,
    Kind.NO_HIERARCHY, Kind.NO_ADMIN, Kind.FORGOTTEN,
})  # fmt: skip
DOUBLED = frozenset({Kind.TWO_LEADS, Kind.TWO_ORGANIZATIONS, Kind.TWO_PERSONS, Kind.TWO_HIERARCHIES, Kind.TWO_ADMINS})
"""Never excused by an attention."""


class Standing(StrEnum):
    """How an onboarding stands."""

    FINE = "fine"
    WAITING = "waiting"
    """Something is still to come, and it is known when it is looked at."""
    KNOWN = "known"
    """Not as it must be, and a person is told so by an open attention, or decided so."""
    DRIFT = "drift"


@dataclass(frozen=True)
class Next:
    """What looking again would bring: the record afterwards, and whether either system would be written to."""

    after: Onboarding
    writes: bool


def standing(
    known: Onboarding, seen: Observation, following: Next, policy: Policy, now: datetime
) -> tuple[Standing, tuple[Kind, ...]]:
    """How the onboarding stands, and what is not as it must be."""
    broken = tuple(broken_rules(learned(known, seen, now), seen, policy, now))
    doubled = tuple(kind for kind in broken if kind in DOUBLED)
    if doubled:
        return Standing.DRIFT, doubled
    if known.claim and known.claim.until > now or known.held_by:
        return Standing.WAITING, broken
    if _differs(known, following):
        is_due = known.due is not None and now - LATE <= known.due <= now
        return (Standing.WAITING if is_due else Standing.DRIFT), broken or (Kind.NOT_CONVERGED,)
    if following.after.due and not known.due:
        return Standing.DRIFT, (*broken, Kind.FORGOTTEN)
    if not broken:
        return Standing.FINE, ()
    if known.attentions or known.acknowledged or known.rulings:
        return Standing.KNOWN, broken
    return (Standing.WAITING if known.due else Standing.DRIFT), broken


def broken_rules(known: Onboarding, seen: Observation, policy: Policy, now: datetime) -> Iterator[Kind]:
    """Which rules the facts break."""
    sales, commerce = sales_situation(seen.sales, known, fresh=False), commerce_situation(seen.commerce, known, now)
    view = seen.commerce
    if view is None or (known.stage is Stage.EXCLUDED and sales is S.NONE and commerce is not C.PENDING):
        return
    yield from _doubled_customers(view)
    if commerce is C.PENDING:
        yield from _pending(known, sales, view, policy)
    elif commerce is C.APPROVED:
        yield from _approved(known, sales, view, policy)
    elif commerce is C.REJECTED:
        yield from _rejected(known, sales, view)


def _pending(known: Onboarding, sales: S, view: CommerceView, policy: Policy) -> Iterator[Kind]:
    prospect = view.prospect
    in_scope = not policy.legal_entities or known.key.legal_entity in policy.legal_entities
    if prospect and (not prospect.is_b2b or not in_scope):
        return
    if sales in (S.NONE, S.DELETED):
        yield Kind.NO_LEAD
    if sales is S.WON:
        yield Kind.NOT_APPROVED
    if sales in (S.LOST, S.DISQUALIFIED):
        yield Kind.NOT_REJECTED
    if sales in (S.DEALING, S.WON, S.NO_OPPORTUNITY) and policy.customers is Customers.BRIDGE:
        yield from _missing_customers(known, view, policy)


def _approved(known: Onboarding, sales: S, view: CommerceView, policy: Policy) -> Iterator[Kind]:
    asked = sales is S.WON or (sales is S.NO_OPPORTUNITY and policy.no_opportunity is NoOpportunity.APPROVE)
    if not asked and sales not in (S.DELETED, S.MERGED):
        yield Kind.APPROVED_UNASKED
    if asked:
        yield from _missing_customers(known, view, policy)
        yield from _hierarchy(known, view, policy)
        if view.same_email_accounts:
            yield Kind.SHARED_EMAIL


def _rejected(known: Onboarding, sales: S, view: CommerceView) -> Iterator[Kind]:
    if sales not in (S.LOST, S.DISQUALIFIED, S.DELETED, S.MERGED):
        yield Kind.REJECTED_UNASKED
    elif any(customer.on_hold == "No" for customer in view.customers if customer.account in known.accounts_made):
        yield Kind.NOT_ON_HOLD


def _missing_customers(known: Onboarding, view: CommerceView, policy: Policy) -> Iterator[Kind]:
    """Where Commerce makes them, only an account that is known beforehand can be missed."""
    there = {customer.account for customer in view.customers}
    ours = policy.customers is Customers.BRIDGE
    if known.organization_account not in there and (ours or known.organization_account):
        yield Kind.NO_ORGANIZATION
    person = policy.access_model is AccessModel.PERSON
    if person and known.person_account not in there and (ours or known.person_account):
        yield Kind.NO_PERSON


def _doubled_customers(view: CommerceView) -> Iterator[Kind]:
    if _count(view.customers, PartyType.ORGANIZATION) > 1:
        yield Kind.TWO_ORGANIZATIONS
    if _count(view.customers, PartyType.PERSON) > 1:
        yield Kind.TWO_PERSONS


def _count(customers: tuple[Customer, ...], party_type: PartyType) -> int:
    return len({customer.account for customer in customers if customer.party_type == party_type})


def _hierarchy(known: Onboarding, view: CommerceView, policy: Policy) -> Iterator[Kind]:
    """One hierarchy, and in it one Admin node of the requester; partners add further users themselves."""
    if view.hierarchies is None:
        return
    if len(view.hierarchies) != 1:
        yield Kind.TWO_HIERARCHIES if view.hierarchies else Kind.NO_HIERARCHY
        return
    admins = view.hierarchies[0].admins()
    if policy.access_model is AccessModel.PERSON and known.person_party:
        admins = tuple(party for party in admins if party == known.person_party)
    if len(admins) != 1 and (not admins or known.person_party):
        yield Kind.TWO_ADMINS if admins else Kind.NO_ADMIN


def _differs(known: Onboarding, following: Next) -> bool:
    before, after = ({attention.cause for attention in one.attentions} for one in (known, following.after))
    return following.writes or known.stage is not following.after.stage or before != after
