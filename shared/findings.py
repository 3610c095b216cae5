"""What would leave an approved user unable to sign in, or a customer without its data: found before anything is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.models import CommerceView, Lead, PartyType, Preflight, Prospect
from shared.policy import AccessModel, Customers, Hierarchies, Policy
from shared.record import Cause, Onboarding

_EMAIL = re.compile(r"[^@\s*]+@[^@\s*]+\.[^@\s*]+")
"""An address with an asterisk is legal mail, but a wildcard in an F&O filter (docs: odata)."""

Finding = tuple[Cause, str]
"""A cause, and ids that explain it."""


def email_is_usable(email: str) -> bool:
    """Whether the address can be looked for in F&O."""
    return _EMAIL.fullmatch(email) is not None


def preflight_findings(view: CommerceView, preflight: Preflight | None, policy: Policy) -> tuple[Finding, ...]:
    """What stands against signing in. A poll's own check counts while the prospect has not changed since."""
    prospect = view.prospect
    if prospect is None:
        return ()
    return (*_email_findings(prospect, view, preflight), *_party_findings(prospect, policy), *_channel_findings(prospect, view))


def _email_findings(prospect: Prospect, view: CommerceView, preflight: Preflight | None) -> Iterator[Finding]:
    if not prospect.email:
        yield Cause.NO_EMAIL, ""
    elif not email_is_usable(prospect.email):
        yield Cause.BAD_EMAIL, ""
    if view.same_email_accounts:
        yield Cause.DUPLICATE_EMAIL, ", ".join(view.same_email_accounts)
    if view.same_email_prospects:
        yield Cause.DUPLICATE_REQUEST, ", ".join(view.same_email_prospects)
    if view.same_email_accounts is None and preflight and preflight.etag == prospect.etag:
        yield from ((Cause(text), "") for text in preflight.findings if text in set(Cause))  # another version's may be unknown


def _party_findings(prospect: Prospect, policy: Policy) -> Iterator[Finding]:
    if prospect.party_type not in set(PartyType):
        yield Cause.PARTY_TYPE, prospect.party_type
    elif prospect.party_type == PartyType.ORGANIZATION and prospect.email and policy.customers is Customers.BRIDGE:
        # The organization's customer would inherit the party's e-mail, and the person's would be the second one with it.
        yield Cause.PARTY_TYPE, f"{prospect.party_type} with an e-mail"


def _channel_findings(prospect: Prospect, view: CommerceView) -> Iterator[Finding]:
    if view.channel_books is None:
        yield Cause.CHANNEL_UNKNOWN, prospect.channel
    elif not view.channel_books:
        yield Cause.ADDRESS_BOOK, prospect.channel


def sales_findings(lead: Lead, known: Onboarding, policy: Policy) -> tuple[Finding, ...]:
    """What is missing or in the way on the Sales side before customers can be written."""
    if policy.customers is Customers.COMMERCE:
        return ()
    found = []
    if lead.account is None:
        found.append((Cause.NO_ACCOUNT, ""))
    elif owner := existing_customer(lead, known):
        found.append((Cause.EXISTING_CUSTOMER, owner))
    if lead.contact is None and policy.access_model is AccessModel.PERSON:
        found.append((Cause.NO_CONTACT, ""))
    return tuple(found)


def earlier_organization(view: CommerceView, known: Onboarding, policy: Policy) -> tuple[Finding, ...]:
    """The Organization to which the requester is invoiced already: left behind by an approval that was set back."""
    if policy.customers is Customers.COMMERCE:
        return ()
    others = {customer.invoice_account for customer in view.customers} - {"", known.organization_account}
    return ((Cause.EXISTING_CUSTOMER, ", ".join(sorted(others))),) if others else ()


def existing_customer(lead: Lead, known: Onboarding) -> str:
    """The customer account, or the other onboarding, that the lead's account already belongs to; empty: none."""
    if lead.account_taken_by and lead.account_taken_by != known.key:
        return lead.account_taken_by.text
    number = str((lead.account or {}).get("accountnumber") or "")
    return "" if number in ("", known.organization_account) else number


def effects_findings(view: CommerceView, known: Onboarding, policy: Policy) -> tuple[Finding, ...]:
    """What an approval should have brought and did not: hierarchy, Admin, sign-in (docs: partners-customer-hierarchies)."""
    if view.hierarchies is None:
        return ()
    if not view.hierarchies:
        return ((Cause.HIERARCHY_MISSING, ""),)
    if len(view.hierarchies) > 1:
        return ((Cause.HIERARCHY_AMBIGUOUS, ", ".join(hierarchy.id for hierarchy in view.hierarchies)),)
    return tuple(_sign_in_findings(view, known, policy))


def hierarchy_is_ours_to_make(missing: tuple[Finding, ...], known: Onboarding, policy: Policy) -> bool:
    """Only by policy, where Commerce made none, and both of its parties are known."""
    wanted = policy.hierarchies is Hierarchies.BRIDGE and policy.access_model is AccessModel.PERSON
    return wanted and (Cause.HIERARCHY_MISSING, "") in missing and bool(known.organization_party and known.person_party)


def _sign_in_findings(view: CommerceView, known: Onboarding, policy: Policy) -> Iterator[Finding]:
    admins = view.hierarchies[0].admins() if view.hierarchies else ()
    if not admins or (known.person_party and policy.access_model is AccessModel.PERSON and known.person_party not in admins):
        yield Cause.APPROVED_WITHOUT_EFFECTS, "no Admin node for the requester"
    if policy.access_model is AccessModel.CONTACT and view.contact_enabled is False:
        yield Cause.CONTACT_NOT_ENABLED, ""
    if sharing := (*(view.same_email_accounts or ()), *_own_customers_that_share(view)):
        yield Cause.DUPLICATE_EMAIL, ", ".join(sharing)
    unreached = [c.account for c in view.customers if view.channel_books and not books(c.address_books) & view.channel_books]
    if unreached:
        yield Cause.ADDRESS_BOOK, ", ".join(unreached)


def _own_customers_that_share(view: CommerceView) -> tuple[str, ...]:
    """The onboarding's own customers with the requester's e-mail, where they are several: an approval that made a second pair."""
    email = view.prospect.email.casefold() if view.prospect else ""
    sharing = tuple(customer.account for customer in view.customers if email and customer.email.casefold() == email)
    return sharing if len(sharing) > 1 else ()


def books(text: str) -> frozenset[str]:
    """F&O's list of address books, `a;b`, as a set."""
    return frozenset(part.strip() for part in text.split(";") if part.strip())
