"""Rows over the Web API: create, read, update, upsert, delete, and the conditions on them."""

from __future__ import annotations

import pytest

from tests.contract.sales.environment import API, Receiver, Sales, error_of

LEAD = {"subject": "Request", "lastname": "Byron"}
GUID = "6d81597f-0f9f-4711-8122-000d3aa2331c"


def test_a_create_answers_204_with_the_row_address(sales: Sales) -> None:
    """docs: create-entity-web-api."""
    response = sales.send("POST", "leads", LEAD)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["OData-EntityId"].startswith(f"{sales.url}{API}leads(")
    assert response.headers["OData-Version"] == "4.0"


def test_a_create_answers_201_with_the_row_when_asked(sales: Sales) -> None:
    """docs: create-entity-web-api, Prefer: return=representation with $select."""
    response = sales.send("POST", "leads?$select=fullname,statecode", LEAD, Prefer="return=representation")
    assert (response.status_code, response.headers["Preference-Applied"]) == (201, "return=representation")
    body = response.json()
    assert {body["fullname"], body["statecode"]} == {"Byron", 0}
    assert body["@odata.etag"] == response.headers["ETag"]
    assert "subject" not in body


def test_defaults_and_computed_columns_are_the_platforms(sales: Sales) -> None:
    """docs: lead reference: fullname is computed, read-only values in a body are ignored, the caller owns the row."""
    lead_id = sales.lead(
        fullname="Somebody Else", createdon="2001-01-01T00:00:00Z", address1_line1="1 Road", address1_country="USA"
    )
    lead = sales.get(f"leads({lead_id})")
    user = sales.get("WhoAmI()")["UserId"]
    assert lead["fullname"] == "Ada Byron"
    assert lead["address1_composite"] == "1 Road\r\nUSA"
    assert (lead["_ownerid_value"], lead["_owninguser_value"], lead["_createdby_value"]) == (user, user, user)
    assert (lead["statecode"], lead["statuscode"], lead["merged"]) == (0, 1, False)
    assert lead["createdon"] > "2026"


def test_the_create_date_can_be_given_by_its_own_column(sales: Sales) -> None:
    """docs: lead reference, overriddencreatedon."""
    lead_id = sales.lead(overriddencreatedon="2020-02-03T04:05:06Z")
    assert sales.get(f"leads({lead_id})?$select=createdon")["createdon"] == "2020-02-03T04:05:06Z"


def test_a_missing_row_is_a_404_with_its_code(sales: Sales) -> None:
    """docs: compose-http-requests-handle-errors, 0x80040217."""
    assert error_of(sales.send("GET", f"leads({GUID})")) == (404, "0x80040217")
    assert error_of(sales.send("DELETE", f"leads({GUID})")) == (404, "0x80040217")


def test_an_unknown_entity_set_is_a_404(sales: Sales) -> None:
    """docs: compose-http-requests-handle-errors."""
    response = sales.send("GET", "nothings")
    assert response.status_code == 404
    assert "Resource not found for the segment 'nothings'" in response.json()["error"]["message"]


def test_an_update_changes_only_what_is_sent(sales: Sales) -> None:
    """docs: update-delete-entities-using-web-api."""
    lead_id = sales.lead(jobtitle="Analyst")
    before = sales.get(f"leads({lead_id})")
    assert sales.send("PATCH", f"leads({lead_id})", {"firstname": "Augusta", "jobtitle": None}).status_code == 204
    after = sales.get(f"leads({lead_id})")
    assert (after["fullname"], after["jobtitle"], after["subject"]) == ("Augusta Byron", None, "Request")
    assert after["@odata.etag"] != before["@odata.etag"]
    assert after["versionnumber"] > before["versionnumber"]


def test_patch_of_an_unknown_id_creates_the_row_with_that_id(sales: Sales) -> None:
    """docs: update-delete-entities-using-web-api, upsert."""
    response = sales.send("PATCH", f"leads({GUID})?$select=leadid", LEAD, Prefer="return=representation")
    assert (response.status_code, response.json()["leadid"]) == (201, GUID)
    again = sales.send("PATCH", f"leads({GUID})?$select=leadid", LEAD, Prefer="return=representation")
    assert again.status_code == 200


@pytest.mark.parametrize("condition", ["*", 'W/"1"'])
def test_if_match_prevents_a_create(sales: Sales, condition: str) -> None:
    """docs: perform-conditional-operations-using-web-api, prevent create in upsert."""
    assert sales.send("PATCH", f"leads({GUID})", LEAD, If_Match=condition).status_code == 404


