"""Dynamics 365 Sales: leads with their notes, read and written through the Dataverse Web API v9.2."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic

from shared import sales_changes
from shared.batch import PartAnswer
from shared.errors import Missing, Transient
from shared.models import Lead, Prospect, ProspectKey, Record, SalesView
from shared.odata import ODataService, records
from shared.odata_messages import Answer, ChangeSet, Operation, key_path, literal, query
from shared.ports import ChangedLead, ChangedOpportunity, Note, Page
from shared.reference_cache import ReferenceCache
from shared.sales_reading import (
    ACCOUNT,
    CONTACT,
    FRESH,
    key_column,
    keys_query,
    lead_query,
    leads_queries,
    master_of,
    read_key,
    read_lead,
    text,
    unclaimed_query,
    with_opportunities,
)

TAG = query(tag="b2b-bridge")
"""Arrives in SharedVariables of the events that our own writes cause (docs: optional-parameters)."""
_TEXT_COLUMNS = "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata"
_NOTE_TARGETS = {"leads": "objectid_lead", "opportunities": "objectid_opportunity"}


class DynamicsSales:
    """Implements `ports.Sales`. `prefix` is the publisher's prefix of the lead's own columns; `dual_write`: it has the columns of
    the dual-write Commerce package too."""

    def __init__(
        self, service: ODataService, prefix: str, clock: Callable[[], float] = monotonic, *, dual_write: bool = False
    ) -> None:
        self._service, self._prefix, self._dual_write = service, prefix, dual_write
        self._references: ReferenceCache[str | None] = ReferenceCache(clock)
        self._lengths: ReferenceCache[Mapping[str, int]] = ReferenceCache(clock)

    def lead(self, lead_id: str, key: ProspectKey) -> SalesView:
        """The lead by id, else by key. Merges are followed, a request each; a survivor that is gone counts as no lead.

        A survivor that carries another prospect's key leaves the merged lead in the view, beside the `survivor_key`.
        """
        answer = (self._lead_at(f"leads({lead_id})") if lead_id else None) or self._lead_at(self._by_key(key))
        if answer is None:
            return SalesView(None)
        return self._survivor_view(answer, key) if answer.data.get("merged") else SalesView(self._whole_lead(answer.data))

    def leads(self, keys: Sequence[ProspectKey]) -> Mapping[ProspectKey, SalesView]:
        """The leads of these keys, as `lead` shows each: one $batch, and a request for each merge that is followed."""
        if not keys:
            return {}
        leads, opportunities = self._service.send_batch(leads_queries(self._prefix, [key.text for key in keys]))
        whole = with_opportunities(_rows(leads), _rows(opportunities))
        return {key: self._view_of(record, key) for record in whole if (key := read_key(record, self._prefix)) and key in keys}

    def keys_of_leads(self, after: str, most: int) -> Page[tuple[ProspectKey, str]]:
        """Key and id of every lead of ours in order of key; what we did not write there is passed over."""
        answer = self._service.send(Operation("GET", f"leads?{keys_query(self._prefix, after, most)}", FRESH))
        rows = records(answer.data)
        found = ((read_key(row, self._prefix), text(row, "leadid")) for row in rows)
        last = text(rows[-1], key_column(self._prefix)) if len(rows) == most else None
        return Page(tuple((key, lead_id) for key, lead_id in found if key), last)

    def create_lead(self, lead_id: str, key: ProspectKey, values: Mapping[str, object], note: Note) -> None:
        """Create lead and note together; Outdated where the id or the key is taken. Both are keyed, so repeating does no harm."""
        body = {**values, key_column(self._prefix): key.text}
        lead = Operation("PATCH", f"leads({lead_id})?{TAG}", {"If-None-Match": "*"}, body)
        self._service.send_batch([ChangeSet((lead, _note(note)))])

    def unclaimed_lead(self, prospect: Prospect) -> tuple[str, str] | None:
        """Id and ETag of a lead that dual-write made of this prospect and that has no key of ours; None: there is none."""
        if not self._dual_write or not prospect.party_number:
            return None
        answer = self._service.send(Operation("GET", f"leads?{unclaimed_query(self._prefix, prospect)}", FRESH))
        return next(((text(row, "leadid"), text(row, "@odata.etag")) for row in records(answer.data)), None)

    def adopt_lead(self, lead_id: str, etag: str, columns: Mapping[str, object]) -> None:
        """Write these columns of ours on it and nothing else; raises Outdated where it changed, or another lead has the key."""
        self._service.send(Operation("PATCH", f"leads({lead_id})?{TAG}", {"If-Match": etag}, columns))

    def write_note(self, note: Note) -> None:
        """Create the note, or write the same text again; raises Missing where its lead or opportunity is gone."""
        self._service.send(_note(note))

    def key_of_lead(self, lead_id: str) -> ProspectKey | None:
        """The prospect's key on that lead; None: no lead, or not one of ours."""
        found = self._found(f"leads({lead_id})?{query(select=self._lead_and_key())}")
        return read_key(found.data, self._prefix) if found else None

    def lead_of_opportunity(self, opportunity_id: str) -> tuple[str, ProspectKey] | None:
        """The originating lead's id and key; None: no such opportunity, or not from a lead of ours."""
        expand = f"originatingleadid($select={self._lead_and_key()})"
        found = self._found(f"opportunities({opportunity_id})?{query(select='opportunityid', expand=expand)}")
        lead = found.data.get("originatingleadid") if found else None
        key = read_key(lead, self._prefix) if isinstance(lead, dict) else None
        return (text(lead, "leadid"), key) if isinstance(lead, dict) and key else None

    def find_id(self, entity_set: str, column: str, value: str) -> str | None:
        """The id of the one record with that value, cached for an hour; None: none, more than one, or nothing that we may see."""
        return self._references.get((entity_set, column, value), lambda: self._look_up(entity_set, column, value))

    def lead_lengths(self) -> Mapping[str, int]:
        """How long a text each column of the lead takes here, cached for an hour; empty where Sales does not say."""
        return self._lengths.get("lead", self._read_lengths)

    def changed_leads(self, since: datetime) -> Iterator[ChangedLead]:
        """Leads of ours with modifiedon >= since, oldest first, page by page."""
        return sales_changes.changed_leads(self._service, self._prefix, since)

    def changed_opportunities(self, since: datetime) -> Iterator[ChangedOpportunity]:
        """Opportunities of leads of ours with modifiedon >= since, oldest first, page by page."""
        return sales_changes.changed_opportunities(self._service, self._prefix, since)

    def _by_key(self, key: ProspectKey) -> str:
        return key_path("leads", **{key_column(self._prefix): key.text})

    def _lead_at(self, path: str) -> Answer | None:
        return self._found(f"{path}?{lead_query(self._prefix)}")

    def _found(self, path: str) -> Answer | None:
        try:
            return self._service.send(Operation("GET", path, FRESH))
        except Missing:
            return None

    def _view_of(self, record: Record, key: ProspectKey) -> SalesView:
        return self.lead(text(record, "leadid"), key) if record.get("merged") else SalesView(self._whole_lead(record))

    def _survivor_view(self, merged: Answer, key: ProspectKey) -> SalesView:
        """A merged lead is deactivated and looks disqualified (docs: merge), so only the survivor's state counts."""
        survivor, passed = merged, {text(merged.data, "leadid")}
        while survivor.data.get("merged"):
            master = master_of(survivor.data)  # empty where the survivor was deleted: its lookups are unlinked with it
            found = None if not master or master in passed else self._lead_at(f"leads({master})")
            if found is None:
                return SalesView(None)
            survivor = found
            passed.add(master)
        lead = self._whole_lead(survivor.data)
        if lead.key in (None, key):
            return SalesView(replace(lead, merged_into=lead.id))
        return SalesView(replace(read_lead(merged.data, self._prefix), merged_into=lead.id), survivor_key=lead.key)

    def _whole_lead(self, record: Record) -> Lead:
        """The lead, with the survivors of an account or contact that was merged (a request each)."""
        lead = read_lead(record, self._prefix)
        account = self._survivor("accounts", ACCOUNT, lead.account)
        contact = self._survivor("contacts", CONTACT, lead.contact)
        return replace(lead, account=account, contact=contact)

    def _survivor(self, entity_set: str, select: str, record: Record | None) -> Record | None:
        """The record that this one was merged into, followed once; None where that is gone."""
        master = master_of(record) if record else ""
        if not master:
            return record
        found = self._found(f"{entity_set}({master})?{query(select=select)}")
        return found.data if found else None

    def _lead_and_key(self) -> str:
        return f"leadid,{key_column(self._prefix)}"

    def _look_up(self, entity_set: str, column: str, value: str) -> str | None:
        options = query(select=column, filter=f"{column} eq {literal(value)}", top="2")
        answer = self._service.find(Operation("GET", f"{entity_set}?{options}", FRESH))
        found = records(answer.data) if answer else ()
        return _primary_key(found[0], column) if len(found) == 1 else None

    def _read_lengths(self) -> Mapping[str, int]:
        """An administrator may have changed them. No lead waits for the answer to this: the documented ones are good enough."""
        try:
            answer = self._service.find(Operation("GET", f"{_TEXT_COLUMNS}?{query(select='LogicalName,MaxLength')}"))
        except Transient:
            return {}
        rows = records(answer.data) if answer else ()
        return {text(row, "LogicalName"): int(length) for row in rows if (length := text(row, "MaxLength"))}


def _note(note: Note) -> Operation:
    entity_set, about = note.about
    bind = {f"{_NOTE_TARGETS[entity_set]}@odata.bind": f"/{entity_set}({about})"}
    return Operation("PATCH", f"annotations({note.id})?{TAG}", body={"subject": note.subject, "notetext": note.text, **bind})


def _rows(answer: PartAnswer) -> Sequence[Record]:
    return records(answer.data) if isinstance(answer, Answer) else ()


def _primary_key(record: Record, column: str) -> str | None:
    """The property beside the selected one: Dataverse always returns the primary key, of teams and users the `ownerid` too."""
    others = [str(value) for name, value in record.items() if name not in (column, "ownerid") and "@" not in name]
    return others[0] if len(others) == 1 else None
