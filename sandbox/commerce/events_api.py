"""The business events workspace as JSON under /sandbox/events: activate, errors, resend, hold back and let go."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, request

from sandbox.commerce.event_delivery import Delivery
from sandbox.commerce.events import Events
from sandbox.commerce.infolog import BadQuery

Json = dict[str, Any]


def events_api(events: Events) -> Blueprint:
    """The blueprint of the endpoints."""
    api = Blueprint("events", __name__, url_prefix="/sandbox/events")

    @api.post("/activate")
    def activate() -> Json:
        body = request.get_json(silent=True) or {}
        if not body.get("url"):
            raise BadQuery("activate needs a kind and a url")
        legal_entities = tuple(body.get("legal_entities", ()))
        return asdict(events.activate(str(body.get("kind", "")), body["url"], legal_entities, request.host_url.rstrip("/")))

    @api.get("/validate/<code>")
    def validate(code: str) -> Json:
        return asdict(events.confirm(code))

    @api.get("")
    def overview() -> Json:
        subscriptions = [asdict(subscription) for subscription in events.subscriptions.values()]
        return {"subscriptions": subscriptions, "deliveries": _shown(events.deliveries), "paused": events.paused}

    @api.get("/errors")
    def errors() -> Json:
        return {"errors": _shown(events.errors())}

    @api.post("/<int:number>/resend")
    def resend(number: int) -> Json:
        return events.resend(number).as_dict()

    @api.post("/pause")
    def pause() -> Json:
        events.paused = True
        return {"paused": True}

    @api.post("/resume")
    def resume() -> Json:
        return {"released": events.resume()}

    return api


def _shown(deliveries: list[Delivery]) -> list[Json]:
    return [delivery.as_dict() for delivery in deliveries]
