"""The mails that head office sends by itself (docs: email-templates-transactions), kept in an outbox that one can read."""

from __future__ import annotations

from typing import Any

from sandbox.commerce.tables import Row
from sandbox.commerce.world import World

APPROVED = "B2B prospect approved"
REJECTED = "B2B prospect rejected"


def send(world: World, notification: str, prospect: Row, first_name: str, last_name: str) -> None:
    """Mail the requester, if the channel's notification profile has this notification type; leaves with the commit."""
    channel = channel_of(world, prospect)
    profile = channel["EmailNotificationProfile"] if channel else ""
    if notification not in world.notification_profiles.get(profile, ()) or not prospect["PrimaryEmailAddress"]:
        return
    mail = {
        "notification": notification,
        "to": prospect["PrimaryEmailAddress"],
        "legal_entity": prospect["dataAreaId"],
        "prospect": prospect["ProspectId"],
        "language": prospect["LanguageId"],
        "sent": world.now().isoformat(),
        "placeholders": _placeholders(notification, prospect, first_name, last_name),
    }
    world.after_commit(lambda: world.outbox.append(mail))


def channel_of(world: World, prospect: Row) -> Row | None:
    """The online channel that the prospect came from."""
    found = world["OnlineChannels"].find(OperatingUnitPartyNumber=prospect["RetailChannelOperatingUnitPartyNumber"])
    return found[0] if found else None


def _placeholders(notification: str, prospect: Row, first_name: str, last_name: str) -> dict[str, Any]:
    names = {"firstname": first_name, "lastname": last_name, "company": prospect["CompanyName"]}
    if notification == REJECTED:
        return names
    details = {"email": prospect["PrimaryEmailAddress"], "zipcode": prospect["AddressZipCode"], "comments": prospect["Note"]}
    # storename and storeurl are documented as empty unless the mail is extended.
    return names | details | {"storename": "", "storeurl": ""}
