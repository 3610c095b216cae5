"""Customer hierarchies with their nodes, and the contacts that may sign in where the contact model is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, url_for

from sandbox.commerce.hierarchies import remove_node
from sandbox.commerce.infolog import NotFound
from sandbox.commerce.pages_environment import area, change, here
from sandbox.commerce.pages_related import name_of_party
from sandbox.commerce.sign_in import enable_contact
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World
from sandbox.pages.paging import page_of

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("hierarchies")


@pages.get("/hierarchies")
def overview() -> str:
    """Every hierarchy with its nodes, newest first."""
    world = here().world
    with world.transaction():
        found = page_of([_hierarchy(world, row) for row in world["CustomerHiearchies"]][::-1])
        contacts = list(world["ContactPersons"])
    return render_template("commerce/hierarchies.html", found=found, contacts=contacts)


@pages.get("/hierarchies/<hierarchy_id>")
def show(hierarchy_id: str) -> str:
    """One hierarchy."""
    world = here().world
    with world.transaction():
        row = world["CustomerHiearchies"].get(hierarchy_id)
        if row is None:
            raise NotFound(f"there is no hierarchy '{hierarchy_id}'")
        hierarchy = _hierarchy(world, row)
    return render_template("commerce/hierarchy.html", hierarchy=hierarchy)


@pages.post("/hierarchies/<hierarchy_id>/nodes/<party>/remove")
def remove(hierarchy_id: str, party: str) -> Answer:
    """Take somebody out of a hierarchy; the row stays, with the version that removed it."""
    return change(
        lambda world: remove_node(world, _node(world, hierarchy_id, party)),
        f"Party {party} is removed from {hierarchy_id}.",
        url_for("hierarchies.show", hierarchy_id=hierarchy_id),
    )


@pages.post("/contacts/<legal_entity>/<contact_id>/enable")
def enable(legal_entity: str, contact_id: str) -> Answer:
    """Enable a contact, so that it may sign in."""
    done = f"{contact_id} is enabled."
    return change(lambda world: enable_contact(world, legal_entity, contact_id), done, url_for("hierarchies.overview"))


def _hierarchy(world: World, row: Row) -> dict[str, Any]:
    nodes = world["CustomerHierarchyNodes"].find(CustomerHierarchyId=row["CustomerHierarchyId"])
    named = [{"row": node, "name": name_of_party(world, node["NodePartyNumber"])} for node in nodes]
    return {"row": row, "organization": name_of_party(world, row["OrganizationPartyNumber"]), "nodes": named}


def _node(world: World, hierarchy_id: str, party: str) -> Row:
    node = world["CustomerHierarchyNodes"].get(hierarchy_id, party)
    if node is None:
        raise NotFound(f"party {party} is not in '{hierarchy_id}'")
    return node
