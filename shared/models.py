"""The values that travel through the bridge: keys, what was seen in both systems, and what an event hints at. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

NAMESPACE = uuid.UUID("6f1c2f0e-6d0a-5f4e-9b57-0b2b00000001")
"""Namespace of every deterministic id (uuid5) that the bridge gives to a record in Sales."""

Record = Mapping[str, object]
"""One record of an OData service as it came: property name -> JSON value."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_ESCAPED = re.compile(r"~([0-9A-F]{2})")


@dataclass(frozen=True, order=True)
class ProspectKey:
    """Which prospect: `dataAreaId` in lower case and `ProspectId` in upper case, since both systems ignore case."""

    legal_entity: str
    prospect_id: str

    @classmethod
    def of(cls, legal_entity: str, prospect_id: str) -> Self:
        """The canonical key; raises ValueError where a part is empty or too long to be one."""
        area, prospect = legal_entity.strip().lower(), prospect_id.strip().upper()
        if not 0 < len(area) <= 10 or not 0 < len(prospect) <= 60:
            raise ValueError("a prospect's key needs a legal entity (10 characters at most) and a prospect id (60 at most)")
        return cls(area, prospect)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `text`; raises ValueError."""
        area, dot, prospect = text.partition(".")
        if not dot:
            raise ValueError("not a prospect's key")
        return cls.of(_unescape(area), _unescape(prospect))

    @property
    def text(self) -> str:
        """One string, safe in an alternate-key URL, e.g. `usmf.P-000123` (docs: define-alternate-keys-entity)."""
        return f"{_escape(self.legal_entity)}.{_escape(self.prospect_id)}"

    def identifier(self, kind: str, epoch: int = 1) -> uuid.UUID:
        """The deterministic id of a record of ours in Sales, e.g. identifier("lead")."""
        return uuid.uuid5(NAMESPACE, f"{kind}/{self.text}/{epoch}")


def _escape(part: str) -> str:
    return _UNSAFE.sub(lambda found: "".join(f"~{byte:02X}" for byte in found[0].encode()), part)


def _unescape(part: str) -> str:
    return re.sub(r"(?:~[0-9A-F]{2})+", lambda run: bytes(int(x, 16) for x in _ESCAPED.findall(run[0])).decode(), part)


class EventType(StrEnum):
    """The four events, each with a queue of the same name."""

    PROSPECT_CREATED = "prospect-created"
    LEAD_QUALIFIED = "lead-qualified"
    OPPORTUNITY_CLOSED = "opportunity-closed"
    LEAD_DISQUALIFIED = "lead-disqualified"


Technical = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/+=~-]*$")]
"""An id or a name of ours or of a system's: nobody's name or address is written so. It may be logged."""


class Preflight(BaseModel):
    """What a poll already checked of a prospect, good only while the prospect's ETag is the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    etag: str = Field(max_length=2000)
    """F&O's has some 30 characters for each table behind the entity."""
    findings: tuple[Technical, ...] = ()


class Hint(BaseModel):
    """One queue message: something may have changed. Holds keys and ids, nothing personal."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: EventType
    key: str | None = Field(None, max_length=400)
    lead_id: uuid.UUID | None = None
    opportunity_id: uuid.UUID | None = None
    state: Technical | None = Field(None, max_length=20)
    """What the event says of its record: a state of lead or opportunity, a ProspectStatus, `deleted`, `merged`; None: nothing."""
    event_id: Technical = Field("", max_length=200)
    source: Technical = Field("", max_length=60)
    """Who said so, e.g. `QualifyLead`, `business-event`, `reconcile`."""
    correlation_id: Technical | None = Field(None, max_length=60)
    traceparent: Technical | None = Field(None, max_length=60)
    occurred_at: AwareDatetime | None = None
    first_seen: AwareDatetime
    attempt: int = Field(0, ge=0)
    preflight: Preflight | None = None

    @property
    def prospect_key(self) -> ProspectKey | None:
        """The key in the event, if it has one; raises ValueError where it is malformed."""
        return ProspectKey.parse(self.key) if self.key else None


class LeadState(StrEnum):
    """lead.statecode 0, 1, 2."""

    OPEN = "open"
    QUALIFIED = "qualified"
    DISQUALIFIED = "disqualified"


class OpportunityState(StrEnum):
    """opportunity.statecode 0, 1, 2."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ProspectStatus(StrEnum):
    """RetailB2BProspectStatus; a value that nobody has heard of is UNKNOWN too."""

    PENDING = "Pending"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    UNKNOWN = "Unknown"


