"""When and how often webhooks are called (docs: use-webhooks, asynchronous-service, special-update-operation-behavior)."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.contract.sales.environment import ADMIN, Receiver, Sales, error_of, wait_until

DISQUALIFIED = {"statecode": 2, "statuscode": 4}


def _update(sales: Sales, lead_id: str, body: dict[str, Any], **headers: str) -> None:
    assert sales.send("PATCH", f"leads({lead_id})", body, **headers).status_code == 204
    sales.settle()


def _jobs(sales: Sales) -> list[dict[str, Any]]:
    return list(sales.get("asyncoperations?$filter=statuscode eq 31", user=ADMIN)["value"])


def test_nothing_is_sent_without_a_registered_step(sales: Sales, receiver: Receiver) -> None:
    """Delivery is driven by sdkmessageprocessingsteps and by nothing else."""
    _update(sales, sales.lead(), DISQUALIFIED)
    assert receiver.calls == []


def test_a_disabled_step_is_silent(hooked: Sales, receiver: Receiver) -> None:
    """docs: sdkmessageprocessingstep, statecode 1 Disabled."""
    step = hooked.get("sdkmessageprocessingsteps?$filter=contains(name,'Update of lead')", user=ADMIN)["value"][0]
    path = f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})"
    assert hooked.send("PATCH", path, {"statecode": 1, "statuscode": 2}, user=ADMIN).status_code == 204
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert receiver.calls == []


def test_an_update_fires_only_for_its_filtering_attributes(hooked: Sales, receiver: Receiver) -> None:
    """docs: filteringattributes: a column counts when it is in the update, even with an equal value."""
    lead_id = hooked.lead()
    _update(hooked, lead_id, {"firstname": "Augusta"})
    assert receiver.calls == []
    _update(hooked, lead_id, {"statuscode": 1})
    assert receiver.messages() == [("Update", "lead")]


def test_an_update_of_state_and_other_columns_runs_the_step_twice(hooked: Sales, receiver: Receiver) -> None:
    """docs: special-update-operation-behavior: once with the other columns, once with state and status."""
    step = hooked.get("sdkmessageprocessingsteps?$filter=contains(name,'Update of lead')", user=ADMIN)["value"][0]
    path = f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})"
    hooked.send("PATCH", path, {"filteringattributes": None}, user=ADMIN)
    _update(hooked, hooked.lead(), {"firstname": "Augusta"} | DISQUALIFIED)
    sent = [call.body["ParentContext"]["InputParameters"][0]["value"]["Attributes"] for call in receiver.calls]
    columns = sorted(sorted(pair["key"] for pair in attributes) for attributes in sent)
    assert columns == [["firstname", "leadid"], ["leadid", "statecode", "statuscode"]]


@pytest.mark.parametrize(("inner", "extra"), [(True, [("Update", "lead")]), (False, [])])
def test_qualifying_raises_its_own_message_and_those_inside_it(
    hooked: Sales, receiver: Receiver, inner: bool, extra: list[tuple[str, str]]
) -> None:
    """Whether QualifyLead also raises Update is not documented: an option of the environment."""
    hooked.world.options.inner_updates = inner
    hooked.qualify(hooked.lead())
    hooked.settle()
    assert receiver.messages() == sorted([("Create", "opportunity"), ("QualifyLead", "lead"), *extra])
    assert len({call.body["CorrelationId"] for call in receiver.calls}) == 1


def test_an_environment_with_the_long_names_sends_them(sales: Sales, receiver: Receiver) -> None:
    """docs: opportunity reference: LoseOpportunity as the message's name."""
    sales.control("settings", {"close_messages": "long"})
    sales.control("register-webhooks", {"url": receiver.url, "key": "k"})
    opportunity = sales.qualify(sales.lead())[2]["opportunityid"]
    sales.settle()
    receiver.calls.clear()
    sales.close("Lose", opportunity, 4)
    sales.settle()
    assert receiver.messages() == [("LoseOpportunity", "opportunity"), ("Update", "opportunity")]


