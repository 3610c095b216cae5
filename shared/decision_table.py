"""The decision table as data: (what Sales shows, what Commerce shows) -> where the onboarding stands and what is wanted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.models import EventType
from shared.record import Cause, Stage
from shared.situations import CommerceSituation as C  # noqa: N817 - the table's two axes read best with one letter each
from shared.situations import SalesSituation as S  # noqa: N817


class Want(StrEnum):
    """What a cell of the table is after."""

    NOTHING = "nothing"
    LEAD = "create the lead"
    REVIEW = "let the sellers work"
    CUSTOMERS = "have both customers"
    APPROVE = "approve"
    REJECT = "reject"
    CONFIRM = "see the approval's effects"
    LOOK_AGAIN = "look again soon"


@dataclass(frozen=True)
class Cell:
    """One cell of the table. `stage` None: as it was."""

    stage: Stage | None = None
    want: Want = Want.NOTHING
    attention: Cause | None = None
    note: str = ""
    because: str = ""


DECIDED_FIRST = {
    C.APPROVED: Cell(Stage.APPROVED, Want.CONFIRM, Cause.DECIDED_IN_COMMERCE, "decided-in-commerce"),
    C.REJECTED: Cell(Stage.REJECTED, attention=Cause.DECIDED_IN_COMMERCE, note="decided-in-commerce"),
}
DISAGREED = {
    C.APPROVED: Cell(Stage.APPROVED, attention=Cause.CONTRADICTION, note="contradiction"),
    C.REJECTED: Cell(Stage.REJECTED, attention=Cause.CONTRADICTION, note="contradiction"),
}
_GONE = Cell(Stage.EXCLUDED, attention=Cause.PROSPECT_DELETED, note="prospect-deleted", because="prospect-deleted")
_GONE_QUIETLY = Cell(Stage.EXCLUDED, because="prospect-deleted")
_UNKNOWN = Cell(attention=Cause.UNKNOWN_STATUS)
_EXCLUDED = Cell(Stage.EXCLUDED, because="decided-in-commerce")
_AGREED_REJECTED = Cell(Stage.REJECTED, note="rejected")

TABLE: dict[tuple[S, C], Cell] = {
    (S.NONE, C.PENDING): Cell(Stage.IN_REVIEW, Want.LEAD),
    (S.NONE, C.APPROVED): _EXCLUDED,
    (S.NONE, C.REJECTED): _EXCLUDED,
    (S.NONE, C.UNKNOWN): _UNKNOWN,
    (S.NONE, C.GONE): _GONE_QUIETLY,
    (S.OPEN, C.PENDING): Cell(Stage.IN_REVIEW, Want.REVIEW),
    (S.OPEN, C.APPROVED): DECIDED_FIRST[C.APPROVED],
    (S.OPEN, C.REJECTED): DECIDED_FIRST[C.REJECTED],
    (S.OPEN, C.UNKNOWN): _UNKNOWN,
    (S.OPEN, C.GONE): _GONE,
    (S.DEALING, C.PENDING): Cell(Stage.QUALIFIED, Want.CUSTOMERS),
    (S.DEALING, C.APPROVED): DECIDED_FIRST[C.APPROVED],
    (S.DEALING, C.REJECTED): DECIDED_FIRST[C.REJECTED],
    (S.DEALING, C.UNKNOWN): _UNKNOWN,
    (S.DEALING, C.GONE): _GONE,
    (S.NO_OPPORTUNITY, C.PENDING): Cell(Stage.QUALIFIED, Want.CUSTOMERS, Cause.NO_OPPORTUNITY),
    (S.NO_OPPORTUNITY, C.APPROVED): Cell(Stage.APPROVED, Want.CONFIRM, note="approved"),
    (S.NO_OPPORTUNITY, C.REJECTED): DISAGREED[C.REJECTED],
    (S.NO_OPPORTUNITY, C.UNKNOWN): _UNKNOWN,
    (S.NO_OPPORTUNITY, C.GONE): _GONE,
    (S.WON, C.PENDING): Cell(Stage.QUALIFIED, Want.APPROVE),
    (S.WON, C.APPROVED): Cell(Stage.APPROVED, Want.CONFIRM, note="approved"),
    (S.WON, C.REJECTED): DISAGREED[C.REJECTED],
    (S.WON, C.UNKNOWN): _UNKNOWN,
    (S.WON, C.GONE): _GONE,
    (S.LOST, C.PENDING): Cell(Stage.QUALIFIED, Want.REJECT),
    (S.LOST, C.APPROVED): DISAGREED[C.APPROVED],
    (S.LOST, C.REJECTED): _AGREED_REJECTED,
    (S.LOST, C.UNKNOWN): _UNKNOWN,
    (S.LOST, C.GONE): _GONE_QUIETLY,
    (S.DISQUALIFIED, C.PENDING): Cell(Stage.IN_REVIEW, Want.REJECT),
    (S.DISQUALIFIED, C.APPROVED): DISAGREED[C.APPROVED],
    (S.DISQUALIFIED, C.REJECTED): _AGREED_REJECTED,
    (S.DISQUALIFIED, C.UNKNOWN): _UNKNOWN,
    (S.DISQUALIFIED, C.GONE): _GONE_QUIETLY,
    (S.DELETED, C.PENDING): Cell(attention=Cause.LEAD_DELETED),
    (S.DELETED, C.APPROVED): Cell(Stage.APPROVED, Want.CONFIRM),
    (S.DELETED, C.REJECTED): Cell(Stage.REJECTED),
    (S.DELETED, C.UNKNOWN): Cell(attention=Cause.LEAD_DELETED),
    (S.DELETED, C.GONE): _GONE_QUIETLY,
    (S.MERGED, C.PENDING): Cell(attention=Cause.MERGED_PROSPECTS),
    (S.MERGED, C.APPROVED): Cell(Stage.APPROVED, attention=Cause.MERGED_PROSPECTS),
    (S.MERGED, C.REJECTED): Cell(Stage.REJECTED, attention=Cause.MERGED_PROSPECTS),
    (S.MERGED, C.UNKNOWN): Cell(attention=Cause.MERGED_PROSPECTS),
    (S.MERGED, C.GONE): _GONE_QUIETLY,
    (S.CONTRADICTORY, C.PENDING): Cell(attention=Cause.SALES_CONTRADICTION),
    (S.CONTRADICTORY, C.APPROVED): DECIDED_FIRST[C.APPROVED],
    (S.CONTRADICTORY, C.REJECTED): DECIDED_FIRST[C.REJECTED],
    (S.CONTRADICTORY, C.UNKNOWN): _UNKNOWN,
    (S.CONTRADICTORY, C.GONE): _GONE,
} | {(sales, C.MISSING): Cell(want=Want.LOOK_AGAIN) for sales in S if sales is not S.UNREAD}

QUEUES = {
    S.NONE: EventType.PROSPECT_CREATED,
    S.OPEN: EventType.LEAD_QUALIFIED,
    S.DEALING: EventType.LEAD_QUALIFIED,
    S.NO_OPPORTUNITY: EventType.LEAD_QUALIFIED,
    S.WON: EventType.OPPORTUNITY_CLOSED,
    S.LOST: EventType.OPPORTUNITY_CLOSED,
}
"""The queue in which an onboarding in this situation is looked at again; the others: lead-disqualified."""
