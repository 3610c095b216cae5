"""Account and contact as customers: whose party, whose name, whose e-mail, whose address."""

import pytest

from shared.mapping import Mapped, accounts_for, organization_values, person_values
from shared.models import PartyType, Prospect, ProspectKey, Record
from tests.unit.mapping.examples import DEFAULTS, FIELD_MAP, FIELDS, KEY, prospect

ACCOUNT: Record = {
    "accountid": "a1", "name": "Contoso Retail", "emailaddress1": "Ada.Lovelace@Contoso.com", "telephone1": "425-555-0100",
    "fax": None, "websiteurl": "https://contoso.com", "address1_line1": "1 Main Street", "address1_line2": None,
    "address1_city": "Redmond", "address1_stateorprovince": "WA", "address1_postalcode": "98052", "address1_country": "US",
}  # fmt: skip
CONTACT: Record = {
    "contactid": "c1", "firstname": "Ada", "middlename": None, "lastname": "Byron", "emailaddress1": "ada@private.example",
    "telephone1": "425-555-0100", "mobilephone": "+14255550199",
}  # fmt: skip
ADDRESS = {
    "AddressStreet": "1 Main Street", "AddressCity": "Redmond", "AddressState": "WA", "AddressZipCode": "98052",
    "AddressCountryRegionId": "USA", "AddressLocationRoles": "Business",
}  # fmt: skip
OF_A_PARTY = ("Organization", "Person", "PrimaryContact", "Address")


def organization(given: Prospect, account: Record = ACCOUNT, lead: Record | None = None, party: str | None = None) -> Mapped:
    return organization_values(given, lead or {}, account, DEFAULTS, "BORG", party, FIELD_MAP)


def person(given: Prospect, contact: Record = CONTACT, lead: Record | None = None, party: str | None = None) -> Mapped:
    return person_values(given, lead or {}, contact, DEFAULTS, "P-000123", party, "BORG", FIELD_MAP)


def address(mapped: Mapped) -> dict[str, object]:
    return {name: value for name, value in mapped.values.items() if name.startswith("Address") and name != "AddressBooks"}


def test_the_whole_organization_customer_with_a_party_of_its_own() -> None:
    mapped = organization(prospect())
    assert mapped.values == {
        "dataAreaId": "usmf", "CustomerAccount": "BORG", "PartyType": "Organization", "OrganizationName": "Contoso Retail",
        "PrimaryContactPhone": "425-555-0100", "PrimaryContactURL": "https://contoso.com", "CustomerGroupId": "10",
        "SalesCurrencyCode": "USD", "LanguageId": "en-us", "AddressBooks": "B2B;Stores", "AllowOnAccount": "Yes", **ADDRESS,
    }  # fmt: skip
    assert mapped.remarks == ()


def test_the_whole_person_customer_with_a_party_of_its_own() -> None:
    mapped = person(prospect(PartyType.ORGANIZATION))
    assert mapped.values == {
        "dataAreaId": "usmf", "CustomerAccount": "P-000123", "PartyType": "Person", "PersonFirstName": "Ada",
        "PersonLastName": "Byron", "PrimaryContactPhone": "+14255550199", "PrimaryContactEmail": "Ada.Lovelace@Contoso.com",
        "CustomerGroupId": "10", "SalesCurrencyCode": "USD", "LanguageId": "en-us", "AddressBooks": "B2B;Stores",
        "AllowOnAccount": "Yes", "InvoiceAccount": "BORG",
    }  # fmt: skip
    assert mapped.remarks == ()


def test_a_person_who_takes_the_prospects_party_writes_none_of_its_fields() -> None:
    assert person(prospect(), party="000001234").values == {
        "dataAreaId": "usmf", "CustomerAccount": "P-000123", "PartyType": "Person", "PartyNumber": "000001234",
        "CustomerGroupId": "10", "SalesCurrencyCode": "USD", "LanguageId": "en-us", "AddressBooks": "B2B;Stores",
        "AllowOnAccount": "Yes", "InvoiceAccount": "BORG",
    }  # fmt: skip


def test_an_organization_that_takes_the_prospects_party_writes_none_of_its_fields() -> None:
    values = organization(prospect(PartyType.ORGANIZATION), party="000001234").values
    assert values["PartyNumber"] == "000001234"
    assert [name for name in values if name.startswith(OF_A_PARTY)] == ["AddressBooks"]


