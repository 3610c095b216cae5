"""The sandbox's short cut, with which its own tests start, makes what `provision sales` makes, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.identity import CLIENT_ID
from sandbox.sales.http import API_ROOT
from sandbox.sales.provisioning import provision
from sandbox.sales.registration import register_webhooks
from sandbox.sales.seed import new_world
from sandbox.sales.world import World
from tests.integration.operations.conftest import Sales


def test_the_short_cut_makes_what_provision_makes(sales: Sales) -> None:
    sales.provision(replace(sales.wanted, application_id=CLIENT_ID))
    world = new_world()
    provision(world)
    register_webhooks(world, f"{sales.url}{API_ROOT}", sales.wanted.webhook_url, sales.wanted.webhook_key)
    assert made_in(world) == made_in(sales.world)


def made_in(world: World) -> dict[str, Any]:
    """All that provisioning adds to a Sales as it comes."""
    lead = world.schema.tables["lead"]
    (user,) = [row for row in world.store.rows("systemuser") if row["applicationid"]]
    (role,) = world.user_roles[user["systemuserid"]]
    return {
        "columns": sorted(
            (each.name, each.schema_name, each.label, each.max_length) for each in lead.columns.values() if each.custom
        ),
        "keys": [(key.name, key.schema_name, key.label, key.columns, key.status) for key in lead.keys],
        "views": [(row["name"], row["fetchxml"], row["layoutxml"]) for row in world.store.rows("savedquery")],
        "user": (user["fullname"], user["applicationid"]),
        "rights": world.role_privileges[role],
        "endpoints": [(row["name"], row["url"], row["authvalue"]) for row in world.store.rows("serviceendpoint")],
        "steps": sorted(_step(world, row) for row in world.store.rows("sdkmessageprocessingstep")),
    }


def _step(world: World, row: dict[str, Any]) -> tuple[Any, ...]:
    settings = tuple(row[name] for name in ("mode", "stage", "rank", "asyncautodelete", "statecode"))
    images = [
        (image["entityalias"], image["imagetype"], image["messagepropertyname"], image["attributes"])
        for image in world.store.rows("sdkmessageprocessingstepimage")
        if image["sdkmessageprocessingstepid"].id == row["sdkmessageprocessingstepid"]
    ]
    return row["name"], row["filteringattributes"] or "", row["sdkmessageid"].id, row["sdkmessagefilterid"].id, settings, images
