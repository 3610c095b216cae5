"""ports.Sales, method by method: the fake and the real client against the sandbox do the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import Missing, Outdated
from shared.models import Lead, LeadState, OpportunityState, Prospect, ProspectKey, ProspectStatus
from shared.ports import Note
from tests.contract.ports.sides import SalesSide

Spent = Callable[[Callable[[], object]], int]
KEY, OTHER = ProspectKey.of("usmf", "P-1"), ProspectKey.of("demf", "P 1/Ä")
LEAD, SECOND = str(KEY.identifier("lead")), str(OTHER.identifier("lead"))
VALUES = {
    "subject": "B2B request",
    "firstname": "Ann",
    "lastname": "Lee",
    "companyname": "Fabrikam",
    "emailaddress1": "ann@fabrikam.example",
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def note(text: str = "From Commerce", about: tuple[str, str] = ("leads", LEAD), key: ProspectKey = KEY) -> Note:
    return Note(str(key.identifier(f"note/{about}")), about, "B2B Prospect Bridge", text)


def create(sales: SalesSide) -> str:
    sales.port.create_lead(LEAD, KEY, VALUES, note())
    return LEAD


def create_second(sales: SalesSide) -> str:
    sales.port.create_lead(SECOND, OTHER, VALUES, note(about=("leads", SECOND), key=OTHER))
    return SECOND


def lead(sales: SalesSide, lead_id: str = LEAD, key: ProspectKey = KEY) -> Lead:
    found = sales.port.lead(lead_id, key).lead
    assert found
    return found


# ---- create_lead


def test_a_lead_is_created_open_with_its_note_in_one_request(sales: SalesSide, spent: Spent) -> None:
    assert spent(lambda: create(sales)) == 1
    made = lead(sales)
    assert (made.id, made.key, made.state, made.status_code) == (LEAD, KEY, LeadState.OPEN, 1)
    assert (made.account, made.contact, made.opportunities, made.merged_into) == (None, None, (), None)
    assert {name: made.fields[name] for name in VALUES} == VALUES
    assert sales.notes() == {note().id: "From Commerce"}


def test_a_lead_says_who_changed_it_last_and_when_by_an_id_alone(sales: SalesSide) -> None:
    create(sales)
    touch = lead(sales).last_touch()
    assert touch
    assert uuid.UUID(touch.by)
    assert touch.at > LONG_AGO


def test_a_second_creation_is_outdated_and_changes_nothing(sales: SalesSide) -> None:
    create(sales)
    sales.edit(LEAD, companyname="The seller's own")
    with pytest.raises(Outdated):
        sales.port.create_lead(LEAD, KEY, VALUES, note("again"))
    assert lead(sales).fields["companyname"] == "The seller's own"
    assert sales.notes() == {note().id: "From Commerce"}


def test_a_second_lead_of_the_same_prospect_is_outdated(sales: SalesSide) -> None:
    create(sales)
    with pytest.raises(Outdated):
        sales.port.create_lead(SECOND, KEY, VALUES, note(about=("leads", SECOND), key=OTHER))
    assert sales.port.key_of_lead(SECOND) is None
    assert len(sales.notes()) == 1


def test_the_servers_count_what_the_bridge_counts(sales: SalesSide) -> None:
    before = sales.requests()
    create(sales)
    lead(sales)
    sales.port.write_note(note())
    sales.port.key_of_lead(LEAD)
    assert sales.requests() - before == 4


# ---- lead


def test_a_lead_is_found_by_its_id_or_by_its_key_in_one_request(sales: SalesSide, spent: Spent) -> None:
    create_second(sales)
    for lead_id in (SECOND, ""):
        assert spent(lambda lead_id=lead_id: sales.port.lead(lead_id, OTHER)) == 1
        assert lead(sales, lead_id, OTHER).id == SECOND


def test_a_lead_whose_id_is_not_known_is_looked_for_by_its_key_in_a_second_request(sales: SalesSide, spent: Spent) -> None:
    create(sales)
    assert spent(lambda: sales.port.lead(SECOND, KEY)) == 2
    assert lead(sales, SECOND).id == LEAD


def test_no_lead_is_none(sales: SalesSide) -> None:
    assert sales.port.lead("", KEY).lead is None
    assert sales.port.lead(LEAD, KEY).lead is None


def test_a_deleted_lead_is_none(sales: SalesSide) -> None:
    sales.delete_lead(create(sales))
    assert sales.port.lead(LEAD, KEY).lead is None


def test_a_qualified_lead_shows_what_sales_made_from_it(sales: SalesSide, spent: Spent) -> None:
    sales.qualify(create(sales))
    assert spent(lambda: sales.port.lead(LEAD, KEY)) == 1
    found = lead(sales)
    assert (found.state, found.status_code) == (LeadState.QUALIFIED, 3)
    assert found.account
    assert found.contact
    assert (found.account["name"], found.account["_originatingleadid_value"]) == ("Fabrikam", LEAD)
    assert (found.contact["lastname"], found.contact["emailaddress1"]) == ("Lee", "ann@fabrikam.example")
    assert [one.state for one in found.opportunities] == [OpportunityState.OPEN]


@pytest.mark.parametrize("left_out", ["account", "contact", "opportunity"])
def test_a_lead_may_be_qualified_without_one_of_them(sales: SalesSide, left_out: str) -> None:
    sales.qualify(create(sales), **{left_out: False})
    found = lead(sales)
    assert (found.account is None, found.contact is None, found.opportunities == ()) == (
        left_out == "account",
        left_out == "contact",
        left_out == "opportunity",
    )


@pytest.mark.parametrize(("close", "state", "reason"), [("win", OpportunityState.WON, 3), ("lose", OpportunityState.LOST, 5)])
def test_a_closed_opportunity_is_seen_at_once_and_so_is_its_reopening(
    sales: SalesSide, close: str, state: OpportunityState, reason: int
) -> None:
    sales.qualify(create(sales))
    lead(sales)
    opportunity = sales.opportunity(LEAD)
    sales.win(opportunity) if close == "win" else sales.lose(opportunity, reason)
    [seen] = lead(sales).opportunities
    assert (seen.id, seen.state, seen.status_code) == (opportunity, state, reason)
    sales.reopen(opportunity)
    assert [one.state for one in lead(sales).opportunities] == [OpportunityState.OPEN]


def test_every_opportunity_of_the_lead_is_seen(sales: SalesSide) -> None:
    sales.qualify(create(sales))
    sales.lose(sales.opportunity(LEAD), 4)
    sales.add_opportunity(LEAD)
    assert sorted(one.state for one in lead(sales).opportunities) == [OpportunityState.LOST, OpportunityState.OPEN]


def test_a_disqualified_lead_shows_its_reason_and_can_be_reactivated(sales: SalesSide) -> None:
    sales.disqualify(create(sales), 6)
    assert (lead(sales).state, lead(sales).status_code) == (LeadState.DISQUALIFIED, 6)
    sales.reactivate(LEAD)
    assert lead(sales).state is LeadState.OPEN


# ---- merged


def test_a_merged_lead_is_followed_to_the_one_that_people_work_on(sales: SalesSide, spent: Spent) -> None:
    survivor = sales.stranger()
    sales.merge(create(sales), survivor)
    view = sales.port.lead(LEAD, KEY)
    assert view.lead
    assert (view.lead.id, view.lead.merged_into, view.lead.state, view.survivor_key) == (survivor, survivor, LeadState.OPEN, None)
    assert spent(lambda: sales.port.lead(LEAD, KEY)) == 2


def test_a_lead_that_was_merged_into_another_prospects_says_so(sales: SalesSide) -> None:
    sales.merge(create(sales), create_second(sales))
    view = sales.port.lead(LEAD, KEY)
    assert view.lead
    assert (view.lead.id, view.survivor_key) == (LEAD, OTHER)
    assert sales.port.lead(SECOND, OTHER).survivor_key is None


# ---- notes


def test_a_note_is_written_under_its_id_and_again_on_a_closed_record(sales: SalesSide, spent: Spent) -> None:
    sales.qualify(create(sales))
    about = ("opportunities", sales.opportunity(LEAD))
    sales.win(about[1])
    for text in ("once", "twice"):
        assert spent(lambda text=text: sales.port.write_note(note(text, about))) == 1
    sales.port.write_note(note("on the lead"))
    assert sales.notes() == {note(about=about).id: "twice", note().id: "on the lead"}


@pytest.mark.parametrize("kind", ["leads", "opportunities"])
def test_a_note_about_nothing_is_missing(sales: SalesSide, kind: str) -> None:
    with pytest.raises(Missing):
        sales.port.write_note(note(about=(kind, LEAD)))
    assert sales.notes() == {}


# ---- resolving


def test_keys_are_found_from_a_lead_or_an_opportunity_in_one_request_each(sales: SalesSide, spent: Spent) -> None:
    sales.qualify(create(sales))
    opportunity = sales.opportunity(LEAD)
    assert sales.port.key_of_lead(LEAD) == KEY
    assert sales.port.lead_of_opportunity(opportunity) == (LEAD, KEY)
    assert spent(lambda: (sales.port.key_of_lead(LEAD), sales.port.lead_of_opportunity(opportunity))) == 2


def test_strangers_have_no_key(sales: SalesSide) -> None:
    stranger = sales.stranger()
    sales.qualify(stranger)
    assert sales.port.key_of_lead(stranger) is None
    assert sales.port.lead_of_opportunity(sales.opportunity(stranger)) is None
    assert sales.port.key_of_lead(LEAD) is None
    assert sales.port.lead_of_opportunity(LEAD) is None


def test_reference_data_is_found_by_value_and_costs_no_onboarding_anything(sales: SalesSide, spent: Spent) -> None:
    assert spent(lambda: sales.port.find_id("transactioncurrencies", "isocurrencycode", "USD")) == 0
    dollar, euro = (sales.port.find_id("transactioncurrencies", "isocurrencycode", code) for code in ("USD", "EUR"))
    assert dollar
    assert dollar != euro
    assert sales.port.find_id("transactioncurrencies", "isocurrencycode", "XXX") is None


# ---- changes


def test_changed_leads_are_those_with_a_key_oldest_first_in_one_request(sales: SalesSide, spent: Spent) -> None:
    create(sales)
    sales.stranger()
    sales.disqualify(create_second(sales), 4)
    assert spent(lambda: list(sales.port.changed_leads(LONG_AGO))) == 1
    changed = list(sales.port.changed_leads(LONG_AGO))
    assert {(one.lead_id, one.key, one.state) for one in changed} == {(LEAD, KEY, "open"), (SECOND, OTHER, "disqualified")}
    assert [one.modified_on for one in changed] == sorted(one.modified_on for one in changed)


def test_changed_opportunities_are_those_of_leads_with_a_key(sales: SalesSide) -> None:
    stranger = sales.stranger()
    sales.qualify(stranger)
    sales.qualify(create(sales))
    sales.win(sales.opportunity(LEAD))
    [changed] = sales.port.changed_opportunities(LONG_AGO)
    expected = (sales.opportunity(LEAD), LEAD, KEY, "won")
    assert (changed.opportunity_id, changed.lead_id, changed.key, changed.state) == expected


def test_nothing_changed_since_later(sales: SalesSide) -> None:
    sales.qualify(create(sales))
    [newest] = sales.port.changed_leads(LONG_AGO)
    assert list(sales.port.changed_leads(newest.modified_on)) == [newest]
    later = newest.modified_on + timedelta(minutes=5)
    assert list(sales.port.changed_leads(later)) == []
    assert list(sales.port.changed_opportunities(later)) == []


def test_the_lengths_of_the_leads_columns_are_counted_for_nobody(sales: SalesSide, spent: Spent) -> None:
    assert spent(sales.port.lead_lengths) == 0
    lengths = sales.port.lead_lengths()
    assert (lengths["subject"], lengths["mobilephone"]) == (300, 20)


# ---- leads that dual-write made


def prospect(key: ProspectKey = KEY, party: str = "000001234") -> Prospect:
    return Prospect(key, key.legal_entity, key.prospect_id, ProspectStatus.PENDING, True, party, "Person", "", "")


def test_a_lead_that_dual_write_made_is_adopted_and_keeps_everything_else(sales: SalesSide, spent: Spent) -> None:
    made = sales.dual_writes_lead(prospect())
    sales.edit(made, subject="The seller's own")
    found = sales.port.unclaimed_lead(prospect())
    assert found and found[0] == made
    columns = {"b2b_prospectkey": KEY.text, "b2b_correlationid": str(KEY.identifier("onboarding"))}
    assert spent(lambda: sales.port.adopt_lead(*found, columns)) == 1
    assert (lead(sales, "").id, lead(sales, "").key, lead(sales, "").fields["subject"]) == (made, KEY, "The seller's own")
    assert sales.port.unclaimed_lead(prospect()) is None


def test_a_prospect_of_another_party_or_number_has_no_lead_of_dual_write(sales: SalesSide) -> None:
    sales.dual_writes_lead(prospect())
    assert sales.port.unclaimed_lead(prospect(party="000009999")) is None
    assert sales.port.unclaimed_lead(prospect(OTHER)) is None


def test_a_lead_that_changed_since_it_was_read_is_not_adopted(sales: SalesSide) -> None:
    made = sales.dual_writes_lead(prospect())
    found = sales.port.unclaimed_lead(prospect())
    assert found
    sales.edit(made, subject="Meanwhile")
    with pytest.raises(Outdated):
        sales.port.adopt_lead(*found, {"b2b_prospectkey": KEY.text})
    assert sales.port.key_of_lead(made) is None


def test_a_key_that_another_lead_has_is_not_given_twice(sales: SalesSide) -> None:
    create(sales)
    sales.dual_writes_lead(prospect())
    found = sales.port.unclaimed_lead(prospect())
    assert found
    with pytest.raises(Outdated):
        sales.port.adopt_lead(*found, {"b2b_prospectkey": KEY.text})
