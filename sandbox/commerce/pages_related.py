"""What belongs together in head office: a prospect's customers, hierarchies and mails. Reads only, inside a transaction."""

from __future__ import annotations

from typing import Any

from sandbox.commerce.customers import customers_of_party
from sandbox.commerce.hierarchies import hierarchy_of_organization, live_nodes
from sandbox.commerce.parties import party_details
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World


def customers_of_prospect(world: World, prospect: Row) -> list[Row]:
    """The customers on the prospect's party or number, those that pay for them or for whom they pay, their organizations."""
    company = prospect["dataAreaId"]
    own = customers_of_party(world, company, prospect["ProspectPartyNumber"])
    own += world["CustomersV3"].find(dataAreaId=company, CustomerAccount=prospect["ProspectId"])
    accounts = {row["CustomerAccount"] for row in own} | {row["InvoiceAccount"] for row in own} - {""}
    found = [row for account in accounts if (row := world["CustomersV3"].get(company, account))]
    found += [row for account in accounts for row in world["CustomersV3"].find(dataAreaId=company, InvoiceAccount=account)]
    for hierarchy in hierarchies_of(world, own):
        found += customers_of_party(world, company, hierarchy["OrganizationPartyNumber"])
    return sorted({row["CustomerAccount"]: row for row in found}.values(), key=lambda row: str(row["PartyType"]))


def hierarchies_of(world: World, customers: list[Row]) -> list[Row]:
    """The hierarchies that these customers head, or are in."""
    headed = [hierarchy_of_organization(world, row["PartyNumber"]) for row in customers]
    nodes = [node for row in customers for node in live_nodes(world, NodePartyNumber=row["PartyNumber"])]
    joined = [world["CustomerHiearchies"].get(node["CustomerHierarchyId"]) for node in nodes]
    return list({row["CustomerHierarchyId"]: row for row in (*headed, *joined) if row}.values())


def mails_about(world: World, prospect: Row) -> list[dict[str, Any]]:
    """The mails that head office sent about this prospect, newest first."""
    key = (prospect["dataAreaId"], prospect["ProspectId"])
    return [mail for mail in reversed(world.outbox) if (mail["legal_entity"], mail["prospect"]) == key]


def name_of_party(world: World, number: str) -> str:
    """What a party is called; its number where it has no name."""
    details = party_details(world, number)
    person = f"{details.get('PersonFirstName', '')} {details.get('PersonLastName', '')}".strip()
    return str(details.get("OrganizationName") or person or number)
