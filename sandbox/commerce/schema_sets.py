"""The entity sets that the sandbox serves (source of names and keys: $metadata of a real environment).

Lengths are those of the underlying tables where known: number and id fields 20, e-mail and phone 255, party names 100.
"""

from __future__ import annotations

from sandbox.commerce.schema import EntitySet, entity_set, navigation
from sandbox.commerce.schema_reference import REFERENCE_SETS

_ADDRESS = """
AddressStreet String 250
AddressStreetNumber String 20
AddressBuildingCompliment String 60
AddressCity String 60
AddressDistrictName String 60
AddressCountryRegionId String 10 Country/region
AddressCountryRegionISOCode String 2
AddressZipCode String 10
AddressDescription String 60
AddressLocationId String 30
AddressLocationRoles String
AddressLatitude Decimal
AddressLongitude Decimal
AddressValidFrom Date
AddressValidTo Date
AddressBooks String
"""

PROSPECTS = entity_set(
    "Prospects",
    "Prospect",
    "SMMProspectEntity",
    "dataAreaId ProspectId",
    """
dataAreaId String 4
ProspectId String 20 Prospect
IsB2BProspect NoYes
B2BProspectStatus RetailB2BProspectStatus
RetailChannelOperatingUnitPartyNumber String 40
ProspectName String 100
ProspectSearchName String 20
ProspectKnownAsName String 100
ProspectPartyNumber String 40 Party ID
ProspectPartyType String
ProspectRelationTypeId String 20 Type ID
ProspectStatusCode String 10
CompanyName String 100
CompanySize Int
CompanyChainName String 20
LanguageId String 7 Language
Note String
ProspectResponsiblePersonnelNumber String 25
IsImported NoYes
PrimaryEmailAddress String 255
PrimaryEmailAddressDescription String 60
PrimaryEmailAddressPurpose String
PrimaryPhoneNumber String 255
PrimaryPhoneNumberExtension String 10
PrimaryPhoneNumberDescription String 60
PrimaryPhoneNumberPurpose String
IsPrimaryPhoneNumberMobile NoYes
PrimaryFaxNumber String 255
PrimaryFaxNumberExtension String 10
PrimaryFaxNumberDescription String 60
PrimaryURL String 255
PrimaryURLDescription String 60
PrimaryURLPurpose String
CustomerGroupId String 10 Customer group
CurrencyCode String 3 Currency
SalesTaxGroupCode String 10
CreditLimit Decimal
CreditRating String 10
IsCreditLimitCheckingRequired NoYes
OnHoldStatus CustVendorBlocked
DeliveryTermsCode String 10
DeliveryModeCode String 10
LineOfBusinessId String 10
SalesDistrictId String 20
OrganizationNumber String 40
OrganizationEmployeeAmount Int
VendorGroupId String 10
AddressStateId String 10 State
AddressCountyId String 10
AddressPostBox String 20
FormattedAddress String
"""
    + _ADDRESS.strip(),
    navigations=(
        navigation("Party", "CDSParties", ProspectPartyNumber="PartyNumber"),
        navigation("CustomerGroup", "CustomerGroups", dataAreaId="dataAreaId", CustomerGroupId="CustomerGroupId"),
        navigation("Currency", "Currencies", CurrencyCode="CurrencyCode"),
        navigation("AddressCountryRegion", "AddressCountryRegions", AddressCountryRegionId="CountryRegion"),
    ),
    indexed=("ProspectPartyNumber", "B2BProspectStatus", "PrimaryEmailAddress", "ProspectId"),
    computed=frozenset({"FormattedAddress", "ProspectPartyType"}),
)

