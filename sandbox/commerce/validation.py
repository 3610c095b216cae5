"""validateField and validateWrite: what F&O checks before it stores a customer or a prospect, as Infolog errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.commerce.infolog import BadQuery, missing_value, too_long, unknown_value
from sandbox.commerce.schema import EntitySet, Property
from sandbox.commerce.world import World

# property -> (related set, key property there, name of the related table in the message)
_RELATIONS: dict[str, tuple[str, str, str]] = {
    "CustomerGroupId": ("CustomerGroups", "CustomerGroupId", "Customer groups"),
    "SalesCurrencyCode": ("Currencies", "CurrencyCode", "Currencies"),
    "CurrencyCode": ("Currencies", "CurrencyCode", "Currencies"),
    "AddressCountryRegionId": ("AddressCountryRegions", "CountryRegion", "Address country/region"),
    "AddressCountryRegionISOCode": ("AddressCountryRegions", "ISOcode", "Address country/region"),
    "InvoiceAccount": ("CustomersV3", "CustomerAccount", "Customers"),
}
_COMPANY_RELATED = ("CustomerGroups", "CustomersV3")


def check_names(item: EntitySet, body: Mapping[str, Any]) -> None:
    """Raises BadQuery for a property that the entity does not have, or a value of the wrong JSON type."""
    for name, value in body.items():
        if "@" in name:
            continue
        if name not in item.properties:
            raise BadQuery(
                f"The property '{name}' does not exist on type '{_full(item)}'. "
                "Make sure to only use property names that are defined by the type."
            )
        _check_type(item.properties[name], value)


def check_fields(world: World, item: EntitySet, company: str, changed: Mapping[str, Any]) -> None:
    """Lengths and relations of the changed fields; raises Infolog for the first that does not fit (F&O: validateField)."""
    for name, value in changed.items():
        property_ = item.properties.get(name)
        if property_ is None:
            continue
        if property_.length and isinstance(value, str) and len(value) > property_.length:
            raise too_long(property_.label, property_.length, item.entity, name)
        if name in _RELATIONS and value:
            _check_relation(world, item, property_, company, value)


def check_mandatory(item: EntitySet, row: Mapping[str, Any], *names: str) -> None:
    """Raises Infolog for the first of these fields that is empty (F&O: validateWrite)."""
    for name in names:
        if not row.get(name):
            raise missing_value(item.properties[name].label)


def completed_country(world: World, changed: dict[str, Any]) -> dict[str, Any]:
    """The changes with country code and ISO code agreeing, whichever of the two was given."""
    for given, wanted in (
        ("AddressCountryRegionId", "AddressCountryRegionISOCode"),
        ("AddressCountryRegionISOCode", "AddressCountryRegionId"),
    ):
        columns = {"AddressCountryRegionId": "CountryRegion", "AddressCountryRegionISOCode": "ISOcode"}
        if changed.get(given) and not changed.get(wanted):
            found = world["AddressCountryRegions"].find(**{columns[given]: changed[given]})
            return changed | {wanted: found[0][columns[wanted]]} if found else changed
    return changed


def _check_relation(world: World, item: EntitySet, property_: Property, company: str, value: Any) -> None:
    related, key, title = _RELATIONS[property_.name]
    wanted = {key: value} | ({"dataAreaId": company} if related in _COMPANY_RELATED else {})
    if not world[related].find(**wanted):
        raise unknown_value(property_.label, value, title, item.entity, property_.name)


def _check_type(property_: Property, value: Any) -> None:
    numeric = property_.type in ("Edm.Int32", "Edm.Int64", "Edm.Decimal")
    fits = value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) if numeric else isinstance(value, str)
    )
    if fits and property_.is_enum:
        fits = value in property_.members
    if not fits:
        raise BadQuery(f"Cannot convert the literal '{value}' to the expected type '{property_.type}'.")


def _full(item: EntitySet) -> str:
    return f"Microsoft.Dynamics.DataEntities.{item.type_name}"
