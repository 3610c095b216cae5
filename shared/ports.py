"""What the converging needs of the outside world: protocols, and the values that cross them (services chooses the real ones)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.models import CommerceView, Customer, Hierarchy, Hint, Prospect, ProspectKey, SalesView
from shared.record import Claim, HistoryEntry, Onboarding, Verdict

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Part of a list; `continuation` asks for the next part and stays good while rows come and go; None: this was the last."""

    items: tuple[T, ...]
    continuation: str | None


@dataclass(frozen=True)
class State:
    """A small state as it is stored: some 30,000 characters of JSON at most."""

    values: Mapping[str, Any]
    etag: str


@dataclass(frozen=True)
class Note:
    """A timeline note. `about` is ("leads" | "opportunities", id); `id` is deterministic, so that writing twice is one note."""

    id: str
    about: tuple[str, str]
    subject: str
    text: str


@dataclass(frozen=True)
class CustomerDraft:
    """A customer to create: the body of POST CustomersV3. `account` and `legal_entity` are in `values` too."""

    legal_entity: str
    account: str
    values: Mapping[str, object]
    losses: tuple[str, ...] = ()
    """What is not there as it was entered, e.g. `Organization AddressState left empty`: never a value."""


@dataclass(frozen=True)
class Question:
    """What to ask Commerce about one onboarding, in one $batch of GETs. Empty members are not asked."""

    key: ProspectKey
    emails: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    hierarchy: bool = False
    """Ask for hierarchies by organization party and by node party."""
    hierarchies: tuple[str, ...] = ()
    """Ask for these too, by their ids."""


@dataclass(frozen=True)
class ChannelDefaults:
    """What the channel's default customer gives to the customers that the bridge creates (cached for an hour)."""

    default_account: str
    customer_group: str
    currency: str
    language: str
    address_books: frozenset[str]
    allow_on_account: str = ""


@dataclass(frozen=True)
class ChangedLead:
    """A lead of ours that changed in Sales: its state as a LeadState value, when by the server's clock."""

    lead_id: str
    key: ProspectKey
    state: str
    modified_on: datetime


@dataclass(frozen=True)
class ChangedOpportunity:
    """An opportunity of a lead of ours that changed in Sales."""

    opportunity_id: str
    lead_id: str
    key: ProspectKey
    state: str
    modified_on: datetime


class Sales(Protocol):
    """Dynamics 365 Sales. Every method raises the ServiceErrors; each is one request where not said otherwise."""

    def lead(self, lead_id: str, key: ProspectKey) -> SalesView:
        """The lead by id, or by the alternate key where the id is empty or unknown (a second request); merges are followed."""

    def create_lead(self, lead_id: str, key: ProspectKey, values: Mapping[str, object], note: Note) -> None:
        """Create the lead and its note in one change set; raises Outdated where there is one already."""

    def unclaimed_lead(self, prospect: Prospect) -> tuple[str, str] | None:
        """Id and ETag of a lead that dual-write made of this prospect and that has no key of ours; None: there is none.

        Without dual-write's columns (profile `own`) no request is made.
        """

    def adopt_lead(self, lead_id: str, etag: str, columns: Mapping[str, object]) -> None:
        """Write these columns of ours on it and nothing else; raises Outdated where it changed, or another lead has the key."""

    def write_note(self, note: Note) -> None:
        """Create the note, or write it again."""

    def key_of_lead(self, lead_id: str) -> ProspectKey | None:
        """The prospect's key on that lead; None: no lead, or not one of ours."""

    def lead_of_opportunity(self, opportunity_id: str) -> tuple[str, ProspectKey] | None:
        """The originating lead's id and key; None: no such opportunity, or not from a lead of ours."""

    def leads(self, keys: Sequence[ProspectKey]) -> Mapping[ProspectKey, SalesView]:
        """The leads of these keys (50 at most), as `lead` shows each; keys without a lead are left out."""

    def keys_of_leads(self, after: str, most: int) -> Page[tuple[ProspectKey, str]]:
        """Key and id of every lead of ours in order of key, the next `most` behind that place."""

    def find_id(self, entity_set: str, column: str, value: str) -> str | None:
        """The id of reference data (currency, team), cached for an hour; None: not there."""

    def lead_lengths(self) -> Mapping[str, int]:
        """How long a text each column of the lead takes in this environment, cached for an hour; empty: it does not say."""

    def changed_leads(self, since: datetime) -> Iterator[ChangedLead]:
        """Leads of ours with modifiedon >= since, oldest first, page by page."""

    def changed_opportunities(self, since: datetime) -> Iterator[ChangedOpportunity]:
        """Opportunities of leads of ours with modifiedon >= since, oldest first, page by page."""


