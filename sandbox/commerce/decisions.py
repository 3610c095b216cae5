"""Approve and reject: the status, the records that approval makes, and the mail (docs: partners-customer-hierarchies)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sandbox.commerce import mail
from sandbox.commerce.approval import make_records, requester_of
from sandbox.commerce.infolog import CommerceError, Infolog
from sandbox.commerce.prospects import change_prospect, get_prospect
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World

APPROVED, REJECTED = "Approved", "Rejected"


def approve(world: World, company: str, prospect_id: str) -> Row:
    """Approve as a clerk does with Convert > Approve/Reject: status, records, mail. A second approval mails a second time."""
    prospect = _decided(world, company, prospect_id, APPROVED)
    _take_effect(world, prospect, lambda: _approval_effects(world, company, prospect_id))
    return prospect


def reject(world: World, company: str, prospect_id: str) -> Row:
    """Reject: status and decline mail; no record is made and none is taken away."""
    prospect = _decided(world, company, prospect_id, REJECTED)
    _take_effect(world, prospect, lambda: _mail(world, mail.REJECTED, company, prospect_id))
    return prospect


def write_status(world: World, prospect: Row, status: str) -> Row:
    """What writing `B2BProspectStatus` through the entity does: the decision, or only the field, as the environment is set."""
    decision = {APPROVED: approve, REJECTED: reject}.get(status)
    if decision is None or world.settings.decision_channel != "status":
        return change_prospect(world, prospect, {"B2BProspectStatus": status})
    return decision(world, prospect["dataAreaId"], prospect["ProspectId"])


def _decided(world: World, company: str, prospect_id: str, status: str) -> Row:
    prospect = get_prospect(world, company, prospect_id)
    if prospect["IsB2BProspect"] != "Yes":
        raise Infolog(f"Error: Prospect {prospect_id} is not a B2B prospect.")
    return change_prospect(world, prospect, {"B2BProspectStatus": status})


def _take_effect(world: World, prospect: Row, effects: Callable[[], None]) -> None:
    delay = world.settings.effects_delay * world.clock
    if delay <= 0:
        effects()
        return
    world.after_commit(lambda: world.background.run(lambda: _later(world, prospect, effects), after=delay))


def _later(world: World, prospect: Row, effects: Callable[[], None]) -> None:
    try:
        with world.transaction():
            effects()
    except CommerceError as error:
        logging.getLogger(__name__).warning("effects of prospect %s failed: %s", prospect["ProspectId"], error)


def _approval_effects(world: World, company: str, prospect_id: str) -> None:
    make_records(world, get_prospect(world, company, prospect_id))
    _mail(world, mail.APPROVED, company, prospect_id)


def _mail(world: World, notification: str, company: str, prospect_id: str) -> None:
    prospect = get_prospect(world, company, prospect_id)
    requester = requester_of(world, prospect)
    mail.send(world, notification, prospect, requester.first_name, requester.last_name)
