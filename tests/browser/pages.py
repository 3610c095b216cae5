"""The pages that are looked at and pictured, by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.commerce.seed import new_world
from sandbox.sales import provisioning, seed
from sandbox.web import running
from tests.browser.story import Story
from tests.integration.pages.people import HeadOffice, SalesDesk


def pages_of(story: Story) -> dict[str, str]:
    """The console's: name -> path below its root; one of each kind, with something on it."""
    keys = {name: f"/onboarding/{key.text}" for name, key in story.keys.items()}
    return {
        "overview": "",
        "attention": "/list/attention",
        "in-progress": "/list/progress",
        "in-sync": "/list/sync",
        "excluded": "/list/excluded",
        "found": "/list/all?text=contoso",
        "nothing-found": "/list/all?text=nobody",
        "contradiction": keys["contradiction"],
        "blocked": keys["blocked"],
        "won": keys["won"],
        "held": keys["held"],
        "failing": keys["failing"],
        "in-its-hold": keys["in its hold"],
        "what-if": f"{keys['missed']}/what-if",
        "permissions": "/me",
        "problem": "/onboarding/usmf.P-999999",
    }


@contextmanager
def sandbox_pages() -> Iterator[dict[str, str]]:
    """The sandbox's, served: name -> address."""
    office, world = HeadOffice(new_world()), seed.new_world()
    approved = office.press_on(office.make_prospect(), "/approve")
    office.make_prospect("B2B-DE", company="Another One")
    provisioning.provision(world)
    seller = SalesDesk(world)
    lead, won = seller.make_lead(), seller.press_on(seller.opportunity(), "/win", reason="3")
    in_commerce = {"site-form": "/site/B2B-US", "prospects": "/prospects", "prospect": approved.address, "jobs": "/jobs"}
    in_sales = {"leads": "/", "lead": lead.address, "opportunity": won.address}
    with running(office.app) as commerce, running(seller.app) as sales:
        pages = {f"commerce-{name}": commerce + path for name, path in in_commerce.items()}
        yield pages | {f"sales-{name}": sales + path for name, path in in_sales.items()}
    office.world.background.close()