class Commerce(Protocol):
    """Commerce headquarters. Every method raises the ServiceErrors; each is one request where not said otherwise."""

    def prospect(self, key: ProspectKey) -> Prospect | None:
        """The prospect with its party."""

    def check(self, prospects: Sequence[Prospect]) -> Mapping[ProspectKey, tuple[tuple[str, ...], tuple[str, ...]]]:
        """For each: accounts of customers, and keys of other pending prospects (as text), with the same e-mail."""

    def look(self, question: Question) -> CommerceView:
        """What Commerce knows of one onboarding (docs: no key GETs in a $batch, since a 404 part stops it)."""

    def look_all(self, questions: Sequence[Question]) -> tuple[CommerceView, ...]:
        """What Commerce knows of each (20 at most), in one $batch; the e-mail addresses asked are only those named."""

    def create_customers(self, drafts: Sequence[CustomerDraft]) -> tuple[Customer, ...]:
        """Create them in one change set; raises Outdated where one is there already, InDoubt where no answer came."""

    def create_hierarchy(self, hierarchy: Hierarchy, name: str) -> None:
        """Create a B2B hierarchy with its nodes in one change set; raises Outdated where its id is taken, InDoubt."""

    def write_decision(self, prospect: Prospect, verdict: Verdict, question: Question) -> CommerceView:
        """Approve or reject under the prospect's ETag and read back in the same $batch; raises Outdated, InDoubt."""

    def hold_customers(self, legal_entity: str, accounts: Sequence[str]) -> None:
        """Put customers on hold (OnHoldStatus All) in one change set."""

    def channel(self, legal_entity: str, operating_unit_party: str) -> ChannelDefaults | None:
        """The channel's default customer's values (two requests, cached for an hour); None: no such channel."""

    def pending(self, legal_entities: Sequence[str], skip: int = 0) -> Iterator[Prospect]:
        """Every Pending B2B prospect in scope with its party, page by page, in order of key, but for the first `skip`."""


@dataclass(frozen=True)
class Stored:
    """An onboarding as it is in the table: with the row's ETag and the index rows that it has."""

    onboarding: Onboarding
    etag: str
    index_rows: tuple[str, ...] = ()


class Store(Protocol):
    """The table of onboardings and their links. Each method is one table operation where not said otherwise."""

    def load(self, key: ProspectKey) -> Stored | None:
        """The row, or None."""

    def open(self, onboarding: Onboarding) -> Stored:
        """Create the row with the claim that it carries; as it is where there is one already (a second operation)."""

    def take(self, stored: Stored, claim: Claim) -> Stored:
        """Claim the row; raises ClaimHeld where another invocation was faster."""

    def record(self, stored: Stored, onboarding: Onboarding, history: Sequence[HistoryEntry]) -> Stored:
        """Write row, history and index in one transaction, releasing the claim; raises ClaimLost where it is not ours."""

    def link(self, kind: str, record_id: str, key: ProspectKey) -> None:
        """Remember that a lead, opportunity or account belongs to the onboarding."""

    def link_first(self, kind: str, record_id: str, key: ProspectKey) -> ProspectKey:
        """Link it to the onboarding unless another was faster (a second operation); whose it is."""

    def linked(self, kind: str, record_id: str) -> ProspectKey | str | None:
        """The onboarding's key; the text `stranger` for one that is known not to be ours; None: not known."""

    def link_stranger(self, kind: str, record_id: str, until: datetime) -> None:
        """Remember for a while that this record is not ours."""


class Queue(Protocol):
    """The four event queues."""

    def send(self, hint: Hint, delay_seconds: float = 0) -> None:
        """Enqueue; raises Transient where the queue does not take it."""

    def send_text(self, queue: str, text: str, delay_seconds: float = 0) -> None:
        """Enqueue a message as it is, in an event queue or a poison queue; raises Transient."""
