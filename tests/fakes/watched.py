"""The world with a ledger, and with hosts whose timers and receivers may die too."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.breaker import Breaker, Breakers
from shared.errors import BridgeError, Missing, Outdated, Refused, System, Transient
from shared.findings import email_is_usable
from shared.models import CommerceView, Customer, Hint, LeadState, Prospect, ProspectKey
from shared.ports import CustomerDraft, Question
from shared.record import Cause, Verdict
from shared.rulings import ACCEPT, APPROVE
from tests.fakes.commerce import FakeCommerce
from tests.fakes.commerce_records import FakeCustomer, FakeProspect
from tests.fakes.guarded import Behind
from tests.fakes.ledger import BRIDGE, PEOPLE, CustomerMade, Ledger, StatusWrite
from tests.fakes.sales import FakeSales
from tests.fakes.sales_records import FakeLead, FakeOpportunity
from tests.fakes.verdicts import own_accounts, verdict_of
from tests.fakes.world import Crashed, World

MINUTE = timedelta(minutes=1)
MOST_HAPPENINGS = 1_000
LONGEST_SETTLE = timedelta(minutes=90)


class WatchedWorld(World):
    """`ledger` knows what happened. `races`: people act while handlers run, so that no moment can be judged by what they see."""

    ledger: Ledger
    submitted: list[ProspectKey]
    races = False
    unheard: frozenset[Cause] = frozenset()
    """Attentions that no event tells; they open at the next look for another reason."""
    clocks_apart = timedelta(0)
    """How far the instances' clocks are apart: what they do on time may be so much early."""

    def _assemble(self) -> None:
        self.ledger, self.submitted = Ledger(), []
        self.sales = WatchedSales(self)
        self.commerce = WatchedCommerce(self)
        super()._assemble()
        self._put_breakers()

    def _put_breakers(self) -> None:
        """As services does: each system behind its breaker, in handlers and timers."""
        watch = self.reconciler.watch
        sales, commerce = (Breaker(system, watch, self.clock) for system in (System.SALES, System.COMMERCE))  # type: ignore[arg-type]
        both = Breakers(sales, commerce)
        ports: dict[str, Any] = {"sales": Behind(self.sales, sales), "commerce": Behind(self.commerce, commerce)}
        self.bridge = replace(self.bridge, closed_for=both.closed_for, **ports)
        self.handler = replace(self.handler, bridge=self.bridge)
        self.reconciler = replace(self.reconciler, room=both.room, **ports)

    def choose(self, key: ProspectKey, cause: Cause, choice: str) -> None:
        """An operator chose about an attention: what the choice allows is right from now on."""
        if choice in (APPROVE, ACCEPT):
            self.ledger.chosen.add((key, cause))
        if choice == APPROVE:
            self.ledger.verdicts.setdefault((key, Verdict.APPROVE), self.clock())

    def send(self, hint: Hint) -> None:
        """An event whose receiver dies, or cannot enqueue it, is lost: nobody sends it again."""
        with suppress(Crashed, BridgeError):
            super().send(hint)

    def settle(self, within: timedelta = timedelta(minutes=45), shuffle: random.Random | None = None) -> None:
        """Run on until nothing happens within that time; cases that are looked at every hour do not keep it going for ever."""
        until = self.clock() + LONGEST_SETTLE
        for _ in range(MOST_HAPPENINGS):
            self.deliver_all(shuffle)
            following = self.next_happening()
            if following is None or following > min(self.clock() + within, until):
                return
            self.clock.to(following)
            self.commerce.later.catch_up()
            if self._due_at(self.clock()):
                self.tick_due()
        raise AssertionError("never quiet")

    def tick_due(self) -> int:
        """The one-minute timer. Where it dies, or another's lease is in the way, the next one comes a minute later."""
        with suppress(Crashed, BridgeError):
            if sent := super().tick_due():
                return sent
        self.clock.forward(MINUTE)
        return 0

    def reconcile(self) -> dict[str, int]:
        """The poll's timer, which may die."""
        with suppress(Crashed, BridgeError):
            return super().reconcile()
        return {}


