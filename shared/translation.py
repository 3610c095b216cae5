"""The field map applied for one onboarding: a prospect as the lead and its note, account and contact as customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.field_map import FieldMap
from shared.findings import Finding
from shared.mapping import (
    Mapped,
    accounts_for,
    hierarchy_for,
    lead_values,
    note_text,
    organization_values,
    person_values,
    resolve,
)
from shared.models import Hierarchy, HierarchyNode, Lead, PartyType, Prospect, Record
from shared.notes import EXPLANATIONS
from shared.policy import AccessModel, Customers
from shared.ports import ChannelDefaults, CustomerDraft, Note, Sales
from shared.record import Onboarding

_LOSSES = {"cut": "shortened", "left-empty": "left empty", "unresolved": "not as the seller wrote it"}
"""What a remark on a customer's field says; of the others nothing was lost."""


@dataclass(frozen=True)
class Translation:
    """What one environment's mapping needs to know."""

    field_map: FieldMap
    prefix: str = "b2b"
    customers: Customers = Customers.BRIDGE
    access_model: AccessModel = AccessModel.PERSON
    owner_teams: Mapping[str, str] = field(default_factory=dict)
    """Legal entity or channel in lower case, or `*` -> team id."""
    headquarters_url: str = ""

    def with_accounts(self, known: Onboarding) -> Onboarding:
        """The record with its customers' account numbers, once the party's type says which customer takes the prospect's."""
        if known.organization_account or known.person_account or not known.party_type:
            return known
        organization, person = accounts_for(known.key, known.party_type)
        if self.customers is Customers.COMMERCE or self.access_model is AccessModel.CONTACT:
            # Only the one with the prospect's party has an account that is known before. Without a Person that is invoiced to
            # it, nothing ties another Organization to the prospect: an approval would make a second one.
            organization, person = (account if account == known.key.prospect_id else "" for account in (organization, person))
        if self.access_model is AccessModel.CONTACT:
            person = ""
        return replace(known, organization_account=organization, person_account=person)

    def key_columns(self, known: Onboarding) -> Record:
        """The lead's columns that tie it to its onboarding."""
        return {f"{self.prefix}_prospectkey": known.key.text, f"{self.prefix}_correlationid": known.correlation_id}

    def lead(self, prospect: Prospect, known: Onboarding, findings: tuple[Finding, ...], sales: Sales) -> tuple[Record, Note]:
        """The lead's columns and its note, which says what was not found or cut. Sales tells ids and lengths (cached)."""
        mapped = lead_values(prospect, self.key_columns(known), self.field_map, sales.lead_lengths())
        found = {lookup: sales.find_id(lookup.entity_set, lookup.column, str(lookup.value)) for lookup in mapped.lookups}
        resolved = resolve(mapped, found)
        said = tuple(EXPLANATIONS.get(cause, cause) for cause, _ in findings)
        text = note_text(prospect, resolved, self.field_map, self.headquarters_url, said)
        lead_id = str(known.key.identifier("lead", known.epoch))
        note = Note(str(known.key.identifier("note/created", known.epoch)), ("leads", lead_id), "Request from the B2B site", text)
        return {**resolved.values, **self._owner(known)}, note

    def organization(self, prospect: Prospect, lead: Lead, known: Onboarding, defaults: ChannelDefaults | None) -> CustomerDraft:
        """The account as a customer of type Organization."""
        account, party = known.organization_account, self._party(prospect, PartyType.ORGANIZATION)
        mapped = organization_values(prospect, lead.fields, lead.account or {}, defaults, account, party, self.field_map)
        return CustomerDraft(prospect.legal_entity, account, mapped.values, _losses(PartyType.ORGANIZATION, mapped))

    def person(self, prospect: Prospect, lead: Lead, known: Onboarding, defaults: ChannelDefaults | None) -> CustomerDraft:
        """The contact as a customer of type Person, invoiced to the organization."""
        account, party = known.person_account, self._party(prospect, PartyType.PERSON)
        invoice = known.organization_account
        mapped = person_values(prospect, lead.fields, lead.contact or {}, defaults, account, party, invoice, self.field_map)
        return CustomerDraft(prospect.legal_entity, account, mapped.values, _losses(PartyType.PERSON, mapped))

    def hierarchy(self, known: Onboarding) -> Hierarchy:
        """The partner's customer hierarchy with the requester as its Admin, where the bridge makes it."""
        return Hierarchy(hierarchy_for(known.key), known.organization_party, (HierarchyNode(known.person_party, "Admin"),))

    def _party(self, prospect: Prospect, party_type: PartyType) -> str | None:
        return prospect.party_number if prospect.party_type == party_type else None

    def _owner(self, known: Onboarding) -> Record:
        """The team that owns the lead, so that it is in nobody's My Open Leads (docs: prospect-management-sales)."""
        teams = self.owner_teams
        team = teams.get(known.channel.lower()) or teams.get(known.key.legal_entity) or teams.get("*")
        return {"ownerid@odata.bind": f"/teams({team})"} if team else {}


def _losses(customer: PartyType, mapped: Mapped) -> tuple[str, ...]:
    said = (f"{customer} {remark.target} {_LOSSES[remark.what]}" for remark in mapped.remarks if remark.what in _LOSSES)
    return tuple(dict.fromkeys(said))
