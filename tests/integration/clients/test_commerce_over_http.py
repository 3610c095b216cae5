"""Every method of the Commerce client against the Commerce sandbox."""

from __future__ import annotations

import pytest

from shared import telemetry
from shared.commerce import DynamicsCommerce
from shared.errors import AccessRefused, Outdated, Refused, Transient
from shared.models import Prospect, ProspectKey, ProspectStatus
from shared.ports import CustomerDraft, Question
from shared.record import Verdict
from tests.integration.clients.conftest import CommerceEnvironment


def read(client: DynamicsCommerce, prospect_id: str, legal_entity: str = "usmf") -> Prospect:
    prospect = client.prospect(ProspectKey.of(legal_entity, prospect_id))
    assert prospect
    return prospect


def drafts(prospect: Prospect, **values: object) -> list[CustomerDraft]:
    """The pair that the bridge makes: the person takes the prospect's number and party."""
    area = prospect.legal_entity
    common = {
        "dataAreaId": area,
        "CustomerGroupId": "B2B",
        "SalesCurrencyCode": "USD",
        "LanguageId": "en-us",
        "AddressBooks": "B2B US",
    }
    person = {
        "CustomerAccount": prospect.prospect_id,
        "PartyType": "Person",
        "PartyNumber": prospect.party_number,
        "InvoiceAccount": "B1",
    }
    organization = {"CustomerAccount": "B1", "PartyType": "Organization", "OrganizationName": "Fabrikam"}
    return [
        CustomerDraft(area, prospect.prospect_id, common | person | values),
        CustomerDraft(area, "B1", common | organization | values),
    ]


def question(prospect: Prospect, organization_party: str = "") -> Question:
    parties = tuple(party for party in (prospect.party_number, organization_party) if party)
    return Question(prospect.key, (prospect.email,), (prospect.prospect_id, "B1"), parties, hierarchy=True)