def test_if_none_match_prevents_an_update(sales: Sales) -> None:
    """docs: perform-conditional-operations-using-web-api, prevent update in upsert."""
    assert sales.send("PATCH", f"leads({GUID})", LEAD, If_None_Match="*").status_code == 204
    response = sales.send("PATCH", f"leads({GUID})", {"firstname": "Changed"}, If_None_Match="*")
    assert response.status_code == 412
    assert response.json()["error"]["message"] == "A record with matching key values already exists."
    assert sales.get(f"leads({GUID})?$select=firstname")["firstname"] is None


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_stale_etag_is_a_412(sales: Sales, method: str) -> None:
    """docs: perform-conditional-operations, optimistic concurrency: 0x80060882."""
    lead_id = sales.lead()
    etag = sales.get(f"leads({lead_id})")["@odata.etag"]
    assert sales.send("PATCH", f"leads({lead_id})", {"firstname": "B"}, If_Match=etag).status_code == 204
    body = {"firstname": "C"} if method == "PATCH" else None
    assert error_of(sales.send(method, f"leads({lead_id})", body, If_Match=etag)) == (412, "0x80060882")


def test_a_conditional_read_answers_304_unless_it_expands_or_annotates(sales: Sales) -> None:
    """docs: perform-conditional-operations, conditional retrievals and their limits."""
    lead_id = sales.lead()
    etag = sales.get(f"leads({lead_id})")["@odata.etag"]
    assert sales.send("GET", f"leads({lead_id})", If_None_Match=etag).status_code == 304
    assert sales.send("GET", f"leads({lead_id})?$expand=parentaccountid", If_None_Match=etag).status_code == 200
    annotated = sales.send("GET", f"leads({lead_id})", If_None_Match=etag, Prefer='odata.include-annotations="*"')
    assert annotated.status_code == 200


def test_an_alternate_key_upserts_and_answers_with_the_key_as_address(sales: Sales) -> None:
    """docs: use-upsert-insert-update-record: 204 either way, OData-EntityId carries the alternate key."""
    address = "leads(b2b_prospectkey='usmf-P1')"
    for expected in (201, 200):
        response = sales.send("PATCH", f"{address}?$select=leadid", LEAD, Prefer="return=representation")
        assert response.status_code == expected
    plain = sales.send("PATCH", address, {"firstname": "Ada"})
    assert (plain.status_code, plain.headers["OData-EntityId"]) == (204, f"{sales.url}{API}{address}")
    assert sales.get(f"{address}?$select=fullname,b2b_prospectkey")["fullname"] == "Ada Byron"


def test_key_columns_in_a_body_are_ignored_on_update_and_win_on_create(sales: Sales) -> None:
    """docs: use-upsert-insert-update-record."""
    sales.send("PATCH", "leads(b2b_prospectkey='a')", LEAD | {"b2b_prospectkey": "b"})
    assert sales.send("GET", "leads(b2b_prospectkey='a')").status_code == 404
    sales.send("PATCH", "leads(b2b_prospectkey='b')", {"b2b_prospectkey": "c", "firstname": "Ada"})
    assert sales.get("leads(b2b_prospectkey='b')")["firstname"] == "Ada"


def test_a_second_row_with_the_same_key_is_a_412(sales: Sales) -> None:
    """docs: use-alternate-key: DuplicateRecordEntityKey 0x80060892, without regard to letter case."""
    sales.lead(b2b_prospectkey="usmf-P1")
    body = LEAD | {"b2b_prospectkey": "USMF-p1"}
    assert error_of(sales.send("POST", "leads", body)) == (412, "0x80060892")
    other = sales.lead()
    assert error_of(sales.send("PATCH", f"leads({other})", {"b2b_prospectkey": "usmf-P1"})) == (412, "0x80060892")


def test_rows_without_a_key_value_do_not_collide(sales: Sales) -> None:
    """docs: define-alternate-keys-entity: no uniqueness where a key column is null."""
    assert sales.lead() != sales.lead()


@pytest.mark.parametrize("key", ["subject='x'", "b2b_prospectkey='a',subject='b'", "nothing='x'", "'text'"])
def test_what_is_no_alternate_key_is_refused(sales: Sales, key: str) -> None:
    """docs: use-alternate-key-reference-record."""
    assert sales.send("GET", f"leads({key})").status_code == 400


@pytest.mark.parametrize("character", ["%2F", "%3C", "%2A", "%25", "%26", "%3A", "%5C", "%3F", "%2B"])
def test_key_values_with_special_characters_break_the_address(sales: Sales, character: str) -> None:
    """docs: define-alternate-keys-entity: / < > * % & : \\ ? + in a key value break GET and PATCH."""
    assert sales.send("GET", f"leads(b2b_prospectkey='a{character}b')").status_code in {400, 404}
    assert sales.send("PATCH", f"leads(b2b_prospectkey='a{character}b')", LEAD).status_code == 400


