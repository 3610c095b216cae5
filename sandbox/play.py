"""Playing the story: the people act as soon as what they need to see is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.people import HeadOffice, SalesDesk
from sandbox.scenario import QUALIFIED, WINNERS, Applicant, Story
from sandbox.stack import Stack
from shared.errors import Transient

PATIENCE = 120.0
"""Seconds, plus a little for each prospect, until something that must come is given up."""
ELDER = "EXISTING-{number}"

Say = Callable[[str], None]


class NotInTime(RuntimeError):
    """Something that had to happen did not."""


@dataclass
class Play:
    """One performance. `keys` tells which prospect an applicant became: (legal entity, prospect id)."""

    stack: Stack
    cast: list[Applicant]
    say: Say
    keys: dict[int, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.office = HeadOffice(self.stack.commerce.url)
        self.desk = SalesDesk(self.stack.sales.url, self.stack.secret)
        self._leads: dict[str, str] = {}

    def run(self) -> None:
        """From the forms on the site to the last decision; raises NotInTime."""
        self._apply()
        self._until_all_have_leads()
        self._judge_leads()
        self._until_customers_exist()
        self._close_opportunities()

    def of(self, *stories: Story) -> list[Applicant]:
        """The applicants with one of these fates."""
        return [applicant for applicant in self.cast if applicant.story in stories]

    # ---- head office

    def _apply(self) -> None:
        self.say(f"{len(self.cast)} visitors ask to become partners")
        for applicant in self.cast:
            self.office.submit_request(applicant.form())
        for applicant in self.of(Story.DUPLICATE_EMAIL):
            self.office.add_customer(applicant.legal_entity, ELDER.format(number=applicant.number), applicant.email)
        self.say("head office runs P-0001 and the synchronize job")
        self.office.run_jobs()
        rows = self.office.state()["Prospects"]
        by_email = {row["PrimaryEmailAddress"]: (row["dataAreaId"], row["ProspectId"]) for row in rows}
        self.keys = {applicant.number: by_email[applicant.email] for applicant in self.cast}

    def _until_all_have_leads(self) -> None:
        self.say("waiting for a lead of each")
        wanted = {f"{entity}.{prospect}" for entity, prospect in self.keys.values()}

        def all_there() -> bool:
            self._leads = self.desk.leads()
            return wanted <= self._leads.keys()

        self.until(all_there, "a lead of each prospect")

    # ---- sales

    def _judge_leads(self) -> None:
        self.say("sellers qualify and disqualify; a clerk is faster with some")
        for applicant in self.cast:
            if applicant.story in QUALIFIED:
                self.desk.qualify(self._lead(applicant))
            elif applicant.story is Story.DISQUALIFIED:
                self.desk.disqualify(self._lead(applicant))
            elif applicant.story is Story.CLERK_FIRST:
                self.office.decide(*self.keys[applicant.number], "approve")

    def _until_customers_exist(self) -> None:
        self.say("waiting for customers of type Organization and Person")
        wanted = {self.keys[applicant.number][1] for applicant in self.cast if applicant.story in WINNERS | {Story.LOST}}

        def all_there() -> bool:
            return wanted <= {row["CustomerAccount"] for row in self.office.state()["CustomersV3"]}

        self.until(all_there, "customers of each qualified prospect")

    def _close_opportunities(self) -> None:
        self.say("sellers close their opportunities")
        for applicant in self.cast:
            if applicant.story in QUALIFIED:
                self._close(applicant)

    def _close(self, applicant: Applicant) -> None:
        lead = self._lead(applicant)
        if applicant.story is Story.WON_OF_SEVERAL:
            self.desk.add_opportunity(lead, f"{applicant.company}: second offer")
        first, *others = self.desk.opportunities(lead)
        if applicant.story is Story.LOST:
            self.desk.lose(first)
            return
        if applicant.story is Story.WON_OF_SEVERAL:
            self.desk.lose(first)
            first = others[0]
        if applicant.story is Story.WON_TOLD_TWICE:
            self.desk.repeat_next_webhook()
        self.desk.win(first)

    def _lead(self, applicant: Applicant) -> str:
        entity, prospect = self.keys[applicant.number]
        return self._leads[f"{entity}.{prospect}"]

    def until(self, happened: Callable[[], bool], what: str, every: float = 0.3) -> None:
        """Ask every so many seconds; raises NotInTime, or ChildDied where one of the processes ended."""
        patience = PATIENCE + len(self.cast) / 2
        end = time.monotonic() + patience
        while not self._happened(happened):
            self.stack.processes.check()
            if time.monotonic() > end:
                raise NotInTime(f"not there after {patience:.0f} s: {what}")
            time.sleep(every)

    @staticmethod
    def _happened(happened: Callable[[], bool]) -> bool:
        """A storage emulator that is too busy to answer has not seen it happen yet."""
        try:
            return happened()
        except Transient:
            return False
