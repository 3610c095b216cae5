"""Which onboarding a hint means: by the key in the event, else the link table, else one read in Sales."""

from __future__ import annotations

from datetime import timedelta

from shared.bridge import Bridge
from shared.models import Hint, ProspectKey

STRANGER_FOR = timedelta(minutes=10)
"""A lead that is not ours now may be adopted later: the negative link is short-lived."""


def resolve(bridge: Bridge, hint: Hint) -> ProspectKey | None:
    """The onboarding's key; None: a lead or opportunity that is not ours. Raises ServiceErrors where Sales must be asked."""
    if hint.prospect_key:
        return hint.prospect_key
    if hint.opportunity_id:
        return _of_opportunity(bridge, hint)
    return _of_lead(bridge, str(hint.lead_id)) if hint.lead_id else None


def _of_opportunity(bridge: Bridge, hint: Hint) -> ProspectKey | None:
    """By its lead where the event names it, since the lead's link is older than the opportunity's; else by its own link."""
    opportunity_id = str(hint.opportunity_id)
    linked = bridge.store.linked("lead", str(hint.lead_id)) if hint.lead_id else None
    linked = linked or bridge.store.linked("opportunity", opportunity_id)
    if linked is None:
        found = bridge.sales.lead_of_opportunity(opportunity_id)
        return _confirmed(bridge, "opportunity", opportunity_id, found[1] if found else None)
    return linked if isinstance(linked, ProspectKey) else None


def _of_lead(bridge: Bridge, lead_id: str) -> ProspectKey | None:
    linked = bridge.store.linked("lead", lead_id)
    if linked is None:
        return _confirmed(bridge, "lead", lead_id, bridge.sales.key_of_lead(lead_id))
    return linked if isinstance(linked, ProspectKey) else None


def _confirmed(bridge: Bridge, kind: str, record_id: str, key: ProspectKey | None) -> ProspectKey | None:
    """Remember what Sales said: the link, or that it is a stranger."""
    if key is None:
        bridge.store.link_stranger(kind, record_id, bridge.now() + STRANGER_FOR)
    else:
        bridge.store.link(kind, record_id, key)
    return key
