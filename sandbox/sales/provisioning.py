"""What `provision` makes in a real environment: the lead's columns with their key, the view, the bridge's role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import seed
from sandbox.sales.schema import AlternateKey, Column, Kind
from sandbox.sales.store import Reference
from sandbox.sales.values import stamp

if TYPE_CHECKING:
    from sandbox.sales.world import World

BRIDGE_USER = "b2b-prospect-bridge"
BRIDGE_ROLE = "B2B Prospect Bridge"
VIEW = "All Commerce B2B Leads"
COLUMNS = {
    "b2b_ProspectKey": ("B2B Prospect Key", 100),
    "b2b_ProspectId": ("B2B Prospect ID", 60),
    "b2b_LegalEntity": ("B2B Legal Entity", 10),
    "b2b_Channel": ("B2B Channel", 60),
    "b2b_CorrelationId": ("B2B Correlation ID", 36),
    "b2b_Language": ("B2B Language", 10),
}
_OWN_RIGHTS = {
    "lead": ("Create", "Read", "Write", "Append", "AppendTo", "Assign"),
    "annotation": ("Create", "Read", "Write", "Append", "AppendTo", "Assign"),
    "opportunity": ("Read", "AppendTo"),
    "account": ("Read", "Write", "AppendTo"),
    "contact": ("Read", "AppendTo"),
    "transactioncurrency": ("Read", "AppendTo"),
}
_READ = (
    "team systemuser organization businessunit campaign savedquery systemform solution publisher serviceendpoint sdkmessage "
    "sdkmessagefilter sdkmessageprocessingstep sdkmessageprocessingstepimage asyncoperation role privilege solutioncomponent"
)
_FETCH = """<fetch version="1.0" mapping="logical"><entity name="lead"><attribute name="fullname"/><attribute name="companyname"/>
<attribute name="emailaddress1"/><attribute name="statuscode"/><attribute name="createdon"/><attribute name="b2b_legalentity"/>
<order attribute="createdon" descending="true"/>
<filter><condition attribute="b2b_prospectkey" operator="not-null"/></filter></entity></fetch>"""
_LAYOUT = """<grid name="resultset" object="4" jump="fullname" select="1" preview="1" icon="1"><row name="result" id="leadid">
<cell name="fullname" width="150"/><cell name="companyname" width="150"/><cell name="emailaddress1" width="150"/>
<cell name="statuscode" width="100"/><cell name="b2b_legalentity" width="100"/><cell name="createdon" width="125"/>
</row></grid>"""


def provision(world: World) -> None:
    """Make all of it at once, the key Active; a second run changes nothing."""
    with world.lock:
        lead = world.schema.tables["lead"]
        for schema_name, (label, length) in COLUMNS.items():
            column = Column(schema_name.lower(), Kind.STRING, label, length, custom=True, schema_name=schema_name)
            lead.columns.setdefault(column.name, column)
        if not any(key.columns == ("b2b_prospectkey",) for key in lead.keys):
            lead.keys.append(AlternateKey("b2b_prospectkey", "b2b_ProspectKey", ("b2b_prospectkey",), "B2B Prospect Key"))
        _view(world)
        _role(world)


def _view(world: World) -> None:
    view_id, moment = seed.seed_id("savedquery/all-commerce-b2b-leads"), stamp(world.now())
    if world.store.get("savedquery", view_id) is None:
        columns = dict.fromkeys(world.schema.tables["savedquery"].columns)
        values = {"name": VIEW, "returnedtypecode": "lead", "querytype": 0, "fetchxml": _FETCH, "layoutxml": _LAYOUT}
        state = {"savedqueryid": view_id, "statecode": 0, "statuscode": 1, "isdefault": False, "isquickfindquery": False}
        world.store.put("savedquery", view_id, {**columns, **values, **state, "createdon": moment, "modifiedon": moment})


def _role(world: World) -> None:
    role_id = seed.seed_id(f"role/{BRIDGE_ROLE}")
    if world.store.get("role", role_id) is None:
        unit = Reference("businessunit", str(world.store.rows("businessunit")[0]["businessunitid"]))
        columns = dict.fromkeys(world.schema.tables["role"].columns)
        world.store.put("role", role_id, {**columns, "roleid": role_id, "name": BRIDGE_ROLE, "businessunitid": unit})
    rights = {f"prv{right}{table}": "Global" for table, names in _OWN_RIGHTS.items() for right in names}
    world.role_privileges[role_id] = rights | {f"prvRead{table}": "Global" for table in _READ.split()}
    world.user_roles[seed.seed_id(f"systemuser/{BRIDGE_USER}")] = {role_id}
