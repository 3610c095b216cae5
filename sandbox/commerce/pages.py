"""Commerce for people: the B2B sites and head office as pages. They call the operations that the HTTP API calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.commerce import (
    pages_customers,
    pages_events,
    pages_hierarchies,
    pages_jobs,
    pages_mails,
    pages_prospects,
    pages_sign_in,
    pages_site,
    pages_switches,
)
from sandbox.commerce.pages_environment import Environment
from sandbox.pages.look import System, dress

if TYPE_CHECKING:
    from flask import Flask

    from sandbox.commerce.events import Events
    from sandbox.commerce.world import World
    from sandbox.faults import Faults

COMMERCE = System(
    name="Commerce headquarters",
    theme="commerce",
    api="^/(data|api)/",
    navigation=(
        ("Overview", "site.start"),
        ("Jobs", "jobs.overview"),
        ("All prospects", "prospects.overview"),
        ("Customers", "customers.overview"),
        ("Hierarchies", "hierarchies.overview"),
        ("Mails", "mails.outbox"),
        ("Sign-in", "sign_in.overview"),
        ("Business events", "business_events.overview"),
        ("Switches", "switches.overview"),
    ),
)
_AREAS = (
    pages_site.pages,
    pages_jobs.pages,
    pages_prospects.pages,
    pages_customers.pages,
    pages_hierarchies.pages,
    pages_mails.pages,
    pages_sign_in.pages,
    pages_events.pages,
    pages_switches.pages,
)


def add_pages(app: Flask, world: World, events: Events, faults: Faults) -> None:
    """Add the pages to the Commerce app."""
    app.extensions["commerce"] = Environment(world, events)
    dress(app, COMMERCE, faults)
    for pages in _AREAS:
        app.register_blueprint(pages)
