"""Definitions: what a client reads, and what `provision` makes (docs: query-metadata-web-api and its neighbours)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.sales import seed
from tests.contract.sales.environment import ADMIN, BRIDGE, Sales, error_of, wait_until

LEAD = "EntityDefinitions(LogicalName='lead')"
PREFIX = "Microsoft.Dynamics.CRM"


@pytest.fixture
def bare(bare: Sales) -> Sales:
    """An environment that nobody has provisioned, but for a publisher whose prefix names can begin with."""
    bare.create("publishers", {"friendlyname": "Tests", "uniquename": "tests", "customizationprefix": "b2b"}, user=ADMIN)
    return bare


def _label(text: str) -> dict[str, Any]:
    localized = {"@odata.type": f"{PREFIX}.LocalizedLabel", "Label": text, "LanguageCode": 1033}
    return {"@odata.type": f"{PREFIX}.Label", "LocalizedLabels": [localized]}


def _string(schema_name: str, length: int = 100, **more: Any) -> dict[str, Any]:
    return {
        "@odata.type": f"{PREFIX}.StringAttributeMetadata",
        "AttributeType": "String",
        "AttributeTypeName": {"Value": "StringType"},
        "SchemaName": schema_name,
        "RequiredLevel": {"Value": "None"},
        "FormatName": {"Value": "Text"},
        "MaxLength": length,
        "DisplayName": _label(schema_name.partition("_")[2]),
    } | more


def _post(sales: Sales, path: str, body: dict[str, Any], **headers: str) -> Any:
    return sales.send("POST", path, body, user=ADMIN, **headers)


def _key_status(sales: Sales) -> list[str]:
    rows = sales.get(f"{LEAD}/Keys?$select=SchemaName,LogicalName,KeyAttributes,EntityKeyIndexStatus", user=ADMIN)["value"]
    return [row["EntityKeyIndexStatus"] for row in rows]


def test_the_type_code_is_read_as_plain_text(sales: Sales) -> None:
    """docs: customize-entity-views: EntityDefinitions(LogicalName='lead')/ObjectTypeCode/$value."""
    assert sales.send("GET", f"{LEAD}/ObjectTypeCode/$value").text == "4"


def test_tables_are_selected_by_their_properties(sales: Sales) -> None:
    """docs: query-metadata-web-api; use-change-tracking: ChangeTrackingEnabled."""
    query = "$select=LogicalName,EntitySetName&$filter=ChangeTrackingEnabled eq true"
    rows = sales.get(f"EntityDefinitions?{query}")["value"]
    assert {row["LogicalName"] for row in rows} == {"lead", "opportunity", "account", "contact"}
    lead = sales.get(f"{LEAD}?$select=PrimaryIdAttribute,PrimaryNameAttribute,EntitySetName,IsOptimisticConcurrencyEnabled")
    assert (lead["PrimaryIdAttribute"], lead["PrimaryNameAttribute"], lead["EntitySetName"]) == ("leadid", "fullname", "leads")


def test_the_lengths_of_text_columns_are_read_with_a_cast(sales: Sales) -> None:
    """docs: query-metadata-web-api, cast: MaxLength belongs to StringAttributeMetadata."""
    rows = sales.get(f"{LEAD}/Attributes/{PREFIX}.StringAttributeMetadata?$select=LogicalName,MaxLength")["value"]
    lengths = {row["LogicalName"]: row["MaxLength"] for row in rows}
    assert (lengths["subject"], lengths["mobilephone"], lengths["b2b_prospectkey"]) == (300, 20, 100)
    assert "description" not in lengths
    assert error_of(sales.send("GET", f"{LEAD}/Attributes?$select=MaxLength")) == (400, "0x80060888")


def test_the_statuses_are_read_with_their_states(sales: Sales) -> None:
    """docs: StatusAttributeMetadata, $expand=OptionSet."""
    (row,) = sales.get(f"{LEAD}/Attributes/{PREFIX}.StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet")["value"]
    options = {
        option["Value"]: (option["State"], option["Label"]["UserLocalizedLabel"]["Label"])
        for option in row["OptionSet"]["Options"]
    }
    assert (options[1], options[3], options[5]) == ((0, "New"), (1, "Qualified"), (2, "Cannot Contact"))
    one = f"{LEAD}/Attributes(LogicalName='leadsourcecode')/{PREFIX}.PicklistAttributeMetadata/OptionSet"
    assert len(sales.get(one)["Options"]) == 10


def test_a_column_is_described_by_its_own_type(sales: Sales) -> None:
    """docs: retrieve-attribute metadata."""
    column = sales.get(f"{LEAD}/Attributes(LogicalName='lastname')")
    assert (column["@odata.type"], column["RequiredLevel"]["Value"]) == (
        f"#{PREFIX}.StringAttributeMetadata",
        "ApplicationRequired",
    )
    owner = sales.get(f"{LEAD}/Attributes(LogicalName='ownerid')")
    assert owner["Targets"] == ["systemuser", "team"]
    assert sales.send("GET", f"{LEAD}/Attributes(LogicalName='nothing')").status_code == 404
    assert sales.send("GET", "EntityDefinitions(LogicalName='nothing')").status_code == 404


def test_a_new_column_holds_values_within_its_length(bare: Sales) -> None:
    """docs: create-update-column-definitions: 204 with the column's address; the name becomes lower-case."""
    response = _post(bare, f"{LEAD}/Attributes", _string("b2b_ProspectKey", 10))
    assert (response.status_code, "Attributes(" in response.headers["OData-EntityId"]) == (204, True)
    lead_id = bare.lead(b2b_prospectkey="usmf-P1")
    assert bare.get(f"leads({lead_id})?$select=b2b_prospectkey")["b2b_prospectkey"] == "usmf-P1"
    too_long = bare.send("POST", "leads", {"subject": "x", "lastname": "y", "b2b_prospectkey": "x" * 11})
    assert error_of(too_long) == (400, "0x80044331")
    assert error_of(_post(bare, f"{LEAD}/Attributes", _string("b2b_prospectkey"))) == (400, "0x80047013")


