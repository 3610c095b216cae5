"""What to ask Commerce, as parts of one $batch. Pure.

Each part is a filter, never a key: a key that is not there answers 404, and a failed part stops a $batch. Every URL says
cross-company=true, since the service user's default company would hide the others (docs: odata).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from shared.models import ProspectKey, Record
from shared.odata_messages import Operation, any_of, key_path, literal, query
from shared.ports import Question

CROSS_COMPANY = query(cross_company="true")

_NAMESPACE = "Microsoft.Dynamics.DataEntities"
_PENDING_B2B = f"IsB2BProspect eq {_NAMESPACE}.NoYes'Yes' and B2BProspectStatus eq {_NAMESPACE}.RetailB2BProspectStatus'Pending'"
_PROSPECT = "dataAreaId,ProspectId,PrimaryEmailAddress"
_CUSTOMER = "dataAreaId,CustomerAccount,PartyNumber,PartyType,PrimaryContactEmail,AddressBooks,OnHoldStatus,InvoiceAccount"
_CONTACT = "dataAreaId,ContactPersonId,ContactPersonPartyNumber,AssociatedPartyNumber,PrimaryEmailAddress,IsInactive"
_POLLED = (
    f"{_PROSPECT},ProspectName,CompanyName,ProspectPartyNumber,ProspectPartyType,IsB2BProspect,B2BProspectStatus,"
    "RetailChannelOperatingUnitPartyNumber"
)
_FRESH = {"If-None-Match": "null"}


class Part(StrEnum):
    """What a part of the $batch is about."""

    PROSPECT = "prospect"
    CUSTOMERS = "customers"
    EMAIL_CUSTOMERS = "customers by e-mail"
    EMAIL_PROSPECTS = "prospects by e-mail"
    EMAIL_CONTACTS = "contacts by e-mail"
    HIERARCHIES = "hierarchies by organization"
    NODES = "hierarchy nodes by party"
    CONTACTS = "contacts by party"


Parts = Mapping[Part, Operation]


def prospect_path(legal_entity: str, prospect_id: str) -> str:
    """A prospect by its full key."""
    return f"{key_path('Prospects', dataAreaId=legal_entity, ProspectId=prospect_id)}?{CROSS_COMPANY}"


def customer_path(legal_entity: str, account: str) -> str:
    """A customer by its full key."""
    return f"{key_path('CustomersV3', dataAreaId=legal_entity, CustomerAccount=account)}?{CROSS_COMPANY}"


def pending_prospects(legal_entities: Iterable[str], skip: int = 0) -> Operation:
    """Every pending B2B prospect of these legal entities (of all, where none is named); keys and what a check needs.

    F&O gives rows in order of their key where no other is asked, so that a later request may `skip` what was read.
    """
    areas = list(legal_entities)
    condition = f"{_PENDING_B2B} and {any_of('dataAreaId', areas)}" if areas else _PENDING_B2B
    from_there = f"&{query(skip=str(skip))}" if skip else ""
    polled = _collection("Prospects", condition, select=_POLLED, expand="Party")
    return replace(polled, path=f"{polled.path}{from_there}")


def parts_for(question: Question, *, contact_model: bool) -> Parts:
    """The parts that answer the question."""
    parts = {Part.PROSPECT: _prospect_by_filter(question.key), **_customer_parts(question)}
    parts.update(email_parts(question.key.legal_entity, question.emails, contact_model=contact_model))
    if question.hierarchy and question.parties:
        parts.update(_hierarchy_parts(question, contact_model=contact_model))
    return parts


def email_parts(legal_entity: str, emails: Iterable[str], *, contact_model: bool) -> Parts:
    """Who else has these e-mail addresses in the legal entity."""
    usable = askable(emails)
    if not usable:
        return {}
    area = f"dataAreaId eq {literal(legal_entity)}"
    by_primary_address = any_of("PrimaryEmailAddress", usable)
    customers = _collection("CustomersV3", f"{area} and {any_of('PrimaryContactEmail', usable)}", select=_CUSTOMER)
    prospects = _collection("Prospects", f"{area} and {_PENDING_B2B} and {by_primary_address}", select=_PROSPECT)
    parts = {Part.EMAIL_CUSTOMERS: customers, Part.EMAIL_PROSPECTS: prospects}
    if contact_model:
        parts[Part.EMAIL_CONTACTS] = _collection("ContactPersons", f"{area} and {by_primary_address}", select=_CONTACT)
    return parts


def askable(emails: Iterable[str]) -> tuple[str, ...]:
    """The e-mail addresses that may stand in a filter: one with an asterisk would be a wildcard search there (docs: odata)."""
    folded = {email.strip().casefold(): email.strip() for email in emails if email.strip() and "*" not in email}
    return tuple(folded.values())


def channel_parts(operating_unit_party: str) -> tuple[Operation, Operation]:
    """The retail channel and the online channel of an operating unit."""
    condition = f"OperatingUnitPartyNumber eq {literal(operating_unit_party)}"
    return _collection("RetailChannels", condition), _collection("OnlineChannels", condition)


def default_customer(legal_entity: str, account: str) -> Operation:
    """A channel's default customer, by filter."""
    return _collection("CustomersV3", f"dataAreaId eq {literal(legal_entity)} and CustomerAccount eq {literal(account)}")


def decision_request(legal_entity: str, prospect_id: str, decision: str) -> Record:
    """The body for a customer's own decision service, `Approve` or `Reject` (docs: custom-services; the root is a parameter)."""
    return {"_request": {"DataAreaId": legal_entity, "ProspectId": prospect_id, "Decision": decision}}


def _prospect_by_filter(key: ProspectKey) -> Operation:
    condition = f"dataAreaId eq {literal(key.legal_entity)} and ProspectId eq {literal(key.prospect_id)}"
    return _collection("Prospects", condition, expand="Party")


def _customer_parts(question: Question) -> Parts:
    either = [any_of("CustomerAccount", question.accounts)] if question.accounts else []
    either += [any_of("PartyNumber", question.parties)] if question.parties else []
    if not either:
        return {}
    condition = f"dataAreaId eq {literal(question.key.legal_entity)} and ({' or '.join(either)})"
    return {Part.CUSTOMERS: _collection("CustomersV3", condition, select=_CUSTOMER)}


def _hierarchy_parts(question: Question, *, contact_model: bool) -> Parts:
    """Both ways, since the prospect's party may be the organization or its Admin; hierarchies belong to no legal entity."""
    condition = any_of("OrganizationPartyNumber", question.parties)
    if question.hierarchies:
        condition = f"{condition} or {any_of('CustomerHierarchyId', question.hierarchies)}"
    parts = {
        Part.HIERARCHIES: _collection("CustomerHiearchies", condition, expand="CustomerHierarchyNode", headers=_FRESH),
        Part.NODES: _collection("CustomerHierarchyNodes", any_of("NodePartyNumber", question.parties)),
    }
    if contact_model:
        own = " or ".join(any_of(column, question.parties) for column in ("ContactPersonPartyNumber", "AssociatedPartyNumber"))
        condition = f"dataAreaId eq {literal(question.key.legal_entity)} and ({own})"
        parts[Part.CONTACTS] = _collection("ContactPersons", condition, select=_CONTACT)
    return parts


def _collection(entity_set: str, condition: str, *, headers: Mapping[str, str] | None = None, **options: str) -> Operation:
    return Operation("GET", f"{entity_set}?{CROSS_COMPANY}&{query(filter=condition, **options)}", headers or {})
