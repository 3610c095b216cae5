"""Reading Commerce over a transport adapter: what is asked in one $batch, and what is made of the records."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.odata.batch import BatchRequest
from shared import telemetry
from shared.commerce import DynamicsCommerce
from shared.errors import AccessRefused, Transient
from shared.models import Hierarchy, HierarchyNode, ProspectKey, ProspectStatus
from shared.ports import ChannelDefaults, Question
from tests.unit.clients.wire import COMMERCE, Wire, answer, batch_answer, found, parsed_query, rows, service

KEY = ProspectKey.of("usmf", "P-1")
PENDING = (
    "IsB2BProspect eq Microsoft.Dynamics.DataEntities.NoYes'Yes' and "
    "B2BProspectStatus eq Microsoft.Dynamics.DataEntities.RetailB2BProspectStatus'Pending'"
)


def commerce(*answers: Any, model: Any = "person") -> tuple[DynamicsCommerce, Wire]:
    wire = Wire(list(answers))
    return DynamicsCommerce(service(wire), "status", access_model=model), wire


def prospect(**columns: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"e1"',
        "dataAreaId": "usmf",
        "ProspectId": "P-1",
        "IsB2BProspect": "Yes",
        "B2BProspectStatus": "Pending",
        "ProspectPartyNumber": "0001",
        "ProspectPartyType": "Person",
        "PrimaryEmailAddress": "ann@x.example",
        "RetailChannelOperatingUnitPartyNumber": "OU-1",
        "CompanyName": "Contoso",
        "Party": {"@odata.etag": "x", "PartyNumber": "0001", "PersonFirstName": "Ann", "PersonLastName": "Öst"},
    } | columns


def customer(account: str, **columns: Any) -> dict[str, Any]:
    return {
        "dataAreaId": "usmf",
        "CustomerAccount": account,
        "PartyNumber": f"party-{account}",
        "PartyType": "Person",
        "PrimaryContactEmail": "ann@x.example",
        "AddressBooks": "b1",
        "OnHoldStatus": "No",
        "InvoiceAccount": "",
    } | columns


class TestAProspect:
    def test_it_is_read_by_its_full_key_across_companies_with_its_party(self) -> None:
        client, wire = commerce(prospect())
        read = client.prospect(KEY)
        assert wire.urls == [f"{COMMERCE}/Prospects(dataAreaId='usmf',ProspectId='P-1')?cross-company=true&$expand=Party"]
        assert read is not None
        assert (read.key, read.status, read.is_b2b) == (KEY, ProspectStatus.PENDING, True)
        assert (read.party_number, read.party_type, read.channel) == ("0001", "Person", "OU-1")
        assert (read.email, read.etag) == ("ann@x.example", 'W/"e1"')
        assert read.fields["Party.PersonLastName"] == "Öst"
        assert "Party.@odata.etag" not in read.fields
        assert "Party" not in read.fields

    def test_the_systems_own_spelling_is_kept_beside_the_key(self) -> None:
        client, _ = commerce(prospect(dataAreaId="USMF", ProspectId="p-1"))
        read = client.prospect(KEY)
        assert read
        assert (read.key, read.legal_entity, read.prospect_id) == (KEY, "USMF", "p-1")

    def test_none_there_is_none(self) -> None:
        client, _ = commerce(answer(404, {"error": {"code": "", "message": "not found"}}))
        assert client.prospect(KEY) is None

    def test_a_missing_entity_set_or_a_gateways_page_is_not_taken_for_no_prospect(self) -> None:
        client, _ = commerce(
            answer(404, {"Message": "No HTTP resource was found that matches the request URI."}), answer(404, b"<html>")
        )
        with pytest.raises(AccessRefused):
            client.prospect(KEY)
        with pytest.raises(Transient):
            client.prospect(KEY)

    @pytest.mark.parametrize(
        "symbol, expected",
        [("Approved", "Approved"), ("Rejected", "Rejected"), ("Unknown", "Unknown"), ("Frozen", "Unknown"), (None, "Unknown")],
    )
    def test_a_status_nobody_has_heard_of_is_unknown(self, symbol: str | None, expected: str) -> None:
        client, _ = commerce(prospect(B2BProspectStatus=symbol, Party=None, PrimaryEmailAddress=None))
        read = client.prospect(KEY)
        assert read
        assert (read.status, read.email) == (expected, "")


class TestLooking:
    FULL = Question(KEY, emails=("ann@x.example",), accounts=("P-1", "B1"), parties=("0001", "0002"), hierarchy=True)

    def test_one_batch_of_filters_asks_everything(self) -> None:
        client, wire = commerce(found([prospect()], [], [], [], [], []))
        with telemetry.work() as work:
            client.look(self.FULL)
        assert work.counts == {"commerce": 1}
        area = "dataAreaId eq 'usmf'"
        filters = [(url.split("?")[0], parsed_query(url)["$filter"]) for url in wire.part_urls()]
        assert filters == [
            ("GET Prospects", f"{area} and ProspectId eq 'P-1'"),
            (
                "GET CustomersV3",
                f"{area} and ((CustomerAccount eq 'P-1' or CustomerAccount eq 'B1') or "
                "(PartyNumber eq '0001' or PartyNumber eq '0002'))",
            ),
            ("GET CustomersV3", f"{area} and (PrimaryContactEmail eq 'ann@x.example')"),
            ("GET Prospects", f"{area} and {PENDING} and (PrimaryEmailAddress eq 'ann@x.example')"),
            ("GET CustomerHiearchies", "(OrganizationPartyNumber eq '0001' or OrganizationPartyNumber eq '0002')"),
            ("GET CustomerHierarchyNodes", "(NodePartyNumber eq '0001' or NodePartyNumber eq '0002')"),
        ]
        assert all(parsed_query(url)["cross-company"] == "true" for url in wire.part_urls())
        assert parsed_query(wire.part_urls()[0])["$expand"] == "Party"
        assert parsed_query(wire.part_urls()[4])["$expand"] == "CustomerHierarchyNode"

    def test_only_the_expanded_collection_refuses_a_cached_answer(self) -> None:
        client, wire = commerce(found([prospect()], [], [], [], [], []))
        client.look(self.FULL)
        fresh = [part.headers.get("if-none-match") for part in wire.parts() if isinstance(part, BatchRequest)]
        assert fresh == [None, None, None, None, "null", None]

    def test_what_is_not_asked_is_not_known(self) -> None:
        client, wire = commerce(found([prospect()]))
        view = client.look(Question(KEY))
        assert len(wire.part_urls()) == 1
        assert view.prospect
        assert view.customers == ()
        assert (view.same_email_accounts, view.same_email_prospects, view.hierarchies, view.contact_enabled) == (None,) * 4

    def test_no_prospect_is_a_view_without_one(self) -> None:
        client, _ = commerce(found([]))
        assert client.look(Question(KEY)).prospect is None

    def test_a_prospect_that_only_matches_as_a_wildcard_is_not_ours(self) -> None:
        client, _ = commerce(found([prospect(ProspectId="P-12"), prospect()]))
        view = client.look(Question(KEY))
        assert view.prospect
        assert view.prospect.prospect_id == "P-1"

    def test_the_onboardings_customers_are_those_of_its_accounts_or_parties(self) -> None:
        ours = [customer("p-1", PartyNumber="0001"), customer("B9", PartyNumber="0002", OnHoldStatus="All", InvoiceAccount="P-1")]
        client, _ = commerce(found([prospect()], [*ours, customer("OTHER")]))
        view = client.look(Question(KEY, accounts=("P-1",), parties=("0002",)))
        assert [(one.account, one.on_hold, one.invoice_account) for one in view.customers] == [
            ("p-1", "No", ""),
            ("B9", "All", "P-1"),
        ]

    def test_an_entity_set_that_is_not_there_is_not_taken_for_no_record(self) -> None:
        client, _ = commerce(batch_answer((404, {"error": {"message": "Resource not found for the segment 'Prospects'."}})))
        with pytest.raises(AccessRefused, match="entity set"):
            client.look(Question(KEY))

    def test_a_further_page_of_a_part_is_read_too(self) -> None:
        link = f"{COMMERCE}/CustomersV3?$skiptoken=2"
        client, wire = commerce(
            batch_answer((200, rows(prospect())), (200, rows(customer("A", PartyNumber="0001"), **{"@odata.nextLink": link}))),
            rows(customer("B", PartyNumber="0001")),
        )
        assert [one.account for one in client.look(Question(KEY, parties=("0001",))).customers] == ["A", "B"]
        assert wire.urls[1] == link


class TestTheSameEmail:
    """docs: manage-b2b-users: the primary e-mail must be unique among the legal entity's customers, or nobody signs in."""

    def test_other_customers_count_in_any_letter_case_and_own_ones_do_not(self) -> None:
        with_it = [
            customer("C2", PrimaryContactEmail="ANN@X.example"),
            customer("C1", PrimaryContactEmail="ann@x.example "),
            customer("annexe", PrimaryContactEmail="ann@x.example.org"),
            customer("P-1"),
            customer("own", PartyNumber="0002"),
            customer("theirs", PartyNumber="0001"),
        ]
        client, _ = commerce(found([prospect()], [], with_it, []))
        view = client.look(Question(KEY, emails=("Ann@X.Example",), accounts=("P-1",), parties=("0002",)))
        assert view.same_email_accounts == ("C1", "C2")

    def test_other_pending_prospects_count_and_the_own_one_does_not(self) -> None:
        others = [prospect(), prospect(ProspectId="P-2"), prospect(ProspectId="P-3", PrimaryEmailAddress="b@x.example")]
        client, _ = commerce(found([prospect()], [], others))
        view = client.look(Question(KEY, emails=("ann@x.example",)))
        assert view.same_email_prospects == ("usmf.P-2",)

    def test_the_prospects_own_address_is_asked_after_all_in_one_further_request(self) -> None:
        first = found([prospect()], [customer("C1", PrimaryContactEmail="other@x.example")], [])
        client, wire = commerce(first, found([customer("C2")], [prospect(ProspectId="P-2")]))
        view = client.look(Question(KEY, emails=("other@x.example",)))
        assert [parsed_query(url)["$filter"] for url in wire.part_urls(1)] == [
            "dataAreaId eq 'usmf' and (PrimaryContactEmail eq 'ann@x.example')",
            f"dataAreaId eq 'usmf' and {PENDING} and (PrimaryEmailAddress eq 'ann@x.example')",
        ]
        assert (view.same_email_accounts, view.same_email_prospects) == (("C1", "C2"), ("usmf.P-2",))

    @pytest.mark.parametrize("asked", ["ann@x.example", " ANN@x.example "])
    def test_no_further_request_where_it_was_among_those_asked(self, asked: str) -> None:
        client, wire = commerce(found([prospect()], [], []))
        client.look(Question(KEY, emails=(asked,)))
        assert len(wire.sent) == 1

    def test_an_address_with_an_asterisk_is_never_a_filter(self) -> None:
        client, wire = commerce(found([prospect(PrimaryEmailAddress="a*@x.example")]))
        view = client.look(Question(KEY, emails=("*@x.example", " ")))
        assert len(wire.part_urls()) == 1
        assert view.same_email_accounts is None

    def test_an_apostrophe_stays_inside_the_literal(self) -> None:
        client, wire = commerce(found([prospect(PrimaryEmailAddress="o'neill@x.example")], [], []))
        client.look(Question(KEY, emails=("o'neill@x.example",)))
        assert "PrimaryContactEmail eq 'o''neill@x.example'" in wire.part_urls()[1]


