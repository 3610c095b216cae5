"""What `provision sales` makes, but for the webhooks, put there at once: for tests of the sandbox, which start it often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.provision_view import fetch_xml, layout_xml
from operations.provision_wanted import COLUMNS, KEY_LABEL, PRIVILEGES, TITLE, VIEW, Wanted
from sandbox.identity import CLIENT_ID, SYSTEM_IDENTITY
from sandbox.sales import seed
from sandbox.sales.schema import AlternateKey, Column, Kind
from sandbox.sales.store import Reference
from sandbox.sales.values import stamp

if TYPE_CHECKING:
    from sandbox.sales.world import World

BRIDGE_USER = f"# {SYSTEM_IDENTITY}"
_WANTED = Wanted()


def provision(world: World) -> None:
    """Make all of it at once, the key Active; a second run changes nothing."""
    with world.lock:
        lead = world.schema.tables["lead"]
        for wanted in COLUMNS:
            name, schema_name = _WANTED.column(wanted), _WANTED.schema_name(wanted)
            column = Column(name, Kind.STRING, wanted.label, wanted.length, custom=True, schema_name=schema_name)
            lead.columns.setdefault(name, column)
        columns, schema_name = (_WANTED.key_column,), _WANTED.key_schema_name
        if not any(key.columns == columns for key in lead.keys):
            lead.keys.append(AlternateKey(schema_name.lower(), schema_name, columns, KEY_LABEL))
        _view(world)
        _role(world)


def _view(world: World) -> None:
    view_id, moment = seed.seed_id("savedquery/all-commerce-b2b-leads"), stamp(world.now())
    if world.store.get("savedquery", view_id) is None:
        columns = dict.fromkeys(world.schema.tables["savedquery"].columns)
        layout = layout_xml(_WANTED, world.schema.tables["lead"].type_code)
        values = {"name": VIEW, "returnedtypecode": "lead", "querytype": 0, "fetchxml": fetch_xml(_WANTED), "layoutxml": layout}
        state = {"savedqueryid": view_id, "statecode": 0, "statuscode": 1, "isdefault": False, "isquickfindquery": False}
        world.store.put("savedquery", view_id, {**columns, **values, **state, "createdon": moment, "modifiedon": moment})


def _role(world: World) -> None:
    role_id = seed.seed_id(f"role/{TITLE}")
    if world.store.get("role", role_id) is None:
        unit = Reference("businessunit", str(world.store.rows("businessunit")[0]["businessunitid"]))
        columns = dict.fromkeys(world.schema.tables["role"].columns)
        world.store.put("role", role_id, {**columns, "roleid": role_id, "name": TITLE, "businessunitid": unit})
    rights = {f"prv{right}{table}": "Global" for table, names in PRIVILEGES.items() for right in names}
    world.role_privileges[role_id] = rights
    seed.add_user(world, BRIDGE_USER, TITLE, application_id=CLIENT_ID)
