"""One onboarding as its page shows it: why it waits, both systems side by side, its way, what can be done.

Both systems are read when the page is opened; what is personal is taken from that answer, shown, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from shared.bridge import Bridge
from shared.errors import ServiceError
from shared.explaining import Explanation, explanation
from shared.models import CommerceView, Lead, Record, SalesView
from shared.observing import question
from shared.record import Cause, HistoryEntry, Onboarding, Stage
from shared.rulings import choices

DISPUTED = frozenset({Cause.CONTRADICTION, Cause.DECIDED_IN_COMMERCE, Cause.REOPENED_AFTER_DECISION, Cause.SALES_CONTRADICTION})


@dataclass(frozen=True)
class Fact:
    """One line about a system: a name, what it shows, and where to see it there."""

    name: str
    value: str
    link: str = ""


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
    """Where both systems' own pages are."""

    sales_url: str
    commerce_url: str

    def sales(self, table: str, record_id: str) -> str:
        """A record's form (docs: open-forms-views-dialogs-reports-url)."""
        return f"{self.sales_url}/main.aspx?pagetype=entityrecord&etn={table}&id={quote(record_id)}" if record_id else ""

    def commerce(self, legal_entity: str) -> str:
        """Head office in that legal entity; from there Customers > All prospects."""
        return f"{self.commerce_url}/?cmp={quote(legal_entity)}"


@dataclass(frozen=True)
class Live:
    """Both systems as they are now, as far as they answered."""

    sales: SalesView | None = None
    commerce: CommerceView | None = None
    sales_error: str = ""
    commerce_error: str = ""


def look(bridge: Bridge, known: Onboarding) -> Live:
    """One request to each system, nothing written and nothing remembered."""
    sales, sales_error = None, ""
    try:
        sales = bridge.sales.lead(known.lead_id, known.key) if known.lead_id else None
    except ServiceError as error:
        sales_error = _short(error)
    try:
        commerce = bridge.commerce.look(question(known, sales, hierarchy=known.stage not in (Stage.REQUESTED, Stage.IN_REVIEW)))
    except ServiceError as error:
        return Live(sales, None, sales_error, _short(error))
    return Live(sales, commerce, sales_error)


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
    opportunities = {o.id: o.state.value for o in lead.opportunities} if lead else known.opportunities
    account = str((lead.account or {}).get("accountid") or "") if lead else known.account_id
    contact = str((lead.contact or {}).get("contactid") or "") if lead else known.contact_id
    facts = [Fact("Lead", state or "none", links.sales("lead", known.lead_id))]
    facts += [Fact("Opportunity", value, links.sales("opportunity", name)) for name, value in opportunities.items()]
    facts += [
        Fact("Account", "there" if account else "none", links.sales("account", account)),
        Fact("Contact", "there" if contact else "none", links.sales("contact", contact)),
    ]
    return facts


def _commerce_facts(known: Onboarding, view: CommerceView | None, links: Links) -> list[Fact]:
    status = view.prospect.status.value if view and view.prospect else known.prospect_status or "unknown"
    if view and view.prospect is None:
        status = "not found"
    hierarchies = [hierarchy.id for hierarchy in view.hierarchies or ()] if view else []
    hierarchy = ", ".join(hierarchies) or known.hierarchy_id
    on_hold = {customer.account for customer in view.customers if customer.on_hold not in ("", "No")} if view else set()
    accounts = {"Organization customer": known.organization_account, "Person customer": known.person_account}
    facts = [Fact("Prospect", status, links.commerce(known.legal_entity))]
    for name, account in accounts.items():
        there = account in {customer.account for customer in view.customers} if view else account in known.accounts_made
        facts.append(Fact(name, _account(account, there=there, on_hold=account in on_hold)))
    return [*facts, Fact("Customer hierarchy", hierarchy or "none")]


def _account(account: str, *, there: bool, on_hold: bool) -> str:
    if not account or not there:
        return "none"
    return f"{account}, on hold" if on_hold else account


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
        Milestone("Requested", "Commerce", known.created_at),
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


def _short(error: ServiceError) -> str:
    """That it did not answer, and the request id; never its words, which may hold personal data."""
    status = f"HTTP {error.status}" if error.status else "no answer"
    return f"{status}, request {error.request_id}" if error.request_id else status
