"""A prospect, a channel and the map in force, as the tests of this folder use them."""

from shared.field_map import FieldMap, load
from shared.models import PartyType, Prospect, ProspectKey, ProspectStatus, Record
from shared.ports import ChannelDefaults

KEY = ProspectKey.of("usmf", "P-000123")
FIELD_MAP: FieldMap = load()
DEFAULTS = ChannelDefaults("B2B-DEFAULT", "30", "USD", "en-us", frozenset({"B2B", "Stores"}), "Yes")

FIELDS: Record = {
    "dataAreaId": "usmf",
    "ProspectId": "P-000123",
    "ProspectName": "Ada King Lovelace",
    "CompanyName": "Contoso Retail",
    "CompanySize": 250,
    "PrimaryEmailAddress": "Ada.Lovelace@Contoso.com",
    "PrimaryPhoneNumber": "+1 (425) 555-0100",
    "IsPrimaryPhoneNumberMobile": "No",
    "PrimaryURL": "https://contoso.com",
    "PrimaryFaxNumber": "425-555-0101",
    "AddressStreet": "1 Main Street",
    "AddressCity": "Redmond",
    "AddressStateId": "WA",
    "AddressZipCode": "98052",
    "AddressCountryRegionId": "USA",
    "AddressCountryRegionISOCode": "US",
    "CurrencyCode": "USD",
    "CustomerGroupId": "10",
    "LanguageId": "en-us",
    "Party.PersonFirstName": "Ada",
    "Party.PersonMiddleName": "King",
    "Party.PersonLastName": "Lovelace",
}


def prospect(party_type: str = PartyType.PERSON, without: tuple[str, ...] = (), **changed: object) -> Prospect:
    """The example prospect with some fields changed (`Party__X` stands for `Party.X`) or taken away."""
    fields = {name: value for name, value in FIELDS.items() if name not in without}
    fields |= {name.replace("__", "."): value for name, value in changed.items()}
    return Prospect(
        key=KEY, legal_entity="usmf", prospect_id="P-000123", status=ProspectStatus.PENDING, is_b2b=True,
        party_number="000001234", party_type=party_type, email="Ada.Lovelace@Contoso.com", etag='W/"1"',
        channel="000007777", fields=fields,
    )  # fmt: skip
