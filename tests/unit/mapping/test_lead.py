"""A prospect as a lead: the documented dual-write map `Prospects (leads)` (docs: mapping-reference), and the columns' lengths."""

import pytest

from shared.field_map import Profile, load
from shared.mapping import Lookup, Mapped, Remark, lead_values, resolve
from shared.models import PartyType, Prospect
from tests.unit.mapping.examples import FIELD_MAP, prospect

CURRENCY = Lookup("transactioncurrencyid", "transactioncurrencies", "isocurrencycode", "USD")


def lead(given: Prospect, lengths: dict[str, int] | None = None) -> Mapped:
    return lead_values(given, {}, FIELD_MAP, lengths or {})


def remarks(mapped: Mapped) -> dict[str, str]:
    return {remark.target: remark.what for remark in mapped.remarks}


def test_the_whole_lead_of_an_ordinary_prospect() -> None:
    mapped = lead_values(prospect(), {"b2b_correlationid": "c-1"}, FIELD_MAP, {})
    assert mapped.values == {
        "subject": "B2B request: Contoso Retail",
        "firstname": "Ada",
        "middlename": "King",
        "lastname": "Lovelace",
        "companyname": "Contoso Retail",
        "emailaddress1": "Ada.Lovelace@Contoso.com",
        "telephone1": "+1 (425) 555-0100",
        "fax": "425-555-0101",
        "websiteurl": "https://contoso.com",
        "address1_addresstypecode": 1,
        "address1_line1": "1 Main Street",
        "address1_city": "Redmond",
        "address1_stateorprovince": "WA",
        "address1_postalcode": "98052",
        "address1_country": "US",
        "numberofemployees": 250,
        "leadsourcecode": 8,
        "b2b_prospectid": "P-000123",
        "b2b_legalentity": "usmf",
        "b2b_channel": "000007777",
        "b2b_language": "en-us",
        "b2b_correlationid": "c-1",
    }
    assert mapped.lookups == (CURRENCY,)
    assert mapped.remarks == ()


@pytest.mark.parametrize(
    ("source", "value", "target", "written"),
    [
        ("PrimaryPhoneNumberDescription", "Office", "description", "Office"),
        ("Note", "We sell shoes.", "description", "We sell shoes."),
        ("AddressCountyId", "KING", "address1_county", "KING"),
        ("AddressPostBox", "PO 7", "address1_postofficebox", "PO 7"),
        ("AddressLatitude", 47.6, "address1_latitude", 47.6),
        ("AddressLongitude", -122.1, "address1_longitude", -122.1),
        ("CompanySize", "250", "numberofemployees", 250),
        ("CompanySize", 1_000_000, "numberofemployees", 1_000_000),
        ("CompanyName", "  Contoso \x00 Retail ", "companyname", "Contoso  Retail"),
    ],
)
def test_a_field_of_the_documented_map_reaches_its_column(source: str, value: object, target: str, written: object) -> None:
    assert lead(prospect(**{source: value})).values[target] == written


@pytest.mark.parametrize(
    ("source", "value", "target"),
    [
        ("CompanySize", 1_000_001, "numberofemployees"),
        ("CompanySize", -1, "numberofemployees"),
        ("CompanySize", 2.5, "numberofemployees"),
        ("CompanySize", "many", "numberofemployees"),
        ("CompanySize", True, "numberofemployees"),
        ("AddressLatitude", 90.1, "address1_latitude"),
        ("AddressLatitude", float("nan"), "address1_latitude"),
        ("AddressCity", ["Redmond"], "address1_city"),
        ("CurrencyCode", {"code": "USD"}, "transactioncurrencyid"),
    ],
)
def test_a_value_that_the_column_cannot_take_is_left_empty_with_a_remark(source: str, value: object, target: str) -> None:
    mapped = lead(prospect(**{source: value}))
    assert target not in mapped.values
    assert target not in {lookup.target for lookup in mapped.lookups}
    assert remarks(mapped) == {target: "left-empty"}