def test_the_organization_never_gets_an_email_whatever_the_account_says() -> None:
    for party in (None, "000001234"):
        mapped = organization(prospect(), party=party)
        assert not [name for name in mapped.values if "email" in name.lower()]
        assert "Ada.Lovelace@Contoso.com" not in mapped.values.values()


def test_the_person_signs_in_with_the_requesters_email_not_with_the_contacts() -> None:
    assert person(prospect()).values["PrimaryContactEmail"] == "Ada.Lovelace@Contoso.com"


def test_the_person_is_invoiced_to_the_organization() -> None:
    assert person(prospect()).values["InvoiceAccount"] == "BORG"


@pytest.mark.parametrize(
    ("source", "target", "default"),
    [
        ("CustomerGroupId", "CustomerGroupId", "30"),
        ("CurrencyCode", "SalesCurrencyCode", "USD"),
        ("LanguageId", "LanguageId", "en-us"),
    ],
)
def test_group_currency_and_language_are_the_prospects_or_else_the_channels(source: str, target: str, default: str) -> None:
    for made in (organization, person):
        assert made(prospect(**{source: "its own"})).values[target] == "its own"
        assert made(prospect(**{source: ""})).values[target] == default


def test_without_a_channel_the_defaults_are_left_out() -> None:
    values = organization_values(prospect(CustomerGroupId=""), {}, ACCOUNT, None, "BORG", None, FIELD_MAP).values
    assert not {"CustomerGroupId", "AddressBooks", "AllowOnAccount"} & values.keys()


def test_the_name_is_what_the_seller_made_of_it() -> None:
    assert organization(prospect(), {**ACCOUNT, "name": "Contoso Ltd."}).values["OrganizationName"] == "Contoso Ltd."


def test_our_own_shortened_name_becomes_the_original_again() -> None:
    full = "Contoso " * 20
    values = organization(prospect(CompanyName=full), {**ACCOUNT, "name": full[:99] + "…"}).values
    assert values["OrganizationName"] == full.strip()


@pytest.mark.parametrize("name", ["Fabrikam…", "…", "Contoso Retail and more…", "Contoso Ret"])
def test_a_name_that_is_not_our_shortened_one_stays_the_sellers(name: str) -> None:
    assert organization(prospect(), {**ACCOUNT, "name": name}).values["OrganizationName"] == name


@pytest.mark.parametrize(
    ("account", "lead", "given", "name"),
    [
        ({}, {"companyname": "From the lead"}, prospect(), "From the lead"),
        ({}, {}, prospect(), "Contoso Retail"),
        ({"name": None}, {"companyname": " "}, prospect(CompanyName=None), "Ada King Lovelace"),
    ],
)
def test_a_missing_account_name_is_the_leads_or_else_the_requests(
    account: Record, lead: Record, given: Prospect, name: str
) -> None:
    assert organization(given, account, lead).values["OrganizationName"] == name


def test_a_missing_contact_leaves_the_requesters_whole_name() -> None:
    values = person(prospect(), {}).values
    names = [values.get(f"Person{part}Name") for part in ("First", "Middle", "Last")]
    assert names == ["Ada", "King", "Lovelace"]


def test_names_of_two_people_are_never_mixed() -> None:
    values = person(prospect(), {"lastname": "Babbage"}).values
    assert [name for name in values if name.startswith("Person")] == ["PersonLastName"]


def test_a_persons_names_are_cut_at_head_offices_length() -> None:
    mapped = person(prospect(), {"firstname": "x" * 26, "lastname": "y" * 25})
    assert mapped.values["PersonFirstName"] == "x" * 24 + "…"
    assert mapped.values["PersonLastName"] == "y" * 25
    assert [(remark.target, remark.what) for remark in mapped.remarks] == [("PersonFirstName", "cut")]


def test_an_unchanged_address_is_written_with_head_offices_own_ids() -> None:
    assert address(organization(prospect())) == ADDRESS


@pytest.mark.parametrize(
    "account",
    [
        {},
        {"name": "Contoso", "address1_city": None},
        {**ACCOUNT, "address1_city": "REDMOND", "address1_country": "us"},
        {**ACCOUNT, "address1_line1": 7},
    ],
)
def test_an_address_that_the_seller_did_not_touch_is_the_requests(account: Record) -> None:
    assert address(organization(prospect(AddressStreetNumber="1a"), account)) == {**ADDRESS, "AddressStreetNumber": "1a"}


