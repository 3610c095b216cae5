"""Accounts and contacts, to read."""

from __future__ import annotations

from uuid import UUID

from flask import render_template

from sandbox.pages.paging import page_of
from sandbox.sales import pages_timeline
from sandbox.sales.pages_desk import area, desk, here
from sandbox.sales.pages_labels import label_of

accounts = area("accounts")
contacts = area("contacts")

_COMMON = "emailaddress1 telephone1 websiteurl address1_composite originatingleadid ownerid createdon"
_ACCOUNT = f"primarycontactid accountnumber numberofemployees revenue {_COMMON}".split()
_CONTACT = f"parentcustomerid jobtitle mobilephone {_COMMON}".split()


@accounts.get("/accounts", endpoint="overview")
def overview_of_accounts() -> str:
    """The accounts, newest first."""
    return _overview("accounts", "Accounts", "name", "primarycontactid")


@accounts.get("/accounts/<uuid:row_id>", endpoint="show")
def show_account(row_id: UUID) -> str:
    """One account."""
    return _show("account", "accounts", row_id, _ACCOUNT)


@contacts.get("/contacts", endpoint="overview")
def overview_of_contacts() -> str:
    """The contacts, newest first."""
    return _overview("contacts", "Contacts", "fullname", "parentcustomerid")


@contacts.get("/contacts/<uuid:row_id>", endpoint="show")
def show_contact(row_id: UUID) -> str:
    """One contact."""
    return _show("contact", "contacts", row_id, _CONTACT)


def _overview(entity_set: str, title: str, name: str, related: str) -> str:
    found = page_of(desk().rows(entity_set, orderby="createdon desc"))
    singular = here().world.schema.by_set[entity_set]
    label = label_of(singular.columns[related])
    return render_template(
        "sales/parties.html", title=title, found=found, name=name, related=related, label=label, key=singular.primary_id
    )


def _show(table: str, entity_set: str, row_id: UUID, names: list[str]) -> str:
    at, definition = desk(), here().world.schema.tables[table]
    row = at.row(f"{entity_set}({row_id})")
    facts = [(label_of(definition.columns[name]), row.text(name), row.link(name)) for name in names]
    page = {"title": row.text(definition.primary_name), "table": definition.label, "overview": f"{entity_set}.overview"}
    return render_template("sales/party.html", facts=facts, timeline=pages_timeline.of_record(at, str(row_id)), **page)
