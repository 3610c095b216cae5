"""Carrying out what a plan asks for. Each action is idempotent by a business key, and behind the claim's fence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared import telemetry
from shared.bridge import Bridge
from shared.decisions import Act, Plan
from shared.errors import InDoubt, Missing, Refused, Transient
from shared.models import CommerceView, Lead, LeadState, Observation, Prospect, SalesView
from shared.notes import note
from shared.observing import look_closer, observe, question, with_channel
from shared.policy import AccessModel
from shared.ports import CustomerDraft
from shared.progress import sent, with_made
from shared.record import HistoryEntry, Onboarding, Verdict


@dataclass(frozen=True)
class Round:
    """Where a convergence stands between two actions."""

    seen: Observation
    known: Onboarding
    history: tuple[HistoryEntry, ...] = ()

    @property
    def prospect(self) -> Prospect:
        if self.seen.commerce is None or self.seen.commerce.prospect is None:
            raise AssertionError("the plan acts on a prospect that was not read")
        return self.seen.commerce.prospect

    @property
    def lead(self) -> Lead:
        if self.seen.sales is None or self.seen.sales.lead is None:
            raise AssertionError("the plan acts on a lead that was not read")
        return self.seen.sales.lead


def perform(bridge: Bridge, act: Act, plan: Plan, at: Round) -> Round:
    """Do one thing; raises the ServiceErrors, InDoubt for a decision that may have been taken.

    Its line of history names the requests that it sent: in Dynamics one is found by its id.
    """
    earlier = len(telemetry.current().requests)
    done = _PERFORMERS[act](bridge, plan, at)
    if len(done.history) == len(at.history):
        return done
    *lines, last = done.history
    return replace(done, history=(*lines, replace(last, request_id=" ".join(telemetry.current().requests[earlier:]))))


def _create_lead(bridge: Bridge, plan: Plan, at: Round) -> Round:
    at = replace(at, known=replace(at.known, notes=()))  # what an earlier lead was told, this one was not
    if unclaimed := bridge.sales.unclaimed_lead(at.prospect):
        return _adopt_lead(bridge, at, *unclaimed)
    lead_id = str(at.known.key.identifier("lead", at.known.epoch))
    values, text = bridge.translation.lead(at.prospect, at.known, plan.findings, bridge.sales)
    bridge.store.link("lead", lead_id, at.known.key)
    bridge.fence(at.known.claim)
    bridge.sales.create_lead(lead_id, at.known.key, values, text)
    lead = Lead(lead_id, LeadState.OPEN, 1, at.known.key)
    return _done(bridge, replace(at, seen=replace(at.seen, sales=SalesView(lead))), Act.CREATE_LEAD, lead_id)


def _adopt_lead(bridge: Bridge, at: Round, lead_id: str, etag: str) -> Round:
    """Dual-write made a lead of this prospect before go-live: it becomes ours, with everything that sellers did with it."""
    bridge.store.link("lead", lead_id, at.known.key)
    bridge.fence(at.known.claim)
    bridge.sales.adopt_lead(lead_id, etag, bridge.translation.key_columns(at.known))
    seen = observe(bridge, replace(at.known, lead_id=lead_id))
    return replace(at, seen=seen, history=(*at.history, HistoryEntry(bridge.now(), "adopt-lead", lead_id)))


def _create_customers(bridge: Bridge, plan: Plan, at: Round) -> Round:
    drafts = _missing_customers(bridge, at)
    bridge.fence(at.known.claim)
    try:
        made = bridge.commerce.create_customers(drafts)
    except InDoubt as lost:
        return _settle_customers(bridge, at, drafts, lost)
    view = at.seen.commerce or CommerceView(at.prospect)
    seen = replace(at.seen, commerce=replace(view, customers=(*view.customers, *made)))
    at = _with_customers(bridge, replace(at, seen=seen), drafts)
    return _done(bridge, at, Act.CREATE_CUSTOMERS, ", ".join(draft.account for draft in drafts))


def _settle_customers(bridge: Bridge, at: Round, drafts: list[CustomerDraft], lost: InDoubt) -> Round:
    """No answer came: look whether they are there. If not, later; a second attempt is refused by the account's key."""
    seen = look_closer(bridge, at.known, at.seen)
    there = {customer.account for customer in seen.commerce.customers} if seen.commerce else set()
    if not {draft.account for draft in drafts} <= there:
        raise Transient(lost.system, "the customers' creation got no answer", request_id=lost.request_id) from lost
    return _done(bridge, _with_customers(bridge, replace(at, seen=seen), drafts), Act.CREATE_CUSTOMERS, "read back")