@pytest.mark.parametrize(
    "body",
    [
        _string("noprefix"),
        _string("other_x"),
        _string("b2b_x", 5000),
        {"@odata.type": f"{PREFIX}.FileAttributeMetadata", "SchemaName": "b2b_x"},
    ],
)
def test_a_column_that_cannot_be_is_refused(bare: Sales, body: dict[str, Any]) -> None:
    """docs: create-update-column-definitions: the prefix of a publisher, a MaxLength of at most 4,000."""
    assert _post(bare, f"{LEAD}/Attributes", body).status_code == 400


def test_tables_and_keys_too_begin_with_the_prefix_of_a_publisher(bare: Sales) -> None:
    """docs: create-update-entity-definitions, define-alternate-keys-entity: SchemaName."""
    table = {"SchemaName": "other_Engine", "Attributes": [_string("b2b_Name") | {"IsPrimaryName": True}]}
    assert _post(bare, "EntityDefinitions", table).status_code == 400
    _post(bare, f"{LEAD}/Attributes", _string("b2b_X"))
    assert _post(bare, f"{LEAD}/Keys", {"SchemaName": "other_K", "KeyAttributes": ["b2b_x"]}).status_code == 400


def test_a_table_comes_with_its_privileges_and_goes_with_them(bare: Sales) -> None:
    """docs: EntityMetadata, Privileges: one for each right, to be given to roles."""
    table = {"SchemaName": "b2b_Engine", "Attributes": [_string("b2b_Name") | {"IsPrimaryName": True}]}
    assert _post(bare, "EntityDefinitions", table).status_code == 204
    path = "EntityDefinitions(LogicalName='b2b_engine')"
    told = {row["Name"]: row["PrivilegeId"] for row in bare.get(path, user=ADMIN)["Privileges"]}
    query = "privileges?$filter=endswith(name,'b2b_engine')"
    assert {row["name"]: row["privilegeid"] for row in bare.get(query, user=ADMIN)["value"]} == told
    assert bare.send("DELETE", path, user=ADMIN).status_code == 204
    assert bare.get(query, user=ADMIN)["value"] == []


