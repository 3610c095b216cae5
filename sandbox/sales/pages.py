"""Sales for people: leads, opportunities, accounts and contacts as a seller has them before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, request, session

from sandbox.pages.look import System, dress
from sandbox.sales import (
    pages_lead_actions,
    pages_leads,
    pages_main,
    pages_opportunities,
    pages_parties,
    pages_switches,
    pages_webhooks,
)
from sandbox.sales.pages_desk import Environment, area, seller, sellers

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug import Response as Answer

    from sandbox.faults import Faults
    from sandbox.sales.webhooks.courier import Courier
    from sandbox.sales.world import World

SALES = System(
    name="Sales",
    theme="sales",
    api="^/api/data/",
    navigation=(
        ("Leads", "leads.overview"),
        ("Opportunities", "opportunities.overview"),
        ("Accounts", "accounts.overview"),
        ("Contacts", "contacts.overview"),
        ("Webhooks and system jobs", "webhooks.overview"),
        ("Switches", "switches.overview"),
    ),
)
_person = area("person")
_AREAS = (
    _person,
    pages_main.pages,
    pages_leads.pages,
    pages_lead_actions.pages,
    pages_opportunities.pages,
    pages_parties.accounts,
    pages_parties.contacts,
    pages_webhooks.pages,
    pages_switches.pages,
)


def add_pages(app: Flask, world: World, courier: Courier, faults: Faults) -> None:
    """Add the pages to the Sales app."""
    app.extensions["sales"] = Environment(world, courier)
    dress(app, SALES, faults)
    for pages in _AREAS:
        app.register_blueprint(pages)
    app.context_processor(lambda: {"seller": seller, "sellers": sellers})


@_person.post("/sign-in")
def sign_in() -> Answer:
    """Go on as somebody else."""
    if request.form.get("seller") in sellers():
        session["seller"] = request.form["seller"]
    return redirect("/", 303)
