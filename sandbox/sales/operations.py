"""Functions and actions: who am I, qualify, win, lose, merge, user roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.odata.keys import Segment, split_path
from sandbox.odata.options import parse_options
from sandbox.sales import drafts, errors, merging, payload, privileges, records
from sandbox.sales.addressing import Address, locate, resolve
from sandbox.sales.call import Call
from sandbox.sales.closing import close_opportunity
from sandbox.sales.http import Request, Response
from sandbox.sales.metadata import customizing
from sandbox.sales.qualifying import Qualification, qualify
from sandbox.sales.query import Reader
from sandbox.sales.store import Reference, Row
from sandbox.sales.values import is_guid

if TYPE_CHECKING:
    from sandbox.sales.world import World

MANY_TO_MANY = {"systemuserroles_association": "role"}
_QUALIFY_LINKS = ("OpportunityCurrencyId", "OpportunityCustomerId", "SourceCampaignId")
_TYPE = "Microsoft.Dynamics.CRM."


def bound(world: World, call: Call, request: Request, address: Address, name: str) -> Response:
    """Run a bound operation on the row that the path addresses."""
    run = _BOUND.get((address.table.name, name))
    if run is None:
        raise errors.no_resource(f"{_TYPE}{name}")
    address.require()
    return run(world, call, request, address)


def who_am_i(world: World, call: Call, request: Request) -> Response:
    """WhoAmI()."""
    ids = {
        "BusinessUnitId": str(world.store.rows("businessunit")[0]["businessunitid"]),
        "UserId": call.user_id,
        "OrganizationId": str(world.store.rows("organization")[0]["organizationid"]),
    }
    return Response(200, {"@odata.context": f"{request.root}/$metadata#{_TYPE}WhoAmIResponse"} | ids)


def current_organization(world: World, call: Call, request: Request) -> Response:
    """RetrieveCurrentOrganization(AccessType=...): an environment of the type sandbox."""
    _parameter(request, "AccessType")
    row = world.store.rows("organization")[0]
    detail = {
        "OrganizationId": str(row["organizationid"]),
        "FriendlyName": row["name"],
        "UniqueName": row["name"],
        "State": "Enabled",
        "OrganizationType": world.options.organization_type,
    }
    context = f"{request.root}/$metadata#{_TYPE}RetrieveCurrentOrganizationResponse"
    return Response(200, {"@odata.context": context, "Detail": detail})


def win_opportunity(world: World, call: Call, request: Request) -> Response:
    """WinOpportunity: 204."""
    return _close(world, call, request, "Win")


def lose_opportunity(world: World, call: Call, request: Request) -> Response:
    """LoseOpportunity: 204."""
    return _close(world, call, request, "Lose")


def merge(world: World, call: Call, request: Request) -> Response:
    """Merge of two leads, accounts or contacts: 204."""
    body = request.json()
    target, subordinate = (_entity(world, body, name, request.root) for name in ("Target", "Subordinate"))
    if target is None or subordinate is None:
        raise errors.rule("Merge needs Target and Subordinate.")
    table = world.schema.tables[target.table]
    content = {key: value for key, value in (body.get("UpdateContent") or {}).items() if key != table.primary_id}
    merging.merge(world, call, target, subordinate, payload.read(world, table, content, request.root).values)
    return Response(204)


def restore(world: World, call: Call, request: Request) -> Response:
    """Restore of a deleted row: 200 with its id."""
    target = request.json().get("Target") or {}
    table = world.schema.tables.get(str(target.get("@odata.type", "")).rpartition(".")[2])
    if table is None or not is_guid(target.get(table.primary_id)):
        raise errors.rule("Restore needs a Target with @odata.type and a primary key.")
    row_id = str(target[table.primary_id]).lower()
    records.restore(world, call, table, row_id)
    return Response(200, {"@odata.context": f"{request.root}/$metadata#{_TYPE}RestoreResponse", "id": row_id})


def many_to_many(world: World, call: Call, request: Request, address: Address, name: str) -> Response:
    """GET of a user's roles."""
    user_id, table = str(address.require()["systemuserid"]), world.schema.tables[MANY_TO_MANY[name]]
    rows = [row for row in world.store.rows("role") if row["roleid"] in world.user_roles.get(user_id, set())]
    options = parse_options(request.query)
    reader = Reader(world, call, request.root)
    value = [reader.render(table, row, options) for row in reader.select_rows(table, options, rows)]
    return Response(200, {"@odata.context": f"{request.root}/$metadata#{table.set_name}", "value": value})


def associate(world: World, call: Call, request: Request, address: Address, rest: list[Segment]) -> Response:
    """Give a user a role, or take it: POST or DELETE on `systemuserroles_association/$ref`."""
    privileges.require(world, call, "Write", address.table)
    world.change_definitions()
    roles = world.user_roles.setdefault(str(address.require()["systemuserid"]), set())
    if request.method == "DELETE":
        row = locate(world, world.schema.tables["role"], rest[0].key or {}).require()
        roles.discard(str(row["roleid"]))
    else:
        roles.add(resolve(world, str(request.json().get("@odata.id", "")), request.root).id)
    return Response(204)