@pytest.mark.parametrize("prefix", ["mscrm", "mscrm!", "mscrmb2b", "1b2b", "b", "toolongone", "b-b", ""])
def test_a_publisher_has_a_prefix_of_letters_and_digits(bare: Sales, prefix: str) -> None:
    """docs: create-solution: 2 to 8 characters, letters and digits, a letter first, not beginning with mscrm."""
    publisher = {"friendlyname": "X", "uniquename": "x", "customizationprefix": prefix}
    assert _post(bare, "publishers", publisher).status_code == 400
    assert bare.get("publishers?$filter=uniquename eq 'x'", user=ADMIN)["value"] == []


def test_only_customizers_change_definitions(bare: Sales) -> None:
    """docs: security roles: prvCreateAttribute and the like are System Customizer's and Administrator's."""
    assert error_of(bare.send("POST", f"{LEAD}/Attributes", _string("b2b_X"))) == (403, "0x80040220")


def test_a_column_is_changed_by_a_put_of_its_definition(bare: Sales) -> None:
    """docs: create-update-column-definitions, update a column."""
    _post(bare, f"{LEAD}/Attributes", _string("b2b_X", 10))
    changed = _string("b2b_X", 20) | {"DisplayName": _label("New label")}
    path = f"{LEAD}/Attributes(LogicalName='b2b_x')"
    assert bare.send("PUT", path, changed, user=ADMIN, **{"MSCRM.MergeLabels": "true"}).status_code == 204
    column = bare.get(path)
    assert (column["MaxLength"], column["DisplayName"]["UserLocalizedLabel"]["Label"]) == (20, "New label")


def test_a_key_is_pending_then_in_progress_then_active(bare: Sales) -> None:
    """docs: define-alternate-keys-entity: the index is built in the background; the key cannot be used before."""
    bare.world.options.key_index_seconds = 30
    _post(bare, f"{LEAD}/Attributes", _string("b2b_ProspectKey"))
    body = {"SchemaName": "b2b_ProspectKey", "DisplayName": _label("Prospect"), "KeyAttributes": ["b2b_prospectkey"]}
    assert _post(bare, f"{LEAD}/Keys", body).status_code == 204
    bare.lead(b2b_prospectkey="a")
    assert _key_status(bare) == ["Pending"]
    assert bare.send("GET", "leads(b2b_prospectkey='a')").status_code == 400
    wait_until(lambda: _key_status(bare) == ["InProgress"])
    wait_until(lambda: _key_status(bare) == ["Active"])
    assert bare.get("leads(b2b_prospectkey='a')")["b2b_prospectkey"] == "a"


def test_a_key_over_rows_that_collide_fails_until_it_is_reactivated(bare: Sales) -> None:
    """docs: define-alternate-keys-entity: Failed, and ReactivateEntityKey once the rows are corrected."""
    _post(bare, f"{LEAD}/Attributes", _string("b2b_ProspectKey"))
    first, second = bare.lead(b2b_prospectkey="a"), bare.lead(b2b_prospectkey="A")
    _post(bare, f"{LEAD}/Keys", {"SchemaName": "b2b_ProspectKey", "KeyAttributes": ["b2b_prospectkey"]})
    wait_until(lambda: _key_status(bare) == ["Failed"])
    bare.send("PATCH", f"leads({second})", {"b2b_prospectkey": "b"})
    assert (
        _post(bare, "ReactivateEntityKey", {"EntityLogicalName": "lead", "EntityKeyLogicalName": "b2b_prospectkey"}).status_code
        == 204
    )
    wait_until(lambda: _key_status(bare) == ["Active"])
    assert bare.get("leads(b2b_prospectkey='A')?$select=leadid")["leadid"] == first


@pytest.mark.parametrize("columns", [[], ["nothing"], ["description"], ["donotemail"], ["b2b_long"]])
def test_a_key_needs_columns_of_the_right_type_and_size(bare: Sales, columns: list[str]) -> None:
    """docs: define-alternate-keys-entity: types, at most 16 columns and 900 bytes."""
    _post(bare, f"{LEAD}/Attributes", _string("b2b_Long", 451))
    assert _post(bare, f"{LEAD}/Keys", {"SchemaName": "b2b_K", "KeyAttributes": columns}).status_code == 400


