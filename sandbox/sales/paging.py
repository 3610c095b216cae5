"""Collections: $count, $top, server pages with @odata.nextLink, and change tracking's delta links."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from sandbox.odata.errors import ODataError
from sandbox.odata.options import QueryOptions, parse_options
from sandbox.sales import fetch, privileges, sql
from sandbox.sales.http import Request, Response
from sandbox.sales.query import MAX_PAGE, Reader
from sandbox.sales.schema import Table
from sandbox.sales.store import Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

MAX_COUNT = 5_000
_CHANGES_COOKIE = re.compile(r'<cookie pagenumber="(\d+)" since="(\d+)" version="(\d+)" after="(\d+)" />')


def collection(
    world: World, reader: Reader, request: Request, table: Table, context: str, rows: list[Row] | None = None
) -> Response:
    """One page of the rows that the query asks for."""
    options = parse_options(request.query)
    if "fetchXml" in options.custom or "savedQuery" in options.custom:
        return _fetched(reader, request, table, options)
    if "sql" in options.custom:
        return _selected(reader, request, table, options)
    if "odata.track-changes" in request.prefer or options.deltatoken or _CHANGES_COOKIE.fullmatch(options.skiptoken or ""):
        return _changes(world, reader, request, table, options)
    found = reader.select_rows(table, options, rows)
    page, next_link = _page(request, options, found)
    selected = f"({','.join(options.select)})" if options.select else ""
    body: dict[str, Any] = {"@odata.context": f"{request.root}/$metadata#{context}{selected}"}
    if options.count:
        body["@odata.count"] = min(len(found), MAX_COUNT)
    body["value"] = [reader.render(table, row, options) for row in page]
    if next_link:
        body["@odata.nextLink"] = next_link
    headers = {"Preference-Applied": f"odata.maxpagesize={page_size(request)}"} if "odata.maxpagesize" in request.prefer else {}
    return Response(200, body, headers)


def _fetched(reader: Reader, request: Request, table: Table, options: QueryOptions) -> Response:
    """docs: retrieve-and-execute-predefined-queries, use-fetchxml-web-api."""
    text = options.custom.get("fetchXml") or fetch.saved(reader.world, options.custom["savedQuery"])
    page = fetch.run(reader, table, text)
    body: dict[str, Any] = {"@odata.context": f"{request.root}/$metadata#{table.set_name}", "value": page.rows}
    if page.following and reader.annotations:
        inner = quote(quote(f'<cookie page="{page.following - 1}" />'))
        body["@Microsoft.Dynamics.CRM.morerecords"] = True
        body["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"] = (
            f'<cookie pagenumber="{page.following}" pagingcookie="{inner}" istracking="False" />'
        )
    return Response(200, body)


def _selected(reader: Reader, request: Request, table: Table, options: QueryOptions) -> Response:
    """docs: webapi/query/sql."""
    page, next_link = _page(request, options, sql.run(reader, table, options.custom["sql"]))
    body = {"@odata.context": f"{request.root}/$metadata#{table.set_name}", "value": page}
    return Response(200, body | ({"@odata.nextLink": next_link} if next_link else {}))


def page_size(request: Request) -> int:
    """odata.maxpagesize, at most 5,000."""
    text = request.prefer.get("odata.maxpagesize", "")
    return min(int(text), MAX_PAGE) if text.isdecimal() and int(text) > 0 else MAX_PAGE


def _page(request: Request, options: QueryOptions, found: list[Row]) -> tuple[list[Row], str | None]:
    if options.top is not None:
        return found[: min(options.top, MAX_PAGE)], None
    start, number = _cookie(options.skiptoken)
    size = page_size(request)
    if start + size >= len(found):
        return found[start:], None
    return found[start : start + size], _link(
        request, "$skiptoken", f'<cookie pagenumber="{number + 1}" start="{start + size}" />'
    )


def _cookie(token: str | None) -> tuple[int, int]:
    if token is None:
        return 0, 1
    match = re.fullmatch(r'<cookie pagenumber="(\d+)" start="(\d+)" />', token)
    if match is None:
        raise ODataError(400, "Malformed XML in the Paging Cookie", "0x80041129")
    return int(match[2]), int(match[1])


def _link(request: Request, name: str, value: str) -> str:
    pairs = [(key, text) for key, text in request.query if key not in {"$skiptoken", "$deltatoken"}]
    return f"{request.root}/{quote(request.path)}?{urlencode([*pairs, (name, value)], quote_via=quote, safe='$,')}"


def _changes(world: World, reader: Reader, request: Request, table: Table, options: QueryOptions) -> Response:
    """docs: use-change-tracking-synchronize-data-external-systems. Rows come in the order of their changes."""
    if options.filter or options.orderby or options.expand or options.top is not None:
        raise ODataError(400, "Change tracking does not support $filter, $orderby, $expand and $top.", "0x80060888")
    if not table.change_tracking:
        raise ODataError(400, f"Change tracking is not enabled for entity '{table.name}'.", "0x80072517")
    privileges.require_global(world, reader.call, "Read", table)
    at = _position(world, options)
    changed = [row for row in reader.select_rows(table, options) if row["versionnumber"] > at.after]
    changed.sort(key=lambda row: row["versionnumber"])
    page = changed[: page_size(request)]
    context = f"{request.root}/$metadata#{table.set_name}"
    value = [reader.render(table, row, options) for row in page]
    body: dict[str, Any] = {"@odata.context": f"{context}{'/$delta' if at.since else ''}", "value": value}
    if len(page) < len(changed):
        following = replace(at, number=at.number + 1, after=page[-1]["versionnumber"])
        return Response(200, body | {"@odata.nextLink": _link(request, "$skiptoken", following.cookie())})
    removed = {"@odata.context": f"{context}/$deletedEntity", "reason": "deleted"}
    body["value"] += [{**removed, "id": grave} for grave in _deleted(world, table, at.since)]
    token = f"{at.version}!{world.now().timestamp():.0f}"
    return Response(
        200, body | {"@odata.deltaLink": _link(request, "$deltatoken", token)}, {"Preference-Applied": "odata.track-changes"}
    )


@dataclass(frozen=True)
class _Position:
    """A page of changes: those `after` the page before; the next delta begins at the `version` of the first page."""

    since: int
    version: int
    after: int
    number: int = 1

    def cookie(self) -> str:
        """The position in a $skiptoken."""
        return f'<cookie pagenumber="{self.number}" since="{self.since}" version="{self.version}" after="{self.after}" />'


def _position(world: World, options: QueryOptions) -> _Position:
    if match := _CHANGES_COOKIE.fullmatch(options.skiptoken or ""):
        number, since, version, after = (int(text) for text in match.groups())
        return _Position(since, version, after, number)
    since = _since(world, options.deltatoken)
    return _Position(since, world.store.version, since)


def _deleted(world: World, table: Table, since: int) -> list[str]:
    """The ids of rows that were deleted since; a first read tells of none."""
    return [grave.id for grave in world.store.tombstones if grave.table == table.name and grave.version > since > 0]


def _since(world: World, token: str | None) -> int:
    if token is None:
        return 0
    match = re.fullmatch(r"(\d+)!(\d+)", token)
    days = next(row["expirechangetrackingindays"] for row in world.store.rows("organization"))
    if match is None or world.now().timestamp() - int(match[2]) > timedelta(days=days).total_seconds():
        raise ODataError(400, "Invalid Sync Token", "0x80072515")
    return int(match[1])