def _qualify_lead(world: World, call: Call, request: Request, address: Address) -> Response:
    body = request.json()
    wanted = [body.get(name) for name in ("CreateAccount", "CreateContact", "CreateOpportunity")]
    if not all(isinstance(value, bool) for value in wanted) or not isinstance(body.get("Status"), int):
        raise errors.rule("QualifyLead needs CreateAccount, CreateContact, CreateOpportunity and Status.")
    links = [_entity(world, body, name, request.root) for name in _QUALIFY_LINKS]
    parameters = Qualification(*wanted, body["Status"], *links)
    created = qualify(world, call, str(address.require()["leadid"]), parameters)
    rows = [
        {"@odata.type": f"#{_TYPE}{reference.table}", world.schema.tables[reference.table].primary_id: reference.id}
        for reference in created
    ]
    return Response(200, {"@odata.context": f"{request.root}/$metadata#Collection({_TYPE}crmbaseentity)", "value": rows})


def _close(world: World, call: Call, request: Request, message: str) -> Response:
    body = request.json()
    close, status = body.get("OpportunityClose"), body.get("Status")
    if not isinstance(close, dict) or not isinstance(status, int):
        raise errors.rule(f"{message}Opportunity needs OpportunityClose and Status.")
    table = world.schema.tables["opportunityclose"]
    close_opportunity(world, call, message, status, payload.read(world, table, close, request.root).values)
    return Response(204)


def _user_privileges(world: World, call: Call, request: Request, address: Address) -> Response:
    """RetrieveUserPrivileges: each privilege of the user's roles with its depth."""
    unit = str(world.store.rows("businessunit")[0]["businessunitid"])
    ids = {str(row["name"]): str(row["privilegeid"]) for row in world.store.rows("privilege")}
    held = privileges.privileges_of(world, str(address.require()["systemuserid"]))
    value = [
        {"Depth": depth, "PrivilegeId": ids[name], "BusinessUnitId": unit, "PrivilegeName": name} for name, depth in held.items()
    ]
    return Response(
        200, {"@odata.context": f"{request.root}/$metadata#{_TYPE}RetrieveUserPrivilegesResponse", "RolePrivileges": value}
    )


def _add_privileges(world: World, call: Call, request: Request, address: Address) -> Response:
    """AddPrivilegesRole: give a role privileges at a depth."""
    privileges.require(world, call, "Write", address.table)
    world.change_definitions()
    names = {str(row["privilegeid"]): str(row["name"]) for row in world.store.rows("privilege")}
    held = world.role_privileges.setdefault(str(address.require()["roleid"]), {})
    for item in request.json().get("Privileges", []):
        name = names.get(str(item.get("PrivilegeId", "")).lower())
        if name is None:
            raise errors.not_found("privilege", str(item.get("PrivilegeId")))
        held[name] = str(item.get("Depth", "Basic"))
    return Response(204)


def _retrieve_unpublished(world: World, call: Call, request: Request, address: Address) -> Response:
    """RetrieveUnpublished of a view or form: as it will be once it is published."""
    row = address.require()
    privileges.require(world, call, "Read", address.table, row)
    body = Reader(world, call, request.root).render(
        address.table, drafts.unpublished(world, address.table, row), parse_options(request.query)
    )
    return Response(200, {"@odata.context": f"{request.root}/$metadata#{address.table.set_name}/$entity"} | body)


def role_privileges(world: World, call: Call, request: Request) -> Response:
    """RetrieveRolePrivilegesRole(RoleId=...), which is bound to nothing."""
    role_id = str(_parameter(request, "RoleId"))
    records.existing(world, world.schema.tables["role"], role_id)
    ids = {str(row["name"]): str(row["privilegeid"]) for row in world.store.rows("privilege")}
    held = world.role_privileges.get(role_id, {})
    value = [{"Depth": depth, "PrivilegeId": ids[name], "PrivilegeName": name} for name, depth in held.items()]
    return Response(
        200, {"@odata.context": f"{request.root}/$metadata#{_TYPE}RetrieveRolePrivilegesRoleResponse", "RolePrivileges": value}
    )


def _parameter(request: Request, name: str) -> object:
    """A function's parameter, given in the path."""
    key = split_path(request.path)[0].key or {}
    if name not in key:
        raise errors.rule(f"The function needs the parameter '{name}'.")
    return key[name]


def _entity(world: World, body: dict[str, Any], name: str, root: str) -> Reference | None:
    """A row given as an action's parameter: {"@odata.type": ..., "<primary key>": ...} or an @odata.id."""
    value = body.get(name)
    if value is None:
        return None
    if "@odata.id" in value:
        return resolve(world, str(value["@odata.id"]), root)
    table = world.schema.tables.get(str(value.get("@odata.type", "")).rpartition(".")[2])
    if table is None or not is_guid(value.get(table.primary_id)):
        raise errors.rule(f"The parameter '{name}' needs @odata.type and a primary key.")
    row: Row = records.existing(world, table, str(value[table.primary_id]).lower())
    return Reference(table.name, str(row[table.primary_id]))


UNBOUND: dict[str, Callable[[World, Call, Request], Response]] = {
    "WhoAmI": who_am_i,
    "WinOpportunity": win_opportunity,
    "LoseOpportunity": lose_opportunity,
    "Merge": merge,
    "Restore": restore,
    "RetrieveCurrentOrganization": current_organization,
    "RetrieveRolePrivilegesRole": role_privileges,
    **customizing.ACTIONS,
}
_BOUND: dict[tuple[str, str], Callable[[World, Call, Request, Address], Response]] = {
    ("lead", "QualifyLead"): _qualify_lead,
    ("systemuser", "RetrieveUserPrivileges"): _user_privileges,
    ("role", "AddPrivilegesRole"): _add_privileges,
    ("savedquery", "RetrieveUnpublished"): _retrieve_unpublished,
    ("systemform", "RetrieveUnpublished"): _retrieve_unpublished,
}
