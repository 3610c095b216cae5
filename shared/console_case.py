"""One onboarding as its page shows it: why it waits, both systems side by side, its way, what can be done.

Both systems are read when the page is opened; what is personal is taken from that answer, shown, and kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from shared.console_live import Live
from shared.explaining import Explanation, explanation
from shared.models import CommerceView, Customer, Hierarchy, Lead, PartyType, Record
from shared.record import DISPUTED, Cause, HistoryEntry, Onboarding, Stage
from shared.rulings import choices

COMPANY = "/?cmp={legal_entity}"
"""Head office in a legal entity; from there Customers > All prospects."""


@dataclass(frozen=True)
class Fact:
    """One line about a system: a name, what it shows, the record's id, and where to see it there."""

    name: str
    value: str
    id: str = ""
    link: str = ""
    note: str = ""


@dataclass(frozen=True)
class Side:
    """What one system shows. `error`: why it could not be read now, so that this is what was seen last."""

    facts: tuple[Fact, ...]
    seen: datetime | None
    error: str = ""


@dataclass(frozen=True)
class Milestone:
    """One station of the way: when it was reached, if it was."""

    name: str
    system: str
    at: datetime | None
    passed_over: bool = False
    """A later one was reached without it."""
    after: float | None = None
    """Seconds since the one before it that was reached last; None: there is none, or it was reached later."""


@dataclass(frozen=True)
class Case:
    """All that the page shows."""

    known: Onboarding
    explained: Explanation
    sentence: str
    sales: Side
    commerce: Side
    requester: tuple[Fact, ...]
    way: tuple[Milestone, ...]
    choices: Mapping[Cause, Mapping[str, str]]
    history: tuple[HistoryEntry, ...]
    more_history: str | None

    @property
    def is_disputed(self) -> bool:
        """Whether the two systems say different things."""
        return any(attention.cause in DISPUTED for attention in self.known.attentions)


@dataclass(frozen=True)
class Links:
    """Where both systems' own pages are. Paths in Commerce name a legal entity, and a prospect or a customer, in braces."""

    sales_url: str
    commerce_url: str
    prospect_path: str = COMPANY
    customer_path: str = COMPANY

    def sales(self, table: str, record_id: str) -> str:
        """A record's form (docs: open-forms-views-dialogs-reports-url)."""
        return f"{self.sales_url}/main.aspx?pagetype=entityrecord&etn={table}&id={quote(record_id)}" if record_id else ""

    def prospect(self, known: Onboarding) -> str:
        """The prospect in head office."""
        return self._commerce(self.prospect_path, known, "prospect", known.prospect_id)

    def customer(self, known: Onboarding, account: str) -> str:
        """A customer in head office."""
        return self._commerce(self.customer_path, known, "customer", account)

    def company(self, known: Onboarding) -> str:
        """Head office in that legal entity."""
        return self._commerce(COMPANY, known, "", "")

    def _commerce(self, path: str, known: Onboarding, kind: str, record_id: str) -> str:
        names = {"legal_entity": known.key.legal_entity, kind: record_id}
        filled = re.sub(r"\{(\w+)\}", lambda name: quote(names.get(name[1], ""), safe=""), path)
        return f"{self.commerce_url}{filled}"


def case(
    known: Onboarding,
    live: Live,
    links: Links,
    history: tuple[HistoryEntry, ...],
    more: str | None,
    now: datetime,
    *,
    personal: bool,
) -> Case:
    """The page's content; `personal`: whoever looks may see who the requester is."""
    lead = live.sales.lead if live.sales else None
    explained = explanation(known, now)
    return Case(
        known=known,
        explained=explained,
        sentence=explained.sentence(now),
        sales=Side(tuple(_sales_facts(known, lead, links)), now if live.sales else known.observed_at, live.sales_error),
        commerce=Side(
            tuple(_commerce_facts(known, live.commerce, links)), now if live.commerce else known.observed_at, live.commerce_error
        ),
        requester=tuple(_requester(lead)) if personal and lead else (),
        way=tuple(_way(known)),
        choices=choices(known),
        history=history,
        more_history=more,
    )


# ---- both systems


