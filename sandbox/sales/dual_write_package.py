"""Microsoft's Dual-write Commerce solutions, as far as public pages tell of them: the lead's columns, and its view.

docs: prospect-management-sales (the map Prospects to leads). No page lists the option values, the tables behind the lookups
or the view's definition: these are what the field map takes them for, and another environment may differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales import columns as short
from sandbox.sales.schema import Column
from sandbox.sales.seed import add_privileges, seed_id
from sandbox.sales.values import stamp

if TYPE_CHECKING:
    from sandbox.sales.world import World

_VIEW = "All Commerce B2B Leads"
_STATUS = {192350000: "Pending", 192350001: "Approved", 192350002: "Rejected"}
_TEXTS = (
    "msdyn_prospectid msdyn_telephone1extension msdyn_emailaddress1description msdyn_websiteurldescription "
    "msdyn_faxdescription msdyn_faxextension"
).split()
_LOOKUPS = {
    "msdyn_partyid": ("msdyn_party", "msdyn_parties", "msdyn_partynumber"),
    "msdyn_customergroupid": ("msdyn_customergroup", "msdyn_customergroups", "msdyn_groupid"),
    "msdyn_salestaxgroup": ("msdyn_taxgroup", "msdyn_taxgroups", "msdyn_name"),
    "msdyn_retailchannel": ("msdyn_retailchannel", "msdyn_retailchannels", "msdyn_partynumber"),
}
_FIRST_TYPE_CODE = 10_900
_FETCH = """<fetch version="1.0" mapping="logical"><entity name="lead"><attribute name="fullname"/><attribute name="companyname"/>
<order attribute="createdon" descending="true"/>
<filter><condition attribute="msdyn_b2bcommerceprospect" operator="eq" value="1"/></filter></entity></fetch>"""
_LAYOUT = """<grid name="resultset" object="4" jump="fullname" select="1"><row name="result" id="leadid">
<cell name="fullname" width="150"/><cell name="companyname" width="150"/></row></grid>"""


def install(world: World) -> None:
    """Put tables, columns and view there."""
    with world.lock:
        for number, (name, set_name, column) in enumerate(_LOOKUPS.values()):
            own = short.texts(100, column)
            world.schema.add(short.table(name, set_name, _FIRST_TYPE_CODE + number, column, own, owned=False, custom=True))
            add_privileges(world, name)
        for column in _columns():
            column.custom, column.schema_name = True, column.name
            world.schema.tables["lead"].columns[column.name] = column
        _add_view(world)


def _columns() -> list[Column]:
    texts = short.texts(100, *_TEXTS)
    lookups = [short.lookup(column, table) for column, (table, _, _) in _LOOKUPS.items()]
    status = short.choice("msdyn_b2bprospectstatus", _STATUS)
    return [*texts, *lookups, status, *short.flags("msdyn_b2bcommerceprospect")]


def _add_view(world: World) -> None:
    view_id, moment = seed_id("savedquery/package"), stamp(world.now())
    values = {"name": _VIEW, "returnedtypecode": "lead", "querytype": 0, "fetchxml": _FETCH, "layoutxml": _LAYOUT}
    state = {"savedqueryid": view_id, "statecode": 0, "statuscode": 1, "isdefault": False, "isquickfindquery": False}
    columns = dict.fromkeys(world.schema.tables["savedquery"].columns)
    world.store.put("savedquery", view_id, {**columns, **values, **state, "createdon": moment, "modifiedon": moment})