class TestHierarchies:
    @staticmethod
    def node(hierarchy: str, party: str, role: str = "Admin", removed: object = 0) -> dict[str, Any]:
        return {
            "CustomerHierarchyId": hierarchy,
            "NodePartyNumber": party,
            "Role": role,
            "NodeType": "Customer",
            "VersionRemoved": removed,
        }

    def hierarchy(self, name: str, *nodes: dict[str, Any], purpose: str = "B2BOrganization") -> dict[str, Any]:
        return {
            "CustomerHierarchyId": name,
            "OrganizationPartyNumber": "0002",
            "Purpose": purpose,
            "CustomerHierarchyNode": list(nodes),
        }

    QUESTION = Question(KEY, parties=("0001", "0002"), hierarchy=True)

    def test_removed_nodes_do_not_count(self) -> None:
        nodes = (self.node("H1", "0001"), self.node("H1", "0009", removed=3), self.node("H1", "0008", "User"))
        client, _ = commerce(found([prospect()], [], [self.hierarchy("H1", *nodes)], [nodes[0]]))
        (only,) = client.look(self.QUESTION).hierarchies or ()
        assert only == Hierarchy("H1", "0002", (HierarchyNode("0001", "Admin"), HierarchyNode("0008", "User")))
        assert only.admins() == ("0001",)

    def test_one_that_only_a_node_of_ours_leads_to_counts_without_its_organization(self) -> None:
        nodes = [self.node("H2", "0001"), self.node("H3", "0001", removed=2)]
        client, _ = commerce(found([prospect()], [], [], nodes))
        assert client.look(self.QUESTION).hierarchies == (Hierarchy("H2", "", (HierarchyNode("0001", "Admin"),)),)

    def test_a_hierarchy_of_another_purpose_does_not_count(self) -> None:
        client, _ = commerce(found([prospect()], [], [self.hierarchy("H1", purpose="Other")], []))
        assert client.look(self.QUESTION).hierarchies == ()

    def test_two_are_two(self) -> None:
        client, _ = commerce(found([prospect()], [], [self.hierarchy("H1"), self.hierarchy("H2")], []))
        assert [one.id for one in client.look(self.QUESTION).hierarchies or ()] == ["H1", "H2"]

    def test_without_a_party_there_is_nothing_to_ask_by(self) -> None:
        client, wire = commerce(found([prospect()]))
        assert client.look(Question(KEY, hierarchy=True)).hierarchies is None
        assert len(wire.part_urls()) == 1