@pytest.mark.parametrize("nothing", [None, "", "   ", "1900-01-01T12:00:00Z", "1900-01-01"])
def test_what_stands_for_nothing_in_fo_is_not_written_and_not_remarked(nothing: object) -> None:
    mapped = lead(prospect(AddressCity=nothing, CurrencyCode=nothing))
    assert "address1_city" not in mapped.values
    assert mapped.lookups == ()
    assert mapped.remarks == ()


def test_a_company_of_nobody_is_one_of_which_nothing_is_known() -> None:
    mapped = lead(prospect(CompanySize=0))
    assert "numberofemployees" not in mapped.values and mapped.remarks == ()


def test_coordinates_of_zero_are_none() -> None:
    mapped = lead(prospect(AddressLatitude=0.0, AddressLongitude=0))
    assert not {"address1_latitude", "address1_longitude"} & mapped.values.keys()
    assert mapped.remarks == ()


def test_comments_stand_below_the_phone_numbers_description() -> None:
    assert lead(prospect(PrimaryPhoneNumberDescription="Office", Note="Hello")).values["description"] == "Office\nHello"


def test_the_country_id_stands_in_for_a_missing_iso_code() -> None:
    assert lead(prospect(without=("AddressCountryRegionISOCode",))).values["address1_country"] == "USA"


@pytest.mark.parametrize(
    ("number", "mobile", "telephone"),
    [
        ("+1 (425) 555-0100", "+14255550100", None),
        ("0171/123-4567", "01711234567", None),
        ("+49 (0)170 1234567", "+491701234567", None),
        ("+49\u00a0170\u20111234567", "+491701234567", None),
        ("1" * 20, "1" * 20, None),
        ("1" * 21, None, "1" * 21),
        ("+1 425 555 0100 ext. 12", None, "+1 425 555 0100 ext. 12"),
        ("425 555 0100 / 425 555 0101", None, "425 555 0100 / 425 555 0101"),
        ("()", None, "()"),
        ("5" * 51, None, None),
    ],
)
def test_a_mobile_number_is_written_whole_or_goes_to_the_business_phone(
    number: str, mobile: str | None, telephone: str | None
) -> None:
    mapped = lead(prospect(PrimaryPhoneNumber=number, IsPrimaryPhoneNumberMobile="Yes"))
    assert mapped.values.get("mobilephone") == mobile
    assert mapped.values.get("telephone1") == telephone
    assert ("mobilephone" in remarks(mapped)) is (mobile is None)


def test_the_environments_own_length_of_mobilephone_decides() -> None:
    long = prospect(PrimaryPhoneNumber="1" * 21, IsPrimaryPhoneNumberMobile="Yes")
    assert lead(long, {"mobilephone": 30}).values["mobilephone"] == "1" * 21


@pytest.mark.parametrize(
    ("source", "target", "limit"),
    [
        ("CompanyName", "companyname", 100),
        ("Party__PersonFirstName", "firstname", 50),
        ("Party__PersonMiddleName", "middlename", 50),
        ("Party__PersonLastName", "lastname", 50),
        ("Note", "description", 2000),
        ("AddressStreet", "address1_line1", 250),
        ("AddressCity", "address1_city", 80),
        ("AddressStateId", "address1_stateorprovince", 50),
        ("AddressZipCode", "address1_postalcode", 20),
        ("AddressCountyId", "address1_county", 50),
        ("AddressPostBox", "address1_postofficebox", 20),
        ("AddressCountryRegionISOCode", "address1_country", 80),
    ],
)
def test_an_over_long_text_is_cut_at_the_columns_length(source: str, target: str, limit: int) -> None:
    exact, over = lead(prospect(**{source: "x" * limit})), lead(prospect(**{source: "x" * (limit + 1)}))
    assert (exact.values[target], exact.remarks) == ("x" * limit, ())
    assert over.values[target] == "x" * (limit - 1) + "…"
    assert over.remarks == (Remark(target, "cut", f"{limit + 1} characters, {limit} at most"),)