def test_what_is_used_is_not_deleted(sales: Sales) -> None:
    """docs: dependencies: a column that a key or a view uses stays; then both can go, with the values."""
    lead_id = sales.lead(b2b_prospectkey="a")
    path = f"{LEAD}/Attributes(LogicalName='b2b_prospectkey')"
    assert error_of(sales.send("DELETE", path, user=ADMIN)) == (400, "0x8004f01f")
    (key,) = sales.get(f"{LEAD}/Keys", user=ADMIN)["value"]
    assert sales.send("DELETE", f"{LEAD}/Keys({key['MetadataId']})", user=ADMIN).status_code == 204
    (view,) = sales.get("savedqueries?$filter=name eq 'All Commerce B2B Leads'", user=ADMIN)["value"]
    assert sales.send("DELETE", path, user=ADMIN).status_code == 400
    assert sales.send("DELETE", f"savedqueries({view['savedqueryid']})", user=ADMIN).status_code == 204
    assert sales.send("DELETE", path, user=ADMIN).status_code == 204
    assert "b2b_prospectkey" not in sales.get(f"leads({lead_id})")
    assert sales.send("DELETE", f"{LEAD}/Attributes(LogicalName='lastname')", user=ADMIN).status_code == 400


def test_choices_get_new_values(bare: Sales) -> None:
    """docs: create-update-optionsets: InsertOptionValue, InsertStatusValue, UpdateOptionValue, DeleteOptionValue."""
    base = {"EntityLogicalName": "lead", "AttributeLogicalName": "leadsourcecode"}
    inserted = _post(bare, "InsertOptionValue", base | {"Value": 727000005, "Label": _label("Commerce B2B")})
    assert inserted.json()["NewOptionValue"] == 727000005
    bare.lead(leadsourcecode=727000005)
    assert _post(bare, "DeleteOptionValue", base | {"Value": 727000005}).status_code == 400
    status = base | {"AttributeLogicalName": "statuscode", "StateCode": 2, "Label": _label("Not a company")}
    value = _post(bare, "InsertStatusValue", status).json()["NewOptionValue"]
    lead_id = bare.lead()
    assert bare.send("PATCH", f"leads({lead_id})", {"statecode": 2, "statuscode": value}).status_code == 204
    assert _post(bare, "UpdateOptionValue", base | {"Value": 10, "Label": _label("Else"), "MergeLabels": True}).status_code == 204
    assert _post(bare, "DeleteOptionValue", base | {"Value": 10}).status_code == 204


FETCH = (
    '<fetch version="1.0" mapping="logical"><entity name="lead"><attribute name="fullname"/><order attribute="createdon"/>'
    '<filter><condition attribute="subject" operator="not-null"/></filter>'
    '<link-entity name="account" from="accountid" to="parentaccountid" alias="a" link-type="outer"><attribute name="name"/>'
    "</link-entity></entity></fetch>"
)
LAYOUT = (
    '<grid name="resultset" object="4" jump="subject"><row name="result" id="leadid"><cell name="fullname" width="150"/>'
    '<cell name="a.name" width="150"/></row></grid>'
)
VIEW = {"name": "Mine", "returnedtypecode": "lead", "querytype": 0, "fetchxml": FETCH, "layoutxml": LAYOUT}


def test_a_view_is_seen_as_soon_as_it_is_made(sales: Sales) -> None:
    """docs: customize-entity-views; publish-customizations: what is new needs no publishing."""
    view_id = sales.create("savedqueries", VIEW, user=ADMIN)
    assert sales.get(f"savedqueries({view_id})", user=ADMIN)["statecode"] == 0


@pytest.mark.parametrize(("part", "right", "wrong", "code"), [
    ("fetchxml", "</fetch>", "", "0x80048426"),
    ("fetchxml", 'entity name="lead"', 'entity name="account"', "0x80041128"),
    ("fetchxml", 'attribute name="fullname"', 'attribute name="x"', "0x80041103"),
    ("fetchxml", 'order attribute="createdon"', 'order attribute="x"', "0x80041103"),
    ("fetchxml", 'condition attribute="subject"', 'condition attribute="x"', "0x80041103"),
    ("fetchxml", "not-null", "is-not-null", "0x80041106"),
    ("fetchxml", 'link-entity name="account"', 'link-entity name="x"', "0x80041102"),
    ("fetchxml", 'from="accountid"', 'from="x"', "0x80041103"),
    ("layoutxml", 'object="4"', 'object="3"', "0x80041128"),
    ("layoutxml", 'cell name="fullname"', 'cell name="x"', "0x80041103"),
    ("layoutxml", 'cell name="a.name"', 'cell name="b.name"', "0x80041103"),
    ("layoutxml", "</grid>", "", "0x80048426"),
])  # fmt: skip
def test_a_view_names_what_is_there(sales: Sales, part: str, right: str, wrong: str, code: str) -> None:
    """docs: customize-entity-views, fetchxml reference: query and grid fit the table that the view returns."""
    assert right in str(VIEW[part])
    broken = VIEW | {part: str(VIEW[part]).replace(right, wrong)}
    assert error_of(_post(sales, "savedqueries", broken)) == (400, code)


