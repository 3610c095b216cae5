"""Visitors of each system's pages, and what they fill in."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.commerce.app import create_app as commerce_app
from sandbox.commerce.world import World as CommerceWorld
from sandbox.sales.app import create_app as sales_app
from sandbox.sales.world import World as SalesWorld
from tests.integration.pages.visitor import Page, Visitor

FORM = {
    "first_name": "Zebulon",
    "last_name": "Quackenbush",
    "company": "Wondrous Widgets",
    "email": "zebulon@example.com",
    "phone": "+1 425 555 0100",
    "street": "1 Harbour Street",
    "city": "Seattle",
    "zip_code": "98101",
    "country": "USA",
    "comments": "We would like to order on account.",
}
LEAD = {"subject": "Wants widgets", "firstname": "Ada", "lastname": "Byron", "companyname": "Engines"}


@dataclass
class HeadOffice(Visitor):
    """A visitor of the Commerce pages."""

    world: CommerceWorld

    def __post_init__(self) -> None:
        super().__init__(commerce_app(self.world, "a secret"))

    def apply(self, channel: str = "B2B-US", **changes: str) -> Page:
        """Fill in a site's form; the page that thanks."""
        return self.press(f"/site/{channel}", **(FORM | changes))

    def make_prospect(self, channel: str = "B2B-US", **changes: str) -> Page:
        """Fill in the form and run both jobs; the new prospect's page."""
        self.apply(channel, **changes)
        self.press("/jobs/P-0001")
        jobs = self.press("/jobs/synchronize")
        newest = list(self.world["Prospects"])[-1]
        address = f"/prospects/{newest['dataAreaId']}/{newest['ProspectId']}"
        assert address in jobs.links
        return self.open(address)


@dataclass
class SalesDesk(Visitor):
    """A visitor of the Sales pages."""

    world: SalesWorld

    def __post_init__(self) -> None:
        super().__init__(sales_app(self.world, "a secret"))

    def make_lead(self, **changes: str) -> Page:
        """A lead of the seller's own; its page."""
        return self.press("/leads/new", **(LEAD | changes))

    def qualified(self) -> Page:
        """The page of a lead that was just qualified, with account, contact and opportunity."""
        return self.press_on(self.make_lead(), "/qualify", account="on", contact="on", opportunity="on")

    def opportunity(self) -> Page:
        """The page of an open opportunity."""
        (address,) = (link for link in self.qualified().links if link.startswith("/opportunities/"))
        return self.open(address)