def test_an_over_long_topic_is_cut_at_300() -> None:
    subject = lead(prospect(CompanyName="x" * 400)).values["subject"]
    assert isinstance(subject, str)
    assert len(subject) == 300
    assert subject.startswith("B2B request: xxx")


@pytest.mark.parametrize(
    ("source", "value", "target"),
    [
        ("PrimaryEmailAddress", "a" * 95 + "@b.com", "emailaddress1"),
        ("PrimaryURL", "https://" + "a" * 200, "websiteurl"),
        ("PrimaryPhoneNumber", "5" * 51, "telephone1"),
        ("PrimaryFaxNumber", "5" * 51, "fax"),
    ],
)
def test_what_would_be_wrong_when_cut_is_left_empty(source: str, value: str, target: str) -> None:
    mapped = lead(prospect(**{source: value}))
    assert target not in mapped.values
    assert remarks(mapped) == {target: "left-empty"}


def test_the_environments_own_lengths_win_both_ways() -> None:
    long = prospect(CompanyName="x" * 120)
    assert lead(long, {"companyname": 160}).values["companyname"] == "x" * 120
    assert lead(long, {"companyname": 10}).values["companyname"] == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("given", "names", "what"),
    [
        (prospect(), ("Ada", "King", "Lovelace"), None),
        (prospect(Party__PersonFirstName=None, Party__PersonMiddleName=None), (None, None, "Lovelace"), None),
        (prospect(without=("Party.PersonFirstName", "Party.PersonMiddleName", "Party.PersonLastName")),
         ("Ada King", None, "Lovelace"), "name-split"),
        (prospect("Organization"), ("Ada King", None, "Lovelace"), "name-split"),
        (prospect("Organization", ProspectName="Cher"), (None, None, "Cher"), "name-split"),
        (prospect("Organization", ProspectName="contoso retail"), (None, None, "(no last name)"), "default"),
        (prospect("Organization", ProspectName=""), (None, None, "(no last name)"), "default"),
        (prospect(Party__PersonLastName=None, Party__PersonMiddleName=None), ("Ada", None, "(no last name)"), "default"),
        (prospect(""), ("Ada King", None, "Lovelace"), "name-split"),
    ],
)  # fmt: skip
def test_the_requesters_name(given: Prospect, names: tuple[str | None, ...], what: str | None) -> None:
    mapped = lead(given)
    assert tuple(mapped.values.get(name) for name in ("firstname", "middlename", "lastname")) == names
    assert remarks(mapped).get("lastname") == what


@pytest.mark.parametrize(
    ("given", "subject", "company"),
    [
        (prospect(CompanyName=None), "B2B request: Ada King Lovelace", None),
        (prospect(CompanyName=None, ProspectName=None), "B2B request: Ada Lovelace", None),
        (prospect(CompanyName=None, ProspectName=None, Party__PersonFirstName=None, Party__PersonLastName=None),
         "B2B request: P-000123", None),
        (prospect(PartyType.ORGANIZATION, CompanyName=None, ProspectName="Fabrikam"), "B2B request: Fabrikam", "Fabrikam"),
        (prospect(PartyType.ORGANIZATION, CompanyName=None, Party__OrganizationName="Fabrikam Inc."),
         "B2B request: Fabrikam Inc.", "Fabrikam Inc."),
    ],
)  # fmt: skip
def test_the_topic_names_the_company_or_else_whoever_asks(given: Prospect, subject: str, company: str | None) -> None:
    mapped = lead(given)
    assert mapped.values["subject"] == subject
    assert mapped.values.get("companyname") == company


def test_fullname_is_never_written_since_sales_computes_it() -> None:
    assert "fullname" not in lead(prospect()).values