def test_a_changed_view_is_seen_once_it_is_published(sales: Sales) -> None:
    """docs: publish-customizations: a read gives what is published, RetrieveUnpublished what is not yet."""
    view_id = sales.create("savedqueries", VIEW, user=ADMIN)
    path, xml = f"savedqueries({view_id})", "<importexportxml><entities><entity>{}</entity></entities></importexportxml>"

    def names() -> list[str]:
        unpublished = sales.get(f"{path}/{PREFIX}.RetrieveUnpublished()", user=ADMIN)["name"]
        query = f"savedqueries/{PREFIX}.RetrieveUnpublishedMultiple()?$select=name&$filter=savedqueryid eq {view_id}"
        (listed,) = sales.get(query, user=ADMIN)["value"]
        return [sales.get(path, user=ADMIN)["name"], unpublished, listed["name"]]

    assert sales.send("PATCH", path, {"name": "Ours"}, user=ADMIN).status_code == 204
    assert names() == ["Mine", "Ours", "Ours"]
    assert _post(sales, "PublishXml", {"ParameterXml": xml.format("account")}).status_code == 204
    assert names() == ["Mine", "Ours", "Ours"]
    assert _post(sales, "PublishXml", {"ParameterXml": xml.format("lead")}).status_code == 204
    assert names() == ["Ours", "Ours", "Ours"]
    sales.send("PATCH", path, {"name": "Theirs"}, user=ADMIN)
    sales.send("PATCH", path, {"name": "Ours"}, user=ADMIN)
    assert _post(sales, "PublishAllXml", {}).status_code == 204
    assert names() == ["Ours", "Ours", "Ours"]
    assert _post(sales, "PublishXml", {"ParameterXml": xml.format("nothing")}).status_code == 400


def test_a_solution_holds_what_is_made_in_its_name(bare: Sales) -> None:
    """docs: MSCRM.SolutionUniqueName; solutioncomponent types 2 column, 14 key, 26 view, 92 step, 95 endpoint."""
    publisher = {
        "friendlyname": "B2B",
        "uniquename": "b2b",
        "customizationprefix": "b2b",
        "customizationoptionvalueprefix": 72700,
    }
    publisher_id = bare.create("publishers", publisher, user=ADMIN)
    solution = {"friendlyname": "Bridge", "uniquename": "Bridge", "version": "1.0.0.0"}
    solution_id = bare.create("solutions", solution | {"publisherid@odata.bind": f"/publishers({publisher_id})"}, user=ADMIN)
    named = {"MSCRM.SolutionUniqueName": "Bridge"}
    _post(bare, f"{LEAD}/Attributes", _string("b2b_X"), **named)
    _post(bare, f"{LEAD}/Keys", {"SchemaName": "b2b_K", "KeyAttributes": ["b2b_x"]}, **named)
    endpoint = {"name": "hook", "url": "https://x.example", "contract": 8, "authtype": 4, "authvalue": "k"}
    bare.create("serviceendpoints", endpoint, user=ADMIN, **named)
    rows = bare.get(f"solutioncomponents?$filter=_solutionid_value eq {solution_id}&$select=componenttype", user=ADMIN)["value"]
    assert sorted(row["componenttype"] for row in rows) == [2, 14, 95]
    assert _post(bare, f"{LEAD}/Attributes", _string("b2b_Y"), **{"MSCRM.SolutionUniqueName": "Nothing"}).status_code == 400
    assert bare.send("DELETE", f"publishers({publisher_id})", user=ADMIN).status_code == 400
    assert _post(bare, "publishers", publisher).status_code == 400
    assert bare.send("DELETE", f"solutions({solution_id})", user=ADMIN).status_code == 204
    assert bare.get(f"{LEAD}/Attributes(LogicalName='b2b_x')")["LogicalName"] == "b2b_x"


