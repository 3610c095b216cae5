"""Rows as pages show and change them: labels, lengths and choices come from the entity set itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.commerce.schema import EntitySet
from sandbox.commerce.tables import Row
from sandbox.commerce.validation import check_names
from sandbox.pages.forms import Field, choices

_LONG = frozenset({"Note", "SalesMemo"})
_LABELS = {
    "ProspectName": "Name",
    "CompanyName": "Company",
    "IsB2BProspect": "B2B prospect",
    "ProspectPartyType": "Party type",
    "OrganizationName": "Organization",
    "PersonFirstName": "First name",
    "PersonLastName": "Last name",
    "CustomerAccount": "Customer account",
    "SalesCurrencyCode": "Currency",
    "OnHoldStatus": "On hold",
    "PrimaryEmailAddress": "E-mail",
    "PrimaryContactEmail": "E-mail",
    "PrimaryPhoneNumber": "Phone",
    "PrimaryContactPhone": "Phone",
    "AddressStreet": "Street",
    "AddressZipCode": "Postal code",
    "AddressCity": "City",
}
_KINDS = {"PrimaryEmailAddress": "email", "PrimaryContactEmail": "email"}


def facts_of(item: EntitySet, names: Sequence[str], row: Row) -> list[tuple[str, str]]:
    """(label, value) of these properties."""
    return [(_label(item, name), str(row[name])) for name in names]


def edit_fields(item: EntitySet, names: Sequence[str], row: Row) -> list[Field]:
    """Form fields for these properties, filled with what the row holds."""
    return [_field(item, name, str(row[name])) for name in names]


def changed_fields(item: EntitySet, names: Sequence[str], row: Row, form: Mapping[str, str]) -> Row:
    """The properties whose value in the form is not the row's; raises BadQuery for a value of the wrong type."""
    given = {name: form[name].strip() for name in names if name in form}
    changed = {name: value for name, value in given.items() if value != row[name]}
    check_names(item, changed)
    return changed


def _field(item: EntitySet, name: str, value: str) -> Field:
    property_ = item.properties[name]
    kind = "textarea" if name in _LONG else _KINDS.get(name, "text")
    options = choices(property_.members) if property_.is_enum else {}
    return Field(name, _label(item, name), value, kind, options, length=property_.length)


def _label(item: EntitySet, name: str) -> str:
    """What the forms of head office call it, where that is not what its messages call it."""
    return _LABELS.get(name, item.properties[name].label)
