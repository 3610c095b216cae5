"""Commerce headquarters in memory: ports.Commerce as its docstrings say, and what clerks and approvals do.

Writes are as strict as the real ones: one customer per account, the prospect-party rule, an ETag that must be the present one,
a mail for every status write. `events` are the data events that an environment may send: delivering them is the test's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from functools import partial

from shared import telemetry
from shared.commerce_questions import askable
from shared.errors import InDoubt, Missing, Outdated, Refused, System
from shared.models import CommerceView, Customer, EventType, Hierarchy, Hint, PartyType, Prospect, ProspectKey
from shared.ports import ChannelDefaults, CustomerDraft, Question
from shared.record import Verdict
from tests.fakes.approval import make_records
from tests.fakes.calls import Calls
from tests.fakes.clock import Clock
from tests.fakes.commerce_records import CommerceRecords, FakeCustomer, FakeParty, FakeProspect, Mail
from tests.fakes.later import Later

CHANNELS = {
    ("usmf", "CH-US"): ChannelDefaults("B2B-US-DEFAULT", "B2B", "USD", "en-us", frozenset({"B2B US"}), "Yes"),
    ("demf", "CH-DE"): ChannelDefaults("B2B-DE-DEFAULT", "B2B", "EUR", "de", frozenset({"B2B DE"}), "Yes"),
}
_STATUS = {Verdict.APPROVE: "Approved", Verdict.REJECT: "Rejected"}


class FakeCommerce:
    """`requests` counts what would have gone over the wire. The attributes below it are how this environment behaves."""

    def __init__(self, clock: Clock, calls: Calls | None = None) -> None:
        self.clock, self.calls = clock, calls or Calls()
        self.records = CommerceRecords()
        self.channels = dict(CHANNELS)
        self.events: list[Hint] = []
        self._numbers: Counter[str] = Counter()
        self.requests = 0
        self.decided_by_clerks = False
        """The bridge's decision channel is manual."""
        self.approval_reuses = True
        self.contact_model = False
        self.makes_hierarchies = True
        self.status_has_effect = True
        """False: the status write is accepted, and nothing comes of it."""
        self.effects_after = timedelta(0)
        self.answer_late: timedelta | None = None
        """The next write gets no answer and takes effect only after this time."""
        self.later = Later(clock)

    # ---- ports.Commerce

    def prospect(self, key: ProspectKey) -> Prospect | None:
        """The prospect with its party."""
        with self._call("prospect", key):
            self._asked()
            return self.records.prospect(key)

    def check(self, prospects: Sequence[Prospect]) -> Mapping[ProspectKey, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Who else has each prospect's e-mail; a request per hundred."""
        with self._call("check", tuple(prospect.key for prospect in prospects)):
            self._asked(-(-len(prospects) // 100))
            return {prospect.key: self._same_email(prospect) for prospect in prospects}

    def look(self, question: Question) -> CommerceView:
        """One request; one more where e-mails were asked but not the prospect's own."""
        with self._call("look", question):
            self._asked()
            return self._view(question, further=True)

    def look_all(self, questions: Sequence[Question]) -> tuple[CommerceView, ...]:
        """One request for all."""
        with self._call("look_all", tuple(question.key for question in questions)):
            self._asked()
            return tuple(self._view(question, further=True) for question in questions)

    def create_customers(self, drafts: Sequence[CustomerDraft]) -> tuple[Customer, ...]:
        """All or none, the Organization first."""
        with self._call("create_customers", tuple(drafts)):
            self._asked()
            ordered = sorted(drafts, key=lambda draft: draft.values.get("PartyType") != PartyType.ORGANIZATION)
            self._late(partial(self._create, ordered), "the creation got no answer")
            return tuple(row.shown() for row in self._create(ordered))

    def write_decision(self, prospect: Prospect, verdict: Verdict, question: Question) -> CommerceView:
        """The status under the ETag, its effects, and the read-back."""
        with self._call("write_decision", prospect, verdict, question):
            if self.decided_by_clerks:
                raise Refused(System.COMMERCE, "decisions are taken by a clerk in head office (decision channel: manual)")
            self._asked()
            self._late(partial(self._decide, prospect, verdict), "the decision got no answer")
            self._decide(prospect, verdict)
            return self._view(question, further=False)

    def create_hierarchy(self, hierarchy: Hierarchy, name: str) -> None:
        """With its nodes; Outdated where the id is taken."""
        with self._call("create_hierarchy", hierarchy, name):
            self._asked()
            self._late(partial(self.records.add_hierarchy, hierarchy), "the creation got no answer")
            self.records.add_hierarchy(hierarchy)

    def hold_customers(self, legal_entity: str, accounts: Sequence[str]) -> None:
        """All or none; doing it again changes nothing."""
        with self._call("hold_customers", legal_entity, tuple(accounts)):
            self._asked()
            rows = [self.records.customers.get((legal_entity, account)) for account in accounts]
            if None in rows:
                raise Missing(System.COMMERCE, "there is no such customer", status=404)
            for row in filter(None, rows):
                row.on_hold = "All"

    def channel(self, legal_entity: str, operating_unit_party: str) -> ChannelDefaults | None:
        """Cached in the real one, so it is no request of an onboarding."""
        with self._call("channel", legal_entity, operating_unit_party):
            return self.channels.get((legal_entity.lower(), operating_unit_party))

    def pending(self, legal_entities: Sequence[str], skip: int = 0) -> Iterator[Prospect]:
        """Pending B2B prospects, in one page."""
        with self._call("pending", tuple(legal_entities)):
            self._asked()
            return iter(list(self.records.pending(frozenset(legal_entities)))[skip:])

    # ---- what people do

    def submit(
        self, email: str = "jo@contoso.example", company: str = "Contoso", legal_entity: str = "usmf", *,
        first_name: str = "Jo", last_name: str = "Doe", party_type: str = PartyType.PERSON, **changes: object,
    ) -> ProspectKey:  # fmt: skip
        """A request that has become a Pending prospect."""
        records = self.records
        names = (first_name, last_name) if party_type == PartyType.PERSON else ("", "")
        party = records.new_party(party_type, email, *names)
        self._numbers[legal_entity] += 1  # a number sequence gives no number twice, whatever is deleted
        key = ProspectKey.of(legal_entity, f"P-{self._numbers[legal_entity]:06}")
        channel = next((unit for area, unit in self.channels if area == legal_entity), "")
        row = FakeProspect(
            key, party, company, channel, fields={"CurrencyCode": "USD", "CustomerGroupId": "B2B", "LanguageId": "en-us"}
        )
        records.prospects[key] = row
        self._change(row, **changes)
        return key

    def clerk_approves(self, key: ProspectKey) -> None:
        """Convert > Approve: status, records, mail; a second time mails a second time."""
        self._set_status(self.records.prospects[key], "Approved")

    def clerk_rejects(self, key: ProspectKey) -> None:
        """Convert > Reject: status and mail."""
        self._set_status(self.records.prospects[key], "Rejected")

    def set_status(self, key: ProspectKey, status: str) -> None:
        """Write the field alone, e.g. back to Pending, or a value that nobody has heard of."""
        self._change(self.records.prospects[key], status=status)

    def edit(self, key: ProspectKey, *, email: str | None = None, **changes: object) -> None:
        """Change a prospect, or the e-mail of its party and so of every record of it."""
        row = self.records.prospects[key]
        if email is not None:
            row.party.email = email
        self._change(row, **changes)

    def delete(self, key: ProspectKey) -> FakeProspect:
        """Delete the prospect; its party stays."""
        row = self.records.prospects.pop(key)
        self._tell(row, "deleted")
        return row

    def restore(self, row: FakeProspect) -> None:
        """Bring a deleted prospect back."""
        self.records.prospects[row.key] = row
        self._change(row)

    def add_customer(
        self, account: str, email: str = "", legal_entity: str = "usmf", party_type: str = PartyType.PERSON
    ) -> FakeCustomer:
        """A customer that has nothing to do with a request."""
        row = FakeCustomer(legal_entity, account, self.records.new_party(party_type, email), "B2B US")
        self.records.customers[legal_entity, account] = row
        return row

    # ---- effects that come later

    def _late(self, write: Callable[[], object], message: str) -> None:
        """Where the server answers late: nothing is answered now, the write happens then, if it still may."""
        if self.answer_late is None:
            return

        def finish() -> None:
            with suppress(Outdated, Refused, Missing):  # nobody is left to be told
                write()

        self.later.after(self.answer_late, finish)
        self.answer_late = None
        raise InDoubt(System.COMMERCE, message)

    # ---- reading

    def _call(self, name: str, *args: object) -> AbstractContextManager[None]:
        self.later.catch_up()
        return self.calls.around(f"commerce.{name}", *args)

    def _asked(self, times: int = 1) -> None:
        for _ in range(times):
            self.requests += 1
            telemetry.sent(System.COMMERCE, f"commerce-{self.requests}")

    def _same_email(self, prospect: Prospect) -> tuple[tuple[str, ...], tuple[str, ...]]:
        emails = _folded(prospect.email)
        accounts = self.records.same_email_accounts(prospect.key, emails, frozenset(), frozenset({prospect.party_number}))
        return accounts, self.records.same_email_prospects(prospect.key, emails)

    def _view(self, question: Question, *, further: bool) -> CommerceView:
        records, prospect = self.records, self.records.prospect(question.key)
        asked, own = _folded(*question.emails), _folded(prospect.email) if prospect else frozenset()
        if further and asked and own - asked:
            self._asked()
            asked |= own
        parties = frozenset(question.parties) | ({prospect.party_number} if prospect else set())
        accounts = frozenset(account.casefold() for account in question.accounts)
        hierarchies = records.hierarchies_of(question) if question.hierarchy and question.parties else None
        return CommerceView(
            prospect=prospect,
            customers=records.own_customers(question, parties),
            same_email_accounts=records.same_email_accounts(question.key, asked, accounts, parties) if asked else None,
            same_email_prospects=records.same_email_prospects(question.key, asked) if asked else None,
            hierarchies=hierarchies,
            contact_enabled=records.contact_enabled(hierarchies or (), parties) if self.contact_model else None,
        )

    # ---- writing

    def _create(self, drafts: Sequence[CustomerDraft]) -> list[FakeCustomer]:
        made: list[FakeCustomer] = []
        for draft in drafts:
            made.append(self._customer(draft, {row.account for row in made}))
        self.records.customers.update({(row.legal_entity, row.account): row for row in made})
        return made

    def _customer(self, draft: CustomerDraft, same_set: set[str]) -> FakeCustomer:
        values, area = {name: str(value) for name, value in draft.values.items()}, draft.legal_entity.lower()
        if (area, draft.account) in self.records.customers:
            raise Outdated(System.COMMERCE, "Cannot create a record in Customers. The record already exists.", status=400)
        if missing := [name for name in ("CustomerGroupId", "SalesCurrencyCode") if not values.get(name)]:
            raise Refused(System.COMMERCE, f"Field '{missing[0]}' must be filled in.", status=400)
        invoice = values.get("InvoiceAccount", "")
        if invoice and invoice not in same_set and (area, invoice) not in self.records.customers:
            raise Refused(System.COMMERCE, "The value in field 'Invoice account' is not found.", status=400)
        books = values.get("AddressBooks", "")
        return FakeCustomer(area, draft.account, self._party(draft, values), books, invoice_account=invoice, by_the_bridge=True)

    def _party(self, draft: CustomerDraft, values: Mapping[str, str]) -> FakeParty:
        number, wanted = values.get("PartyNumber", ""), values.get("PartyType", "")
        if not number:
            return self.records.new_party(wanted, values.get("PrimaryContactEmail", ""))
        party = self.records.parties.get(number)
        if party is None or party.type != wanted:
            raise Refused(System.COMMERCE, f"Party {number} cannot be used for a customer of type {wanted}.", status=400)
        owners = [key.prospect_id for key, row in self.records.prospects.items() if row.party is party]
        if owners and draft.account not in owners:  # F&O: prospect-party rule
            raise Refused(System.COMMERCE, "Customer account and prospect number must be the same.", status=400)
        return party

    def _decide(self, prospect: Prospect, verdict: Verdict) -> None:
        row = self.records.prospects.get(prospect.key)
        if row is None:
            raise Missing(System.COMMERCE, "there is no such prospect", status=404)
        if row.etag != prospect.etag:
            raise Outdated(System.COMMERCE, "the prospect changed", status=412)
        if not row.is_b2b:
            raise Refused(System.COMMERCE, "the prospect is not a B2B prospect", status=400)
        if self.status_has_effect:
            self._set_status(row, _STATUS[verdict])

    def _set_status(self, row: FakeProspect, status: str) -> None:
        self._change(row, status=status)
        self.later.after(self.effects_after, partial(self._effects, row, status))

    def _effects(self, row: FakeProspect, status: str) -> None:
        if status == "Approved":
            defaults = self.channels.get((row.key.legal_entity, row.channel))
            make_records(
                self.records,
                row,
                defaults,
                reuses=self.approval_reuses,
                contact_model=self.contact_model,
                hierarchy=self.makes_hierarchies,
            )
        self.records.outbox.append(Mail(row.key, status.lower(), row.party.email))

    def _change(self, row: FakeProspect, **changes: object) -> None:
        created = row.version == 1
        for name, value in changes.items():
            setattr(row, name, value)
        row.version += 1
        self._tell(row, "created" if created else "updated")

    def _tell(self, row: FakeProspect, change: str) -> None:
        state, now = "deleted" if change == "deleted" else row.status, self.clock()
        kind = EventType.PROSPECT_CREATED
        self.events.append(Hint(type=kind, key=row.key.text, state=state, source="data-event", occurred_at=now, first_seen=now))


def _folded(*emails: str) -> frozenset[str]:
    return frozenset(email.casefold() for email in askable(emails))