def test_bulk_and_upsert_raise_the_single_messages(hooked: Sales, receiver: Receiver) -> None:
    """docs: bulk-operations: CreateMultiple and UpdateMultiple raise Create and Update of each row; Upsert is no event."""
    lead_id = hooked.lead()
    target = {"@odata.type": "Microsoft.Dynamics.CRM.lead", "leadid": lead_id} | DISQUALIFIED
    assert hooked.send("POST", "leads/Microsoft.Dynamics.CRM.UpdateMultiple", {"Targets": [target]}).status_code == 204
    hooked.settle()
    assert receiver.messages() == [("Update", "lead")]


def test_a_failed_change_set_sends_nothing(hooked: Sales, receiver: Receiver) -> None:
    """docs: an asynchronous step runs after the commit."""
    lead_id = hooked.lead()
    parts = "".join(
        f"--c\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\nPATCH /api/data/v9.2/{path} HTTP/1.1\r\n"
        f'Content-Type: application/json\r\n\r\n{{"statecode":{state}}}\r\n'
        for number, path, state in ((1, f"leads({lead_id})", 2), (2, f"leads({lead_id})", 9))
    )
    body = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{parts}--c--\r\n--b--\r\n".encode()
    assert hooked.raw("POST", "$batch", body, "Seller", {"Content-Type": "multipart/mixed; boundary=b"}).status_code == 400
    hooked.settle()
    assert receiver.calls == []
    assert hooked.get(f"leads({lead_id})?$select=statecode")["statecode"] == 0


def test_own_bulk_work_can_bypass_the_steps(hooked: Sales, receiver: Receiver) -> None:
    """docs: bypass-custom-business-logic: MSCRM.BypassBusinessLogicExecution needs prvBypassCustomBusinessLogic."""
    lead_id = hooked.lead()
    header = {"MSCRM.BypassBusinessLogicExecution": "CustomSync,CustomAsync"}
    assert hooked.send("PATCH", f"leads({lead_id})", DISQUALIFIED, **header).status_code == 403
    assert hooked.send("PATCH", f"leads({lead_id})", DISQUALIFIED, user=ADMIN, **header).status_code == 204
    hooked.settle()
    assert receiver.calls == []


@pytest.mark.parametrize(("synchronous", "bypass", "calls"), [
    (False, "CustomAsync", 0), (False, "CustomSync", 1), (True, "CustomAsync", 1), (True, "CustomSync", 0),
])  # fmt: skip
def test_each_kind_of_step_is_bypassed_by_its_own_word(
    hooked: Sales, receiver: Receiver, synchronous: bool, bypass: str, calls: int
) -> None:
    """docs: bypass-custom-business-logic: CustomSync for synchronous logic, CustomAsync for asynchronous logic."""
    if synchronous:
        _make_synchronous(hooked)
    header = {"MSCRM.BypassBusinessLogicExecution": bypass}
    _update(hooked, hooked.lead(), DISQUALIFIED, user=ADMIN, **header)
    assert len(receiver.calls) == calls


def test_single_steps_can_be_bypassed_by_their_ids(hooked: Sales, receiver: Receiver) -> None:
    """docs: bypass-custom-business-logic: BypassBusinessLogicExecutionStepIds, three ids at most unless the setting is raised."""
    step = hooked.get("sdkmessageprocessingsteps?$filter=contains(name,'Update of lead')", user=ADMIN)["value"][0]
    header = "MSCRM.BypassBusinessLogicExecutionStepIds"
    _update(hooked, hooked.lead(), DISQUALIFIED, user=ADMIN, **{header: step["sdkmessageprocessingstepid"]})
    assert receiver.calls == []
    too_many = {header: ",".join([step["sdkmessageprocessingstepid"]] * 4)}
    assert hooked.send("PATCH", f"leads({hooked.lead()})", DISQUALIFIED, user=ADMIN, **too_many).status_code == 400


@pytest.mark.parametrize(
    ("answers", "calls", "failed"),
    [
        ([200], 1, 0),
        ([202], 1, 0),
        ([503, 200], 2, 0),
        ([502, 504], 2, 1),
        ([504, 200], 2, 0),
        ([503, 503, 200], 2, 1),
        ([500], 1, 1),
        ([429], 1, 1),
        ([401], 1, 1),
        ([302], 1, 1),
    ],
)
def test_one_more_attempt_is_made_on_502_503_and_504_only(
    hooked: Sales, receiver: Receiver, answers: list[int], calls: int, failed: int
) -> None:
    """docs: use-webhooks: 2xx is success; one more attempt only; a failure is a System Job with statuscode 31."""
    receiver.answers = list(answers)
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert (len(receiver.calls), len(_jobs(hooked))) == (calls, failed)


