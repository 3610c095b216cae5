"""Customers: the list, one of them, a new one, changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for

from sandbox.commerce import pages_related
from sandbox.commerce.customers import change_customer, create_customer
from sandbox.commerce.infolog import CommerceError, NotFound
from sandbox.commerce.pages_environment import area, change, here, legal_entities
from sandbox.commerce.pages_records import changed_fields, edit_fields, facts_of
from sandbox.commerce.sign_in import sign_in
from sandbox.commerce.tables import Row, fold
from sandbox.commerce.world import World
from sandbox.pages.forms import Field, choices, filled, with_any
from sandbox.pages.paging import page_of

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("customers")

_SHOWN = (
    "PartyType PartyNumber OrganizationName PersonFirstName PersonLastName PrimaryContactEmail PrimaryContactPhone AddressStreet "
    "AddressZipCode AddressCity AddressState AddressCountryRegionId CustomerGroupId SalesCurrencyCode InvoiceAccount "
    "OnHoldStatus AllowOnAccount CreditLimit LanguageId AddressBooks"
).split()
_EDITED = (
    "PrimaryContactEmail PrimaryContactPhone AddressStreet AddressZipCode AddressCity CustomerGroupId InvoiceAccount "
    "OnHoldStatus AllowOnAccount AddressBooks"
).split()
_NEW = (
    "CustomerAccount PersonFirstName PersonLastName OrganizationName PrimaryContactEmail CustomerGroupId SalesCurrencyCode "
    "AddressBooks"
).split()
_SEARCHED = ("CustomerAccount", "OrganizationName", "PersonFirstName", "PersonLastName", "PrimaryContactEmail")


@pages.get("/customers")
def overview() -> str:
    """The customers, newest first, perhaps of one legal entity or with a text in them."""
    asked, world = request.args, here().world
    with world.transaction():
        rows = [row for row in world["CustomersV3"] if _fits(row, asked.get("legal_entity", ""), asked.get("text", ""))]
    filters = [
        Field("legal_entity", "Legal entity", asked.get("legal_entity", ""), options=with_any("every one", legal_entities())),
        Field("text", "Account, name or e-mail", asked.get("text", "")),
    ]
    return render_template("commerce/customers.html", found=page_of(rows[::-1]), filters=filters)


@pages.get("/customers/<legal_entity>/<path:account>")
def show(legal_entity: str, account: str) -> str:
    """One customer."""
    world = here().world
    with world.transaction():
        customer = _customer(world, legal_entity, account)
        email = customer["PrimaryContactEmail"]
        page: dict[str, Any] = {
            "facts": facts_of(world.sets["CustomersV3"], _SHOWN, customer),
            "hierarchies": pages_related.hierarchies_of(world, [customer]),
            "judged": sign_in(world, legal_entity, email) if email else None,
        }
    return render_template("commerce/customer.html", customer=customer, **page)


@pages.get("/customers/<legal_entity>/<path:account>/edit")
def edit(legal_entity: str, account: str) -> str:
    """The form that changes a customer."""
    customer = _customer(here().world, legal_entity, account)
    fields = edit_fields(here().world.sets["CustomersV3"], _EDITED, customer)
    return render_template("commerce/customer_edit.html", customer=customer, fields=fields)


@pages.post("/customers/<legal_entity>/<path:account>/edit")
def save(legal_entity: str, account: str) -> Answer:
    """Change what was changed in the form."""

    def act(world: World) -> None:
        row = _customer(world, legal_entity, account)
        change_customer(world, row, changed_fields(world.sets["CustomersV3"], _EDITED, row, request.form))

    return change(act, f"{account} is saved.", _address(legal_entity, account))


@pages.get("/customers/new")
def new() -> str:
    """The form of a customer who was there before any request."""
    return render_template("commerce/customer_new.html", fields=_new_fields(), refusal="")


@pages.post("/customers/new")
def create() -> Answer | tuple[str, int]:
    """Make the customer; a refused form comes back as it was filled in."""
    world = here().world
    given = {name: value for name in ("PartyType", *_NEW) if (value := request.form.get(name, "").strip())}
    try:
        with world.transaction():
            row = create_customer(world, request.form.get("dataAreaId", ""), given)
    except CommerceError as error:
        return render_template("commerce/customer_new.html", fields=filled(_new_fields(), request.form), refusal=str(error)), 422
    return redirect(_address(row["dataAreaId"], row["CustomerAccount"]), 303)


def _new_fields() -> list[Field]:
    world = here().world
    blank = world.sets["CustomersV3"].blank() | {"CustomerGroupId": "B2B", "SalesCurrencyCode": "USD"}
    who = [
        Field("dataAreaId", "Legal entity", options=legal_entities()),
        Field("PartyType", "Type", options=choices(("Person", "Organization"))),
    ]
    return who + edit_fields(world.sets["CustomersV3"], _NEW, blank)


def _customer(world: World, legal_entity: str, account: str) -> Row:
    row = world["CustomersV3"].get(legal_entity, account)
    if row is None:
        raise NotFound(f"there is no customer '{account}' in '{legal_entity}'")
    return row


def _fits(row: Row, legal_entity: str, text: str) -> bool:
    is_of_entity = not legal_entity or fold(row["dataAreaId"]) == fold(legal_entity)
    return is_of_entity and any(fold(text.strip()) in fold(row[name]) for name in _SEARCHED)


def _address(legal_entity: str, account: str) -> str:
    return url_for("customers.show", legal_entity=legal_entity, account=account)
