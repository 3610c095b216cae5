"""Anything that may happen, one thing at a time: people in both systems, events, hosts that die, systems that fail, time.

Each happening takes a number that chooses among what is there; one that finds nothing to do does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from azure.core.exceptions import ServiceResponseError

from shared.errors import InDoubt, Transient
from shared.models import LeadState, OpportunityState, ProspectStatus
from shared.policy import AccessModel, Customers, DecisionChannel, Policy
from tests import invariants
from tests.fakes.commerce_records import FakeProspect
from tests.fakes.sales import CANNOT_CONTACT, LOST
from tests.fakes.sales_records import FakeLead, FakeOpportunity
from tests.fakes.watched import WatchedWorld
from tests.fakes.world import POLICY
from tests.proofs.crashes import IN_DOUBT, SYSTEMS, Break, Point, break_at
from tests.proofs.quiet import replay, run_until_quiet

EMAILS = (
    "jo@contoso.example", "ann@fabrikam.example", "kim@northwind.example", "lee@tailspin.example", "max@wingtip.example",
    "Jo@Contoso.example", "",
)  # fmt: skip
JUMPS = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 6, 11, 16, 70, 60 * 26))
DELAYS = (20, 200, 1000)
"""Seconds for which an event is under way."""
MOST_REQUESTS = 4
POLICIES = (
    POLICY,
    replace(POLICY, customers=Customers.COMMERCE),
    replace(POLICY, access_model=AccessModel.CONTACT),
    replace(POLICY, decision_channel=DecisionChannel.MANUAL),
    replace(POLICY, approve_hold=timedelta(minutes=5), reject_hold=timedelta(hours=1)),
)
"""Companies that decided differently."""
DOWN = ("sales.", "commerce.", "tables.", "queues.")

T = TypeVar("T")


class Life:
    """One world in which things happen. `happened` is the list of them, for whoever must understand a failure."""

    def __init__(self, *, hears_commerce: bool, policy: Policy = POLICY) -> None:
        self.world = WatchedWorld(policy, hears_commerce=hears_commerce, legal_entities=("usmf",))
        self.world.commerce.contact_model = policy.access_model is AccessModel.CONTACT
        self.world.reconcile()
        self.happened: list[tuple[str, int]] = []
        self._deleted: list[FakeProspect] = []
        self._lost_leads: list[FakeLead] = []

    def happen(self, name: str, number: int) -> None:
        """Let it happen."""
        self.happened.append((name, number))
        getattr(self, name)(number)

    # ---- people in Commerce

    def a_request_is_submitted(self, number: int) -> None:
        if len(self.world.submitted) < MOST_REQUESTS:
            self.world.commerce.submit(_one(EMAILS, number), f"Company {number % 3}")

    def a_request_is_edited(self, number: int) -> None:
        if row := _one(self._prospects(), number):
            email = _one(EMAILS, number // 7)
            changes: dict[str, Any] = {"email": email} if number % 2 else {"company": f"Company {number}"}
            self.world.commerce.edit(row.key, **changes)

    def a_request_is_deleted(self, number: int) -> None:
        if row := _one(self._prospects(), number):
            self._deleted.append(self.world.commerce.delete(row.key))

    def a_request_is_restored(self, number: int) -> None:
        if self._deleted:
            self.world.commerce.restore(self._deleted.pop(number % len(self._deleted)))

    def a_clerk_approves(self, number: int) -> None:
        if row := _one(self._pending(), number):
            self.world.commerce.clerk_approves(row.key)

    def a_clerk_rejects(self, number: int) -> None:
        if row := _one(self._pending(), number):
            self.world.commerce.clerk_rejects(row.key)

    def a_status_is_set_back(self, number: int) -> None:
        if row := _one([row for row in self._prospects() if row.status != ProspectStatus.PENDING], number):
            self.world.commerce.set_status(row.key, "Pending")

    def a_status_becomes_strange(self, number: int) -> None:
        if row := _one(self._pending(), number):
            self.world.commerce.set_status(row.key, "Unknown")

    # ---- people in Sales

    def a_lead_is_qualified(self, number: int) -> None:
        if lead := _one(self._leads(LeadState.OPEN), number):
            complete = number % 4 != 3
            self.world.sales.qualify(lead, account=complete or number % 8 > 3, contact=complete, opportunity=number % 5 != 4)

    def a_lead_is_disqualified(self, number: int) -> None:
        if lead := _one(self._leads(LeadState.OPEN), number):
            self.world.sales.disqualify(lead, CANNOT_CONTACT if number % 4 == 3 else LOST)

    def a_lead_is_reactivated(self, number: int) -> None:
        if lead := _one([lead for lead in self._leads() if lead.state is not LeadState.OPEN and not lead.merged_into], number):
            self.world.sales.reactivate(lead)

    def a_lead_is_edited(self, number: int) -> None:
        if lead := _one(self._leads(), number):
            self.world.sales.edit(lead, subject=f"Call {number} times")

    def a_lead_is_deleted(self, number: int) -> None:
        if lead := _one(self._leads(), number):
            self.world.sales.delete_lead(lead)
            self._lost_leads.append(lead)

    def a_lead_is_restored(self, number: int) -> None:
        if self._lost_leads:
            self.world.sales.restore_lead(self._lost_leads.pop(number % len(self._lost_leads)))

    def leads_are_merged(self, number: int) -> None:
        leads = self._leads(LeadState.OPEN)
        if len(leads) > 1:
            survivor = leads[(number + 1) % len(leads)]
            self.world.sales.merge(leads[number % len(leads)], survivor)

    def an_opportunity_is_won(self, number: int) -> None:
        if one := _one(self._opportunities(OpportunityState.OPEN), number):
            self.world.sales.win(one)

    def an_opportunity_is_lost(self, number: int) -> None:
        if one := _one(self._opportunities(OpportunityState.OPEN), number):
            self.world.sales.lose(one)

    def an_opportunity_is_reopened(self, number: int) -> None:
        closed = [one for one in self._opportunities() if one.state is not OpportunityState.OPEN]
        if one := _one(closed, number):
            self.world.sales.reopen(one)

    def an_opportunity_is_added(self, number: int) -> None:
        if lead := _one(self._leads(LeadState.QUALIFIED), number):
            self.world.sales.add_opportunity(lead)

    def an_opportunity_is_deleted(self, number: int) -> None:
        if one := _one(self._opportunities(), number):
            self.world.sales.delete_opportunity(one)

    # ---- events and messages

    def an_event_is_lost(self, number: int) -> None:
        if events := self._events():
            events.pop(number % len(events))

    def an_event_is_doubled(self, number: int) -> None:
        if events := self._events():
            events.append(_one(events, number))

    def an_event_overtakes(self, number: int) -> None:
        if events := self._events():
            events.insert(0, events.pop(number % len(events)))

    def an_event_is_late(self, number: int) -> None:
        if events := self._events():
            self.world.queues.send(events.pop(number % len(events)), _one(DELAYS, number))

    def a_message_is_delivered(self, number: int) -> None:
        self.world.hear()
        if visible := self.world.visible():
            self.world.deliver(visible[number % len(visible)])
            self.world.calls.heal()

    def everything_is_delivered(self, number: int) -> None:
        for _ in range(20):
            self.a_message_is_delivered(number)

    # ---- hosts, systems, time

    def the_process_dies(self, number: int) -> None:
        how = Break.DIES_AFTER if number % 2 else Break.DIES_BEFORE
        break_at(self.world, Point(number // 2 % 20, how))
        self.a_message_is_delivered(number)
        self.world.calls.heal()

    def a_call_fails(self, number: int) -> None:
        break_at(self.world, Point(number // 4 % 20, Break.ANSWER_LOST if number % 2 else Break.FAILS_BEFORE))
        self.a_message_is_delivered(number)
        self.world.calls.heal()

    def a_system_is_down_for_a_while(self, number: int) -> None:
        """Several deliveries while every call to it fails."""
        prefix, after = _one(DOWN, number), number % 8 > 5

        def fail(name: str, _: tuple[Any, ...]) -> None:
            if name.startswith(prefix):
                raise _unreachable(name, sent=after)

        self.world.calls.after_call = fail if after else self.world.calls.after_call
        self.world.calls.before_call = self.world.calls.before_call if after else fail
        for _ in range(3):
            if visible := self.world.visible():
                self.world.deliver(visible[number % len(visible)])
                self.world.clock.forward(minutes=1)
        self.world.calls.heal()

    def an_answer_comes_late(self, number: int) -> None:
        self.world.commerce.answer_late = timedelta(seconds=_one((5, 100, 540), number))

    def time_passes(self, number: int) -> None:
        self.world.clock.forward(_one(JUMPS, number))
        self.world.commerce.later.catch_up()
        self.world.tick_due()

    def the_poll_runs(self, number: int) -> None:
        self.world.reconcile()

    def all_comes_to_rest(self, number: int) -> None:
        """And life goes on."""
        self.rest()

    # ---- the end

    def rest(self) -> None:
        """Everything heals and is delivered; what no event told is found by the poll and a replay; then the invariants hold."""
        self.world.calls.heal()
        run_until_quiet(self.world)
        self.world.clock.forward(self.world.policy.look_again)
        self.world.tick_due()
        self.world.settle()
        self._check_what_needs_no_replay()
        replay(self.world)
        invariants.hold(self.world, repr(self.happened))
        self.world.calls.clear()

    def _check_what_needs_no_replay(self) -> None:
        """Nothing is lost that the timers must find by themselves."""
        names = (
            invariants.every_pending_prospect_has_one_lead,
            invariants.nothing_is_in_the_hands_of_the_dead,
            invariants.lists_show_what_the_rows_say,
        )
        broken = [f"{one.__name__}: {where}" for one in names for where in one(self.world)]
        assert not broken, "\n".join([repr(self.happened), *broken])

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

    def _events(self) -> list[Any]:
        return self.world.sales.events if self.world.sales.events else self.world.commerce.events


OFTEN = {
    "a_request_is_submitted": 3,
    "a_lead_is_qualified": 8,
    "an_opportunity_is_won": 6,
    "an_opportunity_is_lost": 3,
    "everything_is_delivered": 14,
    "the_process_dies": 4,
    "a_call_fails": 4,
    "time_passes": 4,
    "the_poll_runs": 2,
}
"""What happens more often than the rest, so that many lives get as far as customers and a decision."""

HAPPENINGS = tuple(
    name
    for name, member in vars(Life).items()
    if callable(member) and not name.startswith("_") and name not in ("happen", "rest")
    for _ in range(OFTEN.get(name, 1))
)
"""The names of everything that may happen, each as often as it should."""


def _one(among: Sequence[T], number: int) -> T:
    """The one that the number chooses; None, which every caller asks about, where there is none."""
    return among[number % len(among)] if among else None  # type: ignore[return-value]


def _unreachable(name: str, *, sent: bool) -> Exception:
    system = SYSTEMS.get(name.partition(".")[0])
    if system is None:
        return ServiceResponseError("no answer")
    return InDoubt(system, "no answer") if sent and name in IN_DOUBT else Transient(system, "bad gateway", status=502)
