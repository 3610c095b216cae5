"""What an operator may choose about an attention that only a person can settle. Pure.

A ruling never undoes what Commerce decided: where Sales is right, a clerk changes Commerce, and the bridge waits for it. It
holds as long as what it was made about stays as it was; after that the question is asked again.
"""

from __future__ import annotations

from dataclasses import replace

from shared.findings import Finding
from shared.record import Attention, Cause, Onboarding

COMMERCE, SALES, REJECT, APPROVE, ACCEPT, AGAIN = "commerce", "sales", "reject", "approve", "accept", "again"

_SIDES = {
    COMMERCE: "What Commerce decided stands; the attention is closed",
    SALES: "What Sales decided is right; a clerk changes it in Commerce, and the bridge waits for that",
}
_ACCEPTED = {ACCEPT: "Go on although this stands against it"}

CHOICES: dict[Cause, dict[str, str]] = {
    Cause.CONTRADICTION: _SIDES,
    Cause.DECIDED_IN_COMMERCE: {COMMERCE: _SIDES[COMMERCE]},
    Cause.REOPENED_AFTER_DECISION: _SIDES,
    Cause.UNDECIDED_REASON: {REJECT: "The reason means no; reject the request"},
    Cause.NO_OPPORTUNITY: {APPROVE: "Approve without an opportunity"},
    Cause.LEAD_DELETED: {AGAIN: "Create the lead again"},
    Cause.DUPLICATE_EMAIL: _ACCEPTED,
    Cause.DUPLICATE_REQUEST: _ACCEPTED,
    Cause.ADDRESS_BOOK: _ACCEPTED,
}
"""Cause -> choice -> what it means."""


def choices(known: Onboarding) -> dict[Cause, dict[str, str]]:
    """What can be chosen about the open attentions."""
    return {attention.cause: CHOICES[attention.cause] for attention in known.attentions if attention.cause in CHOICES}


def ruled(known: Onboarding, cause: Cause, choice: str) -> Onboarding:
    """The record with that choice; raises ValueError where the attention is not open, or has no such choice."""
    if choice not in choices(known).get(cause, {}):
        raise ValueError(f"{choice} cannot be chosen about {cause} here")
    others = tuple(attention for attention in known.attentions if attention.cause is not cause)
    if choice == AGAIN:
        return replace(_without_lead(known), epoch=known.epoch + 1, attentions=others)
    detail = next(attention.detail for attention in known.attentions if attention.cause is cause)
    return replace(known, rulings={**known.rulings, cause.value: f"{choice}|{_basis(known, choice, detail)}"})


def _without_lead(known: Onboarding) -> Onboarding:
    """As before there was a lead: the next one has states and times of its own."""
    unseen = replace(known, lead_id="", lead_state="", account_id="", contact_id="", opportunities={}, opportunities_gone=())
    return replace(unseen, lead_created_at=None, qualified_at=None, closed_at=None, sales_changed_at=None, sales_changed_by="")


def chosen(known: Onboarding, cause: Cause, detail: str = "") -> str:
    """What was chosen about a cause and still holds; empty: nothing."""
    choice, _, basis = known.rulings.get(cause.value, "").partition("|")
    return choice if basis == _basis(known, choice, detail) else ""


def standing(known: Onboarding, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that no ruling settled; one that was settled for Sales waits for the clerk."""
    return tuple(left for finding in findings if (left := _left_of(known, finding)))


def open_attentions(known: Onboarding, attentions: tuple[Attention, ...]) -> tuple[Attention, ...]:
    """Without those that an operator closed for good."""
    return tuple(attention for attention in attentions if attention.mark not in known.acknowledged)


def _left_of(known: Onboarding, finding: Finding) -> Finding | None:
    choice = chosen(known, *finding)
    if choice == SALES:
        return Cause.AWAITING_CLERK, "settled for Sales"
    return None if choice in (COMMERCE, ACCEPT) else finding


def _basis(known: Onboarding, choice: str, detail: str) -> str:
    """What a ruling rests on: whatever was accepted, or what both sides showed."""
    if choice == ACCEPT:
        return detail[:200]
    return " ".join([known.prospect_status or "", known.lead_state, *sorted(known.opportunities.values())])
