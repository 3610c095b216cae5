"""What people do on a canary's way, through the public interfaces alone: the request, the seller's work, the tidying up."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from operations.environment import Environment
from shared.commerce_questions import CROSS_COMPANY, customer_path, prospect_path
from shared.errors import ServiceError
from shared.models import ProspectKey, Record
from shared.odata import records
from shared.odata_messages import Operation, key_path, literal, query
from shared.sales_reading import FRESH, key_column

LOST, QUALIFIED, WON = 4, 3, 3
"""statuscode of a disqualified and a qualified lead, and of a won opportunity"""
_B2B_TYPE = "B2B prospect"


@dataclass(frozen=True)
class Marker:
    """By what a canary is known everywhere."""

    token: str = field(default_factory=lambda: secrets.token_hex(4))
    domain: str = "canary.invalid"

    @property
    def company(self) -> str:
        """The company's name; the requester has it too."""
        return f"Canary {self.token}"

    @property
    def email(self) -> str:
        """The requester's e-mail address. No mail reaches the top-level domain `invalid` (RFC 2606)."""
        return f"canary-{self.token}@{self.domain}"


@dataclass(frozen=True)
class HeadOffice:
    """The canary in Commerce."""

    environment: Environment

    def request(self, marker: Marker, legal_entity: str) -> ProspectKey:
        """Make the prospect as head office's own entity takes it; raises the ServiceErrors."""
        body = {
            "dataAreaId": legal_entity,
            "IsB2BProspect": "Yes",
            "B2BProspectStatus": "Pending",
            "ProspectPartyType": "Person",
            "ProspectRelationTypeId": _B2B_TYPE,
            "ProspectName": marker.company,
            "CompanyName": marker.company,
            "PrimaryEmailAddress": marker.email,
            "RetailChannelOperatingUnitPartyNumber": self._channel(legal_entity),
        }
        operation = Operation("POST", f"Prospects?{CROSS_COMPANY}", body=body, repeatable=False)
        made = self.environment.commerce.send(operation).data
        return ProspectKey.of(legal_entity, str(made["ProspectId"]))

    def find(self, marker: Marker) -> ProspectKey | None:
        """The prospect with the marker's e-mail address, or None."""
        found = self._rows("Prospects", f"PrimaryEmailAddress eq {literal(marker.email)}", "dataAreaId,ProspectId")
        return ProspectKey.of(str(found[0]["dataAreaId"]), str(found[0]["ProspectId"])) if found else None

    def status(self, key: ProspectKey) -> str:
        """The prospect's B2B status; empty where it is gone."""
        condition = f"dataAreaId eq {literal(key.legal_entity)} and ProspectId eq {literal(key.prospect_id)}"
        found = self._rows("Prospects", condition, "B2BProspectStatus")
        return str(found[0]["B2BProspectStatus"]) if found else ""

    def decide(self, key: ProspectKey, status: str) -> None:
        """Write the status as the decision channel `status` does."""
        path = prospect_path(key.legal_entity, key.prospect_id)
        self.environment.commerce.send(Operation("PATCH", path, body={"B2BProspectStatus": status}, repeatable=False))

    def customers(self, marker: Marker, key: ProspectKey) -> list[Record]:
        """The canary's customers: of the prospect's own account, with its e-mail address, or with its name."""
        either = (
            f"CustomerAccount eq {literal(key.prospect_id)} or PrimaryContactEmail eq {literal(marker.email)} "
            f"or OrganizationName eq {literal(marker.company)}"
        )
        select = "dataAreaId,CustomerAccount,PartyNumber,PartyType,PrimaryContactEmail"
        return self._rows("CustomersV3", f"dataAreaId eq {literal(key.legal_entity)} and ({either})", select)

    def hierarchies(self, parties: Iterable[str]) -> list[Record]:
        """The hierarchies that one of these parties owns or is a live node of, each with its `admins`."""
        found: dict[str, Any] = {}
        for party in parties:
            owned = self._rows("CustomerHiearchies", f"OrganizationPartyNumber eq {literal(party)}", "CustomerHierarchyId")
            nodes = self._rows("CustomerHierarchyNodes", f"NodePartyNumber eq {literal(party)}", "CustomerHierarchyId,Role")
            for row in (*owned, *nodes):
                hierarchy = found.setdefault(str(row["CustomerHierarchyId"]), {"id": row["CustomerHierarchyId"], "admins": 0})
                hierarchy["admins"] += row.get("Role") == "Admin"
        return list(found.values())

    def tidy(self, marker: Marker, key: ProspectKey) -> tuple[list[str], list[str]]:
        """Put the customers on hold, delete the prospect (else reject it while it is pending).

        What stays on purpose, a customer being nothing that is deleted, and what could not be put away."""
        kept, left, customers = [], [], self.customers(marker, key)
        for row in customers:
            path = customer_path(key.legal_entity, str(row["CustomerAccount"]))
            held = _done(self.environment.commerce, Operation("PATCH", path, body={"OnHoldStatus": "All"}))
            (kept if held else left).append(f"customer {row['CustomerAccount']} {'on hold' if held else 'is not on hold'}")
        kept += [f"hierarchy {found['id']}" for found in self.hierarchies(str(row["PartyNumber"]) for row in customers)]
        path = prospect_path(key.legal_entity, key.prospect_id)
        if self.status(key) and not _done(self.environment.commerce, Operation("DELETE", path)):
            left.append(f"prospect {key.text}")
            if self.status(key) == "Pending":
                _done(self.environment.commerce, Operation("PATCH", path, body={"B2BProspectStatus": "Rejected"}))
        return kept, left

    def _channel(self, legal_entity: str) -> str:
        found = self._rows("OnlineChannels", f"DefaultCustomerLegalEntity eq {literal(legal_entity)}", "OperatingUnitPartyNumber")
        return str(found[0]["OperatingUnitPartyNumber"]) if found else ""

    def _rows(self, entity_set: str, condition: str, select: str) -> list[Record]:
        path = f"{entity_set}?{CROSS_COMPANY}&{query(filter=condition, select=select)}"
        return list(self.environment.commerce.rows(Operation("GET", path, FRESH)))


