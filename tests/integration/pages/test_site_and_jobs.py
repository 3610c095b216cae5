"""From a site's form to a prospect, by page."""

from __future__ import annotations

import pytest

from tests.integration.pages.people import FORM, HeadOffice


def test_a_request_waits_in_the_channel_until_both_jobs_have_run(office: HeadOffice) -> None:
    thanks = office.apply()
    assert thanks.address == "/site/B2B-US/thanks/REQ-000001"
    assert "Thank you, Zebulon" in thanks.text
    assert "Wondrous Widgets B2B-US waits for P-0001" in office.open("/jobs").text
    assert "waits for the synchronize job" in office.press("/jobs/P-0001").text
    assert "is prospect P-000001" in office.press("/jobs/synchronize").text


def test_the_form_reaches_the_prospect_whole(office: HeadOffice) -> None:
    page = office.make_prospect()
    assert "Zebulon Quackenbush" in page.text
    for value in (FORM["company"], FORM["email"], FORM["street"], FORM["zip_code"], FORM["comments"]):
        assert value in page.text


def test_each_site_belongs_to_its_legal_entity(office: HeadOffice) -> None:
    assert office.make_prospect("B2B-DE").address == "/prospects/demf/P-000001"


@pytest.mark.parametrize("missing", ["last_name", "company"])
def test_a_refused_form_comes_back_as_it_was_filled_in(office: HeadOffice, missing: str) -> None:
    answer = office.send("/site/B2B-US", **(FORM | {missing: "  "}))
    assert answer.status_code == 422
    assert missing in answer.text
    assert FORM["email"] in answer.text
    assert not list(office.world.requests)


def test_a_field_that_the_form_does_not_have_is_left_aside(office: HeadOffice) -> None:
    office.apply(surprise="x")
    assert len(list(office.world.requests)) == 1


@pytest.mark.parametrize("address", ["/site/NOWHERE", "/site/B2B-US/thanks/REQ-9", "/prospects/usmf/P-9", "/hierarchies/CH-9"])
def test_what_is_not_there_is_told_as_a_page(office: HeadOffice, address: str) -> None:
    page = office.open(address)
    assert page.status == 404
    assert "There is no such thing here" in page.text


def test_a_job_tells_when_it_last_ran(office: HeadOffice) -> None:
    assert office.open("/jobs").text.count("not yet") == 3
    assert office.press("/jobs/1010").text.count("not yet") == 2


def test_the_start_page_counts_what_waits(office: HeadOffice) -> None:
    office.apply()
    assert "1 request waits on the sites" in office.open("/").text
    office.press("/jobs/P-0001")
    office.press("/jobs/synchronize")
    assert "1 prospect is pending" in office.open("/").text
