"""Whether the tables, columns and operators that a FetchXml names are there (docs: fetchxml reference); rows do not matter."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from sandbox.sales import errors
from sandbox.sales.schema import Schema, Table

OPERATORS = frozenset(
    """above begin-with begins-with between contain-values ends-with eq eq-businessid eq-or-above eq-or-under eq-userid
    eq-userlanguage eq-useroruserhierarchy eq-useroruserhierarchyandteams eq-useroruserteams eq-userteams ge gt in
    in-fiscal-period in-fiscal-period-and-year in-fiscal-year in-or-after-fiscal-period-and-year
    in-or-before-fiscal-period-and-year last-fiscal-period last-fiscal-year last-month last-seven-days last-week
    last-x-days last-x-fiscal-periods last-x-fiscal-years last-x-hours last-x-months last-x-weeks last-x-years last-year
    le like lt ne ne-businessid ne-userid neq next-fiscal-period next-fiscal-year next-month next-seven-days next-week
    next-x-days next-x-fiscal-periods next-x-fiscal-years next-x-hours next-x-months next-x-weeks next-x-years next-year
    not-begin-with not-between not-contain-values not-end-with not-in not-like not-null not-under null olderthan-x-days
    olderthan-x-hours olderthan-x-minutes olderthan-x-months olderthan-x-weeks olderthan-x-years on on-or-after
    on-or-before this-fiscal-period this-fiscal-year this-month this-week this-year today tomorrow under
    yesterday""".split()
)


def links(element: Element, parent: str = "") -> Iterator[tuple[Element, str, str]]:
    """Each link below an element, with the alias that it hangs on and its own."""
    for number, link in enumerate(element.findall("link-entity"), 1):
        alias = str(link.get("alias") or f"{link.get('name')}{number}")
        yield link, parent, alias
        yield from links(link, alias)


def checked(schema: Schema, table: Table, entity: Element) -> dict[str, Table]:
    """The tables by alias, the queried one under ""; raises 400 for a table, column or operator that is not there."""
    tables = {"": table}
    for link, parent, alias in links(entity):
        tables[alias] = _table(schema, str(link.get("name")))
        _require(tables[alias], link.get("from"))
        _require(tables[parent], link.get("to"))
    for element, alias in [(entity, ""), *((link, alias) for link, _, alias in links(entity))]:
        _check(element, alias, tables)
    return tables


def _check(element: Element, alias: str, tables: dict[str, Table]) -> None:
    named = [item.get("name") for item in element.findall("attribute")]
    named += [item.get("attribute") for item in element.findall("order") if item.get("alias") is None]
    for name in named:
        _require(tables[alias], name)
    for condition in (each for item in element.findall("filter") for each in item.iter("condition")):
        other = condition.get("entityname") or alias
        if other not in tables:
            raise errors.rule(f"The entityname '{other}' of a condition names no link-entity.", "0x80041102")
        _require(tables[other], condition.get("attribute"))
        if condition.get("operator") not in OPERATORS:
            raise errors.rule(f"Invalid condition operator '{condition.get('operator')}'.", "0x80041106")


def _table(schema: Schema, name: str) -> Table:
    if name not in schema.tables:
        raise errors.rule(f"The entity with a name = '{name}' was not found in the MetadataCache.", "0x80041102")
    return schema.tables[name]


def _require(table: Table, name: str | None) -> None:
    if name not in table.columns:
        raise errors.rule(f"'{table.name}' entity doesn't contain attribute with Name = '{name}'.", "0x80041103")
