"""The Flask app of the Commerce sandbox, made for a world."""

from __future__ import annotations

from flask import Flask

from sandbox.commerce.api import data_api
from sandbox.commerce.error_bodies import fault_body
from sandbox.commerce.events import Events
from sandbox.commerce.events_api import events_api
from sandbox.commerce.infolog import BadQuery, CommerceError, NotFound
from sandbox.commerce.pages import add_pages
from sandbox.commerce.people import people_api
from sandbox.commerce.world import World
from sandbox.faults import add_faults
from sandbox.web import count_requests

_STATUS: dict[type[CommerceError], int] = {NotFound: 404, BadQuery: 400}


def create_app(world: World, secret: str) -> Flask:
    """The documented surface at /data and /api, what people do at /sandbox; tokens are checked against `secret`."""
    app = Flask("sandbox.commerce")
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    count_requests(app)
    faults = add_faults(app, fault_body)
    events = Events(world, faults)
    app.register_blueprint(data_api(world, secret, faults))
    app.register_blueprint(people_api(world))
    app.register_blueprint(events_api(events))
    add_pages(app, world, events, faults)

    @app.errorhandler(CommerceError)
    def refused(error: CommerceError) -> tuple[dict[str, str], int]:
        return {"error": str(error)}, _STATUS.get(type(error), 422)

    return app
