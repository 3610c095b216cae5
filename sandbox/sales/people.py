"""From a token's claims to a user of this environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.sales import errors

if TYPE_CHECKING:
    from sandbox.sales.world import World


def user_of(world: World, claims: dict[str, Any]) -> str:
    """The id of the user that the token belongs to, by object id, application id or name; raises 403 for a stranger."""
    for row in world.store.rows("systemuser"):
        known = (row["azureactivedirectoryobjectid"], row["applicationid"], row["fullname"])
        given = (claims.get("oid"), claims.get("appid"), claims.get("name"))
        if any(value is not None and value == wanted for value, wanted in zip(known, given, strict=True)):
            if row["isdisabled"]:
                raise errors.not_a_member()
            return str(row["systemuserid"])
    raise errors.not_a_member()
