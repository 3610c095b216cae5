"""The people of the story, each doing over HTTP what a person does: applicant, head office's clerk, seller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.identity import issue

Json = dict[str, Any]
TIMEOUT = 60


@dataclass
class HeadOffice:
    """The site's visitors, head office's clerk and its job schedule."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def submit_request(self, form: Json) -> None:
        """A visitor fills in the partner sign-up page."""
        self._post("requests", form)

    def run_jobs(self) -> list[Json]:
        """P-0001, then the job that makes prospects: [{"legal_entity", "prospect"}]."""
        self._post("jobs/P-0001", {})
        made: list[Json] = self._post("jobs/synchronize", {})["prospects"]
        return made

    def decide(self, legal_entity: str, prospect: str, decision: str) -> None:
        """Convert > Approve, or Reject."""
        self._post(f"prospects/{legal_entity}/{prospect}/{decision}", {})

    def add_customer(self, legal_entity: str, account: str, email: str) -> None:
        """A customer who was there before."""
        names = {"PartyType": "Person", "PersonFirstName": "Elder", "PersonLastName": "Customer", "PrimaryContactEmail": email}
        where = {"dataAreaId": legal_entity, "CustomerAccount": account}
        self._post("customers", {**where, "CustomerGroupId": "B2B", "SalesCurrencyCode": "USD", **names})

    def state(self) -> Json:
        """Everything in head office: prospects, customers, hierarchies, outbox."""
        return self._get("state")

    def request_counts(self) -> Json:
        """Requests to the documented API: {"total", "by_correlation", "by_status"}."""
        found: Json = self._get("requests")
        return found

    def is_idle(self) -> bool:
        """Whether no event waits to be delivered."""
        return bool(self._get("idle")["idle"])

    def _post(self, path: str, body: Json) -> Json:
        return _answer(self.session.post(f"{self.url}/sandbox/{path}", json=body, timeout=TIMEOUT))

    def _get(self, path: str) -> Json:
        return _answer(self.session.get(f"{self.url}/sandbox/{path}", timeout=TIMEOUT))


class SalesDesk:
    """A seller, who works through the same Web API as everybody, with a token of their own."""

    def __init__(self, url: str, secret: str, user: str = "Seller") -> None:
        self.url, self.session = url, requests.Session()
        self.session.headers["Authorization"] = f"Bearer {issue(secret, url, user)}"

    def leads(self) -> dict[str, str]:
        """The view All Commerce B2B Leads: prospect key -> lead id, for open ones."""
        query = "leads?$select=leadid,b2b_prospectkey&$filter=b2b_prospectkey ne null"
        return {row["b2b_prospectkey"]: row["leadid"] for row in self._rows(query)}

    def opportunities(self, lead_id: str) -> list[str]:
        """The ids of the opportunities that came from a lead."""
        rows = self._rows(f"opportunities?$select=opportunityid&$filter=_originatingleadid_value eq {lead_id}&$orderby=createdon")
        return [row["opportunityid"] for row in rows]

    def qualify(self, lead_id: str) -> None:
        """Qualify, with account, contact and opportunity."""
        made = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
        self._call("POST", f"leads({lead_id})/Microsoft.Dynamics.CRM.QualifyLead", made)

    def disqualify(self, lead_id: str, reason: int = 4) -> None:
        """Disqualify; the reason is a status code, 4 is Lost."""
        self._call("PATCH", f"leads({lead_id})", {"statecode": 2, "statuscode": reason})

    def reactivate(self, lead_id: str) -> None:
        """Open a disqualified lead again."""
        self._call("PATCH", f"leads({lead_id})", {"statecode": 0, "statuscode": 1})

    def add_opportunity(self, lead_id: str, name: str) -> None:
        """A second opportunity for the same lead and customer."""
        query = "$select=_customerid_value,_transactioncurrencyid_value"
        first = self._call("GET", f"opportunities({self.opportunities(lead_id)[0]})?{query}")
        bound = {
            "originatingleadid": f"/leads({lead_id})",
            "customerid_account": f"/accounts({first['_customerid_value']})",
            "transactioncurrencyid": f"/transactioncurrencies({first['_transactioncurrencyid_value']})",
        }
        self._call("POST", "opportunities", {"name": name, **{f"{column}@odata.bind": path for column, path in bound.items()}})

    def win(self, opportunity_id: str) -> None:
        """Close as Won."""
        self._close("WinOpportunity", 3, opportunity_id)

    def lose(self, opportunity_id: str, reason: int = 5) -> None:
        """Close as Lost; the reason is a status code, 5 is Out-Sold."""
        self._close("LoseOpportunity", reason, opportunity_id)

    def reopen(self, opportunity_id: str) -> None:
        """Open a closed opportunity again."""
        self._call("PATCH", f"opportunities({opportunity_id})", {"statecode": 0, "statuscode": 1})

    def notes(self, record_id: str) -> list[Json]:
        """The timeline of a lead or an opportunity."""
        return list(self._rows(f"annotations?$select=subject,notetext&$filter=_objectid_value eq {record_id}"))

    def repeat_next_webhook(self) -> None:
        """The network delivers the next event of an opportunity twice."""
        self._sandbox("faults", {"kind": "repeated", "table": "opportunity", "times": 1})

    def request_counts(self) -> Json:
        """Requests to the documented API: {"total", "by_correlation", "by_status"}."""
        return _answer(self.session.get(f"{self.url}/sandbox/requests", timeout=TIMEOUT))

    def is_idle(self) -> bool:
        """Whether no webhook waits to be delivered."""
        return bool(_answer(self.session.get(f"{self.url}/sandbox/idle", timeout=TIMEOUT))["idle"])

    def _close(self, action: str, status: int, opportunity_id: str) -> None:
        about = {"subject": action, "opportunityid@odata.bind": f"/opportunities({opportunity_id})"}
        close = {"@odata.type": "Microsoft.Dynamics.CRM.opportunityclose", **about}
        self._call("POST", action, {"Status": status, "OpportunityClose": close})

    def _rows(self, path: str) -> Iterable[Json]:
        page = self._call("GET", path)
        yield from page["value"]
        while link := page.get("@odata.nextLink"):
            page = _answer(self.session.get(link, timeout=TIMEOUT))
            yield from page["value"]

    def _sandbox(self, path: str, body: Json) -> Json:
        return _answer(self.session.post(f"{self.url}/sandbox/{path}", json=body, timeout=TIMEOUT))

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        return _answer(self.session.request(method, f"{self.url}/api/data/v9.2/{path}", json=body, timeout=TIMEOUT))


def _answer(response: requests.Response) -> Json:
    """The JSON of a success; raises RuntimeError with the system's own words."""
    if not response.ok:
        raise RuntimeError(f"{response.request.method} {response.url}: {response.status_code} {response.text[:500]}")
    found: Json = response.json() if response.content else {}
    return found
