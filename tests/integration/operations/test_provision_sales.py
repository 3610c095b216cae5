"""`provision sales` on a Sales as it comes: what it makes and refuses, that a second run changes nothing, what undo leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from operations.plan import Status
from operations.provision_lead import KeyNotActive, LeadKey
from operations.provision_sales import pieces
from operations.provision_view import problems, view_of
from operations.provision_wanted import COLUMNS, PRIVILEGES, STEPS, VIEW
from operations.provision_webhooks import endpoint_of, steps_of
from sandbox.identity import issue
from sandbox.sales.schema import Column, Kind
from shared.errors import AccessRefused, Refused, System
from shared.models import ProspectKey
from shared.odata import ODataService
from shared.ports import Note
from shared.sales import DynamicsSales
from tests.integration.operations.conftest import APPLICATION, KEY, SECRET, Sales, Site

LEAD = {"subject": "x", "lastname": "y"}


def test_a_plan_writes_nothing(sales: Sales) -> None:
    before = sales.world.store.version
    outcome = sales.provision(apply=False)
    assert len(outcome.planned) == 22 and outcome.done == [] and outcome.code == 0
    assert sales.world.store.version == before
    assert "b2b_prospectkey" not in sales.world.schema.tables["lead"].columns


def test_applying_makes_everything_that_was_planned(sales: Sales) -> None:
    outcome = sales.provision()
    assert outcome.done == outcome.planned
    lead = sales.world.schema.tables["lead"]
    assert {name: lead.columns[name].max_length for name in (f"b2b_{column.suffix}" for column in COLUMNS)} == {
        "b2b_prospectkey": 100,
        "b2b_prospectid": 60,
        "b2b_legalentity": 10,
        "b2b_channel": 60,
        "b2b_correlationid": 36,
        "b2b_language": 10,
    }
    assert [(key.columns, key.status) for key in lead.keys] == [(("b2b_prospectkey",), "Active")]


def test_a_second_run_changes_nothing_and_says_so(sales: Sales) -> None:
    sales.provision()
    outcome = sales.provision()
    assert outcome.planned == outcome.done == []
    assert {line.split()[0] for line in sales.lines} == {"=", "*"}


def test_everything_new_belongs_to_the_solution(sales: Sales) -> None:
    sales.provision()
    kinds = sorted(sales.dataverse.components().values())
    assert kinds == sorted([2] * len(COLUMNS) + [14, 20, 26, 92, 95, *[92] * 8, *[93] * 5])


def test_the_steps_are_asynchronous_with_an_image_where_the_message_has_one(sales: Sales) -> None:
    sales.provision()
    rows = {_event(row): row for row in steps_of(sales.dataverse)}
    assert rows.keys() == {(step.table, step.messages[0]) for step in STEPS}
    assert {(row["mode"], row["stage"], row["asyncautodelete"]) for row in rows.values()} == {(1, 40, True)}
    assert {key: row["filteringattributes"] for key, row in rows.items() if row["filteringattributes"]} == {
        ("lead", "Update"): "statecode,statuscode",
        ("opportunity", "Update"): "statecode,statuscode",
    }
    images = {key: _images(row) for key, row in rows.items() if _images(row)}
    ours = "b2b_prospectkey,statecode,statuscode"
    assert images == {
        ("lead", "Update"): [("bridge", 1, ours)],
        ("lead", "Delete"): [("bridge", 0, ours)],
        ("opportunity", "Create"): [("bridge", 1, "originatingleadid,statecode")],
        ("opportunity", "Update"): [("bridge", 1, "originatingleadid,statecode")],
        ("opportunity", "Delete"): [("bridge", 0, "originatingleadid,statecode")],
    }


def _event(row: dict[str, Any]) -> tuple[str, str]:
    return row["sdkmessagefilterid"]["primaryobjecttypecode"], row["sdkmessageid"]["name"]


def _images(row: dict[str, Any]) -> list[tuple[str, int, str]]:
    found = row["sdkmessageprocessingstepid_sdkmessageprocessingstepimage"]
    return [(image["entityalias"], image["imagetype"], image["attributes"]) for image in found]


def test_where_the_long_messages_exist_the_steps_are_registered_on_them(sales: Sales) -> None:
    """docs: the tables of events name WinOpportunity and LoseOpportunity, plug-ins see Win and Lose."""
    sales.call("GET", "WhoAmI")
    sales.world.options.close_messages = "long"
    _remake_messages(sales)
    assert sales.provision().blocked == []
    names = {row["sdkmessageid"]["name"] for row in steps_of(sales.dataverse)}
    assert {"WinOpportunity", "LoseOpportunity"} <= names and not {"Win", "Lose"} & names


def _remake_messages(sales: Sales) -> None:
    from sandbox.sales import seed

    seed.add_messages(sales.world)


def test_the_secret_is_written_at_each_run(sales: Sales) -> None:
    sales.provision()
    sales.change("serviceendpoint", sales.rows("serviceendpoint")[0], authvalue="somebody changed it")
    assert sales.provision().done == []
    assert sales.rows("serviceendpoint")[0]["authvalue"] == KEY


def test_each_run_publishes_since_an_earlier_one_may_have_been_cut_off_before_it(sales: Sales, sales_site: Site) -> None:
    sales_site.stage.answers.append((r"POST .*PublishXml", 400, {"error": {"code": "", "message": "not now"}}))
    for _ in range(2):
        with pytest.raises(Refused, match="not now"):
            sales.provision()
    assert sales.provision(apply=False).planned == []


def test_a_step_that_somebody_changed_is_put_right(sales: Sales) -> None:
    sales.provision()
    step = next(row for row in sales.rows("sdkmessageprocessingstep") if row["name"].endswith("Update of lead"))
    sales.change(
        "sdkmessageprocessingstep", step, statecode=1, statuscode=2, filteringattributes="subject", asyncautodelete=False
    )
    assert sales.provision().done == ["step Update of lead"]
    assert sales.provision().planned == []


def test_an_endpoint_of_an_earlier_address_is_moved(sales: Sales) -> None:
    sales.provision()
    moved = replace(sales.wanted, webhook_url=f"{sales.url}/elsewhere")
    assert sales.provision(moved).done == ["service endpoint B2B Prospect Bridge"]
    assert endpoint_of(sales.dataverse)["url"] == moved.webhook_url  # type: ignore[index]


def test_without_the_apps_address_nothing_is_written(sales: Sales) -> None:
    outcome = sales.provision(replace(sales.wanted, webhook_url=""))
    assert outcome.code == 1 and outcome.done == []
    assert [line.partition(":")[0] for line in outcome.blocked] == ["service endpoint B2B Prospect Bridge"]


def test_a_port_that_dataverse_does_not_call_is_refused(sales: Sales) -> None:
    outcome = sales.provision(replace(sales.wanted, webhook_url="https://bridge.example:8443/api/events/sales"))
    assert "ports 80 and 443" in outcome.blocked[0]


def test_a_column_of_another_type_stands_in_the_way(sales: Sales) -> None:
    sales.add_column(Column("b2b_channel", Kind.INTEGER, "Channel", custom=True, schema_name="b2b_Channel"))
    assert "it is there as Integer" in sales.provision().blocked[0]


def test_a_column_that_is_too_short_stands_in_the_way(sales: Sales) -> None:
    sales.add_column(Column("b2b_channel", Kind.STRING, "Channel", max_length=20, custom=True, schema_name="b2b_Channel"))
    assert "it takes 20 characters" in sales.provision().blocked[0]


def test_a_longer_column_is_used_as_it_is(sales: Sales) -> None:
    sales.add_column(Column("b2b_channel", Kind.STRING, "Channel", max_length=200, custom=True, schema_name="b2b_Channel"))
    outcome = sales.provision()
    assert "column b2b_channel" not in outcome.done and outcome.blocked == []


def test_a_publisher_with_another_prefix_stands_in_the_way(sales: Sales) -> None:
    sales.provision()
    assert "it has the prefix b2b" in sales.provision(replace(sales.wanted, prefix="acme")).blocked[0]


def test_making_the_key_waits_until_its_index_is_active(sales: Sales) -> None:
    sales.world.options.key_index_seconds = 30.0
    sales.provision()
    assert [key.status for key in sales.world.schema.tables["lead"].keys] == ["Active"]


def test_a_key_that_is_not_built_in_time_is_said_so(sales: Sales) -> None:
    for piece in pieces(sales.dataverse, sales.wanted)[:3]:
        piece.make(piece.look())
    sales.world.options.key_index_seconds = 1e6
    key = LeadKey(sales.dataverse, sales.wanted, patience=0.0, sleep=lambda seconds: None)
    with pytest.raises(KeyNotActive, match="still Pending"):
        key.make(key.look())


def test_a_key_that_failed_is_built_again_once_the_leads_differ(sales: Sales) -> None:
    sales.add_column(Column("b2b_prospectkey", Kind.STRING, max_length=100, custom=True, schema_name="b2b_ProspectKey"))
    first, second = (sales.call("POST", "leads", {**LEAD, "b2b_prospectkey": "usmf.P-1"}) for _ in range(2))
    assert first is second is None
    with pytest.raises(KeyNotActive, match="two leads have the same value"):
        sales.provision()
    sales.change("lead", sales.rows("lead")[0], b2b_prospectkey="usmf.P-2")
    assert "alternate key on b2b_prospectkey" in sales.provision().done
    assert [key.status for key in sales.world.schema.tables["lead"].keys] == ["Active"]


def test_the_view_shows_our_leads_newest_first(sales: Sales) -> None:
    sales.provision()
    view = view_of(sales.dataverse)
    assert view and problems(view, sales.wanted) == []


def test_a_view_that_somebody_spoiled_is_put_right(sales: Sales) -> None:
    sales.provision()
    view = sales.rows("savedquery")[0]
    sales.change("savedquery", view, layoutxml='<grid><row><cell name="fullname"/></row></grid>')
    assert sales.provision().done == [f"view {VIEW}"]
    assert sales.provision().planned == []


def test_a_view_of_that_name_with_other_leads_stands_in_the_way(sales: Sales) -> None:
    fetch = "<fetch><entity name='lead'><attribute name='fullname'/></entity></fetch>"
    sales.call(
        "POST",
        "savedqueries",
        {"name": VIEW, "returnedtypecode": "lead", "querytype": 0, "fetchxml": fetch, "layoutxml": "<grid/>"},
    )
    assert "made by somebody else" in sales.provision().blocked[0]


def test_the_apps_user_is_made_and_gets_the_role_and_nothing_else(sales: Sales) -> None:
    sales.provision()
    (user,) = [row for row in sales.rows("systemuser") if row["applicationid"] == APPLICATION]
    (role,) = [row for row in sales.rows("role") if row["name"] == "B2B Prospect Bridge"]
    assert sales.world.user_roles[user["systemuserid"]] == {role["roleid"]}
    assert len(sales.world.role_privileges[role["roleid"]]) == sum(map(len, PRIVILEGES.values()))


def test_the_role_is_enough_for_all_that_the_app_does_in_sales(sales: Sales) -> None:
    sales.provision()
    app = _app(sales)
    key, lead = ProspectKey.of("usmf", "P-1"), str(ProspectKey.of("usmf", "P-1").identifier("lead"))
    team = next(row["teamid"] for row in sales.rows("team"))
    app.create_lead(lead, key, {**LEAD, "ownerid@odata.bind": f"/teams({team})"}, _note(key, ("leads", lead)))
    made = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    sales.call("POST", f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead", made)
    view = app.lead(lead, key)
    assert view.lead and view.lead.account and view.lead.contact and len(view.lead.opportunities) == 1
    app.write_note(_note(key, ("opportunities", view.lead.opportunities[0].id), "note/approved"))
    assert app.find_id("transactioncurrencies", "isocurrencycode", "USD")
    assert [changed.key for changed in app.changed_leads(_long_ago())] == [key]
    assert [changed.key for changed in app.changed_opportunities(_long_ago())] == [key]


def test_the_role_does_not_let_the_app_delete_a_lead(sales: Sales) -> None:
    from shared.odata_messages import Operation

    sales.provision()
    sales.call("POST", "leads", LEAD)
    with pytest.raises(AccessRefused):
        _service(sales).send(Operation("DELETE", f"leads({sales.rows('lead')[0]['leadid']})"))


def _app(sales: Sales) -> DynamicsSales:
    return DynamicsSales(_service(sales), "b2b")


def _service(sales: Sales) -> ODataService:
    return ODataService(System.SALES, f"{sales.url}/api/data/v9.2", f"{sales.url}/.default", _AppIdentity())


class _AppIdentity:
    """The app's managed identity: a token with its client id."""

    def get_token(self, *scopes: str, **_: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(issue(SECRET, scopes[0].removesuffix("/.default"), "the app", app_id=APPLICATION), 2**31)


def _note(key: ProspectKey, about: tuple[str, str], kind: str = "note/created") -> Note:
    return Note(str(key.identifier(kind)), about, "subject", "text")


def _long_ago() -> Any:
    from datetime import UTC, datetime

    return datetime(2020, 1, 1, tzinfo=UTC)


def test_status_marks_are_what_the_plan_prints() -> None:
    assert {status.name: status.value for status in Status} == {
        "CREATE": "+",
        "CHANGE": "~",
        "SAME": "=",
        "AGAIN": "*",
        "BLOCKED": "!",
        "REMOVE": "-",
        "KEEP": ".",
    }
