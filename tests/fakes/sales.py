"""Dynamics 365 Sales in memory: ports.Sales as its docstrings say, and what sellers do as methods.

Each thing that a seller does raises the events that Dataverse raises for it, as hints in `events`: who delivers them, how
often and in which order is the test's business.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count

from shared import telemetry
from shared.errors import Missing, Outdated, System
from shared.models import EventType, Hint, LeadState, OpportunityState, Prospect, ProspectKey, SalesView
from shared.ports import ChangedLead, ChangedOpportunity, Note, Page
from tests.fakes.calls import Calls
from tests.fakes.clock import Clock
from tests.fakes.sales_records import MERGED_STATUS, FakeLead, FakeOpportunity, SalesRecords

QUALIFIED_STATUS, WON_STATUS = 3, 3
LOST, OUT_SOLD = 4, 5
"""Reasons that reject by default: lead.statuscode Lost, opportunity.statuscode Out-Sold."""
CANNOT_CONTACT = 5
"""lead.statuscode that is asked about by default."""

REFERENCES = {
    ("transactioncurrencies", "isocurrencycode", "USD"): "00000000-0000-4000-8000-0000000000d1",
    ("transactioncurrencies", "isocurrencycode", "EUR"): "00000000-0000-4000-8000-0000000000e1",
}


class FakeSales:
    """`requests` counts what would have gone over the wire; `notes` holds the last text under each id."""

    def __init__(self, clock: Clock, calls: Calls | None = None) -> None:
        self.clock, self.calls = clock, calls or Calls()
        self.records = SalesRecords()
        self.notes: dict[str, Note] = {}
        self.references = dict(REFERENCES)
        self.events: list[Hint] = []
        self.lengths = {"subject": 300, "mobilephone": 20}
        self.requests = 0
        self.dual_write = False
        """The leads have the columns of the dual-write Commerce package."""
        self._numbers = count(1)

    # ---- ports.Sales

    def lead(self, lead_id: str, key: ProspectKey) -> SalesView:
        """By id, else by key; merges are followed."""
        with self.calls.around("sales.lead", lead_id, key):
            self._asked(1 if lead_id else 0)
            found = self.records.leads.get(lead_id)
            if found is None:
                self._asked()
                found = self.records.by_key(key)
            view, steps = self.records.view(found, key)
            self._asked(steps)
        return view

    def create_lead(self, lead_id: str, key: ProspectKey, values: Mapping[str, object], note: Note) -> None:
        """Lead and note, or neither; Outdated where the id or the key is taken."""
        with self.calls.around("sales.create_lead", lead_id, key, values, note):
            self._asked()
            if lead_id in self.records.leads or self.records.by_key(key):
                raise Outdated(System.SALES, "there is such a lead already", status=412)
            self.records.leads[lead_id] = FakeLead(lead_id, key, self._stamp(), dict(values))
            self.notes[note.id] = note

    def unclaimed_lead(self, prospect: Prospect) -> tuple[str, str] | None:
        """By prospect id and party; no request where the environment has no such columns."""
        if not self.dual_write:
            return None
        with self.calls.around("sales.unclaimed_lead", prospect.key):
            self._asked()
            made = {"msdyn_prospectid": prospect.prospect_id, "msdyn_partyid": prospect.party_number}
            found = [lead for lead in self.records.leads.values() if lead.key is None and made.items() <= lead.fields.items()]
        return (found[0].id, found[0].etag) if found else None

    def adopt_lead(self, lead_id: str, etag: str, columns: Mapping[str, object]) -> None:
        """Our columns alone, under the ETag."""
        with self.calls.around("sales.adopt_lead", lead_id, etag, columns):
            self._asked()
            key, lead = ProspectKey.parse(str(columns["b2b_prospectkey"])), self.records.leads.get(lead_id)
            if lead is None or lead.etag != etag or self.records.by_key(key):
                raise Outdated(System.SALES, "the lead changed", status=412)
            lead.key, lead.modified_on = key, self._stamp()

    def write_note(self, note: Note) -> None:
        """Write it under its id; Missing where its lead or opportunity is gone."""
        with self.calls.around("sales.write_note", note):
            self._asked()
            kind, about = note.about
            there: Mapping[str, object] = self.records.leads if kind == "leads" else self.records.opportunities
            if about not in there:
                raise Missing(System.SALES, f"{kind} {about} does not exist", status=404)
            self.notes[note.id] = note

    def key_of_lead(self, lead_id: str) -> ProspectKey | None:
        """The key on that lead."""
        with self.calls.around("sales.key_of_lead", lead_id):
            self._asked()
            found = self.records.leads.get(lead_id)
        return found.key if found else None

    def lead_of_opportunity(self, opportunity_id: str) -> tuple[str, ProspectKey] | None:
        """The originating lead, where it is one of ours."""
        with self.calls.around("sales.lead_of_opportunity", opportunity_id):
            self._asked()
            opportunity = self.records.opportunities.get(opportunity_id)
            lead = self.records.leads.get(opportunity.lead_id) if opportunity else None
        return (lead.id, lead.key) if lead and lead.key else None

    def leads(self, keys: Sequence[ProspectKey]) -> Mapping[ProspectKey, SalesView]:
        """One request for all; each merge that is followed is a further one."""
        with self.calls.around("sales.leads", tuple(keys)):
            self._asked()
            found = {}
            for key in keys:
                lead = self.records.by_key(key)
                if lead:
                    found[key], steps = self.records.view(lead, key)
                    self._asked(steps)
        return found

    def keys_of_leads(self, after: str, most: int) -> Page[tuple[ProspectKey, str]]:
        """In order of key."""
        with self.calls.around("sales.keys_of_leads", after, most):
            self._asked()
            leads = sorted((lead.key.text, lead) for lead in self.records.leads.values() if lead.key)
            rows = [(text, lead) for text, lead in leads if text > after][:most]
        items = tuple((lead.key, lead.id) for _, lead in rows if lead.key)
        return Page(items, rows[-1][0] if len(rows) == most else None)

    def find_id(self, entity_set: str, column: str, value: str) -> str | None:
        """Reference data; cached in the real one, so it is no request of an onboarding."""
        with self.calls.around("sales.find_id", entity_set, column, value):
            return self.references.get((entity_set, column, value))

    def lead_lengths(self) -> Mapping[str, int]:
        """Cached in the real one, so it is no request of an onboarding."""
        return self.lengths

    def changed_leads(self, since: datetime) -> Iterator[ChangedLead]:
        """Leads with a key, oldest change first."""
        with self.calls.around("sales.changed_leads", since):
            self._asked()
            rows = sorted(self.records.leads.values(), key=lambda lead: lead.modified_on)
            found = [ChangedLead(x.id, x.key, x.state, x.modified_on) for x in rows if x.key and x.modified_on >= _seconds(since)]
        return iter(found)

    def changed_opportunities(self, since: datetime) -> Iterator[ChangedOpportunity]:
        """Opportunities of leads with a key, oldest change first."""
        with self.calls.around("sales.changed_opportunities", since):
            self._asked()
            rows = sorted(self.records.opportunities.values(), key=lambda one: one.modified_on)
            found = [changed for row in rows if row.modified_on >= _seconds(since) and (changed := self._changed(row))]
        return iter(found)

    # ---- what sellers do

    def lead_of(self, key: ProspectKey) -> FakeLead:
        """The lead of a request that has one."""
        found = self.records.by_key(key)
        assert found, f"there is no lead for {key.text}"
        return found

    def qualify(
        self, lead: FakeLead, *, account: bool | str = True, contact: bool | str = True, opportunity: bool = True
    ) -> FakeOpportunity | None:
        """Qualify; account and contact are made, taken from an existing one (its id), or left out."""
        assert lead.state is LeadState.OPEN, "only an open lead can be qualified"
        lead.account_id = self._account(lead) if account is True else account or ""
        lead.contact_id = self._contact(lead) if contact is True else contact or ""
        made = self._new_opportunity(lead.id) if opportunity else None
        self._set_lead(lead, LeadState.QUALIFIED, QUALIFIED_STATUS, "QualifyLead")
        if made:
            self._tell_opportunity(made, "Create")
        return made

    def disqualify(self, lead: FakeLead, reason: int = LOST) -> None:
        """Close an open lead with a reason."""
        assert lead.state is LeadState.OPEN, "only an open lead can be disqualified"
        self._set_lead(lead, LeadState.DISQUALIFIED, reason)

    def reactivate(self, lead: FakeLead) -> None:
        """Open a closed lead again; its opportunities stay as they are."""
        assert lead.state is not LeadState.OPEN and not lead.merged_into, "only a closed lead can be reactivated"
        self._set_lead(lead, LeadState.OPEN, 1)

    def edit(self, lead: FakeLead, **fields: object) -> None:
        """Change columns of the lead; no event of ours is registered for them."""
        lead.fields.update(fields)
        lead.modified_on = self._stamp()

    def delete_lead(self, lead: FakeLead) -> None:
        """Delete it; its notes go with it, its opportunities lose their originating lead."""
        del self.records.leads[lead.id]
        self.notes = {name: note for name, note in self.notes.items() if note.about != ("leads", lead.id)}
        for opportunity in self.records.of_lead(lead.id):
            opportunity.lead_id = ""
        self._tell_lead(lead, "Delete", "deleted")

    def restore_lead(self, lead: FakeLead) -> None:
        """Bring a deleted lead back from the recycle bin."""
        self.records.leads[lead.id] = lead
        lead.modified_on = self._stamp()

    def merge(self, subordinate: FakeLead, survivor: FakeLead) -> None:
        """Merge one lead into another: the subordinate is deactivated, what hangs on it moves (docs: merge)."""
        assert subordinate.state is survivor.state is LeadState.OPEN, "only open leads can be merged"
        for opportunity in self.records.of_lead(subordinate.id):
            opportunity.lead_id = survivor.id
        subordinate.merged_into = survivor.id
        self._set_lead(subordinate, LeadState.DISQUALIFIED, MERGED_STATUS)
        survivor.modified_on = self._stamp()
        self._tell_lead(survivor, "Merge", None)
        self._tell_lead(subordinate, "Merge", "merged")

    def new_lead(self, key: ProspectKey | None = None, **fields: object) -> FakeLead:
        """A lead that somebody else made: a seller's own, or one that dual-write made for a prospect."""
        lead = FakeLead(self._id(), key, self._stamp(), fields)
        self.records.leads[lead.id] = lead
        return lead

    def new_account(self, **columns: object) -> str:
        """An account that did not come from a lead of ours; its id."""
        account_id = self._id()
        self.records.accounts[account_id] = {"accountid": account_id, "name": "Known Inc.", **columns}
        return account_id

    def add_opportunity(self, lead: FakeLead) -> FakeOpportunity:
        """One more opportunity that comes from the lead."""
        made = self._new_opportunity(lead.id)
        self._tell_opportunity(made, "Create")
        return made

    def win(self, opportunity: FakeOpportunity) -> None:
        """Close as won."""
        assert opportunity.state is OpportunityState.OPEN, "only an open opportunity can be closed"
        self._set_opportunity(opportunity, OpportunityState.WON, WON_STATUS, "Win")

    def lose(self, opportunity: FakeOpportunity, reason: int = OUT_SOLD) -> None:
        """Close as lost with a reason."""
        assert opportunity.state is OpportunityState.OPEN, "only an open opportunity can be closed"
        self._set_opportunity(opportunity, OpportunityState.LOST, reason, "Lose")

    def reopen(self, opportunity: FakeOpportunity) -> None:
        """Open a closed opportunity again."""
        assert opportunity.state is not OpportunityState.OPEN, "only a closed opportunity can be reopened"
        self._set_opportunity(opportunity, OpportunityState.OPEN, 1)

    def delete_opportunity(self, opportunity: FakeOpportunity) -> None:
        """Delete it, its notes with it."""
        del self.records.opportunities[opportunity.id]
        self.notes = {name: note for name, note in self.notes.items() if note.about != ("opportunities", opportunity.id)}
        self._tell_opportunity(opportunity, "Delete", "deleted")

    # ---- rows and events

    def _asked(self, times: int = 1) -> None:
        for _ in range(times):
            self.requests += 1
            telemetry.sent(System.SALES, f"sales-{self.requests}")

    def _stamp(self) -> datetime:
        return _seconds(self.clock())

    def _id(self) -> str:
        return str(uuid.UUID(int=0x5A1E5 << 100 | next(self._numbers)))

    def _account(self, lead: FakeLead) -> str:
        named = lead.fields.get("companyname") or lead.fields.get("lastname")
        return self.new_account(name=named, _originatingleadid_value=lead.id)

    def _contact(self, lead: FakeLead) -> str:
        contact_id = self._id()
        taken = {name: lead.fields.get(name) for name in ("firstname", "lastname", "emailaddress1")}
        self.records.contacts[contact_id] = {"contactid": contact_id, **taken, "_originatingleadid_value": lead.id}
        return contact_id

    def _new_opportunity(self, lead_id: str) -> FakeOpportunity:
        made = FakeOpportunity(self._id(), lead_id, self._stamp())
        self.records.opportunities[made.id] = made
        return made

    def _set_lead(self, lead: FakeLead, state: LeadState, status_code: int, message: str = "") -> None:
        lead.state, lead.status_code, lead.modified_on = state, status_code, self._stamp()
        for source in filter(None, (message, "Update")):
            self._tell_lead(lead, source, state)

    def _set_opportunity(
        self, opportunity: FakeOpportunity, state: OpportunityState, status_code: int, message: str = ""
    ) -> None:
        opportunity.state, opportunity.status_code, opportunity.modified_on = state, status_code, self._stamp()
        for source in filter(None, (message, "Update")):
            self._tell_opportunity(opportunity, source)

    def _tell_lead(self, lead: FakeLead, source: str, state: str | None) -> None:
        queue = EventType.LEAD_QUALIFIED if state == LeadState.QUALIFIED else EventType.LEAD_DISQUALIFIED
        now = self.clock()
        self.events.append(
            Hint(type=queue, lead_id=uuid.UUID(lead.id), state=state, source=source, occurred_at=now, first_seen=now)
        )

    def _tell_opportunity(self, opportunity: FakeOpportunity, source: str, state: str = "") -> None:
        if not opportunity.lead_id:
            return  # the event proves that it came from no lead
        queue = EventType.LEAD_QUALIFIED if source == "Create" else EventType.OPPORTUNITY_CLOSED
        now, lead_id = self.clock(), uuid.UUID(opportunity.lead_id)
        self.events.append(
            Hint(
                type=queue, lead_id=lead_id, opportunity_id=uuid.UUID(opportunity.id), state=state or opportunity.state,
                source=source, occurred_at=now, first_seen=now,
            )
        )  # fmt: skip

    def _changed(self, row: FakeOpportunity) -> ChangedOpportunity | None:
        lead = self.records.leads.get(row.lead_id)
        return ChangedOpportunity(row.id, row.lead_id, lead.key, row.state, row.modified_on) if lead and lead.key else None


def _seconds(moment: datetime) -> datetime:
    """Dataverse's times are of whole seconds."""
    return moment.replace(microsecond=0)