def test_a_customization_that_is_refused_has_no_effect(bare: Sales) -> None:
    """docs: MSCRM.SolutionUniqueName: the request fails whole where the solution does not exist."""
    unknown = {"MSCRM.SolutionUniqueName": "Nothing"}
    _post(bare, f"{LEAD}/Attributes", _string("b2b_X"))
    assert _post(bare, f"{LEAD}/Attributes", _string("b2b_Y"), **unknown).status_code == 400
    assert bare.send("GET", f"{LEAD}/Attributes(LogicalName='b2b_y')").status_code == 404
    assert _post(bare, f"{LEAD}/Keys", {"SchemaName": "b2b_K", "KeyAttributes": ["b2b_x"]}, **unknown).status_code == 400
    assert _key_status(bare) == []
    table = {"SchemaName": "b2b_Engine", "Attributes": [_string("b2b_Name") | {"IsPrimaryName": True}]}
    assert _post(bare, "EntityDefinitions", table, **unknown).status_code == 400
    assert bare.send("GET", "EntityDefinitions(LogicalName='b2b_engine')").status_code == 404
    second = {"SchemaName": "b2b_Boat", "Attributes": []}
    assert _post(bare, "CreateEntities", {"Entities": [table, second]}).status_code == 400
    assert bare.send("GET", "EntityDefinitions(LogicalName='b2b_engine')").status_code == 404


def test_a_change_set_that_fails_gives_nobody_a_privilege(bare: Sales) -> None:
    """docs: execute-batch-operations: a change set is all or nothing; roles are no exception."""
    (role,) = bare.get("roles?$filter=name eq 'Salesperson'", user=ADMIN)["value"]
    (privilege,) = bare.get("privileges?$filter=name eq 'prvCreateAttribute'", user=ADMIN)["value"]
    given = {"Privileges": [{"PrivilegeId": privilege["privilegeid"], "Depth": "Global"}]}
    changes = ((f"roles({role['roleid']})/{PREFIX}.AddPrivilegesRole", given), ("leads", {"lastname": "x" * 99, "subject": "x"}))
    parts = "".join(
        f"--c\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\nPOST /api/data/v9.2/{path} HTTP/1.1\r\n"
        f"Content-Type: application/json\r\n\r\n{json.dumps(body)}\r\n"
        for number, (path, body) in enumerate(changes)
    )
    body = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{parts}--c--\r\n--b--\r\n".encode()
    assert bare.raw("POST", "$batch", body, ADMIN, {"Content-Type": "multipart/mixed; boundary=b"}).status_code == 400
    assert error_of(bare.send("POST", f"{LEAD}/Attributes", _string("b2b_X"))) == (403, "0x80040220")


def test_an_option_without_a_value_is_given_one(bare: Sales) -> None:
    """docs: create-update-optionsets: Value is optional, Dataverse assigns one."""
    options = [{"Label": _label("Red")}, {"Value": 7, "Label": _label("Green")}, {"Label": _label("Blue")}]
    body = {"@odata.type": f"{PREFIX}.PicklistAttributeMetadata", "SchemaName": "b2b_Colour", "OptionSet": {"Options": options}}
    assert _post(bare, f"{LEAD}/Attributes", body).status_code == 204
    path = f"{LEAD}/Attributes(LogicalName='b2b_colour')/{PREFIX}.PicklistAttributeMetadata/OptionSet"
    assert [option["Value"] for option in bare.get(path)["Options"]] == [100000000, 7, 100000001]


