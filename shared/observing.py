"""Reading both systems for one onboarding, with as few requests as the question allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.bridge import Bridge
from shared.findings import email_is_usable
from shared.models import (
    CommerceView,
    Hint,
    Lead,
    Observation,
    OpportunityState,
    ProspectKey,
    ProspectStatus,
    Record,
    SalesView,
)
from shared.ports import Question
from shared.record import OPEN_STAGES, Onboarding


def observe_request(bridge: Bridge, known: Onboarding, hint: Hint) -> Observation:
    """The first look, by the invocation that created the row: Sales stays unread, since there can be no lead of ours."""
    prospect = bridge.commerce.prospect(known.key)
    view = CommerceView(prospect)
    if prospect is None:
        return Observation(None, view)
    if hint.preflight and hint.preflight.etag == prospect.etag:
        return Observation(None, with_channel(bridge, view), hint.preflight)
    accounts, prospects = bridge.commerce.check([prospect]).get(known.key, ((), ()))
    return Observation(None, with_channel(bridge, replace(view, same_email_accounts=accounts, same_email_prospects=prospects)))


def observe(bridge: Bridge, known: Onboarding) -> Observation:
    """The present state of both: one request to Sales, one to Commerce (more only where something unusual is found)."""
    sales = _with_account_owner(bridge, known, bridge.sales.lead(known.lead_id, known.key))
    view = bridge.commerce.look(question(known, sales, hierarchy=_effects_matter(known, sales)))
    return Observation(sales, with_channel(bridge, _with_email_check(bridge, known, view)))


def observe_all(bridge: Bridge, onboardings: Sequence[Onboarding]) -> list[Observation]:
    """Several at once: one request to each system, and more only where something unusual is found."""
    leads = bridge.sales.leads([known.key for known in onboardings])
    views = [_with_account_owner(bridge, known, leads.get(known.key, SalesView(None))) for known in onboardings]
    pairs = list(zip(onboardings, views, strict=True))
    asked = [question(known, sales, hierarchy=_effects_matter(known, sales)) for known, sales in pairs]
    return [
        Observation(sales, with_channel(bridge, _with_email_check(bridge, known, view)))
        for (known, sales), view in zip(pairs, bridge.commerce.look_all(asked), strict=True)
    ]


def look_closer(bridge: Bridge, known: Onboarding, seen: Observation) -> Observation:
    """Commerce once more, with the hierarchies."""
    view = bridge.commerce.look(question(known, seen.sales, hierarchy=True))
    return replace(seen, commerce=with_channel(bridge, view))


def question(known: Onboarding, sales: SalesView | None, *, hierarchy: bool) -> Question:
    """What to ask Commerce about this onboarding."""
    lead = sales.lead if sales else None
    return Question(
        key=known.key,
        emails=_distinct(_email(lead.fields), _email(lead.contact)) if lead else (),
        accounts=_distinct(known.organization_account, known.person_account),
        parties=_distinct(known.party_number, known.organization_party, known.person_party),
        hierarchy=hierarchy,
    )


def _effects_matter(known: Onboarding, sales: SalesView) -> bool:
    """Hierarchies are asked for only where an approval is near or past."""
    won = sales.lead and any(opportunity.state is OpportunityState.WON for opportunity in sales.lead.opportunities)
    return bool(won) or known.stage not in OPEN_STAGES


def _with_email_check(bridge: Bridge, known: Onboarding, view: CommerceView) -> CommerceView:
    """Where Sales has no e-mail address to ask by (no lead yet, or the seller cleared it), the request's own is asked for."""
    prospect = view.prospect
    if prospect is None or prospect.status is not ProspectStatus.PENDING or view.same_email_accounts is not None:
        return view
    if not email_is_usable(prospect.email):
        return view
    accounts, prospects = bridge.commerce.check([prospect]).get(prospect.key, ((), ()))
    others = tuple(account for account in accounts if account not in (known.organization_account, known.person_account))
    return replace(view, same_email_accounts=others, same_email_prospects=prospects)


def with_channel(bridge: Bridge, view: CommerceView) -> CommerceView:
    """The view with the address books of its channel's default customer (cached)."""
    if not view.prospect or not view.prospect.channel:
        return view
    defaults = bridge.commerce.channel(view.prospect.legal_entity, view.prospect.channel)
    return replace(view, channel_books=defaults.address_books) if defaults else view


def _with_account_owner(bridge: Bridge, known: Onboarding, view: SalesView) -> SalesView:
    """Says whose partner the lead's account is, where it was not made from this lead."""
    lead = view.lead
    if lead is None or lead.account is None or _originates(lead, lead.account):
        return view
    return replace(view, lead=replace(lead, account_taken_by=_account_owner(bridge, known, lead.account)))


def _originates(lead: Lead, account: Record) -> bool:
    return str(account.get("_originatingleadid_value") or "").lower() == lead.id.lower()


def _account_owner(bridge: Bridge, known: Onboarding, account: Record) -> ProspectKey:
    """The onboarding that the account came from or was linked to; else it becomes this one's, unless another is faster."""
    origin, account_id = (str(account.get(column) or "") for column in ("_originatingleadid_value", "accountid"))
    came_from = bridge.store.linked("lead", origin) if origin else None
    owner = came_from if isinstance(came_from, ProspectKey) else bridge.store.linked("account", account_id)
    return owner if isinstance(owner, ProspectKey) else bridge.store.link_first("account", account_id, known.key)


def _email(record: Record | None) -> str:
    return str((record or {}).get("emailaddress1") or "")


def _distinct(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
