"""`provision sales --undo` removes what the solution made; the profile dual-write adopts what the package made."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from operations.provision_wanted import VIEW
from sandbox.sales import dual_write_package
from sandbox.sales.schema import Column, Kind
from sandbox.sales.store import Reference
from shared.field_map import Profile
from tests.integration.operations.conftest import Sales, Site

LEAD = {"subject": "x", "lastname": "y"}


def test_undo_removes_everything_and_leaves_sales_as_it_was(sales: Sales) -> None:
    tables = ("publisher", "solution", "solutioncomponent", "savedquery", "serviceendpoint", "sdkmessageprocessingstep", "role")
    columns, before = set(sales.world.schema.tables["lead"].columns), {name: len(sales.rows(name)) for name in tables}
    sales.provision()
    outcome = sales.undo()
    assert outcome.blocked == [] and outcome.done == outcome.planned
    assert {name: len(sales.rows(name)) for name in tables} == before
    assert set(sales.world.schema.tables["lead"].columns) == columns and sales.world.schema.tables["lead"].keys == []
    assert sales.undo().planned == []


def test_an_undo_that_is_only_planned_removes_nothing(sales: Sales) -> None:
    sales.provision()
    outcome = sales.undo(apply=False)
    assert outcome.planned and outcome.done == []
    assert sales.provision().planned == []


def test_undo_refuses_while_leads_hold_values(sales: Sales) -> None:
    sales.provision()
    sales.call("POST", "leads", {**LEAD, "b2b_channel": "B2B-US"})
    outcome = sales.undo()
    assert outcome.done == [] and outcome.blocked[0].startswith("column b2b_channel: leads hold values")
    assert sales.provision().planned == []


def test_undo_stops_before_its_first_delete_where_something_of_somebody_elses_uses_a_column(sales: Sales) -> None:
    """Dataverse refuses the column alone, when role, endpoint, view and key are gone already (0x8004f01f)."""
    sales.provision()
    fetch = "<fetch><entity name='lead'><attribute name='b2b_channel'/></entity></fetch>"
    about = {"name": "Leads by channel", "returnedtypecode": "lead", "querytype": 0}
    sales.call("POST", "savedqueries", {**about, "fetchxml": fetch, "layoutxml": "<grid/>"})
    form = sales.rows("systemform")[0]
    sales.change("systemform", form, formxml=form["formxml"].replace("telephone1", "b2b_language"))
    outcome = sales.undo()
    assert outcome.done == [] and outcome.blocked == [
        "column b2b_language: used by the form Lead: take it out there first",
        "column b2b_channel: used by the view Leads by channel: take it out there first",
    ]
    assert sales.provision().planned == []


def test_undo_stops_where_our_view_is_used_too(sales: Sales, sales_site: Site) -> None:
    sales.provision()
    used = {"dependentcomponentobjectid": KEY_OF_NOBODY, "dependentcomponenttype": 80}
    sales_site.stage.answers.append((r"GET .*RetrieveDependenciesForDelete.*ComponentType=26", 200, {"value": [used]}))
    (blocked,) = sales.undo().blocked
    assert blocked == f"view {VIEW}: used by a component of the type 80 ({KEY_OF_NOBODY}): take it out there first"


def test_undo_leaves_alone_what_was_there_before(sales: Sales) -> None:
    sales.add_column(Column("b2b_channel", Kind.STRING, "Channel", max_length=60, custom=True, schema_name="b2b_Channel"))
    sales.provision()
    outcome = sales.undo()
    assert "column b2b_channel" not in outcome.done
    assert "b2b_channel" in sales.world.schema.tables["lead"].columns


def test_undo_keeps_a_solution_that_holds_something_of_somebody_elses(sales: Sales) -> None:
    sales.provision()
    (solution,) = [row for row in sales.rows("solution") if row["uniquename"] == "B2BProspectBridge"]
    link = {"solutionid": Reference("solution", str(solution["solutionid"])), "componenttype": 26, "objectid": KEY_OF_NOBODY}
    sales.world.store.put("solutioncomponent", KEY_OF_NOBODY, {"solutioncomponentid": KEY_OF_NOBODY, **link})
    sales.undo()
    assert [row["uniquename"] for row in sales.rows("solution")] == ["B2BProspectBridge"]


KEY_OF_NOBODY = "b2b0bbbb-0000-4000-8000-00000000000b"


# ---- the dual-write package


def test_the_profile_dual_write_is_refused_without_the_package(sales: Sales) -> None:
    outcome = sales.provision(replace(sales.wanted, profile=Profile.DUAL_WRITE))
    assert outcome.done == [] and "install Dual-write Commerce solutions" in outcome.blocked[0]


def test_the_profile_dual_write_adopts_the_packages_columns_and_its_view(sales: Sales) -> None:
    dual_write_package.install(sales.world)
    wanted = replace(sales.wanted, profile=Profile.DUAL_WRITE)
    outcome = sales.provision(wanted)
    assert outcome.blocked == [] and f"view {VIEW}" not in outcome.done
    assert sales.provision(wanted).planned == []
    sales.undo(wanted)
    assert "msdyn_prospectid" in sales.world.schema.tables["lead"].columns
    assert [row["name"] for row in sales.rows("savedquery")] == [VIEW]


def test_in_the_profile_dual_write_the_app_may_look_up_what_its_leads_point_to(sales: Sales) -> None:
    """One lookup that is refused would close the whole system's breaker."""
    dual_write_package.install(sales.world)
    sales.provision(replace(sales.wanted, profile=Profile.DUAL_WRITE))
    (role,) = [row["roleid"] for row in sales.rows("role") if row["name"] == "B2B Prospect Bridge"]
    tables = ("msdyn_party", "msdyn_customergroup", "msdyn_taxgroup", "msdyn_retailchannel")
    wanted = {f"prv{right}{table}" for table in tables for right in ("Read", "AppendTo")}
    assert wanted <= sales.world.role_privileges[role].keys()


def test_other_values_of_the_status_are_taken_once_the_mapping_file_has_them(sales: Sales, tmp_path: Path) -> None:
    dual_write_package.install(sales.world)
    (pending, *_) = sales.world.schema.tables["lead"].columns["msdyn_b2bprospectstatus"].options
    pending.value = 100
    values = {"Pending": 100, "Approved": 192350001, "Rejected": 192350002}
    row = {"map": "prospect-to-lead", "target": "msdyn_b2bprospectstatus", "source": "B2BProspectStatus", "value_map": values}
    file = tmp_path / "mapping.local.json"
    file.write_text(json.dumps({"rows": [row]}), encoding="utf-8")
    wanted = replace(sales.wanted, profile=Profile.DUAL_WRITE, mapping_file=file)
    assert sales.provision(wanted).blocked == []


def test_other_values_of_the_packages_status_stand_in_the_way(sales: Sales) -> None:
    dual_write_package.install(sales.world)
    (pending, *_) = sales.world.schema.tables["lead"].columns["msdyn_b2bprospectstatus"].options
    pending.value = 100
    outcome = sales.provision(replace(sales.wanted, profile=Profile.DUAL_WRITE))
    assert "Pending is 100, not 192350000" in outcome.blocked[0]
