"""What FakeCommerce keeps: prospects, parties, customers, hierarchies, mails; and how the port shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from shared.errors import Outdated, System
from shared.models import Customer, Hierarchy, HierarchyNode, PartyType, Prospect, ProspectKey, ProspectStatus
from shared.ports import Question


@dataclass
class FakeParty:
    """A party of the global address book: its e-mail is that of every record of it."""

    number: str
    type: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""


@dataclass
class FakeProspect:
    """One row of Prospects. `status` is the raw symbol."""

    key: ProspectKey
    party: FakeParty
    company: str
    channel: str
    status: str = "Pending"
    is_b2b: bool = True
    version: int = 1
    fields: dict[str, object] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Another one after each change."""
        return f'W/"{self.key.text};{self.version}"'


@dataclass
class FakeCustomer:
    """One row of CustomersV3."""

    legal_entity: str
    account: str
    party: FakeParty
    address_books: str = ""
    on_hold: str = "No"
    invoice_account: str = ""
    by_the_bridge: bool = False

    def shown(self) -> Customer:
        """As the port shows it."""
        return Customer(
            self.account,
            self.party.number,
            self.party.type,
            self.party.email,
            self.address_books,
            self.on_hold,
            self.invoice_account,
        )


@dataclass
class FakeContact:
    """A contact person of an organization (contact access model)."""

    id: str
    legal_entity: str
    party: FakeParty
    organization_party: str
    enabled: bool = False


@dataclass(frozen=True)
class Mail:
    """A mail that went out: `approved` or `rejected`."""

    key: ProspectKey
    kind: str
    to: str


@dataclass
class CommerceRecords:
    """The entity sets of one environment."""

    prospects: dict[ProspectKey, FakeProspect] = field(default_factory=dict)
    parties: dict[str, FakeParty] = field(default_factory=dict)
    customers: dict[tuple[str, str], FakeCustomer] = field(default_factory=dict)
    contacts: dict[str, FakeContact] = field(default_factory=dict)
    hierarchies: dict[str, Hierarchy] = field(default_factory=dict)
    outbox: list[Mail] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def number(self, kind: str) -> str:
        """The next number of a sequence, e.g. `PARTY-000001`."""
        return f"{kind}-{next(self._numbers):06}"

    def new_party(self, party_type: str, email: str = "", first_name: str = "", last_name: str = "") -> FakeParty:
        """A party of its own."""
        made = FakeParty(self.number("PARTY"), party_type, email, first_name, last_name)
        self.parties[made.number] = made
        return made

    # ---- as the port shows it

    def prospect(self, key: ProspectKey) -> Prospect | None:
        """One prospect."""
        row = self.prospects.get(key)
        return _shown(row) if row else None

    def pending(self, legal_entities: frozenset[str]) -> Iterator[Prospect]:
        """Pending B2B prospects in order of their keys; no legal entity named: of all."""
        for key, row in sorted(self.prospects.items()):
            if row.is_b2b and row.status == ProspectStatus.PENDING and (not legal_entities or key.legal_entity in legal_entities):
                yield _shown(row)

    def own_customers(self, question: Question, own_parties: frozenset[str]) -> tuple[Customer, ...]:
        """Those of the onboarding: by its accounts or its parties."""
        area, accounts = question.key.legal_entity, {account.casefold() for account in question.accounts}
        if not accounts and not question.parties:
            return ()
        rows = (row for (legal_entity, _), row in sorted(self.customers.items()) if legal_entity == area)
        return tuple(row.shown() for row in rows if row.account.casefold() in accounts or row.party.number in own_parties)

    def same_email_accounts(
        self, key: ProspectKey, emails: frozenset[str], accounts: frozenset[str], parties: frozenset[str]
    ) -> tuple[str, ...]:
        """Other customers (and contacts) of the legal entity with one of these e-mail addresses, which are case-folded."""
        area = key.legal_entity
        customers = (row for (legal_entity, _), row in self.customers.items() if legal_entity == area)
        found = {
            row.account
            for row in customers
            if row.party.email.casefold() in emails and row.account.casefold() not in accounts and row.party.number not in parties
        }
        contacts = (row for row in self.contacts.values() if row.legal_entity == area and row.party.email.casefold() in emails)
        return tuple(
            sorted(found | {row.id for row in contacts if parties.isdisjoint({row.party.number, row.organization_party})})
        )

    def same_email_prospects(self, key: ProspectKey, emails: frozenset[str]) -> tuple[str, ...]:
        """Other pending B2B prospects of the legal entity with one of these e-mail addresses."""
        rows = (row for row in self.prospects.values() if row.key != key and row.key.legal_entity == key.legal_entity)
        pending = (row for row in rows if row.is_b2b and row.status == ProspectStatus.PENDING)
        return tuple(sorted(row.key.text for row in pending if row.party.email.strip().casefold() in emails))

    def hierarchies_of(self, question: Question) -> tuple[Hierarchy, ...]:
        """Those of an organization among the parties, or asked by id, whole; those that only a node leads to with it alone."""
        parties, ids = question.parties, question.hierarchies
        whole = [one for one in self.hierarchies.values() if one.organization_party in parties or one.id in ids]
        others = []
        for one in self.hierarchies.values():
            nodes = tuple(node for node in one.nodes if node.party_number in parties)
            if one not in whole and nodes:
                others.append(Hierarchy(one.id, "", nodes))
        return (*whole, *others)

    def contact_enabled(self, hierarchies: tuple[Hierarchy, ...], parties: frozenset[str]) -> bool | None:
        """Whether every Admin contact may sign in; None where none was found."""
        admins = {admin for hierarchy in hierarchies for admin in hierarchy.admins()}
        rows = [row for row in self.contacts.values() if not parties.isdisjoint({row.party.number, row.organization_party})]
        found = [row.enabled for row in rows if row.party.number in admins]
        return all(found) if found else None

    def add_hierarchy(self, hierarchy: Hierarchy) -> None:
        """A new one; Outdated where its id is taken."""
        if hierarchy.id in self.hierarchies:
            raise Outdated(System.COMMERCE, "the record already exists", status=400)
        self.hierarchies[hierarchy.id] = hierarchy

    def with_node(self, hierarchy: Hierarchy, party: str) -> None:
        """Put an Admin into the hierarchy, once."""
        if party not in hierarchy.admins():
            nodes = (*hierarchy.nodes, HierarchyNode(party, "Admin"))
            self.hierarchies[hierarchy.id] = Hierarchy(hierarchy.id, hierarchy.organization_party, nodes)


def _shown(row: FakeProspect) -> Prospect:
    named = {"ProspectName": f"{row.party.first_name} {row.party.last_name}".strip() or row.company, "CompanyName": row.company}
    names = {"Party.PersonFirstName": row.party.first_name, "Party.PersonLastName": row.party.last_name}
    return Prospect(
        key=row.key,
        legal_entity=row.key.legal_entity,
        prospect_id=row.key.prospect_id,
        status=ProspectStatus(row.status) if row.status in set(ProspectStatus) else ProspectStatus.UNKNOWN,
        is_b2b=row.is_b2b,
        party_number=row.party.number,
        party_type=row.party.type,
        email=row.party.email.strip(),
        etag=row.etag,
        channel=row.channel,
        fields={
            "dataAreaId": row.key.legal_entity, "ProspectId": row.key.prospect_id, "PrimaryEmailAddress": row.party.email,
            **named, **(names if row.party.type == PartyType.PERSON else {}), **row.fields,
        },
    )  # fmt: skip
