"""Reading $metadata in the documented shape."""

from __future__ import annotations

import pytest

from operations.metadata import parse
from sandbox.commerce.metadata import metadata_document
from sandbox.commerce.seed import new_world

DOCUMENT = b"""<?xml version="1.0"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.Dynamics.DataEntities" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="NoYes"><Member Name="No" Value="0"/><Member Name="Yes" Value="1"/></EnumType>
<EntityType Name="Prospect"><Key><PropertyRef Name="ProspectId"/></Key><Property Name="ProspectId" Type="Edm.String"/>
<NavigationProperty Name="Party" Type="Microsoft.Dynamics.DataEntities.Party"/></EntityType>
<EntityContainer Name="Resources">
<EntitySet Name="Prospects" EntityType="Microsoft.Dynamics.DataEntities.Prospect"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def test_sets_have_properties_and_navigation_properties_and_enums_their_members() -> None:
    found = parse(DOCUMENT)
    assert found.sets == {"Prospects": {"ProspectId", "Party"}}
    assert found.enums == {"NoYes": {"No", "Yes"}}


@pytest.mark.parametrize("name", ["Prospects", "CustomersV3", "CustomerHiearchies"])
def test_the_sandboxs_own_document_is_read(name: str) -> None:
    world = new_world()
    assert set(world.sets[name].properties) <= parse(metadata_document(world)).sets[name]
    world.background.close()
