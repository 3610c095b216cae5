"""Security roles: what a user may do with a table, and with which rows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.odata.errors import ODataError
from sandbox.sales import errors
from sandbox.sales.call import Call
from sandbox.sales.schema import Table
from sandbox.sales.seed import ADMINISTRATOR, role_id
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World


def require(world: World, call: Call, right: str, table: Table, row: Row | None = None) -> None:
    """Raise 403 where the caller lacks `prv{Right}{table}`, or holds it at user level for somebody else's row."""
    if call.platform:
        return
    depth = depth_of(world, call.user_id, f"prv{right}{table.name}")
    if depth is None or (row is not None and not covers(call.user_id, depth, row)):
        raise _missing(call, right, table)


def require_global(world: World, call: Call, right: str, table: Table) -> None:
    """Raise 403 where the caller does not hold `prv{Right}{table}` for the whole organization."""
    if depth_of(world, call.user_id, f"prv{right}{table.name}") != "Global":
        raise _missing(call, right, table)


def require_named(world: World, call: Call, privilege: str) -> None:
    """Raise 403 where the caller lacks a privilege that belongs to no table, as those of customizers do."""
    if depth_of(world, call.user_id, privilege) is None:
        raise errors.missing_privilege(call.user_id, privilege, 0, "none")


def covers(user_id: str, depth: str, row: Row) -> bool:
    """Whether a privilege of that depth reaches a row; Basic means the user's own rows."""
    owner = row.get("ownerid")
    return depth != "Basic" or not isinstance(owner, Reference) or owner.id == user_id


def depth_of(world: World, user_id: str, privilege: str) -> str | None:
    """The depth at which a user's roles give a privilege (Basic, Local, Deep, Global), or None."""
    roles = world.user_roles.get(user_id, set())
    if role_id(world, ADMINISTRATOR) in roles:
        return "Global"
    found = {
        depth
        for role in roles
        for name, depth in world.role_privileges.get(role, {}).items()
        if name.lower() == privilege.lower()
    }
    return next((depth for depth in ("Global", "Deep", "Local", "Basic") if depth in found), None)


def privileges_of(world: World, user_id: str) -> dict[str, str]:
    """Every privilege of a user with its depth."""
    names = [str(row["name"]) for row in world.store.rows("privilege")]
    depths = {name: depth_of(world, user_id, name) for name in names}
    return {name: depth for name, depth in depths.items() if depth is not None}


def _missing(call: Call, right: str, table: Table) -> ODataError:
    return errors.missing_privilege(call.user_id, f"prv{right}{table.name.capitalize()}", table.type_code, table.name)
