"""Records of Commerce as values, and a $batch's answers as one view. Pure.

Every comparison is made again here: `eq` in F&O may ignore case or see a wildcard, and only equal texts count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.commerce_questions import Part
from shared.models import CommerceView, Customer, Hierarchy, HierarchyNode, Prospect, ProspectKey, ProspectStatus, Record
from shared.ports import ChannelDefaults, Question

Rows = Mapping[Part, Sequence[Record]]


def read_prospect(record: Record) -> Prospect:
    """A row of Prospects, its expanded party flattened to `Party.*`."""
    legal_entity, prospect_id = text(record, "dataAreaId"), text(record, "ProspectId")
    return Prospect(
        key=ProspectKey.of(legal_entity, prospect_id),
        legal_entity=legal_entity,
        prospect_id=prospect_id,
        status=_status(text(record, "B2BProspectStatus")),
        is_b2b=text(record, "IsB2BProspect") == "Yes",
        party_number=text(record, "ProspectPartyNumber"),
        party_type=text(record, "ProspectPartyType"),
        email=text(record, "PrimaryEmailAddress").strip(),
        etag=text(record, "@odata.etag"),
        channel=text(record, "RetailChannelOperatingUnitPartyNumber"),
        fields=dict(_flattened(record)),
    )


def read_customer(record: Record) -> Customer:
    """A row of CustomersV3."""
    return Customer(
        account=text(record, "CustomerAccount"),
        party_number=text(record, "PartyNumber"),
        party_type=text(record, "PartyType"),
        email=text(record, "PrimaryContactEmail").strip(),
        address_books=text(record, "AddressBooks"),
        on_hold=text(record, "OnHoldStatus") or "No",
        invoice_account=text(record, "InvoiceAccount"),
    )


def read_defaults(record: Record) -> ChannelDefaults:
    """A channel's default customer; address books are separated by semicolons."""
    return ChannelDefaults(
        default_account=text(record, "CustomerAccount"),
        customer_group=text(record, "CustomerGroupId"),
        currency=text(record, "SalesCurrencyCode"),
        language=text(record, "LanguageId"),
        address_books=frozenset(book.strip() for book in text(record, "AddressBooks").split(";") if book.strip()),
        allow_on_account=text(record, "AllowOnAccount"),
    )


@dataclass(frozen=True)
class Own:
    """What belongs to the onboarding itself and is therefore no duplicate; texts are case-folded."""

    key: ProspectKey
    emails: frozenset[str]
    accounts: frozenset[str]
    parties: frozenset[str]

    @classmethod
    def of(cls, question: Question, prospect: Prospect | None) -> Own:
        """The accounts and parties that are known, with the prospect's own party."""
        parties = (*question.parties, prospect.party_number if prospect else "")
        return cls(question.key, _folded(question.emails), _folded(question.accounts), _folded(parties))

    def customer(self, customer: Customer) -> bool:
        """Whether this customer is the onboarding's."""
        return customer.account.casefold() in self.accounts or customer.party_number.casefold() in self.parties

    def contact(self, contact: Record) -> bool:
        """Whether this contact person is the onboarding's, or its organization's."""
        parties = {text(contact, "ContactPersonPartyNumber").casefold(), text(contact, "AssociatedPartyNumber").casefold()}
        return not parties.isdisjoint(self.parties)


def prospect_in(rows: Rows, key: ProspectKey) -> Prospect | None:
    """The prospect with exactly this key."""
    return next((prospect for prospect in map(read_prospect, rows.get(Part.PROSPECT, ())) if prospect.key == key), None)


def read_view(question: Question, rows: Rows, *, contact_model: bool) -> CommerceView:
    """The answers to a question; what was not asked stays None."""
    prospect = prospect_in(rows, question.key)
    own = Own.of(question, prospect)
    emails_asked = Part.EMAIL_CUSTOMERS in rows
    hierarchies = _hierarchies(rows) if Part.HIERARCHIES in rows else None
    return CommerceView(
        prospect=prospect,
        customers=tuple(customer for customer in map(read_customer, rows.get(Part.CUSTOMERS, ())) if own.customer(customer)),
        same_email_accounts=same_email_accounts(rows, own) if emails_asked else None,
        same_email_prospects=same_email_prospects(rows, own) if emails_asked else None,
        hierarchies=hierarchies,
        contact_enabled=_contact_enabled(rows, hierarchies or ()) if contact_model else None,
    )