class TestTheContactModel:
    """docs: b2b-multi-outlet: from 10.0.48 the requester is a contact, and only an enabled one can sign in."""

    @pytest.mark.parametrize("inactive, enabled", [("No", True), ("Yes", False)])
    def test_says_whether_the_admin_contact_is_enabled(self, inactive: str, enabled: bool) -> None:
        admin = TestHierarchies.node("H1", "0001")
        contact = {
            "ContactPersonId": "K1",
            "ContactPersonPartyNumber": "0001",
            "AssociatedPartyNumber": "0002",
            "IsInactive": inactive,
        }
        other = contact | {"ContactPersonPartyNumber": "0007", "IsInactive": "Yes"}
        client, wire = commerce(found([prospect()], [], [], [admin], [contact, other]), model="contact")
        assert client.look(TestHierarchies.QUESTION).contact_enabled is enabled
        assert wire.part_urls()[-1].startswith("GET ContactPersons?cross-company=true&$filter=dataAreaId eq 'usmf' and (")

    def test_without_an_admin_contact_it_is_not_known(self) -> None:
        client, _ = commerce(found([prospect()], [], [], [], []), model="contact")
        assert client.look(TestHierarchies.QUESTION).contact_enabled is None

    def test_other_contacts_with_the_e_mail_count_as_customers_do(self) -> None:
        theirs = {
            "ContactPersonId": "K9",
            "ContactPersonPartyNumber": "9",
            "AssociatedPartyNumber": "8",
            "PrimaryEmailAddress": "Ann@x.example",
        }
        own = theirs | {"ContactPersonId": "K1", "ContactPersonPartyNumber": "0001"}
        client, _ = commerce(found([prospect()], [customer("C1")], [], [theirs, own]), model="contact")
        assert client.look(Question(KEY, emails=("ann@x.example",))).same_email_accounts == ("C1", "K9")


