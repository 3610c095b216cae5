"""Both systems as the sandbox serves them: the real clients, and what people do over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import requests
from azure.core.credentials import AccessToken

from sandbox import identity
from sandbox.people import SalesDesk
from sandbox.sales import dual_write_package
from sandbox.sales.world import World
from shared.models import Customer, PartyType, Prospect, ProspectKey
from shared.ports import Commerce, Sales

SECRET = "a secret of the tests"
Json = dict[str, Any]


class Identity:
    """A credential whose tokens the sandbox accepts, since it knows the secret."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A token for the first scope."""
        audience = scopes[0].removesuffix("/.default")
        return AccessToken(identity.issue(SECRET, audience, "b2b-prospect-bridge"), 2**31)


class SalesOverHttp:
    """SalesSide on the real client, `client`; people work through the Web API as `Seller`."""

    def __init__(self, url: str, client: Callable[..., Sales], world: World) -> None:
        self.url, self.port, self.world = url, client(), world
        self._client = client
        self.desk = SalesDesk(url, SECRET)
        self.session = self.desk.session

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """A seller's own request."""
        answer = self.session.request(method, f"{self.url}/api/data/v9.2/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def requests(self) -> int:
        """Those of the bridge, which carry a correlation id; sellers' do not."""
        counts = requests.get(f"{self.url}/sandbox/requests", timeout=10).json()["by_correlation"]
        return sum(count for correlation, count in counts.items() if correlation)

    def notes(self) -> dict[str, str]:
        rows = self.call("GET", "annotations?$select=annotationid,notetext")["value"]
        return {row["annotationid"]: row["notetext"] for row in rows}

    def edit(self, lead_id: str, **fields: object) -> None:
        self.call("PATCH", f"leads({lead_id})", fields)

    def qualify(self, lead_id: str, *, account: bool = True, contact: bool = True, opportunity: bool = True) -> None:
        made = {"CreateAccount": account, "CreateContact": contact, "CreateOpportunity": opportunity, "Status": 3}
        self.call("POST", f"leads({lead_id})/Microsoft.Dynamics.CRM.QualifyLead", made)

    def disqualify(self, lead_id: str, reason: int) -> None:
        self.desk.disqualify(lead_id, reason)

    def reactivate(self, lead_id: str) -> None:
        self.desk.reactivate(lead_id)

    def delete_lead(self, lead_id: str) -> None:
        self.call("DELETE", f"leads({lead_id})")

    def merge(self, subordinate: str, survivor: str) -> None:
        kind = "Microsoft.Dynamics.CRM.lead"
        target, other = ({"@odata.type": kind, "leadid": lead_id} for lead_id in (survivor, subordinate))
        self.call("POST", "Merge", {"Target": target, "Subordinate": other, "PerformParentingChecks": False})

    def stranger(self) -> str:
        self.call("POST", "leads", {"subject": "s", "lastname": "Somebody"})
        return str(self.call("GET", "leads?$select=leadid&$filter=lastname eq 'Somebody'")["value"][0]["leadid"])

    def dual_writes_lead(self, prospect: Prospect) -> str:
        dual_write_package.install(self.world)
        self.port = self._client(dual_write=True)
        party, lead_id = str(uuid4()), str(uuid4())
        self.world.store.put("msdyn_party", party, {"msdyn_partyid": party, "msdyn_partynumber": prospect.party_number})
        columns = {"leadid": lead_id, "subject": "s", "lastname": "Lee", "msdyn_prospectid": prospect.prospect_id}
        lead = columns | {"msdyn_partyid@odata.bind": f"/msdyn_parties({party})"}
        token = {"Authorization": f"Bearer {identity.issue(SECRET, self.url, 'Admin')}"}
        requests.post(f"{self.url}/api/data/v9.2/leads", json=lead, headers=token, timeout=10).raise_for_status()
        return lead_id

    def opportunity(self, lead_id: str) -> str:
        return self.desk.opportunities(lead_id)[-1]

    def add_opportunity(self, lead_id: str) -> None:
        self.desk.add_opportunity(lead_id, "One more")

    def win(self, opportunity_id: str) -> None:
        self.desk.win(opportunity_id)

    def lose(self, opportunity_id: str, reason: int) -> None:
        self.desk.lose(opportunity_id, reason)

    def reopen(self, opportunity_id: str) -> None:
        self.desk.reopen(opportunity_id)


class CommerceOverHttp:
    """CommerceSide on the real client; `client` makes one for another way to decide or to sign in."""

    def __init__(self, url: str, client: Any) -> None:
        self.url, self._client = url, client
        self.port: Commerce = client()

    def people(self, method: str, path: str, body: Json | None = None) -> Json:
        """What is done on the site or in head office."""
        answer = requests.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        done: Json = answer.json()
        return done

    def requests(self) -> int:
        counts = self.people("GET", "requests")["by_correlation"]
        return sum(count for correlation, count in counts.items() if correlation)

    def contact_model(self) -> Commerce:
        self.people("POST", "settings", {"access_model": "contact"})
        model: Commerce = self._client(access_model="contact")
        return model

    def by_clerks(self) -> Commerce:
        manual: Commerce = self._client(decision_channel="manual")
        return manual

    def submit(self, email: str, legal_entity: str = "usmf", party_type: PartyType = PartyType.PERSON) -> ProspectKey:
        self.people("POST", "settings", {"party_type": party_type.value})
        form = {"first_name": "Ann", "last_name": "Lee", "company": "Fabrikam", "country": "USA", "zip_code": "98052"}
        self.people("POST", "requests", form | {"email": email, "legal_entity": legal_entity})
        self.people("POST", "jobs/P-0001")
        made = self.people("POST", "jobs/synchronize")["prospects"][-1]
        return ProspectKey.of(made["legal_entity"], made["prospect"])

    def decide(self, key: ProspectKey, decision: str) -> None:
        self.people("POST", f"prospects/{key.legal_entity}/{key.prospect_id}/{decision}")

    def set_status(self, key: ProspectKey, status: str) -> None:
        self.people("PATCH", f"prospects/{key.legal_entity}/{key.prospect_id}", {"B2BProspectStatus": status})

    def edit(self, key: ProspectKey, company: str) -> None:
        self.people("PATCH", f"prospects/{key.legal_entity}/{key.prospect_id}", {"CompanyName": company})

    def change_email(self, key: ProspectKey, email: str) -> None:
        self.people("PATCH", f"prospects/{key.legal_entity}/{key.prospect_id}", {"PrimaryEmailAddress": email})

    def delete(self, key: ProspectKey) -> None:
        self.people("DELETE", f"prospects/{key.legal_entity}/{key.prospect_id}")

    def add_customer(self, account: str, email: str, legal_entity: str = "usmf") -> None:
        names = {"PartyType": "Person", "PersonLastName": "Old", "PrimaryContactEmail": email}
        where = {"dataAreaId": legal_entity, "CustomerAccount": account, "CustomerGroupId": "B2B", "SalesCurrencyCode": "USD"}
        self.people("POST", "customers", where | names)

    def customers(self) -> list[Customer]:
        """Without the channels' default customers, which are set-up."""
        rows = self.people("GET", "state")["CustomersV3"]
        return [_customer(row) for row in rows if not row["CustomerAccount"].endswith("-DEFAULT")]

    def mails(self) -> list[str]:
        return [f"{mail['notification'].split()[-1]} {mail['to']}" for mail in self.people("GET", "outbox")["mails"]]

    def enable_contacts(self) -> None:
        for contact in self.people("GET", "state")["ContactPersons"]:
            self.people("POST", f"contacts/{contact['dataAreaId']}/{contact['ContactPersonId']}/enable")


def _customer(row: Json) -> Customer:
    return Customer(
        row["CustomerAccount"],
        row["PartyNumber"],
        row["PartyType"],
        row.get("PrimaryContactEmail", ""),
        row.get("AddressBooks", ""),
        row.get("OnHoldStatus") or "No",
        row.get("InvoiceAccount", ""),
    )