class WatchedSales(FakeSales):
    """FakeSales that keeps the ledger."""

    def __init__(self, world: WatchedWorld) -> None:
        super().__init__(world.clock, world.calls)
        self._world, self._ledger = world, world.ledger
        self.records.leads = _Leads(world.ledger)

    def edit(self, lead: FakeLead, **fields: object) -> None:
        super().edit(lead, **fields)
        self._ledger.edits.update({(lead.id, name): value for name, value in fields.items()})

    def delete_lead(self, lead: FakeLead) -> None:
        super().delete_lead(lead)
        self._ledger.deleted_leads.add(lead.id)
        self._ledger.edits = {name: value for name, value in self._ledger.edits.items() if name[0] != lead.id}
        known = self._world.find(lead.key) if lead.key else None
        if known and not known.lead_id:  # its maker died before recording it: who comes next cannot know that it was there
            self._ledger.leads_made[lead.id] -= 1

    def restore_lead(self, lead: FakeLead) -> None:
        super().restore_lead(lead)
        self._ledger.deleted_leads.discard(lead.id)
        self._ledger.leads_made[lead.id] -= 1

    def _tell_lead(self, lead: FakeLead, source: str, state: str | None) -> None:
        super()._tell_lead(lead, source, state)
        self._see(lead)

    def _tell_opportunity(self, opportunity: FakeOpportunity, source: str, state: str = "") -> None:
        super()._tell_opportunity(opportunity, source, state)
        if lead := self.records.leads.get(opportunity.lead_id):
            self._see(lead)

    def _see(self, lead: FakeLead) -> None:
        """What the ledger remembers of a change: that it was qualified, and which verdict it shows from now on."""
        if lead.state is LeadState.QUALIFIED and lead.key:
            self._ledger.qualified.add(lead.key)
        for key in self._world.submitted:
            for verdict in Verdict:
                self._see_verdict(key, verdict)

    def _see_verdict(self, key: ProspectKey, verdict: Verdict) -> None:
        """A verdict that comes back begins anew where the bridge saw that it was gone; a moment that nobody saw is none."""
        ledger, now, there = self._ledger, self.clock(), (key, verdict)
        if verdict_of(self, key) is not verdict:
            if there in ledger.verdicts:
                ledger.left.setdefault(there, now)
            return
        left, known = ledger.left.pop(there, None), self._world.find(key)
        if left and known and known.observed_at and known.observed_at > left + self._world.clocks_apart:
            ledger.verdicts[there] = now
        ledger.verdicts.setdefault(there, now)


