"""From the site's form to a prospect in head office."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from tests.contract.commerce.environment import Commerce


def test_a_request_waits_in_the_channel_until_both_jobs_have_run(commerce: Commerce) -> None:
    """docs: manage-b2b-users: P-0001 pulls the requests, "Synchronize customers and channel requests" makes prospects."""
    commerce.submit()
    assert commerce.people("POST", "jobs/synchronize")["prospects"] == []
    assert commerce.people("POST", "jobs/P-0001") == {"pulled": 1}
    assert commerce.rows("Prospects") == []
    commerce.people("POST", "jobs/Synchronize customers and channel requests")
    assert [row["B2BProspectStatus"] for row in commerce.rows("Prospects")] == ["Pending"]


def test_both_documented_names_of_the_synchronize_job_work(commerce: Commerce) -> None:
    """docs: prospect-management-sales says orders, manage-b2b-users says customers."""
    commerce.submit()
    commerce.people("POST", "jobs/P-0001")
    assert len(commerce.people("POST", "jobs/Synchronize orders and channel requests")["prospects"]) == 1


def test_a_prospect_carries_what_the_form_said_and_what_the_channel_defaults(commerce: Commerce) -> None:
    """$metadata of Prospects: the fields; first and last name live on the party only."""
    commerce.prospect("ann@fabrikam.example", "demf", country="DEU", comments="We sell bicycles", phone="+49 30 1234")
    row = commerce.get("Prospects(dataAreaId='demf',ProspectId='P-000001')?cross-company=true&$expand=Party").json()
    expected = {
        "IsB2BProspect": "Yes",
        "B2BProspectStatus": "Pending",
        "ProspectName": "Ann Lee",
        "ProspectPartyType": "Person",
        "CompanyName": "Fabrikam",
        "PrimaryEmailAddress": "ann@fabrikam.example",
        "PrimaryPhoneNumber": "+49 30 1234",
        "AddressCountryRegionId": "DEU",
        "AddressCountryRegionISOCode": "DE",
        "CurrencyCode": "EUR",
        "CustomerGroupId": "B2B",
        "LanguageId": "de",
        "Note": "We sell bicycles",
    }
    assert {name: row[name] for name in expected} == expected
    assert "FirstName" not in row
    assert (row["Party"]["PersonFirstName"], row["Party"]["PersonLastName"]) == ("Ann", "Lee")


def test_the_prospects_channel_is_found_by_its_operating_unit_party(commerce: Commerce) -> None:
    """$metadata: RetailChannelOperatingUnitPartyNumber joins OnlineChannels.OperatingUnitPartyNumber."""
    prospect = commerce.prospect(legal_entity="demf")
    party = prospect["RetailChannelOperatingUnitPartyNumber"]
    channels = commerce.rows(f"OnlineChannels?$filter=OperatingUnitPartyNumber eq '{party}'")
    assert [channel["RetailChannelId"] for channel in channels] == ["B2B-DE"]


def test_prospect_numbers_repeat_across_legal_entities(commerce: Commerce) -> None:
    """Number sequences are per company, so dataAreaId belongs to every key."""
    numbers = {(row["dataAreaId"], row["ProspectId"]) for row in (commerce.prospect(), commerce.prospect("b@x.example", "demf"))}
    assert numbers == {("usmf", "P-000001"), ("demf", "P-000001")}


def test_an_organization_party_has_no_person_names(start: Callable[..., Commerce]) -> None:
    """The type of a B2B prospect's party is not documented: both are modelled."""
    prospect = start(party_type="Organization").prospect()
    assert (prospect["ProspectPartyType"], prospect["ProspectName"]) == ("Organization", "Fabrikam")


@pytest.mark.parametrize("form", [{"company": "F"}, {"last_name": "Lee"}, {"last_name": "Lee", "company": "F", "age": "3"}])
def test_an_incomplete_or_unknown_form_field_is_named(commerce: Commerce, form: dict[str, str]) -> None:
    answer = requests.post(f"{commerce.url}/sandbox/requests", json=form, timeout=5)
    assert answer.status_code == 400
    assert "the form" in answer.json()["error"]


def test_running_a_job_shows_in_its_batch_job(commerce: Commerce) -> None:
    """$metadata: BatchJobs has JobDescription and StartDateTime, by which a check judges its age."""
    commerce.people("POST", "jobs/1010")
    [job] = commerce.rows("BatchJobs?$filter=JobDescription eq '1010'")
    assert job["EndDateTime"] > "2020"
