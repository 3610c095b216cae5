"""A rehearsal: the very convergence of one onboarding, read from both systems as they are, with its writes noted and not made.

What it says of later steps rests on the answers that a healthy system would give; the real run reads again after each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.bridge import Bridge
from shared.errors import ServiceError, System
from shared.models import (
    CommerceView,
    Customer,
    EventType,
    Hierarchy,
    Hint,
    Observation,
    Prospect,
    ProspectKey,
    ProspectStatus,
)
from shared.ports import Commerce, CustomerDraft, Note, Question, Sales, Store, Stored
from shared.progress import begun
from shared.pursuing import Pursuit
from shared.record import Cause, Claim, HistoryEntry, Onboarding, Verdict

SOURCE = "rehearsal"
MAILS = {
    Verdict.APPROVE: "Commerce mails the requester that the request was approved",
    Verdict.REJECT: "Commerce mails the requester that the request was declined",
}


@dataclass(frozen=True)
class Write:
    """One write that would be made. `fields` may hold personal data: for the eyes of who may see it, never for a log."""

    system: System
    record: str
    """What would be written, e.g. `lead 5f0c...`, `customer USMF-1`."""
    fields: Mapping[str, object]
    mail: str = ""
    """The mail that Commerce would send because of it."""


@dataclass(frozen=True)
class Rehearsal:
    """What converging now would do. `failure`: the error of the read that ended it early; a write that is noted cannot fail."""

    key: ProspectKey
    before: Onboarding | None
    after: Onboarding
    seen: Observation
    """What both systems showed; after a noted write, what they would show."""
    writes: tuple[Write, ...] = ()
    failure: ServiceError | None = None

    @property
    def error(self) -> str:
        """Why it would not get that far, in words; empty where it would."""
        return str(self.failure or "")

    @property
    def is_pending(self) -> bool:
        """Whether Commerce has the request, B2B and undecided."""
        prospect = self.seen.commerce.prospect if self.seen.commerce else None
        return prospect is not None and prospect.is_b2b and prospect.status is ProspectStatus.PENDING

    @property
    def changes_nothing(self) -> bool:
        """Whether neither a system nor what is on record would change."""
        before, after = self.before, self.after
        if before is None or self.writes or self.error:
            return False
        return (before.stage, _causes(before)) == (after.stage, _causes(after))


def rehearse(bridge: Bridge, key: ProspectKey) -> Rehearsal:
    """Observe both systems now and tell what converging would do; writes nowhere, in no table either."""
    stored, now = bridge.store.load(key), bridge.now()
    before = stored.onboarding if stored else None
    claim = Claim(SOURCE, now, now + timedelta(days=1))
    known = replace(_taken_over(bridge, before), claim=claim) if before else begun(key, claim, now)
    noted: list[Write] = []
    dry = reading_only(bridge, noted)
    hint = Hint(type=EventType.PROSPECT_CREATED, key=key.text, source=SOURCE, first_seen=now)
    pursuit, failure = Pursuit(dry, known, hint, fresh=False), None
    try:
        pursuit.run()
    except ServiceError as error:
        failure = error
    return Rehearsal(key, before, replace(pursuit.at.known, claim=None), pursuit.at.seen, tuple(noted), failure)


def reading_only(bridge: Bridge, noted: list[Write]) -> Bridge:
    """The bridge on stand-ins that read as ever, note each write, and make none."""
    return replace(
        bridge, sales=_Sales(bridge.sales, noted), commerce=_Commerce(bridge.commerce, noted), store=_Store(bridge.store)
    )


def _taken_over(bridge: Bridge, known: Onboarding) -> Onboarding:
    """As whoever claims it next takes it over: what a holder that ran meant to write last may have been sent."""
    return replace(known, in_doubt_since=bridge.timing.latest_write(known.claim)) if known.claim else known


def _causes(known: Onboarding) -> set[Cause]:
    return {attention.cause for attention in known.attentions}


class _Sales:
    """Reads go to the real one; writes are noted."""

    def __init__(self, real: Sales, noted: list[Write]) -> None:
        self.lead, self.find_id, self.lead_lengths = real.lead, real.find_id, real.lead_lengths
        self.leads, self.keys_of_leads = real.leads, real.keys_of_leads
        self.unclaimed_lead = real.unclaimed_lead
        self.key_of_lead, self.lead_of_opportunity = real.key_of_lead, real.lead_of_opportunity
        self.changed_leads, self.changed_opportunities = real.changed_leads, real.changed_opportunities
        self._noted = noted

    def create_lead(self, lead_id: str, key: ProspectKey, values: Mapping[str, object], note: Note) -> None:
        """The lead and its note."""
        self._noted.append(Write(System.SALES, f"lead {lead_id}", dict(values)))
        self.write_note(note)

    def adopt_lead(self, lead_id: str, etag: str, columns: Mapping[str, object]) -> None:
        """Our columns on a lead that is there."""
        self._noted.append(Write(System.SALES, f"lead {lead_id}", dict(columns)))

    def write_note(self, note: Note) -> None:
        """A note on the timeline."""
        entity_set, about = note.about
        fields = {"subject": note.subject, "notetext": note.text}
        self._noted.append(Write(System.SALES, f"note on {entity_set}({about})", fields))


class _Commerce:
    """Reads go to the real one; writes are noted, and answered as if they had happened."""

    def __init__(self, real: Commerce, noted: list[Write]) -> None:
        self.prospect, self.check, self.pending = real.prospect, real.check, real.pending
        self.look, self.look_all, self.channel = real.look, real.look_all, real.channel
        self._noted = noted

    def create_customers(self, drafts: Sequence[CustomerDraft]) -> tuple[Customer, ...]:
        """The customers, with the party numbers that they ask for."""
        self._noted += [Write(System.COMMERCE, f"customer {draft.account}", dict(draft.values)) for draft in drafts]
        return tuple(_customer(draft) for draft in drafts)

    def write_decision(self, prospect: Prospect, verdict: Verdict, question: Question) -> CommerceView:
        """The status, and the mail that it sends."""
        status = verdict.status
        record = f"prospect {prospect.legal_entity}/{prospect.prospect_id}"
        self._noted.append(Write(System.COMMERCE, record, {"B2BProspectStatus": status.value}, MAILS[verdict]))
        return replace(self.look(question), prospect=replace(prospect, status=status))

    def create_hierarchy(self, hierarchy: Hierarchy, name: str) -> None:
        """The partner's hierarchy."""
        fields = {"Name": name, "OrganizationPartyNumber": hierarchy.organization_party, "Admin": ", ".join(hierarchy.admins())}
        self._noted.append(Write(System.COMMERCE, f"customer hierarchy {hierarchy.id}", fields))

    def hold_customers(self, legal_entity: str, accounts: Sequence[str]) -> None:
        """Customers put on hold."""
        self._noted += [Write(System.COMMERCE, f"customer {account}", {"OnHoldStatus": "All"}) for account in accounts]