class TestReading:
    def test_a_prospect_in_one_request_whatever_company_is_the_default(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        for area in ("usmf", "demf"):
            prospect_id = commerce.prospect(legal_entity=area)
            with telemetry.work("c-1") as work:
                prospect = read(client, prospect_id.lower(), area.upper())
            assert work.counts == {"commerce": 1}
            assert (prospect.legal_entity, prospect.prospect_id) == (area, prospect_id)
            assert (prospect.status, prospect.is_b2b, prospect.party_type) == (ProspectStatus.PENDING, True, "Person")
            assert (prospect.fields["Party.PersonFirstName"], prospect.fields["Party.PersonLastName"]) == ("Ann", "Öst")
            assert prospect.etag.startswith('W/"')
            assert prospect.channel
        assert commerce.requests()["by_correlation"]["c-1"] == 2

    def test_no_prospect_is_none(self, commerce: CommerceEnvironment) -> None:
        key = ProspectKey.of("usmf", "P-999")
        assert commerce.client().prospect(key) is None
        view = commerce.client().look(Question(key, ("a@b.example",), ("P-999",), ("none",), hierarchy=True))
        assert (view.prospect, view.customers, view.hierarchies, view.same_email_accounts) == (None, (), (), ())

    def test_who_else_has_the_e_mail(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        one, two, three = (
            read(client, commerce.prospect(email)) for email in ("Ann@Fabrikam.example", "ann@fabrikam.EXAMPLE", "b@x.example")
        )
        german = read(client, commerce.prospect("ann@fabrikam.example", "demf"), "demf")
        commerce.customer(dataAreaId="usmf", CustomerAccount="OLD", PrimaryContactEmail="ANN@fabrikam.example")
        with telemetry.work() as work:
            found = client.check([one, two, three, german])
        assert work.counts == {"commerce": 1}
        assert found == {
            one.key: (("OLD",), (two.key.text,)),
            two.key: (("OLD",), (one.key.text,)),
            three.key: ((), ()),
            german.key: ((), ()),
        }
        view = client.look(Question(one.key, emails=("ann@fabrikam.example",)))
        assert (view.same_email_accounts, view.same_email_prospects) == (("OLD",), (two.key.text,))

    def test_the_prospects_own_address_is_asked_too(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        commerce.customer(dataAreaId="usmf", CustomerAccount="OLD", PrimaryContactEmail="ann@fabrikam.example")
        with telemetry.work() as work:
            view = client.look(Question(prospect.key, emails=("seller-changed@x.example",)))
        assert work.counts == {"commerce": 2}
        assert view.same_email_accounts == ("OLD",)

    def test_an_asterisk_in_an_address_finds_nobody(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect("*@fabrikam.example"))
        commerce.customer(dataAreaId="usmf", CustomerAccount="OLD", PrimaryContactEmail="ann@fabrikam.example")
        assert client.check([prospect]) == {prospect.key: ((), ())}
        assert client.look(Question(prospect.key, emails=(prospect.email,))).same_email_accounts is None

    def test_pending_prospects_come_page_by_page_and_only_those_in_scope(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        ids = [commerce.prospect(f"{number}@x.example") for number in range(5)]
        commerce.prospect("g@x.example", "demf")
        commerce.people("POST", f"prospects/usmf/{ids[0]}/reject")
        commerce.settings(page_size=2)
        with telemetry.work() as work:
            pending = list(client.pending(["usmf"]))
        assert [one.prospect_id for one in pending] == ids[1:]
        assert work.counts["commerce"] in (2, 3)
        assert pending[0].etag == read(client, ids[1]).etag
        assert {one.fields["Party.PersonLastName"] for one in pending} == {"Öst"}
        assert len(list(client.pending(["usmf", "demf"]))) == len(list(client.pending([]))) == 5

    def test_a_channels_default_customer_is_read_once(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect(legal_entity="demf"), "demf")
        with telemetry.work() as work:
            defaults = [client.channel("demf", prospect.channel) for _ in range(3)]
        assert not work.counts
        assert defaults[0] == defaults[2]
        assert defaults[0]
        assert (defaults[0].customer_group, defaults[0].currency, defaults[0].language) == ("B2B", "EUR", "de")
        assert (defaults[0].address_books, defaults[0].allow_on_account) == (frozenset({"B2B DE"}), "Yes")
        assert commerce.requests()["by_correlation"]["reference-data"] == 2
        assert client.channel("demf", "none") is None


class TestWritingCustomers:
    def test_both_are_made_in_one_request_and_seen_as_the_onboardings(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        with telemetry.work() as work:
            organization, person = client.create_customers(drafts(prospect))
        assert work.counts == {"commerce": 1}
        assert (organization.account, organization.party_type) == ("B1", "Organization")
        assert (person.account, person.party_number, person.invoice_account) == (
            prospect.prospect_id,
            prospect.party_number,
            "B1",
        )
        view = client.look(question(prospect, organization.party_number))
        assert {one.account for one in view.customers} == {"B1", prospect.prospect_id}
        assert view.same_email_accounts == ()
        assert view.hierarchies == ()

    def test_making_them_again_is_outdated(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        client.create_customers(drafts(prospect))
        with pytest.raises(Outdated):
            client.create_customers(drafts(prospect))

    @pytest.mark.parametrize("status", [400, 500])
    def test_a_value_that_the_system_does_not_know_is_refused_and_nothing_is_made(
        self, commerce: CommerceEnvironment, status: int
    ) -> None:
        commerce.settings(business_error_status=status)
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        with pytest.raises(Refused, match="The value 'Local' in field 'Customer group' is not found"):
            client.create_customers(drafts(prospect, CustomerGroupId="Local"))
        assert client.look(question(prospect)).customers == ()

    def test_a_customer_on_the_prospects_party_needs_its_number(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        wrong = {"dataAreaId": "usmf", "CustomerAccount": "C9", "PartyType": "Person", "PartyNumber": prospect.party_number}
        with pytest.raises(Refused, match="should have the same account number"):
            client.create_customers([CustomerDraft("usmf", "C9", wrong | {"CustomerGroupId": "B2B", "SalesCurrencyCode": "USD"})])

    def test_customers_are_put_on_hold(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        client.create_customers(drafts(prospect))
        client.hold_customers("usmf", ["B1", prospect.prospect_id])
        assert {one.on_hold for one in client.look(question(prospect)).customers} == {"All"}


class TestDeciding:
    def test_approving_writes_and_reads_back_in_one_request(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        organization, _ = client.create_customers(drafts(prospect))
        with telemetry.work() as work:
            view = client.write_decision(prospect, Verdict.APPROVE, question(prospect, organization.party_number))
        assert work.counts == {"commerce": 1}
        assert view.prospect
        assert view.prospect.status is ProspectStatus.APPROVED
        (hierarchy,) = view.hierarchies or ()
        assert (hierarchy.organization_party, hierarchy.admins()) == (organization.party_number, (prospect.party_number,))
        assert view.same_email_accounts == ()
        assert [mail["notification"] for mail in commerce.people("GET", "outbox")["mails"]] == ["B2B prospect approved"]

    def test_where_commerce_makes_the_customers_the_admins_node_leads_to_the_hierarchy(
        self, commerce: CommerceEnvironment
    ) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        view = client.write_decision(
            prospect, Verdict.APPROVE, Question(prospect.key, parties=(prospect.party_number,), hierarchy=True)
        )
        (hierarchy,) = view.hierarchies or ()
        assert hierarchy.admins() == (prospect.party_number,)
        assert [one.account for one in view.customers] == [prospect.prospect_id]

    def test_rejecting_mails_once(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        view = client.write_decision(prospect, Verdict.REJECT, Question(prospect.key))
        assert view.prospect
        assert view.prospect.status is ProspectStatus.REJECTED
        assert [mail["notification"] for mail in commerce.people("GET", "outbox")["mails"]] == ["B2B prospect rejected"]

    def test_a_prospect_that_changed_since_it_was_read_is_not_decided(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client()
        prospect = read(client, commerce.prospect())
        commerce.people("PATCH", f"prospects/usmf/{prospect.prospect_id}", {"CompanyName": "Renamed"})
        with pytest.raises(Outdated):
            client.write_decision(prospect, Verdict.APPROVE, question(prospect))
        assert read(client, prospect.prospect_id).status is ProspectStatus.PENDING
        assert commerce.people("GET", "outbox")["mails"] == []

    @pytest.mark.parametrize("verdict, status", [(Verdict.APPROVE, "Approved"), (Verdict.REJECT, "Rejected")])
    def test_by_a_custom_service_it_takes_one_request_more(
        self, commerce: CommerceEnvironment, verdict: Verdict, status: str
    ) -> None:
        commerce.settings(decision_channel="service")
        client = commerce.client("service")
        prospect = read(client, commerce.prospect())
        with telemetry.work() as work:
            view = client.write_decision(prospect, verdict, question(prospect))
        assert view.prospect
        assert view.prospect.status == status
        assert work.counts == {"commerce": 2}

    def test_a_service_that_is_not_installed_is_a_matter_of_set_up(self, commerce: CommerceEnvironment) -> None:
        client = commerce.client("service")
        prospect = read(client, commerce.prospect())
        with pytest.raises(AccessRefused):
            client.write_decision(prospect, Verdict.APPROVE, question(prospect))

    def test_in_the_contact_model_the_admin_contact_must_still_be_enabled(self, commerce: CommerceEnvironment) -> None:
        commerce.settings(access_model="contact")
        client = commerce.client(access_model="contact")
        prospect = read(client, commerce.prospect())
        asked = Question(prospect.key, (prospect.email,), (), (prospect.party_number,), hierarchy=True)
        view = client.write_decision(prospect, Verdict.APPROVE, asked)
        assert view.contact_enabled is False
        assert view.same_email_accounts == ()
        (contact,) = commerce.people("GET", "state")["ContactPersons"]
        commerce.people("POST", f"contacts/usmf/{contact['ContactPersonId']}/enable")
        assert client.look(asked).contact_enabled is True


def test_a_throttled_call_says_how_long_to_wait(commerce: CommerceEnvironment) -> None:
    commerce.settings(throttle_seconds=7)
    with pytest.raises(Transient) as caught:
        commerce.client().prospect(ProspectKey.of("usmf", "P-1"))
    assert caught.value.retry_after
    assert caught.value.retry_after.total_seconds() == 7