def test_a_receiver_that_takes_too_long_has_failed_and_is_not_called_again(hooked: Sales, receiver: Receiver) -> None:
    """docs: use-webhooks: time-out 60 s (scaled here), no attempt after it."""
    hooked.world.options.webhook_timeout_seconds = 5
    receiver.delay = 0.2
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert len(receiver.calls) == 1
    (job,) = _jobs(hooked)
    assert "timed out" in job["message"]


def test_a_failure_is_found_by_its_step(hooked: Sales, receiver: Receiver) -> None:
    """docs: asyncoperation: completed with statuscode 31, the step as _owningextensionid_value."""
    receiver.answers = [500]
    lead_id = hooked.lead()
    _update(hooked, lead_id, DISQUALIFIED)
    step = hooked.get("sdkmessageprocessingsteps?$filter=contains(name,'Update of lead')", user=ADMIN)["value"][0]
    query = f"statuscode eq 31 and _owningextensionid_value eq {step['sdkmessageprocessingstepid']}"
    select = "$select=name,friendlymessage,errorcode,completedon,_regardingobjectid_value"
    (job,) = hooked.get(f"asyncoperations?{select}&$filter={query}&$orderby=completedon desc&$top=5", user=ADMIN)["value"]
    assert (job["name"], job["_regardingobjectid_value"]) == (step["name"], lead_id)
    assert "500" in job["friendlymessage"]


def test_a_successful_job_disappears_where_the_step_says_so(hooked: Sales, receiver: Receiver) -> None:
    """docs: asyncautodelete."""
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert hooked.get("asyncoperations?$select=name", user=ADMIN)["value"] == []
    step = hooked.get("sdkmessageprocessingsteps?$filter=contains(name,'Update of lead')", user=ADMIN)["value"][0]
    path = f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})"
    hooked.send("PATCH", path, {"asyncautodelete": False}, user=ADMIN)
    _update(hooked, hooked.lead(), DISQUALIFIED)
    (job,) = hooked.get("asyncoperations?$select=statecode,statuscode", user=ADMIN)["value"]
    assert (job["statecode"], job["statuscode"]) == (3, 30)


@pytest.mark.parametrize(("authtype", "where"), [(5, "headers"), (6, "query")])
def test_the_key_can_be_a_header_or_a_query_parameter(hooked: Sales, receiver: Receiver, authtype: int, where: str) -> None:
    """docs: use-webhooks, authentication options 5 and 6; public code: the XML of their values."""
    endpoint = hooked.get("serviceendpoints?$select=name", user=ADMIN)["value"][0]["serviceendpointid"]
    value = '<settings><setting name="x-secret" value="s&amp;cret"/></settings>'
    hooked.send("PATCH", f"serviceendpoints({endpoint})", {"authtype": authtype, "authvalue": value}, user=ADMIN)
    _update(hooked, hooked.lead(), DISQUALIFIED)
    (call,) = receiver.calls
    given = {name.lower(): text for name, text in (call.headers if where == "headers" else call.query).items()}
    assert given["x-secret"] == "s&cret"
    assert "code" not in call.query


def test_the_order_of_calls_is_not_that_of_the_changes(hooked: Sales, receiver: Receiver) -> None:
    """docs: asynchronous-service: no order is guaranteed. Seeded, so that a run can be repeated."""
    hooked.control("faults", {"kind": "reordered", "seconds": 0.3})
    leads = [hooked.lead() for _ in range(12)]
    for lead_id in leads:
        hooked.send("PATCH", f"leads({lead_id})", DISQUALIFIED)
    hooked.settle()
    assert [call.body["PrimaryEntityId"] for call in receiver.calls] != leads


def test_calls_can_be_paused_lost_and_repeated(hooked: Sales, receiver: Receiver) -> None:
    """The sandbox's own controls: what a receiver must survive."""
    hooked.control("webhooks/pause")
    hooked.send("PATCH", f"leads({hooked.lead()})", DISQUALIFIED)
    assert (hooked.state("idle")["idle"], receiver.calls) == (False, [])
    hooked.control("webhooks/resume")
    wait_until(lambda: len(receiver.calls) == 1)
    hooked.control("faults", {"kind": "lost", "times": 1})
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert len(receiver.calls) == 1
    hooked.control("faults", {"kind": "repeated", "times": 1})
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert len(receiver.calls) == 3
    assert len({call.body["OperationId"] for call in receiver.calls}) == 2
    statuses = [delivery["status"] for delivery in hooked.state("webhooks")["deliveries"]]
    assert statuses == ["succeeded", "lost", "succeeded"]