def test_our_own_shortened_street_is_no_change() -> None:
    street = "Long street " * 30
    mapped = organization(prospect(AddressStreet=street), {**ACCOUNT, "address1_line1": street[:249] + "…"})
    assert address(mapped)["AddressStreet"] == street.strip()


def test_an_address_changed_within_the_country_is_the_sellers_with_the_country_id_of_head_office() -> None:
    given = prospect(AddressStreetNumber="1a", AddressDescription="Shop")
    moved = {**ACCOUNT, "address1_line1": "2 Oak Road", "address1_line2": "Gate 3", "address1_city": "Kirkland"}
    mapped = organization(given, {**moved, "address1_postalcode": "98033", "address1_postofficebox": "PO 9"})
    assert address(mapped) == {
        "AddressStreet": "2 Oak Road\nGate 3", "AddressCity": "Kirkland", "AddressState": "WA", "AddressZipCode": "98033",
        "AddressPostbox": "PO 9", "AddressCountryRegionId": "USA", "AddressLocationRoles": "Business",
    }  # fmt: skip
    assert mapped.remarks == ()


@pytest.mark.parametrize("country", ["US", "usa", None])
def test_the_same_country_may_be_spelt_as_iso_code_or_as_id(country: str | None) -> None:
    mapped = organization(prospect(), {**ACCOUNT, "address1_city": "Kirkland", "address1_country": country})
    assert address(mapped)["AddressCity"] == "Kirkland"
    assert address(mapped)["AddressCountryRegionId"] == "USA"


def test_a_state_in_the_sellers_words_is_left_empty_since_head_office_takes_ids() -> None:
    mapped = organization(prospect(), {**ACCOUNT, "address1_city": "Portland", "address1_stateorprovince": "Oregon"})
    assert "AddressState" not in mapped.values
    assert mapped.values["AddressCity"] == "Portland"
    assert [(remark.target, remark.what) for remark in mapped.remarks] == [("AddressState", "left-empty")]


@pytest.mark.parametrize("country", ["Canada", "CA", "United States"])
def test_an_address_in_a_country_that_does_not_resolve_keeps_the_requests_with_a_remark(country: str) -> None:
    mapped = organization(prospect(), {**ACCOUNT, "address1_city": "Toronto", "address1_country": country})
    assert address(mapped) == ADDRESS
    assert [(remark.target, remark.what) for remark in mapped.remarks] == [("AddressCountryRegionId", "unresolved")]


def test_without_any_address_none_is_written() -> None:
    without = tuple(name for name in FIELDS if name.startswith("Address"))
    assert address(organization(prospect(without=without), {"name": "Contoso"})) == {}


def test_a_country_that_is_only_known_by_its_iso_code_is_written_so() -> None:
    given = prospect(without=("AddressCountryRegionId",))
    for account in (ACCOUNT, {**ACCOUNT, "address1_city": "Kirkland"}):
        assert address(organization(given, account))["AddressCountryRegionISOCode"] == "US"


def test_a_postal_code_that_head_office_has_no_room_for_is_left_empty() -> None:
    mapped = organization(prospect(), {**ACCOUNT, "address1_postalcode": "9" * 11})
    assert "AddressZipCode" not in mapped.values
    assert [(remark.target, remark.what) for remark in mapped.remarks] == [("AddressZipCode", "left-empty")]


@pytest.mark.parametrize(("party_type", "which"), [("Person", 1), ("Organization", 0), ("person", 1), (" ORGANIZATION ", 0)])
def test_the_customer_of_the_prospects_party_type_has_the_prospects_number(party_type: str, which: int) -> None:
    accounts = accounts_for(KEY, party_type)
    assert accounts[which] == "P-000123"
    assert accounts[1 - which] not in ("", "P-000123")


@pytest.mark.parametrize("party_type", ["Person", "Organization", "", "Team"])
def test_accounts_are_the_same_each_time_differ_and_fit(party_type: str) -> None:
    accounts = accounts_for(KEY, party_type)
    assert accounts == accounts_for(ProspectKey.of("USMF", "p-000123"), party_type)
    assert len(set(accounts)) == 2
    assert all(0 < len(account) <= 20 and account.replace("-", "").isalnum() for account in accounts)


def test_no_two_prospects_share_an_account() -> None:
    keys = [ProspectKey.of(area, f"P-{number}") for area in ("usmf", "demf") for number in range(2_000)]
    assert len({accounts_for(key, "Person")[0] for key in keys}) == len(keys)
