"""What a webhook call carries (docs: use-webhooks, headers and sample body)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from tests.contract.sales.environment import ADMIN, Call, Receiver, Sales

CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
SAMPLE_KEYS = {
    "BusinessUnitId", "CorrelationId", "Depth", "InitiatingUserId", "InputParameters", "IsExecutingOffline", "IsInTransaction",
    "IsOfflinePlayback", "IsolationMode", "MessageName", "Mode", "OperationCreatedOn", "OperationId", "OrganizationId",
    "OrganizationName", "OutputParameters", "OwningExtension", "ParentContext", "PostEntityImages", "PreEntityImages",
    "PrimaryEntityId", "PrimaryEntityName", "RequestId", "SecondaryEntityName", "SharedVariables", "Stage", "UserId",
}  # fmt: skip


def _by_key(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: pair["value"] for pair in pairs}


def _only(receiver: Receiver, message: str) -> Call:
    (call,) = [call for call in receiver.calls if call.body["MessageName"] == message]
    return call


def _disqualify(sales: Sales, lead_id: str, path: str = "") -> None:
    assert sales.send("PATCH", f"leads({lead_id}){path}", {"statecode": 2, "statuscode": 4}).status_code == 204
    sales.settle()


def test_the_body_has_the_documented_shape(hooked: Sales, receiver: Receiver) -> None:
    """Every key of the sample, the parent context at stage 30 without a parent of its own."""
    lead_id = hooked.lead()
    _disqualify(hooked, lead_id)
    body = _only(receiver, "Update").body
    assert set(body) == SAMPLE_KEYS
    assert set(body["ParentContext"]) == SAMPLE_KEYS
    assert (body["Stage"], body["Mode"], body["Depth"], body["RequestId"]) == (40, 1, 1, None)
    assert (body["ParentContext"]["Stage"], body["ParentContext"]["ParentContext"]) == (30, None)
    assert (body["PrimaryEntityName"], body["PrimaryEntityId"]) == ("lead", lead_id)
    assert body["OwningExtension"]["LogicalName"] == "sdkmessageprocessingstep"


def test_the_target_holds_what_was_sent_and_what_the_platform_added(hooked: Sales, receiver: Receiver) -> None:
    """The caller's own columns are in the parent context; typed values carry __type."""
    lead_id = hooked.lead()
    _disqualify(hooked, lead_id)
    body = _only(receiver, "Update").body
    target = _by_key(body["InputParameters"])["Target"]
    sent = _by_key(body["ParentContext"]["InputParameters"])["Target"]
    assert target["__type"] == f"Entity:{CONTRACTS}"
    assert set(_by_key(sent["Attributes"])) == {"statecode", "statuscode", "leadid"}
    attributes = _by_key(target["Attributes"])
    assert set(attributes) == {"statecode", "statuscode", "leadid", "modifiedon", "modifiedby"}
    assert attributes["statecode"] == {"__type": f"OptionSetValue:{CONTRACTS}", "Value": 2}
    assert attributes["modifiedby"]["__type"] == f"EntityReference:{CONTRACTS}"
    assert re.fullmatch(r"/Date\(\d{13}\)/", attributes["modifiedon"])


def test_the_primary_name_comes_as_an_image_that_nobody_registered(hooked: Sales, receiver: Receiver) -> None:
    """AsynchronousStepPrimaryName: primary name and id, and no __type on an image's entity."""
    lead_id = hooked.lead()
    _disqualify(hooked, lead_id)
    image = _by_key(_only(receiver, "Update").body["PostEntityImages"])["AsynchronousStepPrimaryName"]
    assert "__type" not in image
    assert _by_key(image["Attributes"]) == {"fullname": "Ada Byron", "leadid": lead_id}


def test_slashes_are_escaped_on_the_wire(hooked: Sales, receiver: Receiver) -> None:
    """The sample body writes every slash as \\/."""
    _disqualify(hooked, hooked.lead())
    raw = _only(receiver, "Update").raw
    assert b"\\/Date(" in raw
    assert not re.search(rb"(?<!\\)/", raw)


def test_the_operations_time_is_seven_hours_ahead_of_itself(hooked: Sales, receiver: Receiver) -> None:
    """The sample: OperationCreatedOn's milliseconds are 7 h past modifiedon, and its offset says -0700."""
    _disqualify(hooked, hooked.lead())
    match = re.fullmatch(r"/Date\((\d+)-0700\)/", _only(receiver, "Update").body["OperationCreatedOn"])
    assert match
    ahead = datetime.fromtimestamp(int(match[1]) / 1000, UTC) - datetime.now(UTC)
    assert 6.9 < ahead.total_seconds() / 3600 <= 7.01


def test_the_headers_repeat_message_and_table(hooked: Sales, receiver: Receiver) -> None:
    """docs: use-webhooks, headers; a webhook key is the query parameter `code`."""
    _disqualify(hooked, hooked.lead())
    call = _only(receiver, "Update")
    headers = {name.lower(): value for name, value in call.headers.items()}
    assert call.query == {"code": "the key"}
    assert (headers["x-ms-dynamics-entity-name"], headers["x-ms-dynamics-request-name"]) == ("lead", "Update")
    assert headers["x-ms-correlation-request-id"] == call.body["CorrelationId"]
    assert headers["x-ms-dynamics-organization"]
    assert "x-ms-dynamics-msg-size-exceeded" not in headers