def test_a_lookup_that_is_found_is_bound() -> None:
    resolved = resolve(lead(prospect()), {CURRENCY: "0c1d"})
    assert resolved.values["transactioncurrencyid@odata.bind"] == "/transactioncurrencies(0c1d)"
    assert resolved.lookups == ()
    assert resolved.remarks == ()


@pytest.mark.parametrize("answers", [{}, {CURRENCY: None}])
def test_a_lookup_that_is_not_found_is_left_empty_and_remarked(answers: dict[Lookup, str | None]) -> None:
    resolved = resolve(lead(prospect()), answers)
    assert not [target for target in resolved.values if target.startswith("transactioncurrencyid")]
    assert remarks(resolved) == {"transactioncurrencyid": "unresolved"}


def test_remarks_never_hold_the_value() -> None:
    mapped = lead(prospect(CompanyName="Secret" * 40, PrimaryURL="https://secret" * 40, CompanySize="Secret"))
    assert len(mapped.remarks) == 3
    assert "secret" not in repr(mapped.remarks).lower()


@pytest.mark.parametrize(("said", "written"), [("Yes", True), ("No", False)])
def test_the_dual_write_profile_says_whether_it_is_a_commerce_prospect(said: str, written: bool) -> None:
    mapped = lead_values(prospect(IsB2BProspect=said), {}, load(profile=Profile.DUAL_WRITE), {})
    assert mapped.values["msdyn_b2bcommerceprospect"] is written


@pytest.mark.parametrize(
    ("status", "written"), [("Pending", 192350000), ("Approved", 192350001), ("Rejected", 192350002), ("Unknown", None)]
)
def test_the_dual_write_profile_maps_the_status_by_the_published_values(status: str, written: int | None) -> None:
    mapped = lead_values(prospect(B2BProspectStatus=status), {}, load(profile=Profile.DUAL_WRITE), {})
    assert mapped.values.get("msdyn_b2bprospectstatus") == written
    assert ("msdyn_b2bprospectstatus" in remarks(mapped)) is (written is None)


def test_the_dual_write_profile_adds_its_columns_and_keeps_ours() -> None:
    given = prospect(
        PrimaryPhoneNumberExtension="12", PrimaryEmailAddressDescription="Work", PrimaryURLDescription="Shop",
        PrimaryFaxNumberDescription="Fax", PrimaryFaxNumberExtension="3", SalesTaxGroupCode="CA",
    )  # fmt: skip
    mapped = lead_values(given, {}, load(profile=Profile.DUAL_WRITE), {})
    assert mapped.values.items() >= {
        "msdyn_prospectid": "P-000123", "msdyn_telephone1extension": "12", "msdyn_emailaddress1description": "Work",
        "msdyn_websiteurldescription": "Shop", "msdyn_faxdescription": "Fax", "msdyn_faxextension": "3",
        "msdyn_b2bprospectstatus": 192350000, "b2b_prospectid": "P-000123",
    }.items()  # fmt: skip
    assert [(lookup.target, lookup.column, lookup.value) for lookup in mapped.lookups] == [
        ("transactioncurrencyid", "isocurrencycode", "USD"),
        ("msdyn_partyid", "msdyn_partynumber", "000001234"),
        ("msdyn_customergroupid", "msdyn_groupid", "10"),
        ("msdyn_salestaxgroup", "msdyn_name", "CA"),
        ("msdyn_retailchannel", "msdyn_partynumber", "000007777"),
    ]


def test_our_own_profile_never_writes_a_column_of_the_dual_write_package() -> None:
    mapped = lead(prospect(PrimaryPhoneNumberExtension="12", SalesTaxGroupCode="CA"))
    targets = {*mapped.values, *(lookup.target for lookup in mapped.lookups)}
    assert not [target for target in targets if target.startswith("msdyn_")]


def test_our_columns_take_another_publishers_prefix() -> None:
    values = lead_values(prospect(), {}, load(prefix="acme"), {}).values
    assert values["acme_prospectid"] == "P-000123"
    assert not [target for target in values if target.startswith("b2b_")]
