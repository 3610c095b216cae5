"""What people may do at any time: clerks in Commerce, sellers in Sales, operators at the console.

Each happening takes a number that chooses among what is there; one that finds nothing to do does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

from shared.errors import BridgeError
from shared.models import LeadState, OpportunityState, ProspectStatus
from shared.operating import By, Desk, assign, close, hold, look_again, note, release, settle
from shared.record import Cause, Onboarding
from shared.rulings import choices
from tests.fakes.commerce_records import FakeProspect
from tests.fakes.sales import CANNOT_CONTACT, LOST
from tests.fakes.sales_records import FakeLead, FakeOpportunity
from tests.fakes.watched import WatchedWorld
from tests.invariants import onboardings

EMAILS = (
    "jo@contoso.example", "ann@fabrikam.example", "kim@northwind.example", "lee@tailspin.example", "max@wingtip.example",
    "Jo@Contoso.example", "",
)  # fmt: skip
MOST_REQUESTS = 4
OPERATOR = By("8a5b", "203.0.113.7")

T = TypeVar("T")


class People:
    """Everybody who acts on one world."""

    def __init__(self, world: WatchedWorld) -> None:
        self.world = world
        self._deleted: list[FakeProspect] = []
        self._lost_leads: list[FakeLead] = []

    # ---- people in Commerce

    def a_request_is_submitted(self, number: int) -> None:
        if len(self.world.submitted) < MOST_REQUESTS:
            self.world.commerce.submit(chosen(EMAILS, number), f"Company {number % 3}")

    def a_request_is_edited(self, number: int) -> None:
        if row := chosen(self._prospects(), number):
            email = chosen(EMAILS, number // 7)
            changes: dict[str, Any] = {"email": email} if number % 2 else {"company": f"Company {number}"}
            self.world.commerce.edit(row.key, **changes)

    def a_request_is_deleted(self, number: int) -> None:
        if row := chosen(self._prospects(), number):
            self._deleted.append(self.world.commerce.delete(row.key))

    def a_request_is_restored(self, number: int) -> None:
        if self._deleted:
            self.world.commerce.restore(self._deleted.pop(number % len(self._deleted)))

    def a_clerk_approves(self, number: int) -> None:
        if row := chosen(self._pending(), number):
            self.world.commerce.clerk_approves(row.key)

    def a_clerk_rejects(self, number: int) -> None:
        if row := chosen(self._pending(), number):
            self.world.commerce.clerk_rejects(row.key)

    def a_status_is_set_back(self, number: int) -> None:
        if row := chosen([row for row in self._prospects() if row.status != ProspectStatus.PENDING], number):
            self.world.commerce.set_status(row.key, "Pending")

    def a_status_becomes_strange(self, number: int) -> None:
        if row := chosen(self._pending(), number):
            self.world.commerce.set_status(row.key, "Unknown")

    # ---- people in Sales

    def a_lead_is_qualified(self, number: int) -> None:
        if lead := chosen(self._leads(LeadState.OPEN), number):
            complete = number % 4 != 3
            self.world.sales.qualify(lead, account=complete or number % 8 > 3, contact=complete, opportunity=number % 5 != 4)

    def a_lead_is_disqualified(self, number: int) -> None:
        if lead := chosen(self._leads(LeadState.OPEN), number):
            self.world.sales.disqualify(lead, CANNOT_CONTACT if number % 4 == 3 else LOST)

    def a_lead_is_reactivated(self, number: int) -> None:
        if lead := chosen([lead for lead in self._leads() if lead.state is not LeadState.OPEN and not lead.merged_into], number):
            self.world.sales.reactivate(lead)

    def a_lead_is_edited(self, number: int) -> None:
        if lead := chosen(self._leads(), number):
            self.world.sales.edit(lead, subject=f"Call {number} times")

    def a_lead_is_deleted(self, number: int) -> None:
        if lead := chosen(self._leads(), number):
            self.world.sales.delete_lead(lead)
            self._lost_leads.append(lead)

    def a_lead_is_restored(self, number: int) -> None:
        lost = [lead for lead in self._lost_leads if lead.key and not self.world.sales.records.by_key(lead.key)]
        if lead := chosen(lost, number):
            self._lost_leads.remove(lead)
            self.world.sales.restore_lead(lead)

    def leads_are_merged(self, number: int) -> None:
        leads = self._leads(LeadState.OPEN)
        if len(leads) > 1:
            survivor = leads[(number + 1) % len(leads)]
            self.world.sales.merge(leads[number % len(leads)], survivor)

    def an_opportunity_is_won(self, number: int) -> None:
        if one := chosen(self._opportunities(OpportunityState.OPEN), number):
            self.world.sales.win(one)

    def an_opportunity_is_lost(self, number: int) -> None:
        if one := chosen(self._opportunities(OpportunityState.OPEN), number):
            self.world.sales.lose(one)

    def an_opportunity_is_reopened(self, number: int) -> None:
        closed = [one for one in self._opportunities() if one.state is not OpportunityState.OPEN]
        if one := chosen(closed, number):
            self.world.sales.reopen(one)

    def an_opportunity_is_added(self, number: int) -> None:
        if lead := chosen(self._leads(LeadState.QUALIFIED), number):
            self.world.sales.add_opportunity(lead)

    def an_opportunity_is_deleted(self, number: int) -> None:
        if one := chosen(self._opportunities(), number):
            self.world.sales.delete_opportunity(one)

    # ---- operators

    def an_operator_looks_again(self, number: int) -> None:
        if known := chosen(onboardings(self.world), number):
            with suppress(BridgeError):
                look_again(self._desk(), known.key, OPERATOR)

    def an_operator_writes(self, number: int) -> None:
        """A note, or whose it is: neither has anything to do with either system."""
        if known := chosen(onboardings(self.world), number):
            with suppress(BridgeError):
                if number % 2:
                    note(self._desk(), known.key, OPERATOR, f"call {number}")
                else:
                    assign(self._desk(), known.key, OPERATOR, "77aa")

    def an_operator_holds(self, number: int) -> None:
        if known := chosen(onboardings(self.world), number):
            with suppress(BridgeError):
                hold(self._desk(), known.key, OPERATOR, "asking head office")

    def an_operator_releases(self, number: int) -> None:
        if known := chosen([known for known in onboardings(self.world) if known.held_by], number):
            with suppress(BridgeError):
                release(self._desk(), known.key, OPERATOR)

    def an_operator_closes(self, number: int) -> None:
        if known := chosen(self._with_attentions(), number):
            with suppress(BridgeError):
                close(self._desk(), known.key, OPERATOR, "known", chosen(known.attentions, number // 5).cause)

    def an_operator_settles(self, number: int) -> None:
        if option := chosen(self._choices(), number):
            known, cause, choice = option
            with suppress(BridgeError):
                settle(self._desk(), known.key, OPERATOR, cause, choice, "agreed")
                self.world.choose(known.key, cause, choice)

    def _desk(self) -> Desk:
        return Desk(self.world.correlation, self.world.queues, self.world.clock, self.world.bridge.timing)

    def _choices(self) -> list[tuple[Onboarding, Cause, str]]:
        known = self._with_attentions()
        return [(one, cause, choice) for one in known for cause, offered in choices(one).items() for choice in offered]

    def _with_attentions(self) -> list[Onboarding]:
        return [known for known in onboardings(self.world) if known.attentions]

    # ---- what is there

    def _prospects(self) -> list[FakeProspect]:
        return list(self.world.commerce.records.prospects.values())

    def _pending(self) -> list[FakeProspect]:
        return [row for row in self._prospects() if row.status == ProspectStatus.PENDING]

    def _leads(self, state: LeadState | None = None) -> list[FakeLead]:
        leads = self.world.sales.records.leads.values()
        return [lead for lead in leads if lead.key and (state is None or lead.state is state)]

    def _opportunities(self, state: OpportunityState | None = None) -> list[FakeOpportunity]:
        rows = self.world.sales.records.opportunities.values()
        return [one for one in rows if one.lead_id and (state is None or one.state is state)]


def chosen(among: Sequence[T], number: int) -> T:
    """The one that the number chooses; None, which every caller asks about, where there is none."""
    return among[number % len(among)] if among else None  # type: ignore[return-value]