class _Leads(dict[str, FakeLead]):
    """Leads by id; counts how often each was created."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def __setitem__(self, lead_id: str, lead: FakeLead) -> None:
        self._ledger.leads_made[lead_id] += 1
        super().__setitem__(lead_id, lead)


class WatchedCommerce(FakeCommerce):
    """FakeCommerce that keeps the ledger. `honours_if_match` False: the status is written whatever ETag comes with it."""

    def __init__(self, world: WatchedWorld) -> None:
        super().__init__(world.clock, world.calls)
        self.decided_by_clerks = world.commerce.decided_by_clerks
        self.honours_if_match = True
        self._world, self._ledger, self._by = world, world.ledger, PEOPLE

    # ---- the port

    def write_decision(self, prospect: Prospect, verdict: Verdict, question: Question) -> CommerceView:
        self._judge(prospect.key, verdict)
        before, self._ledger.sent[prospect.key] = self._ledger.sent.get(prospect.key), self.clock()
        try:
            return super().write_decision(prospect, verdict, question)
        except (Outdated, Refused, Missing, Transient):
            self._unsent(prospect.key, before)
            raise

    def create_customers(self, drafts: Sequence[CustomerDraft]) -> tuple[Customer, ...]:
        for key in {self._owner(draft) for draft in drafts}:
            self._ledger.wrong += [f"customers of {key.text}: {reason}" for reason in self._in_the_way(key, qualified=False)]
        return super().create_customers(drafts)

    def carry_out(self, prospect: Prospect, verdict: Verdict) -> None:
        """A decision that was sent long ago, by whoever is gone; what is in its way, nobody is told."""
        with suppress(Outdated, Refused, Missing):
            self._decide(prospect, verdict)

    # ---- what people do

    def submit(self, email: str = "jo@contoso.example", *further: str, **form: object) -> ProspectKey:  # type: ignore[override]
        """With names that occur nowhere else."""
        form = {"first_name": "Johannaxq", "last_name": "Doevanderqx"} | form
        self._ledger.personal |= {str(form["first_name"]), str(form["last_name"]), email} - {""}
        self._world.submitted.append(key := super().submit(email, *further, **form))  # type: ignore[arg-type]
        return key

    def edit(self, key: ProspectKey, *, email: str | None = None, **changes: object) -> None:
        self._ledger.personal |= {email} if email else set()
        super().edit(key, email=email, **changes)

    # ---- effects

    def _decide(self, prospect: Prospect, verdict: Verdict) -> None:
        row = self.records.prospects.get(prospect.key)
        if row and not self.honours_if_match:
            prospect = replace(prospect, etag=row.etag)
        self._by = BRIDGE
        try:
            super()._decide(prospect, verdict)
        finally:
            self._by = PEOPLE

    def _set_status(self, row: FakeProspect, status: str) -> None:
        self._ledger.status_writes.append(StatusWrite(row.key, self._by, row.status, status, self.clock()))
        super()._set_status(row, status)

    def set_status(self, key: ProspectKey, status: str) -> None:
        before = self.records.prospects[key].status
        self._ledger.status_writes.append(StatusWrite(key, PEOPLE, before, status, self.clock()))
        super().set_status(key, status)

    def _effects(self, row: FakeProspect, status: str) -> None:
        before = set(self.records.customers)
        super()._effects(row, status)
        self._note_customers(row.key, [self.records.customers[name] for name in self.records.customers.keys() - before], PEOPLE)

    def _create(self, drafts: Sequence[CustomerDraft]) -> list[FakeCustomer]:
        made = super()._create(drafts)
        for draft, row in zip(drafts, made, strict=True):
            self._note_customers(self._owner(draft), [row], BRIDGE)
        return made

    # ---- the ledger

    def _note_customers(self, key: ProspectKey, rows: Sequence[FakeCustomer], by: str) -> None:
        self._ledger.customers += [CustomerMade(key, row.account, row.party.type, by) for row in rows]

    def _owner(self, draft: CustomerDraft) -> ProspectKey:
        """Whose customer it is to be: accounts follow from the prospect's key."""
        keys = (key for key in self._world.submitted if key.legal_entity == draft.legal_entity.lower())
        return next(key for key in keys if draft.account in own_accounts(key))

    def _unsent(self, key: ProspectKey, before: datetime | None) -> None:
        """Commerce said for certain that nothing was written."""
        del self._ledger.sent[key]
        if before:
            self._ledger.sent[key] = before

    # ---- what is wrong at this moment, by the documents alone

    def _judge(self, key: ProspectKey, verdict: Verdict) -> None:
        now, policy = self.clock() + self._world.clocks_apart, self._world.policy
        sent = self._ledger.sent.get(key)
        wrong = [] if sent is None or now >= sent + policy.settle else ["sent again before the first one's outcome was settled"]
        if not self._world.races:
            hold = policy.approve_hold if verdict is Verdict.APPROVE else policy.reject_hold
            shown = self._ledger.verdicts.get((key, verdict))
            wrong += [] if self._is_meant(key, verdict) else ["not what Sales shows"]
            wrong += [] if shown and now >= shown + hold else ["sent before its hold was over"]
            wrong += self._in_the_way(key, qualified=True) if verdict is Verdict.APPROVE else []
            wrong += ["an operator holds it"] if self._world.onboarding(key).held_by else []
        self._ledger.wrong += [f"{verdict} of {key.text}: {reason}" for reason in wrong]

    def _is_meant(self, key: ProspectKey, verdict: Verdict) -> bool:
        """Whether Sales shows the verdict, or an operator chose it."""
        asked = verdict is Verdict.APPROVE and (key, Cause.NO_OPPORTUNITY) in self._ledger.chosen
        return asked or verdict_of(self._world.sales, key) is verdict

    def _in_the_way(self, key: ProspectKey, *, qualified: bool) -> list[str]:
        """Why this request's customers may not be made, and it may not be approved."""
        row = self.records.prospects.get(key)
        if row is None or self._world.races:
            return []
        email = row.party.email.strip().casefold()
        found = [] if qualified or key in self._ledger.qualified else ["its lead was never qualified"]
        found += [] if email_is_usable(email) else ["no usable e-mail address"]
        accepted = {cause for chosen, cause in self._ledger.chosen if chosen == key}
        if Cause.DUPLICATE_EMAIL not in accepted and self._others_with(row, email):
            found.append("another customer has its e-mail address")
        if Cause.DUPLICATE_REQUEST not in accepted and self.records.same_email_prospects(key, frozenset({email})):
            found.append("another pending request has its e-mail address")
        return found

    def _others_with(self, prospect: FakeProspect, email: str) -> bool:
        area, own = prospect.key.legal_entity, own_accounts(prospect.key)
        rows = (row for (legal_entity, _), row in self.records.customers.items() if legal_entity == area)
        return any(
            row.party.email.casefold() == email and row.party is not prospect.party and row.account not in own for row in rows
        )
