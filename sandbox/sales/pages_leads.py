"""The lists of leads, and a lead's form with its Contact, Company and Timeline sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID
from xml.etree import ElementTree

from flask import redirect, render_template, request, url_for

from sandbox.pages.forms import Field, filled
from sandbox.pages.paging import page_of
from sandbox.sales import pages_timeline
from sandbox.sales.pages_desk import Desk, Record, Refused, area, desk, here, seller
from sandbox.sales.pages_labels import label_of
from sandbox.sales.provisioning import VIEW

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("leads")

_NEW = ("subject", "firstname", "lastname", "companyname", "emailaddress1", "telephone1")
_LATEST = "createdon desc"


@pages.get("/")
def overview() -> str:
    """The view of B2B leads beside the seller's own open leads."""
    at = desk()
    mine = at.rows("leads", filter=f"_ownerid_value eq {seller()} and statecode eq 0", orderby=_LATEST)
    has_view = bool(at.rows("savedqueries", filter=f"name eq '{VIEW}'", select="name"))
    shared = at.rows("leads", filter="b2b_prospectkey ne null", orderby=_LATEST) if has_view else []
    return render_template(
        "sales/leads.html", view=VIEW, has_view=has_view, shared=page_of(shared, "shared"), mine=page_of(mine, "mine")
    )


@pages.get("/leads/new")
def new() -> str:
    """The form of a lead of the seller's own."""
    return render_template("sales/lead_new.html", fields=_new_fields(), refusal="")


@pages.post("/leads/new")
def create() -> Answer | tuple[str, int]:
    """Make a lead that the seller owns; a refused form comes back as it was filled in."""
    given = {name: text for name in _NEW if (text := request.form.get(name, "").strip())}
    try:
        made = desk().post("leads", given)
    except Refused as error:
        return render_template("sales/lead_new.html", fields=filled(_new_fields(), request.form), refusal=str(error)), 422
    return redirect(url_for("leads.show", row_id=made["leadid"]), 303)


@pages.get("/leads/<uuid:row_id>")
def show(row_id: UUID) -> str:
    """A lead's form, with what a seller can do with it."""
    at = desk()
    lead = at.row(f"leads({row_id})")
    opportunities = at.rows("opportunities", filter=f"_originatingleadid_value eq {row_id}", orderby="createdon")
    return render_template(
        "sales/lead.html",
        lead=lead,
        sections=_sections(at, lead),
        commerce=_custom_columns(lead),
        opportunities=opportunities,
        timeline=pages_timeline.of_record(at, str(row_id)),
        actions=_choices(at, lead),
    )


def _new_fields() -> list[Field]:
    columns = here().world.schema.tables["lead"].columns
    shown = [columns[name] for name in _NEW]
    return [Field(each.name, label_of(each), is_required=each.required, length=each.max_length) for each in shown]


def _sections(at: Desk, lead: Record) -> list[tuple[str, list[tuple[str, str]]]]:
    """The sections of the lead's main form with the columns that they show; Timeline is drawn on its own."""
    columns = here().world.schema.tables["lead"].columns
    form = at.rows("systemforms", filter="objecttypecode eq 'lead' and type eq 2")[0]
    found = []
    for section in ElementTree.fromstring(form["formxml"]).iter("section"):
        names = [str(control.get("datafieldname")) for control in section.iter("control") if control.get("datafieldname")]
        if names:
            found.append((section.get("name", ""), [(label_of(columns[name]), lead.text(name)) for name in names]))
    return found


def _custom_columns(lead: Record) -> list[tuple[str, str]]:
    """What `provision` added to the lead."""
    columns = here().world.schema.tables["lead"].columns.values()
    return [(label_of(column), lead.text(column.name)) for column in columns if column.custom]


def _choices(at: Desk, lead: Record) -> dict[str, Any]:
    """What the dialogs offer: accounts that exist, the other open leads, the reasons to disqualify."""
    accounts = {"": "none: make a new one"} | {row["accountid"]: row.text("name") for row in at.rows("accounts", select="name")}
    others = at.rows("leads", filter=f"statecode eq 0 and leadid ne {lead['leadid']}", select="fullname,companyname,subject")
    reasons = [option for option in here().world.schema.tables["lead"].status_options() if option.state == 2]
    return {
        "account": Field("existing_account", "Existing account", lead["parentaccountid"] or "", options=accounts),
        "other": Field("other", "The lead that goes into this one", options={row["leadid"]: _name(row) for row in others}),
        "reason": Field("reason", "Reason", options={str(option.value): option.label for option in reasons}),
    }


def _name(lead: Record) -> str:
    return f"{lead.text('fullname')}, {lead.text('companyname') or lead.text('subject')}"