def _sales_facts(known: Onboarding, lead: Lead | None, links: Links) -> list[Fact]:
    """What was read now, or what is on record."""
    state = lead.state.value if lead else known.lead_state
    opportunities = {o.id: o.state.value for o in lead.opportunities} if lead else known.opportunities_there
    account = str((lead.account or {}).get("accountid") or "") if lead else known.account_id
    contact = str((lead.contact or {}).get("contactid") or "") if lead else known.contact_id

    def fact(name: str, value: str, record_id: str) -> Fact:
        return Fact(name, value or ("" if record_id else "none"), record_id, links.sales(name.lower(), record_id))

    return [
        fact("Lead", state, known.lead_id),
        *(fact("Opportunity", value, name) for name, value in opportunities.items()),
        fact("Account", "", account),
        fact("Contact", "", contact),
    ]


def _commerce_facts(known: Onboarding, view: CommerceView | None, links: Links) -> list[Fact]:
    status = view.prospect.status.value if view and view.prospect else known.prospect_status or "unknown"
    if view and view.prospect is None:
        status = "not found"
    customers = view.customers if view else _recorded_customers(known)
    return [
        Fact("Prospect", status, known.prospect_id, links.prospect(known)),
        *_customer_facts(known, customers, links),
        *_hierarchy_facts(known, view.hierarchies or () if view else (), links),
    ]


def _recorded_customers(known: Onboarding) -> tuple[Customer, ...]:
    """Those that are on record as made, where Commerce was not read."""
    recorded = (
        Customer(known.organization_account, known.organization_party, PartyType.ORGANIZATION),
        Customer(known.person_account, known.person_party, PartyType.PERSON),
    )
    return tuple(customer for customer in recorded if customer.account in known.accounts_made)


def _customer_facts(known: Onboarding, customers: tuple[Customer, ...], links: Links) -> list[Fact]:
    """Each customer, and that there is none of a kind."""
    kinds = {kind: [one for one in customers if one.party_type == kind] for kind in (PartyType.ORGANIZATION, PartyType.PERSON)}
    return [
        fact
        for kind, found in kinds.items()
        for fact in [_customer_fact(known, one, links) for one in found] or [Fact(f"{kind.value} customer", "none")]
    ]


def _customer_fact(known: Onboarding, customer: Customer, links: Links) -> Fact:
    is_ours = customer.account in known.accounts_made
    note = "made by the bridge" if is_ours else "made by Commerce"
    held = "" if customer.on_hold in ("", "No") else ", on hold"
    link = links.customer(known, customer.account)
    return Fact(f"{customer.party_type} customer", "", customer.account, link, f"{note}{held}")


def _hierarchy_facts(known: Onboarding, hierarchies: Iterable[Hierarchy], links: Links) -> list[Fact]:
    ids = [hierarchy.id for hierarchy in hierarchies] or [known.hierarchy_id]
    return [
        Fact("Customer hierarchy", "", one, links.company(known)) if one else Fact("Customer hierarchy", "none") for one in ids
    ]


def _requester(lead: Lead) -> list[Fact]:
    """Who asked: the contact that the lead became, or the lead's own columns."""
    person: Record = lead.contact or lead.fields
    name = " ".join(str(person[part]) for part in ("firstname", "middlename", "lastname") if person.get(part))
    columns = {"E-mail": "emailaddress1", "Phone": "telephone1", "Mobile": "mobilephone", "Job title": "jobtitle"}
    facts = [Fact("Name", name)] if name else []
    return [*facts, *(Fact(label, str(person[column])) for label, column in columns.items() if person.get(column))]


# ---- its way


def _way(known: Onboarding) -> list[Milestone]:
    """The stations in order; the last one says how it ended, or how it may."""
    ended = {Stage.APPROVED: "Approved", Stage.REJECTED: "Rejected", Stage.EXCLUDED: "Excluded"}.get(known.stage, "Decided")
    excluded = known.stage_since if known.stage is Stage.EXCLUDED else None
    stations = [
        Milestone("Requested", "Commerce", known.requested_at or known.created_at),
        Milestone("Lead", "Sales", known.lead_created_at),
        Milestone("Qualified", "Sales", known.qualified_at),
        Milestone("Closed", "Sales", known.closed_at),
        Milestone(ended, "Commerce", known.decided_at or excluded),
        Milestone("Complete", "Commerce", known.completed_at),
    ]
    furthest = max(place for place, station in enumerate(stations) if station.at)
    return [
        replace(station, passed_over=not station.at and place < furthest, after=_after(stations[:place], station))
        for place, station in enumerate(stations)
    ]


def _after(earlier: list[Milestone], station: Milestone) -> float | None:
    """Both systems' people go their own way: a clerk may have decided before Sales did."""
    latest = max((one.at for one in earlier if one.at), default=None)
    if station.at is None or latest is None or station.at < latest:
        return None
    return (station.at - latest).total_seconds()