def test_a_tag_arrives_among_the_shared_variables(hooked: Sales, receiver: Receiver) -> None:
    """docs: optional-parameters, ?tag=."""
    _disqualify(hooked, hooked.lead(), "?tag=b2b-bridge")
    assert _only(receiver, "Update").body["SharedVariables"] == [{"key": "tag", "value": "b2b-bridge"}]


def test_qualify_names_its_lead_by_a_parameter_and_has_no_target(hooked: Sales, receiver: Receiver) -> None:
    """docs: QualifyLead action, parameters."""
    lead_id = hooked.lead()
    hooked.qualify(lead_id)
    hooked.settle()
    body = _only(receiver, "QualifyLead").body
    inputs = _by_key(body["InputParameters"])
    assert "Target" not in inputs
    assert (inputs["LeadId"]["LogicalName"], inputs["LeadId"]["Id"], inputs["Status"]["Value"]) == ("lead", lead_id, 3)
    created = _by_key(body["OutputParameters"])["CreatedEntities"]
    assert [reference["LogicalName"] for reference in created] == ["account", "contact", "opportunity"]


def test_win_names_its_opportunity_by_the_closing_activity(hooked: Sales, receiver: Receiver) -> None:
    """Public code: OpportunityClose with a reference opportunityid, Status, no Target; by a switch no PrimaryEntityId."""
    hooked.world.options.primary_id_on_close = False
    opportunity = hooked.qualify(hooked.lead())[2]["opportunityid"]
    hooked.close("Win", opportunity, 3)
    hooked.settle()
    body = _only(receiver, "Win").body
    inputs = _by_key(body["InputParameters"])
    assert set(inputs) == {"OpportunityClose", "Status"}
    assert _by_key(inputs["OpportunityClose"]["Attributes"])["opportunityid"]["Id"] == opportunity
    assert (body["PrimaryEntityName"], body["PrimaryEntityId"]) == ("opportunity", "00000000-0000-0000-0000-000000000000")


def test_delete_and_merge_point_to_their_rows(hooked: Sales, receiver: Receiver) -> None:
    """docs: Delete Target is an EntityReference; Merge has Target, SubordinateId, UpdateContent."""
    master, lesser = hooked.lead(), hooked.lead()
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.lead"}
    merge = {"Target": kind | {"leadid": master}, "Subordinate": kind | {"leadid": lesser}, "PerformParentingChecks": False}
    assert hooked.send("POST", "Merge", merge).status_code == 204
    hooked.send("DELETE", f"leads({master})")
    hooked.settle()
    merged = _by_key(_only(receiver, "Merge").body["InputParameters"])
    assert (merged["Target"]["Id"], merged["SubordinateId"]) == (master, lesser)
    deleted = _by_key(_only(receiver, "Delete").body["InputParameters"])["Target"]
    assert (deleted["__type"], deleted["Id"]) == (f"EntityReference:{CONTRACTS}", master)


def test_registered_images_come_under_their_alias(hooked: Sales, receiver: Receiver) -> None:
    """docs: register-plug-in: pre- and post-images with the columns asked for."""
    step = hooked.get("sdkmessageprocessingsteps?$filter=contains(name,'Update of lead')", user=ADMIN)["value"][0]
    image = {
        "name": "both", "entityalias": "row", "imagetype": 2, "messagepropertyname": "Target", "attributes": "statecode,revenue",
        "sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})",
    }  # fmt: skip
    hooked.create("sdkmessageprocessingstepimages", image, user=ADMIN)
    _disqualify(hooked, hooked.lead(revenue=5.5))
    body = _only(receiver, "Update").body
    before, after = (_by_key(_by_key(body[name])["row"]["Attributes"]) for name in ("PreEntityImages", "PostEntityImages"))
    assert (before["statecode"]["Value"], after["statecode"]["Value"]) == (0, 2)
    assert after["revenue"] == {"__type": f"Money:{CONTRACTS}", "Value": 5.5}


def test_a_body_over_256_kb_is_stripped_and_says_so(hooked: Sales, receiver: Receiver) -> None:
    """docs: use-webhooks: ParentContext, InputParameters and images are removed, x-ms-dynamics-msg-size-exceeded is sent."""
    step = hooked.get("sdkmessageprocessingsteps?$filter=contains(name,'Create of opportunity')", user=ADMIN)["value"][0]
    notes = hooked.get(
        "sdkmessagefilters?$filter=sdkmessageid/name eq 'Create' and primaryobjecttypecode eq 'annotation'", user=ADMIN
    )
    bind = f"/sdkmessagefilters({notes['value'][0]['sdkmessagefilterid']})"
    path = f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})"
    assert hooked.send("PATCH", path, {"sdkmessagefilterid@odata.bind": bind}, user=ADMIN).status_code == 204
    hooked.create("annotations", {"subject": "big", "notetext": "x" * 100_000, "documentbody": "y" * 100_000})
    hooked.settle()
    (call,) = receiver.calls
    headers = {name.lower() for name in call.headers}
    assert "x-ms-dynamics-msg-size-exceeded" in headers
    assert set(call.body) == SAMPLE_KEYS - {"ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages"}
