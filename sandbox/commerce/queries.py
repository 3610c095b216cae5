"""Reading through OData: the company rule, $filter, $select, $orderby, paging, first-level $expand (docs: odata)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from sandbox.commerce.infolog import BadQuery
from sandbox.commerce.narrowing import candidates
from sandbox.commerce.schema import ENUMS, NAMESPACE, EntitySet
from sandbox.commerce.tables import ETAG, Row, fold
from sandbox.commerce.world import World
from sandbox.odata.dialects import FINANCE_AND_OPERATIONS
from sandbox.odata.filters import compile_filter, value_at
from sandbox.odata.options import Expand, QueryOptions, ordered, parse_options

Pairs = list[tuple[str, str]]
_ENUM_LITERAL = re.compile(rf"{re.escape(NAMESPACE)}\.(\w+)'([^']*)'")


def read_collection(world: World, base_url: str, item: EntitySet, pairs: Pairs) -> dict[str, Any]:
    """One page of an entity set as its JSON document; `@odata.nextLink` where more rows follow."""
    options = checked_options(world, item, pairs)
    rows = ordered(_matching(world, item, options), options, value_at)
    first, size = options.skip or 0, world.settings.page_size
    last = len(rows) if options.top is None else min(len(rows), first + options.top)
    document: dict[str, Any] = {"@odata.context": _context(base_url, item, options)}
    if options.count:
        document["@odata.count"] = len(rows)
    document["value"] = [rendered(world, item, row, options) for row in rows[first : min(last, first + size)]]
    if first + size < last:
        document["@odata.nextLink"] = _next_link(base_url, item, pairs, options, first + size)
    return document


def read_row(world: World, base_url: str, item: EntitySet, row: Row, pairs: Pairs) -> dict[str, Any]:
    """One row as its JSON document."""
    options = checked_options(world, item, pairs)
    return {"@odata.context": _context(base_url, item, options) + "/$entity"} | rendered(world, item, row, options)


def count_rows(world: World, item: EntitySet, pairs: Pairs) -> int:
    return len(_matching(world, item, checked_options(world, item, pairs)))


def crosses_companies(pairs: Pairs) -> bool:
    """Whether the request asks for every legal entity instead of the user's default company."""
    return dict(pairs).get("cross-company", "").lower() == "true"


def checked_options(world: World, item: EntitySet, pairs: Pairs) -> QueryOptions:
    """The query options; raises BadQuery for an unknown property or an $expand that F&O does not document."""
    options = parse_options(pairs)
    for name in (*options.select, *(path[0] for path, _ in options.orderby)):
        _property_type(item, (name,))
    for expand in options.expand:
        _check_expand(item, expand)
    return options


def rendered(world: World, item: EntitySet, row: Mapping[str, Any], options: QueryOptions) -> dict[str, Any]:
    """A row with its ETag, its selected properties and what is expanded."""
    names = options.select or tuple(item.properties)
    document = {ETAG: row[ETAG]} | {name: row[name] for name in names}
    for expand in options.expand:
        document[expand.name] = _expanded(world, item, row, expand.name)
    return document


def _matching(world: World, item: EntitySet, options: QueryOptions) -> list[Row]:
    rows = candidates(world[item.name], options.filter)
    if item.of_company and options.custom.get("cross-company", "").lower() != "true":
        rows = [row for row in rows if fold(row["dataAreaId"]) == fold(world.settings.default_company)]
    if options.filter:
        test = _test(item, options.filter)
        rows = [row for row in rows if test(row)]
    return sorted(rows, key=lambda row: tuple(fold(row[name]) for name in item.keys))


def _test(item: EntitySet, text: str) -> Callable[[Row], bool]:
    for enum, symbol in _ENUM_LITERAL.findall(text):
        if symbol not in ENUMS.get(enum, {}):
            raise BadQuery(f"The string '{NAMESPACE}.{enum}'{symbol}'' is not a valid enumeration type constant.")
    return compile_filter(text, FINANCE_AND_OPERATIONS, value_at, lambda path: _property_type(item, path))


def _property_type(item: EntitySet, path: tuple[str, ...]) -> str:
    property_ = item.properties.get(path[0])
    if property_ is None or len(path) > 1:
        raise BadQuery(f"Could not find a property named '{'/'.join(path)}' on type '{NAMESPACE}.{item.type_name}'.")
    return property_.type


def _check_expand(item: EntitySet, expand: Expand) -> None:
    if expand.name not in item.navigations:
        raise BadQuery(f"Could not find a property named '{expand.name}' on type '{NAMESPACE}.{item.type_name}'.")
    if expand.options != QueryOptions():
        raise BadQuery("Only the first level of $expand is supported, without query options of its own.")


def _expanded(world: World, item: EntitySet, row: Mapping[str, Any], name: str) -> Any:
    navigation = item.navigations[name]
    target = world.sets[navigation.target]
    found = world[target.name].find(**{theirs: row[ours] for ours, theirs in navigation.on})
    documents = [rendered(world, target, other, QueryOptions()) for other in found]
    return documents if navigation.many else next(iter(documents), None)


def _context(base_url: str, item: EntitySet, options: QueryOptions) -> str:
    selected = f"({','.join(options.select)})" if options.select else ""
    return f"{base_url}/data/$metadata#{item.name}{selected}"


def _next_link(base_url: str, item: EntitySet, pairs: Pairs, options: QueryOptions, skip: int) -> str:
    kept = {name: value for name, value in pairs if name not in ("$skip", "$top")} | {"$skip": str(skip)}
    if options.top is not None:
        kept["$top"] = str(options.top - (skip - (options.skip or 0)))
    return f"{base_url}/data/{item.name}?{urlencode(kept, safe='$')}"
