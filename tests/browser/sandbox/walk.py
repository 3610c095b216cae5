"""The story walked by hand in three tabs: the site and head office, Sales, the operators' console."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, expect

from sandbox.stack import Stack
from shared.console_words import STAGES
from shared.correlation import Correlation
from shared.models import ProspectKey
from shared.record import Onboarding, Stage
from shared.storage import Storage, StorageSettings

PATIENCE = 60.0
"""Seconds until something that must come is given up."""
VIEW = "All Commerce B2B Leads"

_numbers = itertools.count(1)


@dataclass
class Walk:
    """One company's way. Every step is a click or a text typed in; what must follow by itself is awaited by reloading."""

    stack: Stack
    context: BrowserContext
    company: str = field(default_factory=lambda: f"Wondrous Widgets {next(_numbers)}.")
    _prospect: str = ""
    _onboarding: str = ""

    def __post_init__(self) -> None:
        self.office, self.sales, self.console = (self.context.new_page() for _ in range(3))
        self.records = Correlation(Storage(StorageSettings(self.stack.storage)).tables)
        self.office.goto(f"{self.stack.commerce.url}/")
        self.sales.goto(f"{self.stack.sales.url}/")

    # ---- the site and head office

    def apply(self) -> None:
        """Fill in the American site's form."""
        self.office.get_by_role("link", name="Become a partner at B2B-US").click()
        name = self.company.rstrip(".").replace(" ", ".").lower()
        typed = {"First name": "Zebulon", "Last name": "Quackenbush", "Company": self.company, "E-mail": f"{name}@example.com"}
        typed |= {"Phone": "+1 425 555 0100", "Street": "1 Harbour Street", "City": "Seattle", "Postal code": "98101"}
        for label, text in typed.items():
            self.office.get_by_label(label).fill(text)
        self.office.get_by_role("button", name="Send the request").click()
        expect(self.office.get_by_role("heading", name="Thank you, Zebulon")).to_be_visible()
        self.office.get_by_role("link", name="head office").click()

    def run_job(self, job: str) -> None:
        """Run one of head office's jobs."""
        self._go(self.office, "Jobs")
        self.office.get_by_role("button", name=f"Run {job}").click()
        expect(self.office.get_by_role("status")).to_have_text(f"{job} has run.")

    def open_prospect(self) -> Page:
        """All prospects, then this one; later by its address."""
        if self._prospect:
            self.office.goto(self._prospect)
            return self.office
        self._go(self.office, "All prospects")
        self.office.get_by_role("row").filter(has_text=self.company).get_by_role("link").click()
        expect(self.office.get_by_role("heading", level=1)).to_have_text(self.company)
        self._prospect = self.office.url
        return self.office

    def decide(self, button: str) -> None:
        """Convert > Approve, or Reject."""
        self.open_prospect()
        self.office.get_by_role("button", name="Convert").click()
        self.office.get_by_role("button", name=button).click()
        expect(self.office.get_by_role("status")).to_contain_text("is ")

    def await_prospect(self, status: str) -> Page:
        """This prospect's page, once head office shows that status."""
        page = self.open_prospect()
        self._until(page, lambda: page.locator(".head .badge").inner_text() == status, f"prospect {status}")
        return page

    def mails(self) -> list[str]:
        """What head office mailed the requester."""
        page = self.open_prospect()
        return page.locator("section", has=page.get_by_role("heading", name="Mails")).locator("strong").all_inner_texts()

    # ---- sales

    def await_lead(self) -> Page:
        """The lead's page, once the view of B2B leads lists it."""
        self._go(self.sales, "Leads")
        row = self.sales.get_by_role("group", name=VIEW).get_by_role("row").filter(has_text=self.company)
        self._until(self.sales, lambda: row.count() > 0, "a lead")
        row.get_by_role("link").click()
        return self.sales

    def press(self, button: str, confirm: str = "", **chosen: str) -> None:
        """Press a button of the record that is open in Sales; in its dialog choose what is given, and confirm."""
        self.sales.get_by_role("button", name=button, exact=True).click()
        if not confirm:
            return
        dialog = self.sales.get_by_role("dialog")
        for label, option in chosen.items():
            dialog.get_by_label(label.replace("_", " ")).select_option(option)
        dialog.get_by_role("button", name=confirm).click()
        expect(self.sales.get_by_role("status")).to_be_visible()

    def open_opportunity(self) -> None:
        """From the lead to its opportunity."""
        section = self.sales.locator("section", has=self.sales.get_by_role("heading", name="Opportunities"))
        section.get_by_role("link").first.click()
        expect(self.sales.get_by_role("heading", level=1)).to_contain_text(self.company)

    # ---- the app

    def await_stage(self, stage: Stage) -> Onboarding:
        """The app's record, once the operators' console shows the onboarding at that stage."""
        shown = self.console.locator(".badges .stage")
        self._open_in_console()
        self._until(self.console, lambda: shown.inner_text() == STAGES[stage], f"stage {stage} in the console")
        stored = self.records.load(self._key())
        assert stored is not None
        assert stored.onboarding.stage == stage
        return stored.onboarding

    def _open_in_console(self) -> None:
        """By its name in the list of all onboardings; later by its address."""
        if self._onboarding:
            self.console.goto(self._onboarding)
            return
        self.console.goto(f"{self.stack.host.url}/api/console/list/all")
        self.console.get_by_label("Name or id").fill(self.company)
        self.console.get_by_role("button", name="Filter").click()
        link = self.console.get_by_role("link", name=self.company)
        self._until(self.console, lambda: link.count() > 0, "an onboarding in the console")
        link.click()
        expect(self.console.get_by_role("heading", level=1)).to_have_text(self.company)
        self._onboarding = self.console.url

    def _key(self) -> ProspectKey:
        address = re.search(r"/prospects/([^/]+)/(.+)$", self._prospect or self.open_prospect().url)
        assert address is not None
        return ProspectKey.of(*address.groups())

    # ---- switches

    def start_trouble(self, page: Page, kind: str, times: int | None = None) -> None:
        """The switch for outages of the system that a tab shows."""
        self._go(page, "Switches")
        page.get_by_label("What happens").select_option(kind)
        page.get_by_label("How often at most").fill(str(times or ""))
        page.get_by_role("button", name="Start this trouble").click()
        expect(page.get_by_role("status")).to_have_text("The trouble has started.")

    def await_strike(self, page: Page) -> None:
        """Until the trouble that is on has struck somebody."""
        struck = page.get_by_role("group", name="Troubles that are on").locator("td.number")
        self._until(page, lambda: int(struck.inner_text()) > 0, "a struck request")

    def end_troubles(self, page: Page) -> None:
        """All is well again."""
        self._go(page, "Switches")
        page.get_by_role("button", name="End every trouble").click()
        expect(page.get_by_text("All is well.")).to_be_visible()

    @staticmethod
    def _go(page: Page, tab: str) -> None:
        page.get_by_role("navigation", name="Main").get_by_role("link", name=tab, exact=True).click()

    @staticmethod
    def _until(page: Page, happened: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, f"not there after {PATIENCE:.0f} s: {what}"
            page.wait_for_timeout(300)
            page.goto(page.url)
