"""For each attention: what was found, who is awaited to do what, and what follows then. Pure data.

`whom` + `what` complete the words "it has waited for ...", e.g. "head office to give the requester another e-mail address".
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.record import Cause


@dataclass(frozen=True)
class Awaited:
    """One cause in words. `then` empty: the bridge goes on by itself. `shows_detail`: the attention's detail is ids that help.

    Without it, it is a system's own words, or both sides with times and users, which stand beside the sentence.
    """

    found: str
    whom: str
    what: str
    then: str = ""
    shows_detail: bool = True


_OFFICE, _SELLER, _BOTH, _ADMINISTRATOR = "head office", "a seller", "head office and the seller", "an administrator"
_STANDS = "until then each system keeps what was decided in it"

AWAITED: dict[Cause, Awaited] = {
    Cause.NO_EMAIL: Awaited("The request has no e-mail address to sign in with", _OFFICE, "to enter one on the prospect"),
    Cause.BAD_EMAIL: Awaited("The request's e-mail address cannot be used to sign in", _OFFICE, "to correct it on the prospect"),
    Cause.DUPLICATE_EMAIL: Awaited(
        "Another customer of the legal entity has the same e-mail address", _OFFICE, "to give one of the two another address"
    ),
    Cause.DUPLICATE_REQUEST: Awaited(
        "Another pending request has the same e-mail address", _OFFICE, "to decide which of the requests counts"
    ),
    Cause.CHANNEL_UNKNOWN: Awaited(
        "The request names no channel that Commerce knows", _OFFICE, "to enter the channel on the prospect"
    ),
    Cause.ADDRESS_BOOK: Awaited(
        "The customer would not reach the site, since it is in no address book of the channel",
        _OFFICE,
        "to set the address book of the channel's default customer",
    ),
    Cause.PARTY_TYPE: Awaited("The prospect's party is not of the type that the flow expects", _OFFICE, "to correct the party"),
    Cause.NO_OPPORTUNITY: Awaited(
        "The lead was qualified without an opportunity, so nothing can be won", _SELLER, "to add an opportunity to the lead"
    ),
    Cause.NO_ACCOUNT: Awaited("The lead was qualified without an account", _SELLER, "to set the account"),
    Cause.NO_CONTACT: Awaited("The lead was qualified without a contact", _SELLER, "to set the contact"),
    Cause.EXISTING_CUSTOMER: Awaited(
        "The lead's account is a customer already",
        _OFFICE,
        "to make the requester a further user of it, or to reject",
        "no second organization is created",
    ),
    Cause.LEAD_DELETED: Awaited(
        "The lead was deleted in Sales", "an operator", "to ask for a new lead, or to close it", "nothing is created unasked"
    ),
    Cause.MERGED_PROSPECTS: Awaited(
        "The lead was merged into one that carries another request",
        _OFFICE,
        "to decide this request in Commerce",
        "the surviving lead decides only its own request",
    ),
    Cause.UNDECIDED_REASON: Awaited(
        "The lead or opportunity was closed for a reason that may not mean no",
        "an operator",
        "to reject it, or a seller to reopen it",
    ),
    Cause.SALES_CONTRADICTION: Awaited(
        "Lead and opportunity say different things", _SELLER, "to bring them in line", shows_detail=False
    ),
    Cause.DECIDED_IN_COMMERCE: Awaited(
        "Head office decided in Commerce before Sales did",
        _SELLER,
        "to close the lead or opportunity to match",
        _STANDS,
        shows_detail=False,
    ),
    Cause.CONTRADICTION: Awaited(
        "Sales and Commerce decided differently", _BOTH, "to agree, and an operator to settle it", _STANDS, shows_detail=False
    ),
    Cause.REOPENED_AFTER_DECISION: Awaited(
        "Sales reopened it after Commerce had decided",
        _BOTH,
        "to agree, and an operator to settle it",
        _STANDS,
        shows_detail=False,
    ),
    Cause.UNKNOWN_STATUS: Awaited(
        "The prospect has a status that the bridge does not know", _OFFICE, "to set Pending, Approved or Rejected"
    ),
    Cause.PROSPECT_DELETED: Awaited(
        "The prospect was deleted in Commerce", _SELLER, "to close the lead", "nothing more happens to it in Commerce"
    ),
    Cause.STATUS_RESET: Awaited(
        "A decided prospect was set back to Pending",
        _OFFICE,
        "to decide it again",
        "the bridge does not write the decision a second time",
    ),
    Cause.AWAITING_CLERK: Awaited(
        "Sales decided, and a clerk writes decisions here",
        _OFFICE,
        "to press Convert on the prospect",
        "the bridge closes it when the status changes",
    ),
    Cause.HIERARCHY_MISSING: Awaited("The approved partner has no customer hierarchy", _OFFICE, "to create it"),
    Cause.HIERARCHY_AMBIGUOUS: Awaited("The approved partner is in more than one customer hierarchy", _OFFICE, "to leave one"),
    Cause.APPROVED_WITHOUT_EFFECTS: Awaited(
        "The decision is written and what it should bring is missing",
        _OFFICE,
        "to complete it, or to choose another decision channel",
    ),
    Cause.CONTACT_NOT_ENABLED: Awaited("The partner's Admin contact may not sign in yet", _OFFICE, "to enable the contact"),
    Cause.IN_DOUBT: Awaited(
        "A decision may have been sent, and no answer came",
        "Commerce",
        "to settle what it was asked",
        "the bridge reads it back before it writes anything a second time",
    ),
    Cause.REFUSED_BY_SALES: Awaited(
        "Sales refused a write", _ADMINISTRATOR, "to correct what it says", "the bridge tries again every day", False
    ),
    Cause.REFUSED_BY_COMMERCE: Awaited(
        "Commerce refused a write", _OFFICE, "to correct what it says", "the bridge tries again every day", False
    ),
    Cause.GAVE_UP: Awaited(
        "A system did not answer for 24 hours",
        _ADMINISTRATOR,
        "to bring it back",
        "the bridge looks again every day and heals by itself",
        False,
    ),
    Cause.POISON: Awaited(
        "A message about it failed five times for a reason that nobody foresaw",
        "an operator",
        "to look at the log and replay it",
        "the bridge looks again within the hour",
    ),
}