@dataclass(frozen=True)
class Seller:
    """The canary in Sales."""

    environment: Environment

    def lead(self, key: ProspectKey) -> str:
        """The lead's id; empty where there is none."""
        column = key_column(self.environment.settings.lead_column_prefix)
        path = key_path("leads", **{column: key.text})
        try:
            return str(self.environment.sales.send(Operation("GET", f"{path}?{query(select='leadid')}")).data["leadid"])
        except ServiceError as error:
            if error.status == 404:
                return ""
            raise

    def qualify(self, lead: str) -> None:
        """Qualify, with account, contact and opportunity."""
        body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": QUALIFIED}
        path = f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead"
        self.environment.sales.send(Operation("POST", path, body=body, repeatable=False))

    def disqualify(self, lead: str, reason: int = LOST) -> None:
        """Disqualify."""
        self.environment.sales.send(Operation("PATCH", f"leads({lead})", body={"statecode": 2, "statuscode": reason}))

    def win(self, opportunity: str) -> None:
        """Close it as won."""
        close = {
            "@odata.type": "Microsoft.Dynamics.CRM.opportunityclose",
            "subject": "Canary",
            "opportunityid@odata.bind": f"/opportunities({opportunity})",
        }
        body = {"Status": WON, "OpportunityClose": close}
        self.environment.sales.send(Operation("POST", "WinOpportunity", body=body, repeatable=False))

    def opportunities(self, lead: str) -> list[str]:
        """The ids of the lead's opportunities."""
        return self._ids("opportunities", "opportunityid", f"_originatingleadid_value eq {lead}")

    def notes(self, lead: str) -> list[str]:
        """The subjects of the notes on the lead and on its opportunities."""
        about = " or ".join(f"_objectid_value eq {record}" for record in (lead, *self.opportunities(lead)))
        path = f"annotations?{query(select='subject', filter=about)}"
        return [str(row["subject"]) for row in records(self.environment.sales.send(Operation("GET", path, FRESH)).data)]

    def tidy(self, lead: str) -> list[str]:
        """Delete what the canary left in Sales, the opportunities first; what had to stay (it carries the canary's name)."""
        made = [f"opportunities({found})" for found in self.opportunities(lead)]
        made += [f"contacts({found})" for found in self._ids("contacts", "contactid", f"_originatingleadid_value eq {lead}")]
        made += [f"accounts({found})" for found in self._ids("accounts", "accountid", f"_originatingleadid_value eq {lead}")]
        return [path for path in (*made, f"leads({lead})") if not _done(self.environment.sales, Operation("DELETE", path))]

    def _ids(self, entity_set: str, column: str, condition: str) -> list[str]:
        path = f"{entity_set}?{query(select=column, filter=condition)}"
        return [str(row[column]) for row in records(self.environment.sales.send(Operation("GET", path, FRESH)).data)]


def _done(service: Any, operation: Operation) -> bool:
    """Whether it was done, or was not necessary."""
    try:
        service.send(operation)
    except ServiceError as error:
        return error.status == 404
    return True
