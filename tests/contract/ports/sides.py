"""One suite, two of each system: the fake in memory and the real client against the sandbox over HTTP.

A side is the port under test and what people do around it, in the same words for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.models import Customer, PartyType, Prospect, ProspectKey
from shared.ports import Commerce, Sales
from tests.fakes.commerce import FakeCommerce
from tests.fakes.commerce_records import FakeContact
from tests.fakes.sales import FakeSales


class SalesSide(Protocol):
    """Sales and its sellers. Ids are those of leads and opportunities."""

    port: Sales

    def requests(self) -> int: ...
    def notes(self) -> dict[str, str]: ...
    def edit(self, lead_id: str, **fields: object) -> None: ...
    def qualify(self, lead_id: str, *, account: bool = True, contact: bool = True, opportunity: bool = True) -> None: ...
    def disqualify(self, lead_id: str, reason: int) -> None: ...
    def reactivate(self, lead_id: str) -> None: ...
    def delete_lead(self, lead_id: str) -> None: ...
    def merge(self, subordinate: str, survivor: str) -> None: ...
    def stranger(self) -> str: ...
    def dual_writes_lead(self, prospect: Prospect) -> str: ...
    def opportunity(self, lead_id: str) -> str: ...
    def add_opportunity(self, lead_id: str) -> None: ...
    def win(self, opportunity_id: str) -> None: ...
    def lose(self, opportunity_id: str, reason: int) -> None: ...
    def reopen(self, opportunity_id: str) -> None: ...


class CommerceSide(Protocol):
    """Commerce, the site's visitors and head office's clerks."""

    port: Commerce

    def requests(self) -> int: ...
    def contact_model(self) -> Commerce: ...
    def by_clerks(self) -> Commerce: ...
    def submit(self, email: str, legal_entity: str = "usmf", party_type: PartyType = PartyType.PERSON) -> ProspectKey: ...
    def decide(self, key: ProspectKey, decision: str) -> None: ...
    def set_status(self, key: ProspectKey, status: str) -> None: ...
    def edit(self, key: ProspectKey, company: str) -> None: ...
    def change_email(self, key: ProspectKey, email: str) -> None: ...
    def delete(self, key: ProspectKey) -> None: ...
    def add_customer(self, account: str, email: str, legal_entity: str = "usmf") -> None: ...
    def customers(self) -> list[Customer]: ...
    def mails(self) -> list[str]: ...
    def enable_contacts(self) -> None: ...


# ---- in memory


@dataclass
class SalesInMemory:
    """SalesSide on FakeSales."""

    port: FakeSales

    def requests(self) -> int:
        return self.port.requests

    def notes(self) -> dict[str, str]:
        return {note.id: note.text for note in self.port.notes.values()}

    def edit(self, lead_id: str, **fields: object) -> None:
        self.port.edit(self.port.records.leads[lead_id], **fields)

    def qualify(self, lead_id: str, *, account: bool = True, contact: bool = True, opportunity: bool = True) -> None:
        self.port.qualify(self.port.records.leads[lead_id], account=account, contact=contact, opportunity=opportunity)

    def disqualify(self, lead_id: str, reason: int) -> None:
        self.port.disqualify(self.port.records.leads[lead_id], reason)

    def reactivate(self, lead_id: str) -> None:
        self.port.reactivate(self.port.records.leads[lead_id])

    def delete_lead(self, lead_id: str) -> None:
        self.port.delete_lead(self.port.records.leads[lead_id])

    def merge(self, subordinate: str, survivor: str) -> None:
        self.port.merge(self.port.records.leads[subordinate], self.port.records.leads[survivor])

    def stranger(self) -> str:
        return self.port.new_lead(lastname="Somebody").id

    def dual_writes_lead(self, prospect: Prospect) -> str:
        self.port.dual_write = True
        return self.port.new_lead(msdyn_prospectid=prospect.prospect_id, msdyn_partyid=prospect.party_number).id

    def opportunity(self, lead_id: str) -> str:
        return self.port.records.of_lead(lead_id)[-1].id

    def add_opportunity(self, lead_id: str) -> None:
        self.port.add_opportunity(self.port.records.leads[lead_id])

    def win(self, opportunity_id: str) -> None:
        self.port.win(self.port.records.opportunities[opportunity_id])

    def lose(self, opportunity_id: str, reason: int) -> None:
        self.port.lose(self.port.records.opportunities[opportunity_id], reason)

    def reopen(self, opportunity_id: str) -> None:
        self.port.reopen(self.port.records.opportunities[opportunity_id])


@dataclass
class CommerceInMemory:
    """CommerceSide on FakeCommerce."""

    port: FakeCommerce

    def requests(self) -> int:
        return self.port.requests

    def contact_model(self) -> Commerce:
        self.port.contact_model = True
        return self.port

    def by_clerks(self) -> Commerce:
        self.port.decided_by_clerks = True
        return self.port

    def submit(self, email: str, legal_entity: str = "usmf", party_type: PartyType = PartyType.PERSON) -> ProspectKey:
        return self.port.submit(email, "Fabrikam", legal_entity, first_name="Ann", last_name="Lee", party_type=party_type)

    def decide(self, key: ProspectKey, decision: str) -> None:
        {"approve": self.port.clerk_approves, "reject": self.port.clerk_rejects}[decision](key)

    def set_status(self, key: ProspectKey, status: str) -> None:
        self.port.set_status(key, status)

    def edit(self, key: ProspectKey, company: str) -> None:
        self.port.edit(key, company=company)

    def change_email(self, key: ProspectKey, email: str) -> None:
        self.port.edit(key, email=email)

    def delete(self, key: ProspectKey) -> None:
        self.port.delete(key)

    def add_customer(self, account: str, email: str, legal_entity: str = "usmf") -> None:
        self.port.add_customer(account, email, legal_entity)

    def customers(self) -> list[Customer]:
        return [row.shown() for row in self.port.records.customers.values()]

    def mails(self) -> list[str]:
        return [f"{mail.kind} {mail.to}" for mail in self.port.records.outbox]

    def enable_contacts(self) -> None:
        contacts: list[FakeContact] = [*self.port.records.contacts.values()]
        for contact in contacts:
            contact.enabled = True