def test_a_rule_befalls_calls_of_its_message_and_table_alone(hooked: Sales, receiver: Receiver) -> None:
    hooked.control("faults", {"kind": "lost", "message": "Update", "table": "lead"})
    lead_id = hooked.lead()
    _update(hooked, lead_id, DISQUALIFIED)
    hooked.send("DELETE", f"leads({lead_id})")
    hooked.settle()
    assert [call.body["MessageName"] for call in receiver.calls] == ["Delete"]


def test_which_calls_are_lost_is_the_same_for_the_same_seed(hooked: Sales, receiver: Receiver) -> None:
    def lost(seed: int) -> list[bool]:
        requests.delete(f"{hooked.url}/sandbox/faults", timeout=5)
        hooked.control("faults", {"kind": "lost", "rate": 0.5, "seed": seed})
        before = len(hooked.state("webhooks")["deliveries"])
        for _ in range(12):
            _update(hooked, hooked.lead(), DISQUALIFIED)
        return [delivery["status"] == "lost" for delivery in hooked.state("webhooks")["deliveries"][before:]]

    first = lost(1)
    assert set(first) == {True, False}
    assert (lost(1) == first, lost(2) == first) == (True, False)


def test_a_call_whose_answer_is_lost_was_received_and_counts_as_failed(hooked: Sales, receiver: Receiver) -> None:
    hooked.control("faults", {"kind": "lost", "moment": "after"})
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert len(receiver.calls) == 1
    (job,) = hooked.get("asyncoperations?$select=statuscode,friendlymessage", user=ADMIN)["value"]
    assert (job["statuscode"], "timed out" in job["friendlymessage"]) == (31, True)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_call_can_be_repeated_before_or_after_it_was_received(hooked: Sales, receiver: Receiver, moment: str) -> None:
    hooked.control("faults", {"kind": "repeated", "moment": moment})
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert [call.body["OperationId"] for call in receiver.calls] == [receiver.calls[0].body["OperationId"]] * 2


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_call_can_be_late_and_so_can_its_answer(hooked: Sales, receiver: Receiver, moment: str) -> None:
    hooked.control("faults", {"kind": "late", "moment": moment, "seconds": 0.2})
    begun = time.monotonic()
    _update(hooked, hooked.lead(), DISQUALIFIED)
    assert len(receiver.calls) == 1
    assert time.monotonic() - begun >= 0.2


def _make_synchronous(sales: Sales) -> None:
    step = sales.get("sdkmessageprocessingsteps?$filter=contains(name,'Update of lead')", user=ADMIN)["value"][0]
    path = f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})"
    assert sales.send("PATCH", path, {"mode": 0}, user=ADMIN).status_code == 204


def test_a_synchronous_step_is_called_before_the_answer(hooked: Sales, receiver: Receiver) -> None:
    """docs: use-webhooks, synchronous: inside the transaction, no System Job, no image of the primary name."""
    _make_synchronous(hooked)
    assert hooked.send("PATCH", f"leads({hooked.lead()})", DISQUALIFIED).status_code == 204
    (call,) = receiver.calls
    assert (call.body["Mode"], call.body["IsInTransaction"]) == (0, True)
    assert [image["key"] for image in call.body["PostEntityImages"]] == ["bridge"]


def test_a_synchronous_step_that_fails_cancels_the_operation_but_was_sent(hooked: Sales, receiver: Receiver) -> None:
    """docs: use-webhooks: the data rolls back, the request that was sent cannot be recalled."""
    _make_synchronous(hooked)
    receiver.answers = [500]
    lead_id = hooked.lead()
    assert error_of(hooked.send("PATCH", f"leads({lead_id})", DISQUALIFIED)) == (400, "0x80040265")
    assert hooked.get(f"leads({lead_id})?$select=statecode")["statecode"] == 0
    assert len(receiver.calls) == 1
