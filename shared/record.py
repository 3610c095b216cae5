"""Our record of one prospect's way through both systems. Pure; holds ids and the organization's name, nothing personal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.models import EventType, ProspectKey, ProspectStatus


class Stage(StrEnum):
    """How far an onboarding has come."""

    REQUESTED = "requested"
    IN_REVIEW = "in_review"
    QUALIFIED = "qualified"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXCLUDED = "excluded"


OPEN_STAGES = frozenset({Stage.REQUESTED, Stage.IN_REVIEW, Stage.QUALIFIED})
"""Stages in which something is still awaited."""


class Cause(StrEnum):
    """Why a person must look."""

    # found before the lead and again before the approval: the approved user could not sign in
    NO_EMAIL = "no-email"
    BAD_EMAIL = "bad-email"
    DUPLICATE_EMAIL = "duplicate-email"
    DUPLICATE_REQUEST = "duplicate-request"
    CHANNEL_UNKNOWN = "channel-unknown"
    ADDRESS_BOOK = "address-book"
    PARTY_TYPE = "party-type"
    # Sales is not as the flow expects it
    NO_OPPORTUNITY = "no-opportunity"
    NO_ACCOUNT = "no-account"
    NO_CONTACT = "no-contact"
    EXISTING_CUSTOMER = "existing-customer"
    LEAD_DELETED = "lead-deleted"
    MERGED_PROSPECTS = "merged-prospects"
    UNDECIDED_REASON = "undecided-reason"
    SALES_CONTRADICTION = "sales-contradiction"
    # the two sides disagree, or Commerce went first
    DECIDED_IN_COMMERCE = "decided-in-commerce"
    CONTRADICTION = "contradiction"
    REOPENED_AFTER_DECISION = "reopened-after-decision"
    # Commerce is not as the flow expects it
    UNKNOWN_STATUS = "unknown-status"
    PROSPECT_DELETED = "prospect-deleted"
    STATUS_RESET = "status-reset"
    AWAITING_CLERK = "awaiting-clerk"
    HIERARCHY_MISSING = "hierarchy-missing"
    HIERARCHY_AMBIGUOUS = "hierarchy-ambiguous"
    APPROVED_WITHOUT_EFFECTS = "approved-without-effects"
    CONTACT_NOT_ENABLED = "contact-not-enabled"
    # the bridge could not do its work
    IN_DOUBT = "in-doubt"
    REFUSED_BY_SALES = "refused-by-sales"
    REFUSED_BY_COMMERCE = "refused-by-commerce"
    GAVE_UP = "gave-up"
    POISON = "poison"


DISPUTED = frozenset({Cause.CONTRADICTION, Cause.DECIDED_IN_COMMERCE, Cause.REOPENED_AFTER_DECISION, Cause.SALES_CONTRADICTION})
"""The two sides say different things, or one of them does; the attention's detail tells both, when and by whom."""
TROUBLES = frozenset({Cause.REFUSED_BY_SALES, Cause.REFUSED_BY_COMMERCE, Cause.GAVE_UP, Cause.POISON})
"""What keeps the bridge from its work: over when a look comes to its end, and another one when it comes again."""
PART_OF_DECIDING = frozenset({Cause.AWAITING_CLERK, Cause.IN_DOUBT})
"""What a decision takes by itself; any other cause stands in its way until a person has done something."""


def stand_in_the_way(causes: Iterable[Cause]) -> bool:
    """Whether any of the causes keeps the onboarding from going on."""
    return not PART_OF_DECIDING.issuperset(causes)


class Verdict(StrEnum):
    """What sales people decided on a request."""

    APPROVE = "approve"
    REJECT = "reject"

    @property
    def status(self) -> ProspectStatus:
        """What Commerce shows once it is taken."""
        return ProspectStatus.APPROVED if self is Verdict.APPROVE else ProspectStatus.REJECTED


@dataclass(frozen=True)
class Attention:
    """A named problem beside the stage. `detail` holds ids at most."""

    cause: Cause
    since: datetime
    detail: str = ""

    @property
    def mark(self) -> str:
        """What makes two attentions the same one: cause and detail; of a dispute what both sides show, not since when."""
        basis = self.detail.partition(";")[0] if self.cause in DISPUTED else self.detail
        return f"{self.cause} {basis}".strip()


@dataclass(frozen=True)
class Claim:
    """Who works on the onboarding now. `at` is when the work began: a write of a dead holder may have happened since."""

    owner: str
    at: datetime
    until: datetime