def test_a_quote_in_a_key_value_is_doubled(sales: Sales) -> None:
    """docs: use-alternate-key-reference-record."""
    sales.lead(b2b_prospectkey="o'neil")
    assert sales.get("leads(b2b_prospectkey='o''neil')")["b2b_prospectkey"] == "o'neil"


def test_a_delete_takes_the_notes_and_unlinks_the_rest(sales: Sales) -> None:
    """docs: lead reference, relationships: annotation Delete: Cascade, opportunity Delete: RemoveLink."""
    lead_id = sales.lead()
    opportunity = sales.qualify(lead_id)[2]["opportunityid"]
    note = sales.create("annotations", {"subject": "n", "objectid_lead@odata.bind": f"/leads({lead_id})"})
    assert sales.send("DELETE", f"leads({lead_id})").status_code == 204
    assert sales.send("GET", f"annotations({note})").status_code == 404
    assert sales.get(f"opportunities({opportunity})?$select=_originatingleadid_value")["_originatingleadid_value"] is None


def test_lookups_are_bound_by_id_or_by_alternate_key(sales: Sales) -> None:
    """docs: create-entity-web-api, associate on create; use-alternate-key."""
    sales.lead(b2b_prospectkey="k")
    note = sales.create("annotations", {"subject": "n", "objectid_lead@odata.bind": "/leads(b2b_prospectkey='k')"})
    team = sales.get("teams?$filter=name eq 'B2B Sales USA'")["value"][0]["teamid"]
    lead_id = sales.lead(**{"ownerid@odata.bind": f"/teams({team})"})
    lead = sales.get(f"leads({lead_id})?$select=_ownerid_value,_owningteam_value,_owninguser_value")
    assert (lead["_ownerid_value"], lead["_owningteam_value"], lead["_owninguser_value"]) == (team, team, None)
    assert (
        sales.get(f"annotations({note})?$expand=objectid_lead($select=b2b_prospectkey)")["objectid_lead"]["b2b_prospectkey"]
        == "k"
    )


def test_a_deep_insert_makes_related_rows_in_one_request(sales: Sales) -> None:
    """docs: create-entity-web-api, create related table rows in one operation."""
    lead_id = sales.lead(Lead_Annotation=[{"subject": "first"}], parentaccountid={"name": "Engines"})
    lead = sales.get(f"leads({lead_id})?$expand=parentaccountid($select=name),Lead_Annotation($select=subject)")
    assert (lead["parentaccountid"]["name"], lead["Lead_Annotation"][0]["subject"]) == ("Engines", "first")


def test_columns_lookups_and_references_have_addresses_of_their_own(sales: Sales) -> None:
    """docs: retrieve-entity-using-web-api, update-delete-entities: single property, navigation, $ref."""
    account = sales.create("accounts", {"name": "Engines"})
    lead_id = sales.lead()
    assert sales.get(f"leads({lead_id})/lastname")["value"] == "Byron"
    assert sales.send("GET", f"leads({lead_id})/lastname/$value").text == "Byron"
    assert sales.send("PUT", f"leads({lead_id})/lastname", {"value": "King"}).status_code == 204
    assert sales.send("GET", f"leads({lead_id})/parentaccountid").status_code == 204
    link = {"@odata.id": f"{sales.url}{API}accounts({account})"}
    assert sales.send("PUT", f"leads({lead_id})/parentaccountid/$ref", link).status_code == 204
    assert sales.get(f"leads({lead_id})/parentaccountid?$select=name")["name"] == "Engines"
    assert sales.send("DELETE", f"leads({lead_id})/parentaccountid/$ref").status_code == 204
    assert sales.get(f"leads({lead_id})?$select=fullname,_parentaccountid_value")["_parentaccountid_value"] is None


def test_a_deleted_row_comes_back_from_the_recycle_bin_under_its_id(hooked: Sales, receiver: Receiver) -> None:
    """docs: restore-deleted-records; lead reference: Restore is an event. Whether the bin blocks the id is a switch."""
    lead_id = hooked.lead()
    hooked.send("DELETE", f"leads({lead_id})")
    hooked.world.options.bin_blocks_ids = True
    assert hooked.send("PATCH", f"leads({lead_id})", LEAD).status_code == 412
    target = {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.lead", "leadid": lead_id}}
    assert hooked.send("POST", "Restore", target).json()["id"] == lead_id
    assert hooked.get(f"leads({lead_id})?$select=fullname")["fullname"] == "Ada Byron"
    assert hooked.send("POST", "Restore", target).status_code == 404
    hooked.settle()
    assert receiver.messages() == [("Delete", "lead")]