def _with_customers(bridge: Bridge, at: Round, drafts: list[CustomerDraft]) -> Round:
    """On record that these were made, and what of them is not as it was entered: the request, or a seller, said more."""
    losses = tuple(loss for draft in drafts for loss in draft.losses)
    known = replace(
        at.known,
        accounts_made=with_made(at.known, [draft.account for draft in drafts]),
        customer_losses=tuple(dict.fromkeys((*at.known.customer_losses, *losses))),
    )
    told = (HistoryEntry(bridge.now(), "not-as-entered", "; ".join(losses)),) if losses else ()
    return replace(at, known=known, history=(*at.history, *told))


def _missing_customers(bridge: Bridge, at: Round) -> list[CustomerDraft]:
    """Organization first, since the Person is invoiced to it."""
    there = {customer.account for customer in at.seen.commerce.customers} if at.seen.commerce else set()
    defaults = bridge.commerce.channel(at.prospect.legal_entity, at.prospect.channel)
    drafts = [bridge.translation.organization(at.prospect, at.lead, at.known, defaults)]
    if bridge.policy.access_model is AccessModel.PERSON:
        drafts.append(bridge.translation.person(at.prospect, at.lead, at.known, defaults))
    return [draft for draft in drafts if draft.account not in there]


def _decide(bridge: Bridge, at: Round, verdict: Verdict) -> Round:
    asked = question(at.known, at.seen.sales, hierarchy=verdict is Verdict.APPROVE)
    bridge.fence(at.known.claim)
    view = bridge.commerce.write_decision(at.prospect, verdict, asked)
    seen = replace(at.seen, commerce=with_channel(bridge, view))
    done = Act.APPROVE if verdict is Verdict.APPROVE else Act.REJECT
    return _done(bridge, replace(at, seen=seen, known=sent(at.known, verdict, bridge.now())), done, verdict)


def _approve(bridge: Bridge, plan: Plan, at: Round) -> Round:
    return _decide(bridge, at, Verdict.APPROVE)


def _reject(bridge: Bridge, plan: Plan, at: Round) -> Round:
    return _decide(bridge, at, Verdict.REJECT)


def _hold_customers(bridge: Bridge, plan: Plan, at: Round) -> Round:
    there = {customer.account for customer in at.seen.commerce.customers} if at.seen.commerce else set()
    accounts = [account for account in at.known.accounts_made if account in there]
    bridge.fence(at.known.claim)
    bridge.commerce.hold_customers(at.prospect.legal_entity, accounts)
    return _done(bridge, replace(at, known=replace(at.known, customers_held=True)), Act.HOLD_CUSTOMERS, ", ".join(accounts))


def _create_hierarchy(bridge: Bridge, plan: Plan, at: Round) -> Round:
    """Commerce made none in time. Its id follows from the prospect's key, so that none is made twice."""
    known, made = at.known, bridge.translation.hierarchy(at.known)
    bridge.fence(known.claim)
    try:
        bridge.commerce.create_hierarchy(made, known.organization_name or known.prospect_id)
    except InDoubt as lost:
        at = replace(at, seen=look_closer(bridge, known, at.seen))
        if at.seen.commerce and at.seen.commerce.hierarchies:
            return _done(bridge, at, Act.CREATE_HIERARCHY, "read back")
        raise Transient(lost.system, "the hierarchy's creation got no answer", request_id=lost.request_id) from lost
    view = replace(at.seen.commerce or CommerceView(at.prospect), hierarchies=(made,))
    return _done(bridge, replace(at, seen=replace(at.seen, commerce=view)), Act.CREATE_HIERARCHY, made.id)


def _look_closer(bridge: Bridge, plan: Plan, at: Round) -> Round:
    return replace(at, seen=look_closer(bridge, at.known, at.seen))


def _tell(bridge: Bridge, plan: Plan, at: Round) -> Round:
    """A note is a courtesy: one that Sales refuses never blocks the decision."""
    told = replace(at, known=replace(at.known, notes=(*at.known.notes, plan.note)))
    bridge.fence(at.known.claim)
    try:
        bridge.sales.write_note(note(at.known, plan, at.lead))
    except (Refused, Missing):
        return _done(bridge, told, Act.TELL, f"{plan.note}: not written")
    return _done(bridge, told, Act.TELL, plan.note)


def _done(bridge: Bridge, at: Round, act: Act, detail: str) -> Round:
    return replace(at, history=(*at.history, HistoryEntry(bridge.now(), act, detail[:200])))


_PERFORMERS: dict[Act, Callable[[Bridge, Plan, Round], Round]] = {
    Act.CREATE_LEAD: _create_lead,
    Act.CREATE_CUSTOMERS: _create_customers,
    Act.APPROVE: _approve,
    Act.REJECT: _reject,
    Act.HOLD_CUSTOMERS: _hold_customers,
    Act.CREATE_HIERARCHY: _create_hierarchy,
    Act.LOOK_CLOSER: _look_closer,
    Act.TELL: _tell,
}
