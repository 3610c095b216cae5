"""What an operator does with mouse and keyboard."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from shared.models import ProspectKey
from tests.fakes.world import World


@dataclass
class Operator:
    """Somebody at the console. After each click the bridge does what follows from it."""

    page: Page
    url: str
    world: World

    def open(self, path: str = "") -> None:
        """Open a page of the console."""
        answer = self.page.goto(self.url + path)
        assert answer and answer.ok, f"{path}: {answer and answer.status}"

    def look_at(self, key: ProspectKey) -> None:
        """Open an onboarding."""
        self.open(f"/onboarding/{key.text}")

    def press(self, name: str) -> None:
        """Press a button, wait for the page that follows, and let the bridge work."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()
        self.world.settle()

    def write(self, label: str, text: str, within: str = "") -> None:
        """Fill in a field; `within`: of the group with that name."""
        scope = self.page.get_by_role("group", name=within, exact=True) if within else self.page
        scope.get_by_label(label, exact=True).fill(text)

    def says(self) -> str:
        """What the page says was done."""
        return self.page.get_by_role("status").inner_text()

    def text(self) -> str:
        """All that the page shows."""
        return self.page.locator("main").inner_text()