class TestChecking:
    def test_many_prospects_are_checked_in_one_request(self) -> None:
        first, second = ProspectKey.of("usmf", "P-1"), ProspectKey.of("demf", "P-1")
        client, wire = commerce(
            prospect(),
            prospect(dataAreaId="demf", PrimaryEmailAddress="B@y.example"),
            found([customer("C1"), customer("own", PartyNumber="0001")], [prospect(), prospect(ProspectId="P-7")], [], []),
        )
        both = [client.prospect(first), client.prospect(second)]
        result = client.check([one for one in both if one])
        assert len(wire.sent) == 3
        assert result == {first: (("C1",), ("usmf.P-7",)), second: ((), ())}
        assert [parsed_query(url)["$filter"].split(" and ")[0] for url in wire.part_urls()] == [
            "dataAreaId eq 'usmf'", "dataAreaId eq 'usmf'", "dataAreaId eq 'demf'", "dataAreaId eq 'demf'",
        ]  # fmt: skip

    def test_each_prospect_is_told_only_of_its_own_address(self) -> None:
        ours = [prospect(ProspectId=f"P-{n}", ProspectPartyNumber=str(n), PrimaryEmailAddress=f"{n}@x.example") for n in (1, 2)]
        client, wire = commerce(rows(*ours), found([customer("C2", PrimaryContactEmail="2@X.example")], ours))
        result = client.check(list(client.pending(["usmf"])))
        assert result == {ProspectKey.of("usmf", "P-1"): ((), ()), ProspectKey.of("usmf", "P-2"): (("C2",), ())}

    def test_two_that_are_checked_together_and_share_an_address_find_each_other(self) -> None:
        ours = [prospect(ProspectId=f"P-{n}", ProspectPartyNumber=str(n)) for n in (1, 2)]
        client, _ = commerce(rows(*ours), found([], ours))
        result = client.check(list(client.pending(["usmf"])))
        assert [theirs for _, theirs in result.values()] == [("usmf.P-2",), ("usmf.P-1",)]

    @pytest.mark.parametrize("email", ["", "a*@x.example"])
    def test_an_unusable_address_is_not_asked_for(self, email: str) -> None:
        client, wire = commerce(prospect(PrimaryEmailAddress=email))
        one = client.prospect(KEY)
        assert one
        assert client.check([one]) == {KEY: ((), ())}
        assert len(wire.sent) == 1

    def test_a_hundred_go_into_one_request_and_no_filter_grows_long(self) -> None:
        many = [prospect(ProspectId=f"P-{n}", PrimaryEmailAddress=f"{n}@x.example") for n in range(130)]
        wire = Wire([rows(*many), found(*[[]] * 10), found(*[[]] * 4)])
        client = DynamicsCommerce(service(wire), "status")
        assert len(client.check(list(client.pending(["usmf"])))) == 130
        assert [len(wire.part_urls(index)) for index in (1, 2)] == [10, 4]
        assert max(url.count(" eq ") for url in wire.part_urls(1)) == 23


