"""Customer hierarchies: one per business partner, its people as soft-versioned nodes (docs: partners-customer-hierarchies)."""

from __future__ import annotations

from sandbox.commerce.infolog import Infolog
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World

ADMIN, USER = "Admin", "User"


def hierarchy_of_organization(world: World, party_number: str) -> Row | None:
    """The B2B hierarchy of this organization; hierarchies belong to no legal entity."""
    found = world["CustomerHiearchies"].find(OrganizationPartyNumber=party_number)
    return found[0] if found else None


def live_nodes(world: World, **equal: str) -> list[Row]:
    """The nodes that were not removed; a removed node keeps its row, with the version that removed it."""
    return [node for node in world["CustomerHierarchyNodes"].find(**equal) if node["VersionRemoved"] == 0]


def create_hierarchy(world: World, name: str, organization_party: str) -> Row:
    """A hierarchy named for its organization; raises Infolog where no number sequence is set for its id."""
    if not world["NumberSequencesV2References"].find(DataTypeName="CustHierarchyId"):
        raise Infolog("Error: Number sequence for reference Customer hierarchy ID is not set.")
    identifier = world.next_number("hierarchy", "CH-######")
    row = {
        "CustomerHierarchyId": identifier,
        "Name": name,
        "Purpose": "B2BOrganization",
        "OrganizationPartyNumber": organization_party,
    }
    return world.create("CustomerHiearchies", row | {"CurrentVersion": 1})


def add_node(world: World, hierarchy: Row, party_number: str, role: str) -> Row:
    """The party's live node in the hierarchy: the one it has, else a new one; every new node is a new version."""
    identifier = hierarchy["CustomerHierarchyId"]
    if live := live_nodes(world, CustomerHierarchyId=identifier, NodePartyNumber=party_number):
        return live[0]
    version = hierarchy["CurrentVersion"] + 1 if world["CustomerHierarchyNodes"].find(CustomerHierarchyId=identifier) else 1
    world.update("CustomerHiearchies", hierarchy, CurrentVersion=version)
    node_type = "Contact" if world.settings.access_model == "contact" else "Customer"
    node = {"CustomerHierarchyId": identifier, "NodePartyNumber": party_number, "Role": role, "NodeType": node_type}
    return world.create("CustomerHierarchyNodes", node | {"VersionAdded": version, "VersionRemoved": 0})


def remove_node(world: World, node: Row) -> Row:
    """Mark the node as removed by a new version; the customer behind it stays (docs: manage-b2b-users)."""
    hierarchy = world["CustomerHiearchies"].get(node["CustomerHierarchyId"])
    version = (hierarchy["CurrentVersion"] if hierarchy else 0) + 1
    if hierarchy:
        world.update("CustomerHiearchies", hierarchy, CurrentVersion=version)
    return world.update("CustomerHierarchyNodes", node, VersionRemoved=version)