def test_what_keeps_a_column_from_being_deleted_can_be_asked(sales: Sales) -> None:
    """docs: RetrieveDependenciesForDelete function: a collection of dependency records."""
    column = sales.get(f"{LEAD}/Attributes(LogicalName='b2b_prospectkey')?$select=MetadataId", user=ADMIN)["MetadataId"]
    found = sales.get(f"RetrieveDependenciesForDelete(ObjectId={column},ComponentType=2)", user=ADMIN)["value"]
    (key,) = sales.get(f"{LEAD}/Keys?$select=MetadataId", user=ADMIN)["value"]
    (view,) = sales.get("savedqueries?$select=savedqueryid", user=ADMIN)["value"]
    assert {(row["dependentcomponentobjectid"], row["dependentcomponenttype"]) for row in found} == {
        (key["MetadataId"], 14),
        (view["savedqueryid"], 26),
    }
    other = sales.get(f"{LEAD}/Attributes(LogicalName='b2b_channel')?$select=MetadataId", user=ADMIN)["MetadataId"]
    assert sales.get(f"RetrieveDependenciesForDelete(ObjectId={other},ComponentType=2)", user=ADMIN)["value"] == []


def test_a_role_is_made_with_privileges_and_given_to_a_user(bare: Sales) -> None:
    """docs: AddPrivilegesRole action; systemuserroles_association/$ref."""
    unit = bare.get("WhoAmI")["BusinessUnitId"]
    role = bare.create("roles", {"name": "Bridge", "businessunitid@odata.bind": f"/businessunits({unit})"}, user=ADMIN)
    names = bare.get("privileges?$select=name&$filter=name eq 'prvReadlead' or name eq 'prvCreatelead'", user=ADMIN)["value"]
    body = {"Privileges": [{"PrivilegeId": row["privilegeid"], "Depth": "Global", "BusinessUnitId": unit} for row in names]}
    assert _post(bare, f"roles({role})/{PREFIX}.AddPrivilegesRole", body).status_code == 204
    held = bare.get(f"RetrieveRolePrivilegesRole(RoleId={role})", user=ADMIN)["RolePrivileges"]
    assert {row["PrivilegeName"]: row["Depth"] for row in held} == {"prvReadlead": "Global", "prvCreatelead": "Global"}
    user = seed.add_user(bare.world, BRIDGE, seed.ADMINISTRATOR)
    (admin,) = bare.get("roles?$filter=name eq 'System Administrator'", user=ADMIN)["value"]
    link = {"@odata.id": f"{bare.url}/api/data/v9.2/roles({role})"}
    assert _post(bare, f"systemusers({user})/systemuserroles_association/$ref", link).status_code == 204
    taken = bare.send("DELETE", f"systemusers({user})/systemuserroles_association({admin['roleid']})/$ref", user=ADMIN)
    assert taken.status_code == 204
    roles = bare.get(f"systemusers({user})/systemuserroles_association?$select=name", user=ADMIN)["value"]
    assert [row["name"] for row in roles] == ["Bridge"]
    bare.create("leads", {"subject": "x", "lastname": "y"}, user=BRIDGE)
    assert error_of(bare.send("POST", "accounts", {"name": "x"}, user=BRIDGE)) == (403, "0x80040220")


def test_the_leads_main_form_has_the_sections_of_a_seller(sales: Sales) -> None:
    """docs: systemform reference, type 2; the lead form's Contact, Company and Timeline sections."""
    (form,) = sales.get("systemforms?$filter=objecttypecode eq 'lead' and type eq 2&$select=name,formxml")["value"]
    for section in ("Contact", "Company", "Timeline"):
        assert f'<section name="{section}"' in form["formxml"]


def test_change_tracking_once_on_stays_on(sales: Sales) -> None:
    """docs: use-change-tracking: a table's change tracking cannot be turned off."""
    assert sales.send("PUT", LEAD, {"ChangeTrackingEnabled": False}, user=ADMIN).status_code == 400
    note = "EntityDefinitions(LogicalName='annotation')"
    assert sales.send("PUT", note, {"ChangeTrackingEnabled": True}, user=ADMIN).status_code == 204
    assert sales.get(f"{note}?$select=ChangeTrackingEnabled")["ChangeTrackingEnabled"] is True
    assert sales.send("PATCH", note, {}, user=ADMIN).status_code == 405


@pytest.mark.parametrize("path", ["GlobalOptionSetDefinitions", "RelationshipDefinitions"])
def test_what_is_not_modelled_says_so(sales: Sales, path: str) -> None:
    """The sandbox: global choices and relationship definitions answer 501."""
    assert sales.send("GET", path).status_code == 501
