"""Every method of the Sales client against the Sales sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared import telemetry
from shared.errors import AccessRefused, Missing, Outdated, Refused, Transient
from shared.models import LeadState, OpportunityState, ProspectKey
from shared.ports import Note
from tests.integration.clients.conftest import SalesEnvironment

KEY, OTHER = ProspectKey.of("usmf", "P-1"), ProspectKey.of("usmf", "P-2")
LEAD, SECOND = str(KEY.identifier("lead")), str(OTHER.identifier("lead"))
VALUES = {
    "subject": "B2B request: Fabrikam",
    "firstname": "Ann",
    "lastname": "Öst",
    "companyname": "Fabrikam",
    "b2b_legalentity": "usmf",
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def note(about: tuple[str, str] = ("leads", LEAD), key: ProspectKey = KEY, text: str = "From Commerce") -> Note:
    return Note(str(key.identifier(f"note/{about[0]}")), about, "B2B Prospect Bridge", text)


@pytest.fixture
def with_lead(sales: SalesEnvironment) -> SalesEnvironment:
    sales.client.create_lead(LEAD, KEY, VALUES, note())
    return sales


def create_second(sales: SalesEnvironment) -> None:
    sales.client.create_lead(SECOND, OTHER, VALUES | {"subject": "second"}, note(("leads", SECOND), OTHER))


def notes(sales: SalesEnvironment) -> list[str]:
    return [one["notetext"] for one in sales.call("GET", "annotations?$select=notetext")["value"]]


def opportunity_of(sales: SalesEnvironment) -> str:
    lead = sales.client.lead(LEAD, KEY).lead
    assert lead
    return lead.opportunities[0].id


def test_a_lead_and_its_note_are_made_in_one_request(sales: SalesEnvironment) -> None:
    with telemetry.work("c-1") as work:
        sales.client.create_lead(LEAD, KEY, VALUES, note())
    assert work.counts == {"sales": 1}
    assert sales.requests()["by_correlation"] == {"c-1": 1}
    assert notes(sales) == ["From Commerce"]


def test_a_new_lead_is_read_in_one_request_by_id_or_by_key(with_lead: SalesEnvironment) -> None:
    for lead_id in (LEAD, ""):
        with telemetry.work() as work:
            lead = with_lead.client.lead(lead_id, KEY).lead
        assert lead
        assert work.counts == {"sales": 1}
        assert (lead.id, lead.state, lead.status_code, lead.key) == (LEAD, LeadState.OPEN, 1, KEY)
        assert (lead.account, lead.contact, lead.opportunities) == (None, None, ())
        assert lead.fields["lastname"] == "Öst"


def test_making_it_again_is_outdated_and_changes_nothing(with_lead: SalesEnvironment) -> None:
    with_lead.call("PATCH", f"leads({LEAD})", {"companyname": "As the seller wrote"})
    with pytest.raises(Outdated):
        with_lead.client.create_lead(LEAD, KEY, VALUES, note(text="again"))
    with pytest.raises(Outdated):
        with_lead.client.create_lead(SECOND, KEY, VALUES, note(("leads", SECOND), OTHER, "again"))
    lead = with_lead.client.lead(LEAD, KEY).lead
    assert lead
    assert lead.fields["companyname"] == "As the seller wrote"
    assert notes(with_lead) == ["From Commerce"]


def test_no_lead_is_no_lead(sales: SalesEnvironment) -> None:
    assert sales.client.lead(LEAD, KEY).lead is None
    assert sales.client.lead("", KEY).lead is None


def test_a_deleted_lead_is_no_lead(with_lead: SalesEnvironment) -> None:
    with_lead.call("DELETE", f"leads({LEAD})")
    assert with_lead.client.lead(LEAD, KEY).lead is None


def test_a_qualified_lead_shows_account_contact_and_opportunity_in_one_request(with_lead: SalesEnvironment) -> None:
    with_lead.client.lead(LEAD, KEY)
    with_lead.qualify(LEAD)
    with telemetry.work() as work:
        lead = with_lead.client.lead(LEAD, KEY).lead
    assert work.counts == {"sales": 1}
    assert lead
    assert (lead.state, lead.status_code) == (LeadState.QUALIFIED, 3)
    assert lead.account
    assert lead.contact
    assert (lead.account["name"], lead.contact["lastname"]) == ("Fabrikam", "Öst")
    assert lead.account["_originatingleadid_value"] == LEAD
    assert [one.state for one in lead.opportunities] == [OpportunityState.OPEN]


@pytest.mark.parametrize("how, status, expected", [("Win", 3, OpportunityState.WON), ("Lose", 4, OpportunityState.LOST)])
def test_a_closed_opportunity_is_seen_at_once(
    with_lead: SalesEnvironment, how: str, status: int, expected: OpportunityState
) -> None:
    with_lead.qualify(LEAD)
    with_lead.close(how, opportunity_of(with_lead), status)
    lead = with_lead.client.lead(LEAD, KEY).lead
    assert lead
    assert [(one.state, one.status_code) for one in lead.opportunities] == [(expected, status)]


def test_all_opportunities_of_a_lead_are_seen(with_lead: SalesEnvironment) -> None:
    with_lead.qualify(LEAD)
    lead = with_lead.client.lead(LEAD, KEY).lead
    assert lead
    assert lead.account
    links = {
        "originatingleadid@odata.bind": f"/leads({LEAD})",
        "customerid_account@odata.bind": f"/accounts({lead.account['accountid']})",
    }
    currency = with_lead.client.find_id("transactioncurrencies", "isocurrencycode", "USD")
    with_lead.call(
        "POST",
        "opportunities",
        {"name": "more", "transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})", **links},
    )
    with_lead.close("Lose", lead.opportunities[0].id, 5)
    again = with_lead.client.lead(LEAD, KEY).lead
    assert again
    assert {one.state for one in again.opportunities} == {OpportunityState.LOST, OpportunityState.OPEN}


def test_a_disqualified_lead_is_seen_with_its_reason(with_lead: SalesEnvironment) -> None:
    with_lead.call("PATCH", f"leads({LEAD})", {"statecode": 2, "statuscode": 6})
    lead = with_lead.client.lead(LEAD, KEY).lead
    assert lead
    assert (lead.state, lead.status_code) == (LeadState.DISQUALIFIED, 6)


def merge(sales: SalesEnvironment, target: str) -> None:
    kind = "Microsoft.Dynamics.CRM.lead"
    body = {name: {"@odata.type": kind, "leadid": lead} for name, lead in (("Target", target), ("Subordinate", LEAD))}
    sales.call(
        "POST", "Merge", body | {"UpdateContent": {"@odata.type": kind, "leadid": target}, "PerformParentingChecks": False}
    )


def test_a_merged_lead_is_followed_to_the_one_that_people_work_on(with_lead: SalesEnvironment) -> None:
    target = str(ProspectKey.of("usmf", "none").identifier("lead"))
    with_lead.call("PATCH", f"leads({target})", {"subject": "by hand", "lastname": "Lee"})
    merge(with_lead, target)
    view = with_lead.client.lead(LEAD, KEY)
    assert view.lead
    assert (view.lead.id, view.lead.state, view.lead.merged_into) == (target, LeadState.OPEN, target)
    assert view.survivor_key is None


def test_a_lead_that_was_merged_into_another_prospects_says_so(with_lead: SalesEnvironment) -> None:
    create_second(with_lead)
    merge(with_lead, SECOND)
    view = with_lead.client.lead(LEAD, KEY)
    assert view.lead
    assert (view.lead.id, view.lead.merged_into, view.survivor_key) == (LEAD, SECOND, OTHER)


def test_a_note_written_twice_is_one_note_even_on_a_closed_lead(with_lead: SalesEnvironment) -> None:
    with_lead.qualify(LEAD)
    opportunity = opportunity_of(with_lead)
    for text in ("first", "second"):
        with_lead.client.write_note(note(("opportunities", opportunity), text=text))
    with_lead.client.write_note(note(text="approved"))
    assert sorted(notes(with_lead)) == ["approved", "second"]


def test_a_note_for_a_lead_that_is_gone_is_missing(sales: SalesEnvironment) -> None:
    with pytest.raises(Missing):
        sales.client.write_note(note())


def test_keys_are_found_from_a_lead_or_an_opportunity(with_lead: SalesEnvironment) -> None:
    with_lead.qualify(LEAD)
    opportunity = opportunity_of(with_lead)
    assert with_lead.client.key_of_lead(LEAD) == KEY
    assert with_lead.client.key_of_lead(SECOND) is None
    assert with_lead.client.lead_of_opportunity(opportunity) == (LEAD, KEY)
    assert with_lead.client.lead_of_opportunity(SECOND) is None


def test_strangers_are_told_apart(sales: SalesEnvironment) -> None:
    sales.call("PATCH", f"leads({SECOND})", {"subject": "by hand", "lastname": "Lee", "companyname": "Contoso"})
    sales.qualify(SECOND)
    (opportunity,) = sales.call("GET", "opportunities?$select=name")["value"]
    assert sales.client.key_of_lead(SECOND) is None
    assert sales.client.lead_of_opportunity(opportunity["opportunityid"]) is None


def test_currencies_and_teams_are_found_by_value(sales: SalesEnvironment) -> None:
    with telemetry.work() as work:
        currency = sales.client.find_id("transactioncurrencies", "isocurrencycode", "EUR")
        team = sales.client.find_id("teams", "name", "B2B Sales USA")
        assert sales.client.find_id("transactioncurrencies", "isocurrencycode", "XXX") is None
    assert not work.counts
    assert currency
    assert team
    bound = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})", "ownerid@odata.bind": f"/teams({team})"}
    sales.client.create_lead(LEAD, KEY, VALUES | bound, note())
    lead = sales.call("GET", f"leads({LEAD})?$select=_transactioncurrencyid_value,_ownerid_value")
    assert (lead["_transactioncurrencyid_value"], lead["_ownerid_value"]) == (currency, team)


def test_changes_are_found_by_the_servers_clock(with_lead: SalesEnvironment) -> None:
    create_second(with_lead)
    with_lead.qualify(LEAD)
    changed = list(with_lead.client.changed_leads(LONG_AGO))
    assert {(one.lead_id, one.key, one.state) for one in changed} == {(LEAD, KEY, "qualified"), (SECOND, OTHER, "open")}
    assert [one.modified_on for one in changed] == sorted(one.modified_on for one in changed)
    (opportunity,) = with_lead.client.changed_opportunities(LONG_AGO)
    assert (opportunity.lead_id, opportunity.key, opportunity.state) == (LEAD, KEY, "open")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert not list(with_lead.client.changed_leads(tomorrow))
    assert not list(with_lead.client.changed_opportunities(tomorrow))


def test_a_value_that_is_too_long_is_refused_without_being_quoted(sales: SalesEnvironment) -> None:
    with pytest.raises(Refused) as caught:
        sales.client.create_lead(LEAD, KEY, VALUES | {"mobilephone": "+4912345678901234567890"}, note())
    assert "mobilephone" in caught.value.message
    assert "+4912" not in caught.value.message


def test_without_the_leads_columns_the_whole_system_is_not_set_up(start_sales: Callable[..., SalesEnvironment]) -> None:
    bare = start_sales(provisioned=False).client
    with pytest.raises(AccessRefused):
        bare.lead(LEAD, KEY)
    with pytest.raises(AccessRefused):
        bare.lead("", KEY)


def test_a_token_that_is_not_accepted_refuses_the_whole_system(start_sales: Callable[..., SalesEnvironment]) -> None:
    environment = start_sales(secret="another secret")
    with pytest.raises(AccessRefused) as caught, telemetry.work() as work:
        environment.client.key_of_lead(LEAD)
    assert caught.value.status == 401
    assert work.counts == {"sales": 2}


def test_a_throttled_call_says_how_long_to_wait(sales: SalesEnvironment) -> None:
    sales.seller.post(f"{sales.url}/sandbox/settings", json={"burst_requests": 0}, timeout=10)
    with pytest.raises(Transient) as caught:
        sales.client.key_of_lead(LEAD)
    assert caught.value.status == 429
    assert caught.value.retry_after
