"""Writing to Commerce over a transport adapter: customers, the decision, and what a lost or refused write means."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from sandbox.odata.batch import BatchRequest
from shared.commerce import DynamicsCommerce
from shared.errors import InDoubt, Outdated, Refused, ServiceError, Transient
from shared.models import Prospect, ProspectKey, ProspectStatus
from shared.ports import CustomerDraft, Question
from shared.record import Verdict
from tests.unit.clients.test_commerce_reading import customer, prospect
from tests.unit.clients.wire import Wire, answer, batch_answer, found, rows, service

KEY = ProspectKey.of("usmf", "P-1")
PROSPECT = Prospect(KEY, "usmf", "P-1", ProspectStatus.PENDING, True, "0001", "Person", "ann@x.example", 'W/"e1"')
INFOLOG = {
    "error": {
        "code": "",
        "message": "An error has occurred.",
        "innererror": {
            "message": "Write failed for table row of type 'CustCustomerV3Entity'. Infolog: Error: The record already exists.",
            "type": "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException",
        },
    }
}
CLOSED = {
    "error": {"innererror": {"message": "Infolog: Error: The period is closed for Ann Öst.", "type": "AxODataWriteException"}}
}


def commerce(*answers: Any, channel: Any = "status") -> tuple[DynamicsCommerce, Wire]:
    wire = Wire(list(answers))
    return DynamicsCommerce(service(wire), channel, "/api/services/B2B/Prospects/decide"), wire


def change_set(wire: Wire, index: int = -1) -> list[BatchRequest]:
    first = wire.parts(index)[0]
    assert isinstance(first, list)
    return first


class TestCreatingCustomers:
    PERSON = CustomerDraft(
        "usmf",
        "P-1",
        {"dataAreaId": "usmf", "CustomerAccount": "P-1", "PartyType": "Person", "InvoiceAccount": "B1", "PersonLastName": "Öst"},
    )
    ORGANIZATION = CustomerDraft("usmf", "B1", {"dataAreaId": "usmf", "CustomerAccount": "B1", "PartyType": "Organization"})

    def test_one_change_set_makes_the_organization_first(self) -> None:
        made = [(201, customer("B1", PartyType="Organization")), (201, customer("P-1", InvoiceAccount="B1"))]
        client, wire = commerce(batch_answer(made))
        created = client.create_customers([self.PERSON, self.ORGANIZATION])
        assert [(one.account, one.party_number, one.party_type) for one in created] == [
            ("B1", "party-B1", "Organization"),
            ("P-1", "party-P-1", "Person"),
        ]
        first, second = change_set(wire)
        assert (first.method, first.url) == ("POST", "CustomersV3?cross-company=true")
        assert (json.loads(first.body), json.loads(second.body)) == (self.ORGANIZATION.values, self.PERSON.values)
        assert len(wire.sent) == 1

    def test_a_customer_that_is_there_already_is_outdated(self) -> None:
        for status in (400, 500):
            client, _ = commerce(batch_answer((status, INFOLOG)))
            with pytest.raises(Outdated):
                client.create_customers([self.PERSON])

    def test_a_rule_that_refuses_is_told_without_the_persons_name(self) -> None:
        client, _ = commerce(batch_answer((500, CLOSED)))
        with pytest.raises(Refused) as caught:
            client.create_customers([CustomerDraft("usmf", "P-1", {"PersonLastName": "Ann Öst"})])
        assert caught.value.message == "The period is closed for …."

    @pytest.mark.parametrize(
        "lost", [requests.ReadTimeout(), answer(504), answer(200, b"--b\r\ncut", Content_Type="multipart/mixed; boundary=b")]
    )
    def test_a_lost_answer_is_in_doubt(self, lost: object) -> None:
        client, _ = commerce(lost)
        with pytest.raises(InDoubt):
            client.create_customers([self.PERSON, self.ORGANIZATION])

    def test_nothing_to_create_asks_nothing(self) -> None:
        client, wire = commerce()
        assert client.create_customers([]) == ()
        assert not wire.sent


class TestHoldingCustomers:
    def test_all_are_put_on_hold_together(self) -> None:
        client, wire = commerce(batch_answer([(204, None), (204, None)]))
        client.hold_customers("usmf", ["P-1", "O'B"])
        writes = change_set(wire)
        assert [one.url for one in writes] == [
            "CustomersV3(dataAreaId='usmf',CustomerAccount='P-1')?cross-company=true",
            "CustomersV3(dataAreaId='usmf',CustomerAccount='O%27%27B')?cross-company=true",
        ]
        assert {(one.method, one.body) for one in writes} == {("PATCH", b'{"OnHoldStatus": "All"}')}

    def test_a_lost_answer_is_simply_tried_again(self) -> None:
        client, _ = commerce(requests.ReadTimeout())
        with pytest.raises(Transient):
            client.hold_customers("usmf", ["P-1"])

    def test_nobody_to_hold_asks_nothing(self) -> None:
        client, wire = commerce()
        client.hold_customers("usmf", [])
        assert not wire.sent


class TestDecidingByStatus:
    QUESTION = Question(KEY, parties=("0001",), hierarchy=True)

    @pytest.mark.parametrize("verdict, status", [(Verdict.APPROVE, "Approved"), (Verdict.REJECT, "Rejected")])
    def test_the_status_is_written_under_the_etag_and_read_back_in_the_same_request(self, verdict: Verdict, status: str) -> None:
        hierarchy = {"CustomerHierarchyId": "H1", "OrganizationPartyNumber": "0001", "CustomerHierarchyNode": []}
        read_back = [(200, rows(prospect(B2BProspectStatus=status))), (200, rows()), (200, rows(hierarchy)), (200, rows())]
        client, wire = commerce(batch_answer([(204, None)], *read_back))
        view = client.write_decision(PROSPECT, verdict, self.QUESTION)
        (write,) = change_set(wire)
        assert (write.method, write.url) == ("PATCH", "Prospects(dataAreaId='usmf',ProspectId='P-1')?cross-company=true")
        assert write.headers["if-match"] == 'W/"e1"'
        assert json.loads(write.body) == {"B2BProspectStatus": status}
        assert view.prospect
        assert view.prospect.status == status
        assert [one.id for one in view.hierarchies or ()] == ["H1"]
        assert len(wire.sent) == 1

    @pytest.mark.parametrize(
        "status, body, expected",
        [
            (412, {"error": {"code": "", "message": "changed"}}, Outdated),
            (400, CLOSED, Refused),
            (500, CLOSED, Refused),
            (500, {"error": {"code": "", "message": "An error has occurred."}}, InDoubt),
            (504, None, InDoubt),
            (429, None, Transient),
        ],
    )
    def test_a_write_that_failed_says_why(self, status: int, body: object, expected: type[ServiceError]) -> None:
        client, _ = commerce(batch_answer((status, body)))
        with pytest.raises(ServiceError) as caught:
            client.write_decision(PROSPECT, Verdict.APPROVE, self.QUESTION)
        assert type(caught.value) is expected

    def test_a_lost_answer_is_in_doubt_and_never_sent_again(self) -> None:
        client, wire = commerce(requests.ReadTimeout())
        with pytest.raises(InDoubt):
            client.write_decision(PROSPECT, Verdict.REJECT, self.QUESTION)
        assert len(wire.sent) == 1

    def test_a_decision_that_could_not_be_read_back_is_in_doubt(self) -> None:
        client, _ = commerce(batch_answer([(204, None)], (404, {"error": {"message": "x"}})))
        with pytest.raises(InDoubt, match="written, but not read back"):
            client.write_decision(PROSPECT, Verdict.APPROVE, self.QUESTION)


class TestDecidingByService:
    def test_the_service_is_called_then_everything_is_read(self) -> None:
        client, wire = commerce({"Status": "Approved"}, found([prospect(B2BProspectStatus="Approved")]), channel="service")
        view = client.write_decision(PROSPECT, Verdict.APPROVE, Question(KEY))
        assert wire.urls[0] == "https://hq.operations.dynamics.com/api/services/B2B/Prospects/decide"
        assert json.loads(wire.sent[0].body or "") == {
            "_request": {"DataAreaId": "usmf", "ProspectId": "P-1", "Decision": "Approve"}
        }
        assert view.prospect
        assert view.prospect.status is ProspectStatus.APPROVED

    def test_a_service_that_did_not_answer_leaves_the_decision_in_doubt(self) -> None:
        client, wire = commerce(requests.ConnectionError("reset"), channel="service")
        with pytest.raises(InDoubt):
            client.write_decision(PROSPECT, Verdict.REJECT, Question(KEY))
        assert len(wire.sent) == 1

    def test_a_service_that_answered_while_reading_failed_leaves_it_in_doubt(self) -> None:
        client, _ = commerce({"Status": "Rejected"}, answer(503), channel="service")
        with pytest.raises(InDoubt, match="decided, but not read back"):
            client.write_decision(PROSPECT, Verdict.REJECT, Question(KEY))


def test_where_a_clerk_decides_nothing_is_written() -> None:
    client, wire = commerce(channel="manual")
    with pytest.raises(Refused, match="clerk"):
        client.write_decision(PROSPECT, Verdict.APPROVE, Question(KEY))
    assert not wire.sent
