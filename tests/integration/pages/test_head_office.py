"""What a clerk of head office sees and decides, by page."""

from __future__ import annotations

from tests.integration.pages.people import HeadOffice
from tests.integration.pages.visitor import Page


def test_approving_makes_customers_hierarchy_and_mail(office: HeadOffice) -> None:
    page = office.press_on(office.make_prospect(), "/approve")
    assert page.messages == [("done", "P-000001 is approved.")]
    assert office.world["Prospects"].get("usmf", "P-000001")["B2BProspectStatus"] == "Approved"
    assert {link for link in page.links if link.startswith("/customers/")} == {
        "/customers/usmf/P-000001",
        "/customers/usmf/USMF-000001",
    }
    assert "/hierarchies/CH-000001" in page.links
    assert "B2B prospect approved to zebulon@example.com" in page.text


def test_rejecting_mails_the_decline_and_makes_nothing(office: HeadOffice) -> None:
    page = office.press_on(office.make_prospect(), "/reject")
    assert "Rejected" in page.text
    assert not {link for link in page.links if link.startswith("/customers/")}
    assert "B2B prospect rejected" in office.open("/outbox").text


def test_what_the_domain_refuses_is_told_in_its_own_words(office: HeadOffice) -> None:
    prospect = office.make_prospect()
    page = office.press(f"{prospect.address}/edit", CustomerGroupId="NONE")
    assert page.messages == [
        (
            "refused",
            "Warning: The value 'NONE' in field 'Customer group' is not found in the related table 'Customer groups'.; "
            "Warning: validateField failed on field 'SMMProspectEntity.CustomerGroupId'.",
        )
    ]
    assert office.world["Prospects"].get("usmf", "P-000001")["CustomerGroupId"] == "B2B"


def test_editing_changes_what_was_changed_and_nothing_else(office: HeadOffice) -> None:
    prospect = office.make_prospect()
    before = office.world["Prospects"].get("usmf", "P-000001")
    form = {"CompanyName": "Better Widgets", "PrimaryEmailAddress": before["PrimaryEmailAddress"], "Note": before["Note"]}
    page = office.press(f"{prospect.address}/edit", **form)
    after = office.world["Prospects"].get("usmf", "P-000001")
    assert page.messages == [("done", "P-000001 is saved.")]
    changed = {name for name in after if after[name] != before[name]} - {"@odata.etag"}
    assert changed == {"CompanyName"}


def test_a_renamed_prospect_is_at_its_new_number(office: HeadOffice) -> None:
    page = office.press(f"{office.make_prospect().address}/rename", to="P-NEW")
    assert page.address == "/prospects/usmf/P-NEW"
    assert page.status == 200


def test_a_number_with_a_slash_can_be_worked_on(office: HeadOffice) -> None:
    page = office.press(f"{office.make_prospect().address}/rename", to="P/7")
    assert page.status == 200
    assert office.press_on(page, "/reject").messages == [("done", "P/7 is rejected.")]


def test_a_deleted_prospect_is_gone(office: HeadOffice) -> None:
    page = office.press_on(office.make_prospect(), "/delete")
    assert (page.address, page.messages) == ("/prospects", [("done", "P-000001 is deleted.")])
    assert not list(office.world["Prospects"])


def test_all_prospects_are_filtered_by_status_and_legal_entity(office: HeadOffice) -> None:
    office.press_on(office.make_prospect(company="Approved Apples"), "/approve")
    office.make_prospect(company="Pending Pears")
    office.make_prospect("B2B-DE", company="German Grapes")
    assert _named(office.open("/prospects")) == {"Approved Apples", "Pending Pears", "German Grapes"}
    assert _named(office.open("/prospects?status=Pending")) == {"Pending Pears", "German Grapes"}
    assert _named(office.open("/prospects?status=Pending&legal_entity=usmf")) == {"Pending Pears"}


def test_a_long_list_has_pages(office: HeadOffice) -> None:
    for number in range(26):
        office.apply(company=f"Company {number}")
    first = office.open("/jobs")
    assert "page 1 of 2, 26 in all" in first.text
    assert "Company 25" in first.text
    assert "/jobs?page=2" in first.links
    assert "Company 0 " in office.open("/jobs?page=2").text
    assert "page 2 of 2" in office.open("/jobs?page=99").text


def test_who_can_sign_in_is_told_with_each_reason(office: HeadOffice) -> None:
    prospect = office.make_prospect()
    assert "no-customer" in prospect.text
    office.press_on(prospect, "/approve")
    assert "not-pushed: job 1010 has not run since P-000001 was made" in office.open("/sign-in").text
    office.press("/jobs/1010")
    answer = office.open("/sign-in?legal_entity=usmf&email=zebulon@example.com")
    assert "zebulon@example.com yes as Admin" in answer.text


def test_a_customer_of_before_stands_in_the_way_of_the_same_address(office: HeadOffice) -> None:
    form = {"dataAreaId": "usmf", "PartyType": "Person", "PersonLastName": "Elder", "CustomerGroupId": "B2B"}
    page = office.press("/customers/new", SalesCurrencyCode="USD", PrimaryContactEmail="zebulon@example.com", **form)
    assert page.address.startswith("/customers/usmf/USMF-")
    office.press_on(office.make_prospect(), "/approve")
    assert "email-not-unique: 2 customers" in office.open("/sign-in").text
    office.press(f"{page.address}/edit", PrimaryContactEmail="elder@example.com")
    assert "email-not-unique" not in office.open("/sign-in").text


def test_a_refused_customer_comes_back_as_filled_in(office: HeadOffice) -> None:
    form = {"dataAreaId": "usmf", "PartyType": "Person", "PersonLastName": "Elder"}
    answer = office.send("/customers/new", **form)
    assert answer.status_code == 422
    assert "must be filled in" in answer.text
    assert 'value="Elder"' in answer.text


def test_customers_are_found_by_text(office: HeadOffice) -> None:
    office.press_on(office.make_prospect(), "/approve")
    assert "/customers/usmf/P-000001" in office.open("/customers?text=QUACKEN").links
    assert "No customer is like that." in office.open("/customers?text=nobody").text


def test_a_node_that_is_removed_stays_to_be_seen(office: HeadOffice) -> None:
    office.press_on(office.make_prospect(), "/approve")
    page = office.open("/hierarchies/CH-000001")
    assert "Zebulon Quackenbush Admin Customer" in page.text
    assert "1 to 2 removed" in office.press_on(page, "/remove").text


def test_a_contact_is_enabled_where_the_contact_model_is_on(office: HeadOffice) -> None:
    office.world.settings = office.world.settings.changed({"access_model": "contact"})
    office.press_on(office.make_prospect(), "/approve")
    page = office.open("/hierarchies")
    assert "CON-000001 Zebulon Quackenbush zebulon@example.com no" in page.text
    assert "zebulon@example.com yes" in office.press_on(page, "/enable").text


def _named(page: Page) -> set[str]:
    return {name for name in ("Approved Apples", "Pending Pears", "German Grapes") if name in page.text}
