"""What an approval leaves behind (docs: partners-customer-hierarchies, b2b-multi-outlet): customers, hierarchy, Admin."""

from __future__ import annotations

from shared.models import Hierarchy, PartyType
from shared.ports import ChannelDefaults
from tests.fakes.commerce_records import CommerceRecords, FakeContact, FakeCustomer, FakeParty, FakeProspect


def make_records(
    records: CommerceRecords,
    prospect: FakeProspect,
    defaults: ChannelDefaults | None,
    *,
    reuses: bool,
    contact_model: bool,
    hierarchy: bool,
) -> None:
    """Both customers (or organization and contact), the hierarchy, its Admin; what is there already is taken over."""
    person = _existing_person(records, prospect) if reuses and not contact_model else None
    organization = _existing_organization(records, prospect, person) if reuses else None
    organization = organization or _new_customer(records, prospect, PartyType.ORGANIZATION, defaults, "")
    if contact_model:
        admin = _contact(records, prospect, organization)
    else:
        admin = (person or _new_customer(records, prospect, PartyType.PERSON, defaults, organization.account)).party
    if hierarchy:
        records.with_node(_hierarchy(records, organization), admin.number)


def _existing_person(records: CommerceRecords, prospect: FakeProspect) -> FakeCustomer | None:
    area, prospect_id = prospect.key.legal_entity, prospect.key.prospect_id
    people = [row for row in records.customers.values() if row.legal_entity == area and row.party.type == PartyType.PERSON]
    if prospect.party.type == PartyType.ORGANIZATION:
        return next((row for row in people if row.invoice_account == prospect_id), None)
    return next((row for row in people if row.party is prospect.party or row.account == prospect_id), None)


def _existing_organization(records: CommerceRecords, prospect: FakeProspect, person: FakeCustomer | None) -> FakeCustomer | None:
    area = prospect.key.legal_entity
    if prospect.party.type == PartyType.ORGANIZATION:
        rows = (row for row in records.customers.values() if row.legal_entity == area)
        return next((row for row in rows if row.party is prospect.party), None)
    if person and person.invoice_account:
        return records.customers.get((area, person.invoice_account))
    return _organization_of_admin(records, prospect)


def _organization_of_admin(records: CommerceRecords, prospect: FakeProspect) -> FakeCustomer | None:
    """The organization in whose hierarchy the party already is: what an earlier approval left behind."""
    parties = {one.organization_party for one in records.hierarchies.values() if prospect.party.number in one.admins()}
    rows = (row for row in records.customers.values() if row.legal_entity == prospect.key.legal_entity)
    return next((row for row in rows if row.party.number in parties), None)


def _new_customer(
    records: CommerceRecords,
    prospect: FakeProspect,
    party_type: PartyType,
    defaults: ChannelDefaults | None,
    invoice_account: str,
) -> FakeCustomer:
    """With the prospect's party and number where its type is the wanted one, else with its own."""
    takes_party = prospect.party.type == party_type
    account = prospect.key.prospect_id if takes_party else records.number("CUST")
    books = ";".join(sorted(defaults.address_books)) if defaults else ""
    party = prospect.party if takes_party else _new_party(records, prospect, party_type)
    made = FakeCustomer(prospect.key.legal_entity, account, party, books, invoice_account=invoice_account)
    while (made.legal_entity, made.account) in records.customers:
        made.account = records.number("CUST")
    records.customers[made.legal_entity, made.account] = made
    return made


def _new_party(records: CommerceRecords, prospect: FakeProspect, party_type: PartyType) -> FakeParty:
    email = prospect.party.email if party_type is PartyType.PERSON else ""
    return records.new_party(party_type, email)


def _contact(records: CommerceRecords, prospect: FakeProspect, organization: FakeCustomer) -> FakeParty:
    there = next((row for row in records.contacts.values() if row.organization_party == organization.party.number), None)
    if there:
        return there.party
    party = prospect.party if prospect.party.type == PartyType.PERSON else _new_party(records, prospect, PartyType.PERSON)
    made = FakeContact(records.number("CONTACT"), organization.legal_entity, party, organization.party.number)
    records.contacts[made.id] = made
    return party


def _hierarchy(records: CommerceRecords, organization: FakeCustomer) -> Hierarchy:
    party = organization.party.number
    there = next((one for one in records.hierarchies.values() if one.organization_party == party), None)
    if there is None:
        there = Hierarchy(records.number("HIER"), party)
        records.hierarchies[there.id] = there
    return there
