"""What the sandbox adds beside the documented product, under /sandbox/: webhooks, idleness, settings, provisioning, people."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import flask

from sandbox.sales import provisioning, seed
from sandbox.sales.http import API_ROOT
from sandbox.sales.registration import register_webhooks
from sandbox.sales.store import Reference, Row
from sandbox.sales.webhooks.courier import Courier

if TYPE_CHECKING:
    from sandbox.sales.world import World


def add_controls(app: flask.Flask, world: World, courier: Courier) -> None:
    """Add the /sandbox/ routes (JSON, no token: the server listens on the loopback only)."""
    _add_webhook_controls(app, courier)

    @app.get("/sandbox/idle")
    def idle() -> dict[str, bool]:
        return {"idle": courier.idle()}

    @app.post("/sandbox/register-webhooks")
    def register() -> dict[str, list[str]]:
        given = flask.request.get_json()
        root = f"{flask.request.host_url.rstrip('/')}{API_ROOT}"
        return {"steps": register_webhooks(world, root, given["url"], given["key"])}

    @app.post("/sandbox/provision")
    def provision() -> dict[str, bool]:
        provisioning.provision(world)
        return {"provisioned": True}

    @app.route("/sandbox/settings", methods=["GET", "POST"])
    def settings() -> dict[str, Any]:
        if flask.request.method == "POST":
            set_options(world, flask.request.get_json())
        return asdict(world.options)

    @app.post("/sandbox/users")
    def users() -> dict[str, str]:
        given = flask.request.get_json()
        ids = (given.get("object_id", ""), given.get("application_id", ""))
        with world.lock:
            return {"systemuserid": seed.add_user(world, given["name"], given.get("role", seed.SALESPERSON), *ids)}

    @app.get("/sandbox/state")
    def state() -> dict[str, list[Row]]:
        with world.lock:
            return {name: [_plain(row) for row in world.store.rows(name)] for name in seed.SALES_TABLES}


def set_options(world: World, changes: dict[str, Any]) -> None:
    """Change options of the environment by name; raises KeyError for an unknown one."""
    known = {option.name for option in fields(world.options)}
    with world.lock:
        for name, value in changes.items():
            if name not in known:
                raise KeyError(name)
            setattr(world.options, name, value)
        seed.add_messages(world)


def _add_webhook_controls(app: flask.Flask, courier: Courier) -> None:
    @app.get("/sandbox/webhooks")
    def webhooks() -> dict[str, Any]:
        deliveries = [delivery.as_json() for delivery in courier.deliveries]
        return {"deliveries": deliveries, "paused": courier.paused}

    @app.post("/sandbox/webhooks/<any(pause, resume):what>")
    def control(what: str) -> dict[str, bool]:
        courier.pause(what == "pause")
        return {"paused": courier.paused}


def _plain(row: Row) -> Row:
    return {
        name: {"table": value.table, "id": value.id} if isinstance(value, Reference) else value for name, value in row.items()
    }