class _Store:
    """Links are read, never written."""

    def __init__(self, real: Store) -> None:
        self.load, self.linked = real.load, real.linked

    def link(self, kind: str, record_id: str, key: ProspectKey) -> None:
        """Left out: what is linked here does not exist yet."""

    def link_first(self, kind: str, record_id: str, key: ProspectKey) -> ProspectKey:
        """Left out: it would be this onboarding's."""
        return key

    def link_stranger(self, kind: str, record_id: str, until: datetime) -> None:
        """Left out."""

    def open(self, onboarding: Onboarding) -> Stored:
        """Never asked for in a rehearsal."""
        raise AssertionError("a rehearsal opens no row")

    def take(self, stored: Stored, claim: Claim) -> Stored:
        """Never asked for in a rehearsal."""
        raise AssertionError("a rehearsal claims no row")

    def record(self, stored: Stored, onboarding: Onboarding, history: Sequence[HistoryEntry]) -> Stored:
        """Never asked for in a rehearsal."""
        raise AssertionError("a rehearsal records nothing")


def _customer(draft: CustomerDraft) -> Customer:
    texts = {name: str(draft.values.get(name) or "") for name in ("PartyNumber", "PartyType", "InvoiceAccount", "AddressBooks")}
    party, kind, invoice, books = texts.values()
    return Customer(draft.account, party, kind, address_books=books, invoice_account=invoice)
