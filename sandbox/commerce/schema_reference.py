"""The entity sets that a set-up check reads: companies, channels, currencies, number sequences, batch jobs, business events."""

from __future__ import annotations

from sandbox.commerce.schema import EntitySet, entity_set, navigation

REFERENCE_SETS: tuple[EntitySet, ...] = (
    entity_set(
        "LegalEntities",
        "LegalEntity",
        "OMLegalEntity",
        "LegalEntityId",
        """
LegalEntityId String 4
Name String 100
PartyNumber String 40
LanguageId String 7
AddressCountryRegionId String 10
AddressBooks String
""",
    ),
    entity_set(
        "OnlineChannels",
        "OnlineChannel",
        "RetailOnlineChannelEntity",
        "RetailChannelId",
        """
RetailChannelId String 10
OperatingUnitNumber String 20
OperatingUnitPartyNumber String 40
DefaultCustomerAccount String 20
DefaultCustomerLegalEntity String 4
Currency String 3
EmailNotificationProfile String 20
""",
        navigations=(
            navigation(
                "CustomerV3", "CustomersV3", DefaultCustomerLegalEntity="dataAreaId", DefaultCustomerAccount="CustomerAccount"
            ),
        ),
        indexed=("OperatingUnitPartyNumber",),
    ),
    entity_set(
        "RetailChannels",
        "RetailChannel",
        "RetailChannelEntity",
        "dataAreaId RetailChannelId",
        """
dataAreaId String 4
RetailChannelId String 10
OperatingUnitPartyNumber String 40
DefaultCustomerAccount String 20
EventNotificationProfileId String 20
""",
        indexed=("OperatingUnitPartyNumber",),
    ),
    entity_set(
        "CustomerHierarchiesRetailChannels",
        "CustomerHierarchyRetailChannel",
        "CustHierarchyRetailChannelEntity",
        "Channel CustHierarchyId",
        """
Channel String 20
CustHierarchyId String 20
""",
    ),
    entity_set(
        "OperatingUnits",
        "OperatingUnit",
        "OMOperatingUnitEntity",
        "OperatingUnitNumber",
        """
OperatingUnitNumber String 20
PartyNumber String 40
Name String 100
""",
    ),
    entity_set(
        "CustomerGroups",
        "CustomerGroup",
        "CustCustomerGroupEntity",
        "dataAreaId CustomerGroupId",
        """
dataAreaId String 4
CustomerGroupId String 10
Description String 60
""",
    ),
    entity_set(
        "Currencies",
        "Currency",
        "CurrencyEntity",
        "CurrencyCode",
        """
CurrencyCode String 3
Name String 120
""",
    ),
    entity_set(
        "AddressCountryRegions",
        "AddressCountryRegion",
        "LogisticsAddressCountryRegionEntity",
        "CountryRegion",
        """
CountryRegion String 10
ISOcode String 2
""",
    ),
    entity_set(
        "NumberSequencesV2References",
        "NumberSequencesV2Reference",
        "NumberSequenceReferenceV2Entity",
        "ScopeType ScopeValue DataTypeName",
        """
ScopeType NumberSequenceType
ScopeValue String
DataTypeName String
NumberSequenceCode String 20
ReuseNumbers NoYes
""",
    ),
    entity_set(
        "BatchJobs",
        "BatchJob",
        "BatchJobEntity",
        "BatchJobRecId",
        """
BatchJobRecId Long
JobDescription String
Status BatchStatus
StartDateTime Date
EndDateTime Date
""",
    ),
    entity_set(
        "BusinessEventsCatalogs",
        "BusinessEventsCatalog",
        "BusinessEventsCatalogEntity",
        "BusinessEventId",
        """
BusinessEventId String
Name String
Description String
Contract String
""",
    ),
    entity_set(
        "BusinessEventsConfigurations",
        "BusinessEventsConfiguration",
        "BusinessEventsConfigurationEntity",
        "BusinessEventsTable LegalEntity BusinessEventsEndpoint_Name",
        """
BusinessEventsTable String
LegalEntity String
BusinessEventsEndpoint_Name String
Disabled NoYes
""",
    ),
    entity_set(
        "BusinessEventsEndpoints",
        "BusinessEventsEndpoint",
        "BusinessEventsEndpointEntity",
        "Name",
        """
Name String
Type BusinessEventsEndpointType
Description String
KeyVaultDnsName String
KeyVaultSecretName String
EventGridEndpointUrl String
AzureAppId String
""",
    ),
)
