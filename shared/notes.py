"""What the seller is told on the timeline: one note for each outcome. Pure."""

from __future__ import annotations

from shared.decisions import Plan
from shared.models import Lead, OpportunityState
from shared.ports import Note
from shared.record import Cause, Onboarding

_TEXTS = {
    "approved": (
        "Partner approved in Commerce",
        "The request {request} was approved in Commerce. The partner can sign in once head office's job 1010 has run.",
    ),
    "rejected": (
        "Request rejected in Commerce",
        "The request {request} was rejected in Commerce, which mails the decline to the requester.",
    ),
    "blocked": (
        "Approval is blocked",
        "The opportunity is won, but the request {request} is not approved in Commerce yet. {causes} "
        "The bridge looks again by itself and approves as soon as nothing stands against it.",
    ),
    "decided-in-commerce": (
        "Decided in Commerce",
        "Head office decided the request {request} in Commerce first: it is {status} there. Nothing done here changes that.",
    ),
    "contradiction": (
        "Sales and Commerce disagree",
        "The request {request} is {status} in Commerce, which is not what was decided here. Please settle it with head office.",
    ),
    "reopened-after-decision": (
        "Reopened after the decision",
        "The request {request} is {status} in Commerce already. Reopening it here does not change that.",
    ),
    "prospect-deleted": (
        "Request no longer in Commerce",
        "The request {request} does not exist in Commerce any more. Nothing more will happen to it.",
    ),
}

EXPLANATIONS = {
    Cause.NO_EMAIL: "The request has no e-mail address, so the requester could not sign in.",
    Cause.BAD_EMAIL: "The request's e-mail address is not usable, so the requester could not sign in.",
    Cause.DUPLICATE_EMAIL: "Another customer of the legal entity has this e-mail address, so the requester could not sign in.",
    Cause.DUPLICATE_REQUEST: "Another pending request uses the same e-mail address.",
    Cause.CHANNEL_UNKNOWN: "The request names no channel that Commerce knows, so its customers would lack an address book.",
    Cause.ADDRESS_BOOK: "The customer is in no address book of the channel, so it would never reach the site.",
    Cause.PARTY_TYPE: "The prospect's party is not of the expected type, so two customers would share one e-mail address.",
    Cause.NO_ACCOUNT: "The lead was qualified without an account.",
    Cause.NO_CONTACT: "The lead was qualified without a contact.",
    Cause.EXISTING_CUSTOMER: "The account is a customer already: is the requester a further user of it, or to be rejected?",
    Cause.NO_OPPORTUNITY: "The lead was qualified without an opportunity, so nothing can be won.",
}
"""Findings in plain words, for notes and pages."""


def note(known: Onboarding, plan: Plan, lead: Lead) -> Note:
    """The note that the plan asks for, with an id that is the same each time."""
    kind = plan.note.partition(":")[0]
    subject, text = _TEXTS[kind]
    causes = " ".join(EXPLANATIONS.get(cause, f"Open: {cause}.") for cause, _ in plan.findings)
    request = f"{known.legal_entity}/{known.prospect_id}"
    filled = text.format(request=request, causes=causes, status=(known.prospect_status or "unknown").lower())
    said = filled + _losses(known) if kind in ("approved", "blocked") else filled
    return Note(str(known.key.identifier(f"note/{plan.note}", known.epoch)), _about(lead), subject, said)


def _losses(known: Onboarding) -> str:
    losses = "; ".join(known.customer_losses)
    return f" Not carried over to Commerce as it was entered: {losses}." if losses else ""


def _about(lead: Lead) -> tuple[str, str]:
    """The opportunity that decided, else any, else the lead (which is read-only once it is qualified)."""
    ranked = sorted(lead.opportunities, key=lambda o: (o.state is not OpportunityState.WON, o.state is OpportunityState.OPEN))
    return ("opportunities", ranked[0].id) if ranked else ("leads", lead.id)
