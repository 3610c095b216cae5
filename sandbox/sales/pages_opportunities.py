"""Opportunities: the list, one with its timeline, Close as Won, Close as Lost, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import render_template, request, url_for

from sandbox.pages.forms import Field
from sandbox.pages.paging import page_of
from sandbox.sales import pages_timeline
from sandbox.sales.pages_desk import area, change, desk, here
from sandbox.sales.pages_labels import label_of

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("opportunities")

_SHOWN = (
    "parentaccountid parentcontactid originatingleadid transactioncurrencyid estimatedvalue estimatedclosedate actualvalue "
    "actualclosedate ownerid createdon"
).split()
_WON, _LOST = 1, 2
_OPEN = {"statecode": 0, "statuscode": 1}


@pages.get("/opportunities")
def overview() -> str:
    """The opportunities, newest first."""
    found = desk().rows("opportunities", orderby="createdon desc")
    return render_template("sales/opportunities.html", found=page_of(found))


@pages.get("/opportunities/<uuid:row_id>")
def show(row_id: UUID) -> str:
    """One opportunity, with what a seller can do with it."""
    at, columns = desk(), here().world.schema.tables["opportunity"].columns
    row = at.row(f"opportunities({row_id})")
    facts = [(label_of(columns[name]), row.text(name), row.link(name)) for name in _SHOWN]
    timeline = pages_timeline.of_opportunity(at, str(row_id))
    return render_template("sales/opportunity.html", opportunity=row, facts=facts, timeline=timeline, dialogs=_dialogs())


@pages.post("/opportunities/<uuid:row_id>/win")
def win(row_id: UUID) -> Answer:
    """Close as Won."""
    return _close(row_id, "WinOpportunity", "Won", "The opportunity is won.")


@pages.post("/opportunities/<uuid:row_id>/lose")
def lose(row_id: UUID) -> Answer:
    """Close as Lost, for the reason of the dialog."""
    return _close(row_id, "LoseOpportunity", "Lost", "The opportunity is lost.")


@pages.post("/opportunities/<uuid:row_id>/reopen")
def reopen(row_id: UUID) -> Answer:
    """Open a closed opportunity again."""
    done = "The opportunity is open again."
    return change(lambda at: at.patch(f"opportunities({row_id})", _OPEN), done, _address(row_id))


def _close(row_id: UUID, action: str, subject: str, done: str) -> Answer:
    form = request.form
    about: dict[str, Any] = {"subject": f"Opportunity {subject}", "opportunityid@odata.bind": f"/opportunities({row_id})"}
    if revenue := form.get("revenue", type=float):
        about["actualrevenue"] = revenue
    if description := form.get("description", "").strip():
        about["description"] = description
    close = {"@odata.type": "Microsoft.Dynamics.CRM.opportunityclose", **about}
    body = {"Status": form.get("reason", type=int), "OpportunityClose": close}
    return change(lambda at: at.post(action, body), done, _address(row_id))


def _dialogs() -> dict[str, list[Field]]:
    """The fields of Close as Won and Close as Lost."""
    comment = Field("description", "Description", kind="textarea")
    return {
        "win": [_reasons(_WON), Field("revenue", "Actual revenue", kind="number"), comment],
        "lose": [_reasons(_LOST), comment],
    }


def _reasons(state: int) -> Field:
    options = here().world.schema.tables["opportunity"].status_options()
    return Field("reason", "Status reason", options={str(each.value): each.label for each in options if each.state == state})


def _address(row_id: UUID) -> str:
    return url_for("opportunities.show", row_id=row_id)