@dataclass(frozen=True)
class HistoryEntry:
    """One line of the onboarding's history: an event seen, an action done, an outcome."""

    at: datetime
    what: str
    detail: str = ""
    request_id: str = ""
    who: str = ""
    """The operator's object id, where one did it."""


@dataclass(frozen=True)
class Onboarding:
    """The record. Ids are those of the two systems, as they spell them; times are UTC."""

    key: ProspectKey
    correlation_id: str
    stage: Stage
    stage_since: datetime
    created_at: datetime
    legal_entity: str = ""
    prospect_id: str = ""
    organization_name: str = ""
    excluded_because: str = ""
    attentions: tuple[Attention, ...] = ()
    # Sales
    epoch: int = 1
    lead_id: str = ""
    lead_state: str = ""
    account_id: str = ""
    contact_id: str = ""
    opportunities: dict[str, str] = field(default_factory=dict)
    """Opportunity id -> state, as last seen: of every one that ever came from the lead."""
    opportunities_gone: tuple[str, ...] = ()
    """Those of them that were not there at the last look."""
    notes: tuple[str, ...] = ()
    """The kinds of notes that were written, so that none is written twice."""
    # Commerce
    prospect_status: ProspectStatus | None = None
    party_number: str = ""
    party_type: str = ""
    channel: str = ""
    organization_account: str = ""
    organization_party: str = ""
    person_account: str = ""
    person_party: str = ""
    accounts_made: tuple[str, ...] = ()
    """The customers that this onboarding made: a rejection puts them on hold, and no others."""
    customers_held: bool = False
    customer_losses: tuple[str, ...] = ()
    """Fields of the customers that are not as they were entered, and how (no values), for the seller's note."""
    hierarchy_id: str = ""
    missing_since: datetime | None = None
    """When the prospect was first not found; a second look confirms."""
    # the decision
    verdict: Verdict | None = None
    """The verdict that Sales shows and that is not yet in Commerce, from when it was first seen."""
    verdict_since: datetime | None = None
    sent: Verdict | None = None
    """The verdict that we wrote to Commerce."""
    sent_at: datetime | None = None
    decided_at: datetime | None = None
    """When Commerce was first seen Approved or Rejected."""
    in_doubt_since: datetime | None = None
    """A decision may have been sent at this time, its outcome unknown."""
    # what operators did
    assigned_to: str = ""
    """An operator's object id."""
    operator_note: str = ""
    held_by: str = ""
    """The operator who holds it: nothing is written to either system until it is released."""
    held_since: datetime | None = None
    acknowledged: tuple[str, ...] = ()
    """Attentions that an operator closed, each as `Attention.mark`: the same one does not open again."""
    rulings: dict[str, str] = field(default_factory=dict)
    """Cause -> what an operator chose to do about it (shared.rulings)."""
    # our own work
    requested_at: datetime | None = None
    """When the event that first told of it happened, or was received; a poll's: when the poll found it."""
    lead_created_at: datetime | None = None
    qualified_at: datetime | None = None
    closed_at: datetime | None = None
    """Since when Sales shows the verdict that it shows; None where it shows none."""
    sales_changed_at: datetime | None = None
    """When Sales came to show what it shows, by its own clock: a lead and opportunities in these states."""
    sales_changed_by: str = ""
    """The id of the user who did that."""
    blocked_at: datetime | None = None
    """When an attention or an operator's hold last stood in its way: that time is nobody's work."""
    completed_at: datetime | None = None
    due: datetime | None = None
    due_type: EventType | None = None
    observed_at: datetime | None = None
    """When the last complete observation began."""
    quiet_looks: int = 0
    """How many looks in a row found nothing new and did nothing: they are counted, and leave no line of history."""
    failing_since: datetime | None = None
    last_error: str = ""
    closed_system: str = ""
    """The system that was closed to traffic at the last look, so that the look is still to come."""
    postponed_since: datetime | None = None
    claim: Claim | None = None
    sales_requests: int = 0
    commerce_requests: int = 0
    table_operations: int = 0

    @property
    def attention(self) -> Cause | None:
        """The cause that matters most: the first."""
        return self.attentions[0].cause if self.attentions else None

    @property
    def is_blocked(self) -> bool:
        """Whether a person must do something before it can go on."""
        return bool(self.held_by) or stand_in_the_way(attention.cause for attention in self.attentions)

    @property
    def opportunities_there(self) -> dict[str, str]:
        """Those that were there at the last look."""
        return {found: state for found, state in self.opportunities.items() if found not in self.opportunities_gone}

    def has(self, cause: Cause) -> bool:
        """Whether this attention is open."""
        return any(attention.cause is cause for attention in self.attentions)
