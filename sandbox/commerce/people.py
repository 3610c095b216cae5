"""What people and schedules do in head office and on the site, as JSON under /sandbox: not in the documented API, no token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from sandbox.commerce.customers import create_customer
from sandbox.commerce.decisions import approve, reject
from sandbox.commerce.infolog import BadQuery, NotFound
from sandbox.commerce.jobs import run_job
from sandbox.commerce.onboarding_requests import OnboardingForm, submit
from sandbox.commerce.prospects import change_prospect, create_prospect, delete_prospect, get_prospect, rename_prospect
from sandbox.commerce.sign_in import enable_contact, sign_in
from sandbox.commerce.state import whole_state
from sandbox.commerce.validation import check_names
from sandbox.commerce.world import World

Json = dict[str, Any]


def people_api(world: World) -> Blueprint:
    """The blueprint of the endpoints; every operation is one transaction."""
    api = Blueprint("people", __name__, url_prefix="/sandbox")
    _site(api, world)
    _clerk(api, world)
    _records(api, world)
    _environment(api, world)
    return api


def _site(api: Blueprint, world: World) -> None:
    @api.post("/requests")
    def submit_request() -> tuple[Json, int]:
        with world.transaction():
            row = submit(world, OnboardingForm.parse(_body()))
        return {"request_id": row["request_id"], "channel": row["channel"], "legal_entity": row["legal_entity"]}, 201

    @api.post("/jobs/<path:name>")
    def job(name: str) -> Json:
        with world.transaction():
            return run_job(world, name)

    @api.get("/sign-in")
    def judge_sign_in() -> Json:
        with world.transaction():
            return sign_in(world, request.args.get("legal_entity", ""), request.args.get("email", "")).as_dict()


def _clerk(api: Blueprint, world: World) -> None:
    @api.get("/prospects/<legal_entity>/<path:prospect_id>")
    def prospect(legal_entity: str, prospect_id: str) -> Json:
        with world.transaction():
            return get_prospect(world, legal_entity, prospect_id)

    @api.post("/prospects/<legal_entity>")
    def add_prospect(legal_entity: str) -> tuple[Json, int]:
        with world.transaction():
            check_names(world.sets["Prospects"], _body())
            return create_prospect(world, legal_entity, _body()), 201

    @api.post("/prospects/<legal_entity>/<path:prospect_id>/<any(approve, reject):decision>")
    def decide(legal_entity: str, prospect_id: str, decision: str) -> Json:
        with world.transaction():
            return {"approve": approve, "reject": reject}[decision](world, legal_entity, prospect_id)

    @api.patch("/prospects/<legal_entity>/<path:prospect_id>")
    def edit(legal_entity: str, prospect_id: str) -> Json:
        with world.transaction():
            check_names(world.sets["Prospects"], _body())
            return change_prospect(world, get_prospect(world, legal_entity, prospect_id), _body())

    @api.post("/prospects/<legal_entity>/<path:prospect_id>/rename")
    def rename(legal_entity: str, prospect_id: str) -> Json:
        with world.transaction():
            return rename_prospect(world, get_prospect(world, legal_entity, prospect_id), str(_body()["to"]))

    @api.delete("/prospects/<legal_entity>/<path:prospect_id>")
    def delete(legal_entity: str, prospect_id: str) -> Json:
        with world.transaction():
            delete_prospect(world, get_prospect(world, legal_entity, prospect_id))
        return {}


def _records(api: Blueprint, world: World) -> None:
    @api.post("/customers")
    def add_customer() -> tuple[Json, int]:
        with world.transaction():
            return _add_customer(world, _body()), 201

    @api.post("/contacts/<legal_entity>/<path:contact_id>/enable")
    def enable(legal_entity: str, contact_id: str) -> Json:
        with world.transaction():
            return enable_contact(world, legal_entity, contact_id)


def _environment(api: Blueprint, world: World) -> None:
    @api.get("/outbox")
    def outbox() -> Json:
        with world.transaction():
            return {"mails": list(world.outbox)}

    @api.get("/state")
    def state() -> Json:
        with world.transaction():
            return whole_state(world)

    @api.get("/settings")
    def settings() -> Json:
        return world.settings.as_dict()

    @api.post("/settings")
    def change_settings() -> Json:
        with world.transaction():
            world.settings = world.settings.changed(_body())
        return world.settings.as_dict()

    @api.put("/rows/<set_name>")
    def put_row(set_name: str) -> Json:
        with world.transaction():
            return _put_row(world, set_name, _body())

    @api.delete("/rows/<set_name>")
    def delete_row(set_name: str) -> Json:
        with world.transaction():
            world[_known(world, set_name)].delete(_row(world, set_name, _body()))
        return {}

    @api.post("/channel-set-up")
    def channel_set_up() -> Json:
        with world.transaction():
            return _set_up_channels(world, _body())

    @api.get("/idle")
    def idle() -> Json:
        return {"idle": world.background.idle}


def _body() -> Json:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadQuery("the body must be a JSON object")
    return body


def _add_customer(world: World, body: Json) -> Json:
    check_names(world.sets["CustomersV3"], body)
    return create_customer(world, str(body.get("dataAreaId", world.settings.default_company)), body)


def _put_row(world: World, set_name: str, body: Json) -> Json:
    """Set-up work without validation: insert a row of any entity set, or change the one with its key."""
    item = world.sets[_known(world, set_name)]
    check_names(item, body)
    if missing := [name for name in item.keys if name not in body]:
        raise BadQuery(f"the row needs its key: {', '.join(missing)}")
    before = world[set_name].get(*(body[name] for name in item.keys))
    return world.update(set_name, before, **body) if before else world.create(set_name, body)


def _row(world: World, set_name: str, key: Json) -> Json:
    row = world[set_name].get(*(key.get(name, "") for name in world.sets[set_name].keys))
    if row is None:
        raise NotFound(f"there is no such row in {set_name}")
    return row


def _known(world: World, set_name: str) -> str:
    if set_name not in world.sets:
        raise NotFound(f"there is no entity set '{set_name}'")
    return set_name


def _set_up_channels(world: World, body: Json) -> Json:
    """Set-up without an entity of its own: the channels' address books and the notification profiles' lines."""
    world.channel_address_books.update(body.get("address_books", {}))
    world.notification_profiles.update(body.get("notification_profiles", {}))
    return {"address_books": world.channel_address_books, "notification_profiles": world.notification_profiles}