def same_email_accounts(rows: Rows, own: Own) -> tuple[str, ...]:
    """Accounts of other customers, and in the contact model ids of other contacts, with one of the e-mail addresses."""
    customers = (c for c in map(read_customer, rows.get(Part.EMAIL_CUSTOMERS, ())) if c.email.casefold() in own.emails)
    accounts = {customer.account for customer in customers if not own.customer(customer)}
    contacts = (c for c in rows.get(Part.EMAIL_CONTACTS, ()) if _address(c) in own.emails and not own.contact(c))
    return tuple(sorted(accounts | {text(contact, "ContactPersonId") for contact in contacts}))


def same_email_prospects(rows: Rows, own: Own) -> tuple[str, ...]:
    """The keys' texts of other pending B2B prospects with one of the e-mail addresses."""
    same = (record for record in rows.get(Part.EMAIL_PROSPECTS, ()) if _address(record) in own.emails)
    keys = {ProspectKey.of(text(record, "dataAreaId"), text(record, "ProspectId")) for record in same}
    return tuple(sorted(key.text for key in keys - {own.key}))


def text(record: Record, name: str) -> str:
    """A property as text; empty for null. Symbols of enums are texts already."""
    value = record.get(name)
    return "" if value is None else str(value)


def _status(symbol: str) -> ProspectStatus:
    return ProspectStatus(symbol) if symbol in set(ProspectStatus) else ProspectStatus.UNKNOWN


def _flattened(record: Record) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        if name == "Party" and isinstance(value, dict):
            yield from ((f"Party.{inner}", inner_value) for inner, inner_value in value.items() if not inner.startswith("@"))
        else:
            yield name, value


def _hierarchies(rows: Rows) -> tuple[Hierarchy, ...]:
    """Those of the organization whole; those that only a node of ours led to with that node alone, their organization unknown."""
    whole = {text(row, "CustomerHierarchyId"): row for row in rows[Part.HIERARCHIES] if _is_b2b(row)}
    found = [Hierarchy(name, text(row, "OrganizationPartyNumber"), _nodes(_members(row))) for name, row in whole.items()]
    others: dict[str, list[Record]] = {}
    for node in rows.get(Part.NODES, ()):
        if (name := text(node, "CustomerHierarchyId")) not in whole:
            others.setdefault(name, []).append(node)
    led_to = (Hierarchy(name, "", _nodes(nodes)) for name, nodes in others.items())
    return (*found, *(hierarchy for hierarchy in led_to if hierarchy.nodes))


def _is_b2b(row: Record) -> bool:
    return text(row, "Purpose") in ("", "B2BOrganization")


def _members(row: Record) -> list[Record]:
    nodes = row.get("CustomerHierarchyNode")
    return nodes if isinstance(nodes, list) else []


def _nodes(rows: Iterable[Record]) -> tuple[HierarchyNode, ...]:
    """Live nodes: a removed one keeps its row and gets the version that removed it (soft-versioned)."""
    live = (row for row in rows if text(row, "VersionRemoved") in ("", "0"))
    return tuple(HierarchyNode(text(row, "NodePartyNumber"), text(row, "Role")) for row in live)


def _contact_enabled(rows: Rows, hierarchies: Iterable[Hierarchy]) -> bool | None:
    """Whether every Admin contact may sign in; None where none was found.

    No public page names the property behind the form's Enable; IsInactive is the only candidate in the metadata.
    """
    admins = {admin for hierarchy in hierarchies for admin in hierarchy.admins()}
    contacts = [row for row in rows.get(Part.CONTACTS, ()) if text(row, "ContactPersonPartyNumber") in admins]
    return all(text(contact, "IsInactive") != "Yes" for contact in contacts) if contacts else None


def _address(record: Record) -> str:
    return text(record, "PrimaryEmailAddress").strip().casefold()


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(value.strip().casefold() for value in texts if value.strip())