CUSTOMERS = entity_set(
    "CustomersV3",
    "CustomerV3",
    "CustCustomerV3Entity",
    "dataAreaId CustomerAccount",
    """
dataAreaId String 4
CustomerAccount String 20
PartyType String
PartyNumber String 40 Party ID
CustomerGroupId String 10 Customer group
SalesCurrencyCode String 3 Currency
NameAlias String 20
KnownAs String 100
LanguageId String 7 Language
InvoiceAccount String 20
CreditLimit Decimal
CreditLimitIsMandatory NoYes
CreditRating String 10
OnHoldStatus CustVendorBlocked
AllowOnAccount NoYes
PaymentTerms String 10
PaymentMethod String 10
DeliveryMode String 10
DeliveryTerms String 10
SalesTaxGroup String 10
TaxExemptNumber String 20
SiteId String 10
WarehouseId String 10
ContactPersonId String 20
SalesMemo String
IdentificationNumber String 50
IsOneTimeCustomer NoYes
EmployeeResponsibleNumber String 25
DefaultDimensionDisplayValue String
ReceiptEmail String 80
OrganizationName String 100
OrganizationNumber String 40
OrganizationNumberOfEmployees Int
OrganizationPhoneticName String 100
PersonFirstName String 25
PersonMiddleName String 25
PersonLastName String 25
PersonLastNamePrefix String 10
PersonProfessionalTitle String 45
PrimaryContactEmail String 255
PrimaryContactEmailDescription String 60
PrimaryContactEmailPurpose String
PrimaryContactPhone String 255
PrimaryContactPhoneExtension String 10
PrimaryContactPhoneDescription String 60
PrimaryContactPhoneIsMobile NoYes
PrimaryContactFax String 255
PrimaryContactURL String 255
AddressState String 10 State
AddressCounty String 10
AddressPostbox String 20
FullPrimaryAddress String
"""
    + _ADDRESS.strip(),
    navigations=(navigation("CustomerGroup", "CustomerGroups", dataAreaId="dataAreaId", CustomerGroupId="CustomerGroupId"),),
    indexed=("PartyNumber", "PrimaryContactEmail", "InvoiceAccount", "CustomerAccount"),
    computed=frozenset({"FullPrimaryAddress"}),
)

PARTIES = entity_set(
    "CDSParties",
    "CDSParty",
    "DirPartyCDSEntity",
    "PartyNumber",
    """
PartyNumber String 40
PartyType String
AddressBooks String
NameAlias String 20
KnownAs String 100
LanguageId String 7
OrganizationName String 100
OrganizationNumber String 40
OrganizationNumOfEmployees Int
OrganizationPhoneticName String 100
PersonFirstName String 25
PersonMiddleName String 25
PersonLastName String 25
PersonLastNamePrefix String 10
PersonInitials String 10
PersonPersonalTitle String 45
PersonProfessionalTitle String 45
PersonProfessionalSuffix String 45
""",
    navigations=(
        navigation("CustomerHierarchyNode", "CustomerHierarchyNodes", many=True, PartyNumber="NodePartyNumber"),
        navigation("CustomerHierarchy", "CustomerHiearchies", many=True, PartyNumber="OrganizationPartyNumber"),
    ),
    computed=frozenset({"PartyType"}),
)

HIERARCHIES = entity_set(
    "CustomerHiearchies",  # sic
    "CustomerHierarchy",
    "CustHierarchyEntity",
    "CustomerHierarchyId",
    """
CustomerHierarchyId String 20
SellerChannel String 20
CurrentVersion Int
Name String 100
Purpose CustHierarchyPurpose
OrganizationPartyNumber String 40
""",
    navigations=(
        navigation("CustomerHierarchyNode", "CustomerHierarchyNodes", many=True, CustomerHierarchyId="CustomerHierarchyId"),
        navigation("CDSParty", "CDSParties", OrganizationPartyNumber="PartyNumber"),
    ),
    indexed=("OrganizationPartyNumber",),
)

HIERARCHY_NODES = entity_set(
    "CustomerHierarchyNodes",
    "CustomerHierarchyNode",
    "CustHierarchyNodeEntity",
    "CustomerHierarchyId NodePartyNumber",
    """
CustomerHierarchyId String 20
NodePartyNumber String 40
Role CustHierarchyNodeRole
NodeType CustHierarchyNodeType
VersionAdded Int
VersionRemoved Int
""",
    navigations=(
        navigation("CustomerHierarchy", "CustomerHiearchies", CustomerHierarchyId="CustomerHierarchyId"),
        navigation("CDSParty", "CDSParties", NodePartyNumber="PartyNumber"),
    ),
    indexed=("NodePartyNumber", "CustomerHierarchyId"),
)

CONTACT_PERSONS = entity_set(
    "ContactPersons",
    "ContactPerson",
    "smmContactPersonEntity",
    "dataAreaId ContactPersonId",
    """
dataAreaId String 4
ContactPersonId String 20
AssociatedPartyNumber String 40
ContactPersonPartyNumber String 40
FirstName String 25
MiddleName String 25
LastName String 25
PrimaryEmailAddress String 255
PrimaryPhoneNumber String 255
EmploymentJobTitle String 60
IsInactive NoYes
IsDefaultContactPerson NoYes
SearchName String 20
""",
    indexed=("ContactPersonPartyNumber", "AssociatedPartyNumber", "PrimaryEmailAddress"),
)


def all_sets() -> dict[str, EntitySet]:
    """Every entity set by name."""
    main = (PROSPECTS, CUSTOMERS, PARTIES, HIERARCHIES, HIERARCHY_NODES, CONTACT_PERSONS)
    return {item.name: item for item in (*main, *REFERENCE_SETS)}
