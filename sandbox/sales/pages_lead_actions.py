"""What a seller does with a lead: qualify, disqualify, reactivate, take over, merge, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import request, url_for

from sandbox.sales.pages_desk import Desk, Record, area, change, seller

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("lead_actions")

_TYPE = "Microsoft.Dynamics.CRM."
_OPEN, _DISQUALIFIED = 0, 2
_NEW, _QUALIFIED = 1, 3


@pages.post("/leads/<uuid:row_id>/qualify")
def qualify(row_id: UUID) -> Answer:
    """Qualify with what the dialog says; an existing account is set on the lead first, as the form's lookup does."""
    form = request.form
    wanted: dict[str, Any] = {f"Create{what}": what.lower() in form for what in ("Account", "Contact", "Opportunity")}

    def act(at: Desk) -> None:
        if account := form.get("existing_account"):
            at.patch(f"leads({row_id})", {"parentaccountid@odata.bind": f"/accounts({account})"})
            wanted["CreateAccount"] = False
        at.post(f"leads({row_id})/{_TYPE}QualifyLead", wanted | {"Status": _QUALIFIED})

    return change(act, "The lead is qualified.", _address(row_id))


@pages.post("/leads/<uuid:row_id>/disqualify")
def disqualify(row_id: UUID) -> Answer:
    """Disqualify for the reason of the dialog."""
    closed = {"statecode": _DISQUALIFIED, "statuscode": request.form.get("reason", type=int)}
    return change(lambda at: at.patch(f"leads({row_id})", closed), "The lead is disqualified.", _address(row_id))


@pages.post("/leads/<uuid:row_id>/reactivate")
def reactivate(row_id: UUID) -> Answer:
    """Open a closed lead again."""
    opened = {"statecode": _OPEN, "statuscode": _NEW}
    return change(lambda at: at.patch(f"leads({row_id})", opened), "The lead is open again.", _address(row_id))


@pages.post("/leads/<uuid:row_id>/assign")
def assign(row_id: UUID) -> Answer:
    """Make the lead the seller's own, so that it is among My Open Leads."""
    owner = {"ownerid@odata.bind": f"/systemusers({seller()})"}
    return change(lambda at: at.patch(f"leads({row_id})", owner), "The lead is yours.", _address(row_id))


@pages.post("/leads/<uuid:row_id>/merge")
def merge(row_id: UUID) -> Answer:
    """Merge another lead into this one."""
    leads = {"Target": str(row_id), "Subordinate": request.form.get("other", "")}
    body: dict[str, Any] = {name: {"@odata.type": f"{_TYPE}lead", "leadid": lead} for name, lead in leads.items()}
    done = "The other lead was merged into this one."
    return change(lambda at: at.post("Merge", body | {"PerformParentingChecks": False}), done, _address(row_id))


@pages.post("/leads/<uuid:row_id>/delete")
def delete(row_id: UUID) -> Answer:
    """Delete the lead."""
    return change(lambda at: at.delete(f"leads({row_id})"), "The lead is deleted.", url_for("leads.overview"))


@pages.post("/leads/<uuid:row_id>/opportunity")
def add_opportunity(row_id: UUID) -> Answer:
    """One more opportunity of a qualified lead, for the same customer."""

    def act(at: Desk) -> None:
        lead = at.row(f"leads({row_id})")
        name = request.form.get("name", "").strip() or lead["subject"]
        at.post("opportunities", {"name": name} | {f"{column}@odata.bind": path for column, path in _links(at, lead).items()})

    return change(act, "There is one more opportunity.", _address(row_id))


def _links(at: Desk, lead: Record) -> dict[str, str]:
    """What an opportunity of this lead points to: its customer is the account, or the contact where there is none."""
    currency = lead["transactioncurrencyid"] or at.rows("organizations", select="_basecurrencyid_value")[0]["basecurrencyid"]
    links = {"originatingleadid": f"/leads({lead['leadid']})", "transactioncurrencyid": f"/transactioncurrencies({currency})"}
    if account := lead["parentaccountid"]:
        return links | {"parentaccountid": f"/accounts({account})", "customerid_account": f"/accounts({account})"}
    if contact := lead["parentcontactid"]:
        return links | {"parentcontactid": f"/contacts({contact})", "customerid_contact": f"/contacts({contact})"}
    return links


def _address(row_id: UUID) -> str:
    return url_for("leads.show", row_id=row_id)
