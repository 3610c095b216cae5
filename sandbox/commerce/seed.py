"""What a new environment holds: two legal entities with a B2B channel each, and the reference data that customers need."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.commerce.mail import APPROVED, REJECTED
from sandbox.commerce.parties import ORGANIZATION, create_party
from sandbox.commerce.settings import Settings
from sandbox.commerce.world import World

NOTIFICATION_PROFILE = "B2B"
JOBS = {
    "P-0001": "P-0001",
    "synchronize": "Synchronize customers and channel requests",
    "1010": "1010",
}


@dataclass(frozen=True)
class Company:
    """One legal entity and its B2B channel."""

    legal_entity: str
    name: str
    country: str
    currency: str
    language: str
    channel: str
    operating_unit: str
    address_book: str
    group: str = "B2B"


COMPANIES = (
    Company("usmf", "Contoso Entertainment System USA", "USA", "USD", "en-us", "B2B-US", "901", "B2B US"),
    Company("demf", "Contoso Entertainment System Germany", "DEU", "EUR", "de", "B2B-DE", "902", "B2B DE"),
)


def new_world(settings: Settings | None = None, clock: float = 1.0, companies: tuple[Company, ...] = COMPANIES) -> World:
    """A world as an integrator finds it: set up, no prospects yet."""
    world = World(settings, clock)
    with world.transaction():
        _common_reference_data(world)
        for company in companies:
            _add_company(world, company)
    return world


def _common_reference_data(world: World) -> None:
    for code, name in (("USD", "US Dollar"), ("EUR", "Euro"), ("GBP", "Pound Sterling"), ("CHF", "Swiss Franc")):
        world.create("Currencies", {"CurrencyCode": code, "Name": name})
    for country, iso in (("USA", "US"), ("DEU", "DE"), ("GBR", "GB"), ("CHE", "CH"), ("FRA", "FR"), ("AUT", "AT"), ("CAN", "CA")):
        world.create("AddressCountryRegions", {"CountryRegion": country, "ISOcode": iso})
    _number_sequence(world, "Shared", "", "CustHierarchyId", "CustHier")
    for number, job in enumerate(JOBS.values(), start=1):
        started = world.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        row = {"BatchJobRecId": 5637150000 + number, "JobDescription": job, "Status": "Waiting", "StartDateTime": started}
        world.create("BatchJobs", row)
    world.notification_profiles[NOTIFICATION_PROFILE] = [APPROVED, REJECTED]
    _business_event(world)


def _add_company(world: World, company: Company) -> None:
    world.create(
        "LegalEntities",
        {
            "LegalEntityId": company.legal_entity,
            "Name": company.name,
            "PartyNumber": _organization_party(world, company.name),
            "LanguageId": company.language,
            "AddressCountryRegionId": company.country,
        },
    )
    world.create(
        "CustomerGroups", {"dataAreaId": company.legal_entity, "CustomerGroupId": company.group, "Description": "B2B customers"}
    )
    for data_type in ("CustAccount", "BusRelAccount"):
        _number_sequence(world, "DataArea", company.legal_entity, data_type, f"{company.legal_entity}-{data_type}"[:20])
    _add_channel(world, company, _add_default_customer(world, company))


def _add_default_customer(world: World, company: Company) -> str:
    name = f"{company.channel} default customer"
    row = world.create(
        "CustomersV3",
        {
            "dataAreaId": company.legal_entity,
            "CustomerAccount": f"{company.channel}-DEFAULT",
            "PartyType": "Organization",
            "PartyNumber": _organization_party(world, name),
            "OrganizationName": name,
            "CustomerGroupId": company.group,
            "SalesCurrencyCode": company.currency,
            "LanguageId": company.language,
            "AddressBooks": company.address_book,
            "AllowOnAccount": "Yes",
        },
    )
    return str(row["CustomerAccount"])


def _add_channel(world: World, company: Company, default_customer: str) -> None:
    unit_party = _organization_party(world, f"{company.channel} online store")
    world.create(
        "OperatingUnits", {"OperatingUnitNumber": company.operating_unit, "PartyNumber": unit_party, "Name": company.channel}
    )
    common = {
        "RetailChannelId": company.channel,
        "OperatingUnitPartyNumber": unit_party,
        "DefaultCustomerAccount": default_customer,
    }
    world.create(
        "OnlineChannels",
        common
        | {
            "OperatingUnitNumber": company.operating_unit,
            "DefaultCustomerLegalEntity": company.legal_entity,
            "Currency": company.currency,
            "EmailNotificationProfile": NOTIFICATION_PROFILE,
        },
    )
    world.create(
        "RetailChannels", common | {"dataAreaId": company.legal_entity, "EventNotificationProfileId": NOTIFICATION_PROFILE}
    )
    world.channel_address_books[company.channel] = [company.address_book]


def _organization_party(world: World, name: str) -> str:
    return create_party(world, ORGANIZATION, OrganizationName=name)


def _number_sequence(world: World, scope: str, value: str, data_type: str, code: str) -> None:
    row = {"ScopeType": scope, "ScopeValue": value, "DataTypeName": data_type, "NumberSequenceCode": code, "ReuseNumbers": "No"}
    world.create("NumberSequencesV2References", row)


def _business_event(world: World) -> None:
    # The customer's own event: Microsoft ships none for prospects (none is documented).
    row = {
        "BusinessEventId": "B2BProspectCreatedBusinessEvent",
        "Name": "B2B prospect created",
        "Description": "A B2B prospect was made from a channel request",
        "Contract": "B2BProspectCreatedBusinessEventContract",
    }
    world.create("BusinessEventsCatalogs", row)
