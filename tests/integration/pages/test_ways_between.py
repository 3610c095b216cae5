"""From one system to another by links: what the console's links open, and how people find the other tabs."""

from __future__ import annotations

import pytest

from shared.console_case import Links
from tests.integration.pages.people import HeadOffice, SalesDesk
from tests.unit.store.builders import onboarding

ROOT = "http://localhost"
NOWHERE = "00000000-0000-4000-8000-000000000009"


@pytest.mark.parametrize("table", ["lead", "opportunity", "account", "contact"])
def test_a_link_of_the_console_opens_the_record_in_sales(seller: SalesDesk, table: str) -> None:
    seller.qualified()
    (row,) = seller.world.store.rows(table)
    page = seller.follow(Links(ROOT, "").sales(table, row[f"{table}id"]))
    assert page.status == 200
    assert (row["fullname"] if table in ("lead", "contact") else row["name"]) in page.text


def test_a_link_to_a_record_may_have_braces(seller: SalesDesk) -> None:
    lead = seller.make_lead()
    address = f"/main.aspx?pagetype=entityrecord&etn=lead&id=%7B{lead.address.rpartition('/')[2]}%7D"
    assert seller.follow(address).text == lead.text


@pytest.mark.parametrize("table", ["lead", "annotation", ""])
def test_a_link_to_what_is_not_there_says_so(seller: SalesDesk, table: str) -> None:
    assert seller.follow(Links(ROOT, "").sales(table, NOWHERE)).status == 404


def test_main_without_a_record_opens_the_start(seller: SalesDesk) -> None:
    assert seller.follow("/main.aspx").text == seller.open("/").text


def test_a_link_of_the_console_opens_head_office(office: HeadOffice) -> None:
    assert office.follow(Links("", ROOT).company(onboarding())).status == 200


def test_each_system_says_where_the_others_are(office: HeadOffice, seller: SalesDesk) -> None:
    office.tell_where({"Sales": "http://sales.example", "the operators' console": "http://bridge.example/api/console"})
    seller.tell_where({"Commerce headquarters": "http://office.example"})
    start = office.open("/").source
    assert start.count('href="http://sales.example"') == 2
    assert "http://bridge.example/api/console" in office.open("/jobs").source
    assert 'href="http://office.example"' in seller.open("/").source


def test_a_system_that_runs_alone_has_no_links_to_others(office: HeadOffice) -> None:
    page = office.open("/")
    assert "In tabs of their own" not in page.text
    assert "In Sales, in another tab, a lead appears." in page.text
