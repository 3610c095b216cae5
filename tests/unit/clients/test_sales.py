"""Sales over a transport adapter: the requests in their documented shapes, and what is read from the answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.odata.batch import BatchRequest
from shared import telemetry
from shared.errors import AccessRefused, Missing, Outdated, Refused, System, Transient
from shared.models import LeadState, Opportunity, OpportunityState, Prospect, ProspectKey, ProspectStatus
from shared.ports import ChangedLead, ChangedOpportunity, Note
from shared.sales import DynamicsSales
from tests.unit.breaker.steps import Site
from tests.unit.clients.wire import SALES, Wire, answer, batch_answer, parsed_query, rows, service

KEY = ProspectKey.of("usmf", "P-1")
OTHER = ProspectKey.of("usmf", "P-2")
LEAD, MASTER, ACCOUNT, CONTACT = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3, 4))
NOTE = Note("00000000-0000-0000-0000-00000000000a", ("leads", LEAD), "From Commerce", "text")
GONE = answer(404, {"error": {"code": "0x80040217", "message": "Does Not Exist"}})


def sales(*answers: Any) -> tuple[DynamicsSales, Wire]:
    wire = Wire(list(answers))
    return DynamicsSales(service(wire, System.SALES), "b2b"), wire


def lead(lead_id: str = LEAD, **columns: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"1"', "leadid": lead_id, "statecode": 0, "statuscode": 1, "merged": False, "_masterid_value": None,
        "b2b_prospectkey": KEY.text, "companyname": "Contoso", "parentaccountid": None, "parentcontactid": None,
        "opportunity_originating_lead": [],
    } | columns  # fmt: skip


def opportunity(number: int, state: int, status: int) -> dict[str, Any]:
    return {"opportunityid": f"o{number}", "statecode": state, "statuscode": status}


class TestReadingALead:
    def test_one_request_brings_everything_that_sales_made_from_it(self) -> None:
        account, contact = {"accountid": ACCOUNT, "name": "Contoso"}, {"contactid": CONTACT, "lastname": "Öst"}
        opportunities = [opportunity(1, 0, 1), opportunity(2, 1, 3), opportunity(3, 2, 192350000)]
        client, wire = sales(
            lead(
                statecode=1, statuscode=3, parentaccountid=account, parentcontactid=contact,
                opportunity_originating_lead=opportunities,
            )
        )  # fmt: skip
        view = client.lead(LEAD, KEY)
        assert view.survivor_key is None
        assert view.lead is not None
        assert (view.lead.id, view.lead.state, view.lead.status_code, view.lead.key) == (LEAD, LeadState.QUALIFIED, 3, KEY)
        assert (view.lead.account, view.lead.contact) == (account, contact)
        assert view.lead.opportunities == (
            Opportunity("o1", OpportunityState.OPEN, 1),
            Opportunity("o2", OpportunityState.WON, 3),
            Opportunity("o3", OpportunityState.LOST, 192350000),
        )
        assert view.lead.fields["companyname"] == "Contoso"
        assert len(wire.sent) == 1

    def test_the_expanded_collection_is_never_taken_from_a_cache(self) -> None:
        client, wire = sales(lead())
        client.lead(LEAD, KEY)
        assert wire.sent[0].headers["If-None-Match"] == "null"

    def test_it_asks_for_merging_state_key_and_the_three_expansions(self) -> None:
        client, wire = sales(lead())
        client.lead(LEAD, KEY)
        asked = parsed_query(wire.urls[0])
        assert wire.urls[0].startswith(f"{SALES}/leads({LEAD})?")
        assert {"statecode", "statuscode", "merged", "_masterid_value", "b2b_prospectkey"} <= set(asked["$select"].split(","))
        for navigation in ("parentaccountid", "parentcontactid", "opportunity_originating_lead"):
            assert f"{navigation}($select=" in wire.urls[0]
        assert "accountnumber" in wire.urls[0]
        assert "_originatingleadid_value" in wire.urls[0]

    @pytest.mark.parametrize("state, expected", list(enumerate([LeadState.OPEN, LeadState.QUALIFIED, LeadState.DISQUALIFIED])))
    def test_states_are_read_by_number(self, state: int, expected: LeadState) -> None:
        client, _ = sales(lead(statecode=state, statuscode=192350007))
        found = client.lead(LEAD, KEY).lead
        assert found
        assert (found.state, found.status_code) == (expected, 192350007)

    @pytest.mark.parametrize("value", [None, "", "no key", "usmf."])
    def test_a_key_column_without_a_key_of_ours_is_no_key(self, value: str | None) -> None:
        client, _ = sales(lead(b2b_prospectkey=value))
        found = client.lead(LEAD, KEY).lead
        assert found
        assert found.key is None

    def test_an_unknown_id_is_looked_for_by_the_alternate_key(self) -> None:
        client, wire = sales(GONE, lead(MASTER))
        found = client.lead(LEAD, KEY).lead
        assert found
        assert found.id == MASTER
        assert wire.urls[1].startswith(f"{SALES}/leads(b2b_prospectkey='usmf.P-1')?$select=")

    def test_without_an_id_the_alternate_key_is_asked_at_once(self) -> None:
        client, wire = sales(lead())
        assert client.lead("", KEY).lead
        assert len(wire.sent) == 1

    def test_neither_by_id_nor_by_key_is_no_lead(self) -> None:
        client, _ = sales(GONE, GONE)
        assert client.lead(LEAD, KEY).lead is None

    def test_an_alternate_key_that_does_not_exist_is_not_taken_for_no_lead(self) -> None:
        message = "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.lead'."
        client, _ = sales(answer(400, {"error": {"code": "0x0", "message": message}}))
        with pytest.raises(Exception, match="key in the request URI"):
            client.lead("", KEY)

    def test_the_link_beside_the_opportunities_only_repeats_them_and_is_not_followed(self) -> None:
        link = f"{SALES}/leads({LEAD})/opportunity_originating_lead?$select=opportunityid"
        first = lead(opportunity_originating_lead=[opportunity(1, 2, 4)], **{"opportunity_originating_lead@odata.nextLink": link})
        client, wire = sales(first)
        found = client.lead(LEAD, KEY).lead
        assert found
        assert [one.state for one in found.opportunities] == [OpportunityState.LOST]
        assert len(wire.sent) == 1


class TestMergedRecords:
    """docs: merge: the subordinate is deactivated, so a merged lead looks disqualified."""

    MERGED = lead(statecode=2, statuscode=4, merged=True, _masterid_value=MASTER)

    @pytest.mark.parametrize("key", [None, KEY.text])
    def test_the_survivors_state_counts(self, key: str | None) -> None:
        client, wire = sales(self.MERGED, lead(MASTER, statecode=1, b2b_prospectkey=key))
        view = client.lead(LEAD, KEY)
        assert view.lead
        assert (view.lead.id, view.lead.state, view.lead.merged_into) == (MASTER, LeadState.QUALIFIED, MASTER)
        assert view.survivor_key is None
        assert len(wire.sent) == 2

    def test_a_survivor_of_another_prospect_decides_nothing_for_this_one(self) -> None:
        client, _ = sales(self.MERGED, lead(MASTER, b2b_prospectkey=OTHER.text))
        view = client.lead(LEAD, KEY)
        assert view.lead
        assert (view.lead.id, view.lead.merged_into, view.survivor_key) == (LEAD, MASTER, OTHER)

    def test_a_chain_of_merges_is_followed_to_its_end(self) -> None:
        second = lead(MASTER, merged=True, _masterid_value="m3")
        client, _ = sales(self.MERGED, second, lead("m3", b2b_prospectkey=None))
        found = client.lead(LEAD, KEY).lead
        assert found
        assert (found.id, found.merged_into) == ("m3", "m3")

    def test_a_survivor_that_is_gone_is_no_lead_and_never_a_disqualified_one(self) -> None:
        client, _ = sales(self.MERGED, GONE)
        assert client.lead(LEAD, KEY).lead is None

    def test_a_merged_lead_whose_survivor_was_deleted_and_unlinked_is_no_lead_and_never_a_disqualified_one(self) -> None:
        client, _ = sales(lead(statecode=2, statuscode=7, merged=True, _masterid_value=None))
        assert client.lead(LEAD, KEY).lead is None

    def test_leads_merged_in_a_circle_end(self) -> None:
        client, _ = sales(self.MERGED, lead(MASTER, merged=True, _masterid_value=LEAD))
        assert client.lead(LEAD, KEY).lead is None

    def test_a_merged_account_is_followed_once(self) -> None:
        merged = {"accountid": ACCOUNT, "merged": True, "_masterid_value": "a2"}
        client, wire = sales(lead(parentaccountid=merged), {"accountid": "a2", "name": "Contoso"})
        found = client.lead(LEAD, KEY).lead
        assert found
        assert found.account == {"accountid": "a2", "name": "Contoso"}
        assert wire.urls[1].startswith(f"{SALES}/accounts(a2)?$select=accountid,")

    def test_a_merged_contact_whose_survivor_is_gone_is_none(self) -> None:
        merged = {"contactid": CONTACT, "merged": True, "_masterid_value": "c2"}
        client, _ = sales(lead(parentcontactid=merged), GONE)
        found = client.lead(LEAD, KEY).lead
        assert found
        assert found.contact is None


class TestWriting:
    def test_lead_and_note_are_created_together_and_only_where_there_is_none(self) -> None:
        client, wire = sales(batch_answer([(204, None), (204, None)]))
        client.create_lead(LEAD, KEY, {"subject": "B2B", "ownerid@odata.bind": "/teams(t)"}, NOTE)
        ((first, second),) = wire.parts()
        assert isinstance(first, BatchRequest)
        assert isinstance(second, BatchRequest)
        assert (first.method, first.url) == ("PATCH", f"/api/data/v9.2/leads({LEAD})?tag=b2b-bridge")
        assert first.headers["if-none-match"] == "*"
        assert json.loads(first.body) == {"subject": "B2B", "ownerid@odata.bind": "/teams(t)", "b2b_prospectkey": "usmf.P-1"}
        assert (second.method, second.url) == ("PATCH", f"/api/data/v9.2/annotations({NOTE.id})?tag=b2b-bridge")
        assert "if-none-match" not in second.headers
        assert json.loads(second.body) == {
            "subject": "From Commerce", "notetext": "text", "objectid_lead@odata.bind": f"/leads({LEAD})",
        }  # fmt: skip
        assert len(wire.sent) == 1

    @pytest.mark.parametrize("code", ["0x80060892", "0x80060882", "0x80040237"])
    def test_a_lead_that_is_there_already_is_outdated(self, code: str) -> None:
        client, _ = sales(batch_answer((412, {"error": {"code": code, "message": "x"}})))
        with pytest.raises(Outdated):
            client.create_lead(LEAD, KEY, {}, NOTE)

    def test_a_lost_answer_is_simply_tried_again_since_both_are_keyed(self) -> None:
        client, _ = sales(answer(504))
        with pytest.raises(Transient):
            client.create_lead(LEAD, KEY, {}, NOTE)

    def test_a_refusal_names_the_reason_and_no_person(self) -> None:
        message = "A validation error occurred for 'Ann Öst' at ann@x.example."
        client, _ = sales(batch_answer((400, {"error": {"code": "0x80044331", "message": message}})))
        with pytest.raises(Refused) as caught:
            client.create_lead(LEAD, KEY, {"firstname": "Ann Öst"}, NOTE)
        assert caught.value.message == "A validation error occurred for '…' at …."

    def test_a_note_is_written_by_its_id_to_lead_or_opportunity(self) -> None:
        client, wire = sales(answer(204), answer(204))
        client.write_note(NOTE)
        client.write_note(Note("n2", ("opportunities", "o1"), "s", "t"))
        assert [request.method for request in wire.sent] == ["PATCH", "PATCH"]
        assert json.loads(wire.sent[1].body or "") == {
            "subject": "s", "notetext": "t", "objectid_opportunity@odata.bind": "/opportunities(o1)",
        }  # fmt: skip
        assert wire.urls[1] == f"{SALES}/annotations(n2)?tag=b2b-bridge"

    def test_a_note_for_a_record_that_is_gone_is_missing(self) -> None:
        client, _ = sales(GONE)
        with pytest.raises(Missing):
            client.write_note(NOTE)


class TestResolving:
    def test_the_key_of_a_lead(self) -> None:
        client, wire = sales({"leadid": LEAD, "b2b_prospectkey": KEY.text}, {"leadid": LEAD, "b2b_prospectkey": None}, GONE)
        assert [client.key_of_lead(LEAD) for _ in range(3)] == [KEY, None, None]
        assert wire.urls[0] == f"{SALES}/leads({LEAD})?$select=leadid,b2b_prospectkey"

    def test_the_lead_of_an_opportunity(self) -> None:
        ours = {"opportunityid": "o1", "originatingleadid": {"leadid": LEAD, "b2b_prospectkey": KEY.text}}
        strange = {"opportunityid": "o1", "originatingleadid": {"leadid": LEAD, "b2b_prospectkey": None}}
        client, wire = sales(ours, strange, {"opportunityid": "o1", "originatingleadid": None}, GONE)
        assert [client.lead_of_opportunity("o1") for _ in range(4)] == [(LEAD, KEY), None, None, None]
        assert wire.urls[0].endswith("$expand=originatingleadid($select=leadid,b2b_prospectkey)")

    def test_reference_data_is_found_by_value_and_kept(self) -> None:
        client, wire = sales(rows({"@odata.etag": "x", "isocurrencycode": "USD", "transactioncurrencyid": "c1"}))
        with telemetry.work() as work:
            assert [client.find_id("transactioncurrencies", "isocurrencycode", "USD") for _ in range(2)] == ["c1", "c1"]
        assert wire.urls == [f"{SALES}/transactioncurrencies?$select=isocurrencycode&$filter=isocurrencycode eq 'USD'&$top=2"]
        assert not work.counts, "reference data is counted for no onboarding"

    def test_a_teams_second_id_does_not_hide_its_own(self) -> None:
        client, _ = sales(rows({"name": "B2B", "ownerid": "t1", "teamid": "t1"}))
        assert client.find_id("teams", "name", "B2B") == "t1"

    def test_what_is_not_there_or_not_unique_is_none(self) -> None:
        team = {"name": "Sales", "teamid": "t"}
        no_set = answer(404, {"error": {"code": "0x8006088a", "message": "Resource not found for the segment 'msdyn_x'."}})
        client, _ = sales(rows(), rows(team, team), no_set)
        assert client.find_id("teams", "name", "Nobody") is None
        assert client.find_id("teams", "name", "Sales") is None
        assert client.find_id("msdyn_x", "msdyn_name", "Sales") is None

    @pytest.mark.parametrize("status, code, text", [
        (400, "0x80060888", "Could not find a property named 'isocode' on type 'Microsoft.Dynamics.CRM.transactioncurrency'."),
        (400, "0x80060888", "The query specified in the URI is not valid."),
        (403, "0x80040220", "Principal user is missing prvReadCurrency privilege."),
        (404, "0x8006088a", "Resource not found for the segment 'msdyn_x'."),
    ])  # fmt: skip
    def test_what_sales_refuses_to_show_is_not_found_and_closes_nothing(self, status: int, code: str, text: str) -> None:
        site = Site()
        wire = Wire([answer(status, {"error": {"code": code, "message": text}})])
        client = DynamicsSales(service(wire, System.SALES, passage=site.processes[0].passage), "b2b")
        assert client.find_id("transactioncurrencies", "isocode", "USD") is None
        assert site.told() == "served"

    def test_an_identity_that_is_refused_is_refused_for_lookups_too(self) -> None:
        site = Site()
        wire = Wire([answer(401), answer(401)])
        client = DynamicsSales(service(wire, System.SALES, passage=site.processes[0].passage), "b2b")
        with pytest.raises(AccessRefused):
            client.find_id("transactioncurrencies", "isocurrencycode", "USD")
        assert site.told() == "Closed"


class TestLengths:
    def test_they_are_read_once_an_hour(self) -> None:
        client, wire = sales(rows({"LogicalName": "subject", "MaxLength": 300}, {"LogicalName": "companyname", "MaxLength": 40}))
        with telemetry.work() as work:
            assert [client.lead_lengths() for _ in range(2)] == [{"subject": 300, "companyname": 40}] * 2
        assert not work.counts
        assert wire.urls == [
            f"{SALES}/EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata"
            "?$select=LogicalName,MaxLength"
        ]

    def test_a_column_that_has_none_is_passed_over(self) -> None:
        client, _ = sales(rows({"LogicalName": "subject", "MaxLength": 300}, {"LogicalName": "fullname", "MaxLength": None}))
        assert client.lead_lengths() == {"subject": 300}

    @pytest.mark.parametrize("status", [403, 404, 503])
    def test_where_sales_does_not_say_the_documented_ones_count_and_it_is_not_asked_each_time(self, status: int) -> None:
        client, wire = sales(answer(status, {"error": {"code": "", "message": "no"}}))
        assert [client.lead_lengths() for _ in range(2)] == [{}, {}]
        assert len(wire.sent) == 1


class TestLeadsOfDualWrite:
    PROSPECT = Prospect(KEY, "usmf", "P-1", ProspectStatus.PENDING, True, "000001234", "Person", "", "")

    def test_one_is_found_by_prospect_and_party_and_gets_our_columns_under_its_etag(self) -> None:
        wire = Wire([rows({"@odata.etag": 'W/"7"', "leadid": LEAD}), answer(204)])
        client = DynamicsSales(service(wire, System.SALES), "b2b", dual_write=True)
        found = client.unclaimed_lead(self.PROSPECT)
        assert found == (LEAD, 'W/"7"')
        client.adopt_lead(*found, {"b2b_prospectkey": KEY.text})
        condition = "msdyn_prospectid eq 'P-1' and msdyn_partyid/msdyn_partynumber eq '000001234' and b2b_prospectkey eq null"
        assert parsed_query(wire.urls[0])["$filter"] == condition
        assert (wire.sent[1].method, wire.sent[1].headers["If-Match"]) == ("PATCH", 'W/"7"')
        assert json.loads(wire.sent[1].body or b"") == {"b2b_prospectkey": KEY.text}

    def test_without_its_columns_nothing_is_asked(self) -> None:
        client, wire = sales()
        assert client.unclaimed_lead(self.PROSPECT) is None
        assert wire.sent == []


class TestChanges:
    SINCE = datetime(2026, 11, 23, 17, 10, 5, 999999, tzinfo=UTC)

    def test_leads_of_ours_come_page_by_page_oldest_first(self) -> None:
        def changed(lead_id: str, state: int, key: str | None) -> dict[str, Any]:
            return {"leadid": lead_id, "statecode": state, "modifiedon": "2026-11-23T17:11:00Z", "b2b_prospectkey": key}

        link = f"{SALES}/leads?$skiptoken=2"
        client, wire = sales(
            rows(changed("l1", 0, KEY.text), changed("l2", 1, "not ours"), **{"@odata.nextLink": link}),
            rows(changed("l3", 2, OTHER.text)),
        )
        moment = datetime(2026, 11, 23, 17, 11, tzinfo=UTC)
        assert list(client.changed_leads(self.SINCE)) == [
            ChangedLead("l1", KEY, LeadState.OPEN, moment),
            ChangedLead("l3", OTHER, LeadState.DISQUALIFIED, moment),
        ]
        asked = parsed_query(wire.urls[0])
        assert asked["$filter"] == "modifiedon ge 2026-11-23T17:10:05Z and b2b_prospectkey ne null"
        assert asked["$orderby"] == "modifiedon,leadid", "rows of one moment keep their order from page to page"
        assert {request.headers["Prefer"] for request in wire.sent} == {"odata.maxpagesize=500"}

    def test_opportunities_come_with_the_lead_that_they_came_from(self) -> None:
        ours = {
            "opportunityid": "o1", "statecode": 1, "modifiedon": "2026-11-23T17:11:00Z",
            "originatingleadid": {"leadid": LEAD, "b2b_prospectkey": KEY.text},
        }  # fmt: skip
        client, wire = sales(rows(ours, ours | {"originatingleadid": None}))
        assert list(client.changed_opportunities(self.SINCE)) == [
            ChangedOpportunity("o1", LEAD, KEY, OpportunityState.WON, datetime(2026, 11, 23, 17, 11, tzinfo=UTC))
        ]
        asked = parsed_query(wire.urls[0])
        assert "originatingleadid/b2b_prospectkey ne null" in asked["$filter"]
        assert asked["$orderby"] == "modifiedon,opportunityid"
