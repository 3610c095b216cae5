"""FetchXml (docs: fetchxml reference), as far as views, duplicate searches and simple joins go: ?fetchXml= and ?savedQuery=.

Not modelled: having, date functions, link types other than inner and outer, operators that are not in `_OPERATORS`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from sandbox.odata.options import QueryOptions
from sandbox.sales import errors, fetch_names
from sandbox.sales.query import Reader, wire_name
from sandbox.sales.schema import Kind, Table
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

Json = dict[str, Any]
Joined = dict[str, Row]  # rows by alias; the table itself is under ""


@dataclass(frozen=True)
class Page:
    """The rows of one answer, and the number of the next page where there is one."""

    rows: list[Json]
    following: int | None = None


def run(reader: Reader, table: Table, text: str) -> Page:
    """Run a query on `table`; raises 400 for XML that is broken, or names a table, column or operator that is not there."""
    fetch = parse(text)
    entity = fetch.find("entity")
    if entity is None or entity.get("name") != table.name:
        raise errors.rule("The entity name specified in fetchxml does not match the entity name of the request.", "0x80041128")
    query = _Query(reader, table, entity)
    found = query.rows()
    if fetch.get("aggregate") == "true":
        return Page(query.aggregated(found))
    size = int(fetch.get("top") or fetch.get("count") or 5_000)
    number = int(fetch.get("page") or 1)
    start = (number - 1) * size
    more = len(found) > start + size and not fetch.get("top")
    return Page([query.render(joined) for joined in found[start : start + size]], number + 1 if more else None)


def parse(text: str) -> Element:
    """The fetch element; raises 400 where the text is no XML."""
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - sent by the sandbox's own clients
    except ElementTree.ParseError as error:
        raise errors.rule(f"Invalid Fetch XML: {error}", "0x80041129") from error


def saved(world: World, query_id: str) -> str:
    """The fetchxml of a view, or 404."""
    row = world.store.get("savedquery", query_id.lower())
    if row is None:
        raise errors.not_found("savedquery", query_id)
    return str(row["fetchxml"])


class _Query:
    """One entity element with its links, over the rows that the caller may read."""

    def __init__(self, reader: Reader, table: Table, entity: Element) -> None:
        self.reader, self.table, self.entity = reader, table, entity
        self.tables = fetch_names.checked(reader.world.schema, table, entity)
        self.links = list(fetch_names.links(entity))

    def rows(self) -> list[Joined]:
        """The joined rows that pass every filter, in order."""
        found: list[Joined] = [{"": row} for row in self.reader.select_rows(self.table, QueryOptions())]
        for link, parent, alias in self.links:
            found = [joined for base in found for joined in self._joined(base, link, parent, alias)]
        found = [joined for joined in found if self._passes(self.entity, "", joined)]
        for order in reversed(self.entity.findall("order")):
            name, descending = str(order.get("attribute")), order.get("descending") == "true"
            found.sort(key=lambda joined, name=name: _order_key(self._value(joined, "", name)), reverse=descending)  # type: ignore[misc]
        return found

    def render(self, joined: Joined) -> Json:
        """One row: the chosen columns of the table, and those of links as `alias.column`."""
        names = [str(item.get("name")) for item in self.entity.findall("attribute")]
        selected = tuple(wire_name(self.table.columns[name]) for name in names)
        body = self.reader.render(self.table, joined[""], QueryOptions(select=selected))
        for link, _, alias in self.links:
            for item in link.findall("attribute"):
                if alias in joined:
                    body[str(item.get("alias") or f"{alias}.{item.get('name')}")] = self._value(
                        joined, alias, str(item.get("name"))
                    )
        return body

    def aggregated(self, found: list[Joined]) -> list[Json]:
        """Counts by group."""
        items = self.entity.findall("attribute")
        groups = [item for item in items if item.get("groupby") == "true"]
        counts = [item for item in items if item.get("aggregate") in {"count", "countcolumn"}]
        values = Counter(tuple(self._value(joined, "", str(item.get("name"))) for item in groups) for joined in found)
        return [
            {str(item.get("alias")): value for item, value in zip(groups, key, strict=True)}
            | {str(item.get("alias")): count for item in counts}
            for key, count in values.items()
        ]

    def _joined(self, base: Joined, link: Element, parent: str, alias: str) -> list[Joined]:
        if parent not in base:
            return [base]
        key = self._value(base, parent, str(link.get("to")))
        candidates = self.reader.select_rows(self.tables[alias], QueryOptions())
        matches = [base | {alias: row} for row in candidates if key is not None and _plain(row.get(str(link.get("from")))) == key]
        passing = [joined for joined in matches if self._passes(link, alias, joined)]
        return passing or ([base] if link.get("link-type") == "outer" else [])

    def _passes(self, element: Element, alias: str, joined: Joined) -> bool:
        return all(self._filter(item, alias, joined) for item in element.findall("filter"))

    def _filter(self, element: Element, alias: str, joined: Joined) -> bool:
        results = [self._condition(item, str(item.get("entityname") or alias), joined) for item in element.findall("condition")]
        results += [self._filter(item, alias, joined) for item in element.findall("filter")]
        return any(results) if element.get("type") == "or" else all(results)

    def _condition(self, condition: Element, alias: str, joined: Joined) -> bool:
        name, operator = str(condition.get("attribute")), str(condition.get("operator"))
        test = _OPERATORS.get(operator)
        if test is None:
            raise errors.rule(f"The condition operator '{operator}' is not supported here.", "0x80041106")
        given = [str(item.text) for item in condition.findall("value")] or [str(condition.get("value"))]
        kind = self.tables[alias].columns[name].kind
        return test(_comparable(self._value(joined, alias, name)), [_typed(kind, text) for text in given])

    def _value(self, joined: Joined, alias: str, name: str) -> Any:
        return _plain(joined[alias].get(name)) if alias in joined else None


def _plain(value: Any) -> Any:
    return value.id if isinstance(value, Reference) else value


def _comparable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _typed(kind: Kind, text: str) -> Any:
    if kind is Kind.BOOLEAN:
        return text in {"1", "true"}
    numeric = kind.edm in {"Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double"}
    return float(text) if numeric and re.fullmatch(r"-?\d+(\.\d+)?", text) else text.strip("{}").casefold()


def _order_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, _comparable(value) if value is not None else 0)


def _like(value: Any, given: list[Any]) -> bool:
    pattern = re.escape(str(given[0])).replace("%", ".*")
    return value is not None and re.fullmatch(pattern, str(value), re.DOTALL) is not None


_OPERATORS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "eq": lambda value, given: value == given[0],
    "ne": lambda value, given: value != given[0],
    "neq": lambda value, given: value != given[0],
    "null": lambda value, given: value is None,
    "not-null": lambda value, given: value is not None,
    "in": lambda value, given: value in given,
    "not-in": lambda value, given: value not in given,
    "gt": lambda value, given: value is not None and value > given[0],
    "ge": lambda value, given: value is not None and value >= given[0],
    "lt": lambda value, given: value is not None and value < given[0],
    "le": lambda value, given: value is not None and value <= given[0],
    "on-or-after": lambda value, given: value is not None and value[:10] >= given[0][:10],
    "on-or-before": lambda value, given: value is not None and value[:10] <= given[0][:10],
    "like": _like,
    "not-like": lambda value, given: not _like(value, given),
}
