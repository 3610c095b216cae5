"""All prospects, and one of them with what hangs on it: decide, edit, rename, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for

from sandbox.commerce import decisions, pages_related
from sandbox.commerce.approval import requester_of
from sandbox.commerce.mail import channel_of
from sandbox.commerce.pages_environment import STATUSES, area, change, here, legal_entities
from sandbox.commerce.pages_records import changed_fields, edit_fields, facts_of
from sandbox.commerce.parties import full_name
from sandbox.commerce.prospects import change_prospect, delete_prospect, get_prospect, rename_prospect
from sandbox.commerce.sign_in import sign_in
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World
from sandbox.pages.forms import Field, choices, with_any
from sandbox.pages.paging import page_of

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("prospects")

_DONE = {"approve": "approved", "reject": "rejected"}
_DECIDE = {"approve": decisions.approve, "reject": decisions.reject}
_SHOWN = (
    "ProspectName CompanyName PrimaryEmailAddress PrimaryPhoneNumber AddressStreet AddressZipCode AddressCity AddressStateId "
    "AddressCountryRegionId LanguageId CustomerGroupId CurrencyCode ProspectPartyNumber ProspectPartyType IsB2BProspect Note"
).split()
_EDITED = (
    "CompanyName PrimaryEmailAddress PrimaryPhoneNumber AddressStreet AddressZipCode AddressCity AddressStateId "
    "AddressCountryRegionId LanguageId CustomerGroupId CurrencyCode IsB2BProspect Note"
).split()


@pages.get("/prospects")
def overview() -> str:
    """The prospects, newest first, perhaps of one status or legal entity."""
    world, asked = here().world, request.args
    wanted = {"B2BProspectStatus": asked.get("status"), "dataAreaId": asked.get("legal_entity")}
    with world.transaction():
        rows = world["Prospects"].find(**{name: value for name, value in wanted.items() if value})
        found = page_of([_line(world, row) for row in rows[::-1]])
    filters = [
        Field("status", "Status", asked.get("status", ""), options=with_any("every status", choices(STATUSES))),
        Field("legal_entity", "Legal entity", asked.get("legal_entity", ""), options=with_any("every one", legal_entities())),
    ]
    return render_template("commerce/prospects.html", found=found, filters=filters)


@pages.get("/prospects/<legal_entity>/<path:prospect_id>")
def show(legal_entity: str, prospect_id: str) -> str:
    """One prospect."""
    world = here().world
    with world.transaction():
        prospect = get_prospect(world, legal_entity, prospect_id)
        page = _page(world, prospect)
    return render_template("commerce/prospect.html", prospect=prospect, **page)


@pages.get("/prospects/<legal_entity>/<path:prospect_id>/edit")
def edit(legal_entity: str, prospect_id: str) -> str:
    """The form that changes a prospect."""
    prospect = get_prospect(here().world, legal_entity, prospect_id)
    fields = edit_fields(here().world.sets["Prospects"], _EDITED, prospect)
    return render_template("commerce/prospect_edit.html", prospect=prospect, fields=fields)


@pages.post("/prospects/<legal_entity>/<path:prospect_id>/edit")
def save(legal_entity: str, prospect_id: str) -> Answer:
    """Change what was changed in the form."""

    def act(world: World) -> None:
        row = get_prospect(world, legal_entity, prospect_id)
        change_prospect(world, row, changed_fields(world.sets["Prospects"], _EDITED, row, request.form))

    return change(act, f"{prospect_id} is saved.", _address(legal_entity, prospect_id))


@pages.post("/prospects/<legal_entity>/<path:prospect_id>/<any(approve, reject):decision>")
def decide(legal_entity: str, prospect_id: str, decision: str) -> Answer:
    """Convert > Approve, or Reject."""
    done = f"{prospect_id} is {_DONE[decision]}."
    return change(lambda world: _DECIDE[decision](world, legal_entity, prospect_id), done, _address(legal_entity, prospect_id))


@pages.post("/prospects/<legal_entity>/<path:prospect_id>/rename")
def rename(legal_entity: str, prospect_id: str) -> Answer:
    """Give the prospect another number."""
    new = request.form.get("to", "").strip() or prospect_id
    to = _address(legal_entity, new)
    return change(lambda world: rename_prospect(world, get_prospect(world, legal_entity, prospect_id), new), f"Now {new}.", to)


@pages.post("/prospects/<legal_entity>/<path:prospect_id>/delete")
def delete(legal_entity: str, prospect_id: str) -> Answer:
    """Delete the prospect; customers and mails stay."""
    to = url_for("prospects.overview")
    return change(
        lambda world: delete_prospect(world, get_prospect(world, legal_entity, prospect_id)), f"{prospect_id} is deleted.", to
    )


def _address(legal_entity: str, prospect_id: str) -> str:
    return url_for("prospects.show", legal_entity=legal_entity, prospect_id=prospect_id)


def _line(world: World, row: Row) -> dict[str, Any]:
    return {"row": row, "requester": _requester(world, row)}


def _requester(world: World, row: Row) -> str:
    requester = requester_of(world, row)
    return full_name(requester.first_name, requester.last_name)


def _page(world: World, prospect: Row) -> dict[str, Any]:
    customers = pages_related.customers_of_prospect(world, prospect)
    email = prospect["PrimaryEmailAddress"]
    channel = channel_of(world, prospect)
    return {
        "requester": _requester(world, prospect),
        "facts": facts_of(world.sets["Prospects"], _SHOWN, prospect),
        "comes_from": channel["RetailChannelId"] if channel else "",
        "customers": customers,
        "hierarchies": pages_related.hierarchies_of(world, customers),
        "mails": pages_related.mails_about(world, prospect),
        "judged": sign_in(world, prospect["dataAreaId"], email) if email else None,
    }