class PartyType(StrEnum):
    """CustomersV3.PartyType, Prospects.ProspectPartyType."""

    PERSON = "Person"
    ORGANIZATION = "Organization"


@dataclass(frozen=True)
class Touch:
    """When a record was changed last, and by which user: an id, never a name."""

    at: datetime
    by: str


@dataclass(frozen=True)
class Opportunity:
    """An opportunity that came from the lead."""

    id: str
    state: OpportunityState
    status_code: int | None = None
    touch: Touch | None = None


@dataclass(frozen=True)
class Lead:
    """The lead with what Sales made from it. `account` and `contact` are the expanded records, None where there is none."""

    id: str
    state: LeadState
    status_code: int | None
    key: ProspectKey | None
    account: Record | None = None
    contact: Record | None = None
    opportunities: tuple[Opportunity, ...] = ()
    fields: Record = field(default_factory=dict)
    merged_into: str | None = None
    account_taken_by: ProspectKey | None = None
    """Another onboarding's key, where the account is its partner already."""
    touch: Touch | None = None

    def last_touch(self) -> Touch | None:
        """Who changed it, or one of its opportunities, last."""
        touches = filter(None, (self.touch, *(opportunity.touch for opportunity in self.opportunities)))
        return max(touches, key=lambda touch: touch.at, default=None)


@dataclass(frozen=True)
class SalesView:
    """What Sales showed. `lead` None: there is none. `survivor_key` is set where the lead was merged into another prospect's."""

    lead: Lead | None
    survivor_key: ProspectKey | None = None


@dataclass(frozen=True)
class Prospect:
    """One row of `Prospects` with its party; `fields` is the record, the party's properties as `Party.*`."""

    key: ProspectKey
    legal_entity: str
    prospect_id: str
    status: ProspectStatus
    is_b2b: bool
    party_number: str
    party_type: str
    email: str
    etag: str
    channel: str = ""
    fields: Record = field(default_factory=dict)


@dataclass(frozen=True)
class Customer:
    """One row of `CustomersV3`."""

    account: str
    party_number: str
    party_type: str
    email: str = ""
    address_books: str = ""
    on_hold: str = "No"
    invoice_account: str = ""


@dataclass(frozen=True)
class HierarchyNode:
    """A live node of a customer hierarchy (removed versions do not count)."""

    party_number: str
    role: str


@dataclass(frozen=True)
class Hierarchy:
    """A customer hierarchy of purpose B2B organization."""

    id: str
    organization_party: str
    nodes: tuple[HierarchyNode, ...] = ()

    def admins(self) -> tuple[str, ...]:
        """The party numbers of its administrators."""
        return tuple(node.party_number for node in self.nodes if node.role == "Admin")


@dataclass(frozen=True)
class CommerceView:
    """What Commerce showed. `prospect` None: no such prospect. None in the others: not read."""

    prospect: Prospect | None
    customers: tuple[Customer, ...] = ()
    """The customers of this onboarding: by its accounts or its parties."""
    same_email_accounts: tuple[str, ...] | None = None
    """Other customers of the legal entity with the requester's or the contact's e-mail, letter case ignored."""
    same_email_prospects: tuple[str, ...] | None = None
    """Other pending B2B prospects of the legal entity with that e-mail."""
    hierarchies: tuple[Hierarchy, ...] | None = None
    channel_books: frozenset[str] | None = None
    """The address books of the channel's default customer; a customer outside them never reaches the channel (job 1010)."""
    contact_enabled: bool | None = None
    """Contact access model only: whether the Admin contact may sign in."""


@dataclass(frozen=True)
class Observation:
    """The present state of both systems. None: not read, which is never the same as `none`."""

    sales: SalesView | None
    commerce: CommerceView | None
    preflight: Preflight | None = None