class TestPending:
    def test_pages_of_pending_b2b_prospects_in_scope(self) -> None:
        link = f"{COMMERCE}/Prospects?$skiptoken=2"
        client, wire = commerce(rows(prospect(), **{"@odata.nextLink": link}), rows(prospect(dataAreaId="demf")))
        assert [one.key.text for one in client.pending(["usmf", "demf"])] == ["usmf.P-1", "demf.P-1"]
        asked = parsed_query(wire.urls[0])
        assert asked["$filter"] == f"{PENDING} and (dataAreaId eq 'usmf' or dataAreaId eq 'demf')"
        assert asked["cross-company"] == "true"
        assert asked["$expand"] == "Party"
        assert "PrimaryEmailAddress" in asked["$select"]

    def test_without_names_all_legal_entities_are_in_scope(self) -> None:
        client, wire = commerce(rows())
        assert list(client.pending([])) == []
        assert parsed_query(wire.urls[0])["$filter"] == PENDING


class TestTheChannel:
    RETAIL = {"dataAreaId": "usmf", "RetailChannelId": "R1", "OperatingUnitPartyNumber": "OU-1", "DefaultCustomerAccount": "D1"}
    ONLINE = {"RetailChannelId": "R1", "OperatingUnitPartyNumber": "OU-1", "DefaultCustomerLegalEntity": "usmf"}
    DEFAULT = customer(
        "D1", AddressBooks="b1; b2;", CustomerGroupId="G", SalesCurrencyCode="USD", LanguageId="en-us", AllowOnAccount="Yes"
    )

    def test_its_default_customers_values_take_two_requests_and_are_kept(self) -> None:
        client, wire = commerce(found([self.RETAIL], [self.ONLINE]), rows(self.DEFAULT))
        expected = ChannelDefaults("D1", "G", "USD", "en-us", frozenset({"b1", "b2"}), "Yes")
        with telemetry.work() as work:
            assert [client.channel(area, "OU-1") for area in ("usmf", "USMF")] == [expected, expected]
        assert len(wire.sent) == 2
        assert not work.counts, "reference data is counted for no onboarding"
        assert [url.split("?")[0] for url in wire.part_urls(0)] == ["GET RetailChannels", "GET OnlineChannels"]
        assert parsed_query(wire.urls[1])["$filter"] == "dataAreaId eq 'usmf' and CustomerAccount eq 'D1'"

    def test_the_channel_under_the_prospects_legal_entity_comes_first(self) -> None:
        other = self.RETAIL | {"dataAreaId": "demf", "DefaultCustomerAccount": "D9"}
        client, wire = commerce(found([other, self.RETAIL], []), rows(self.DEFAULT))
        assert client.channel("usmf", "OU-1")
        assert parsed_query(wire.urls[1])["$filter"] == "dataAreaId eq 'usmf' and CustomerAccount eq 'D1'"

    @pytest.mark.parametrize("retail", [[], [RETAIL | {"DefaultCustomerAccount": ""}]], ids=["no channel", "no default customer"])
    def test_without_a_default_customer_there_is_none(self, retail: list[dict[str, Any]]) -> None:
        client, wire = commerce(found(retail, []))
        assert client.channel("usmf", "OU-1") is None
        assert len(wire.sent) == 1

    def test_a_default_customer_that_is_not_there_is_none(self) -> None:
        client, _ = commerce(found([self.RETAIL], [self.ONLINE]), rows())
        assert client.channel("usmf", "OU-1") is None
