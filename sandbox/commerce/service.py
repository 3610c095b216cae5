"""One request to /data, alone or as a part of a $batch: resolve the address, check company, role and ETag, read or write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from sandbox.commerce import queries, writes
from sandbox.commerce.error_bodies import JSON, UnknownRoute, WriteFailed, error_response
from sandbox.commerce.infolog import BadQuery, CommerceError, Forbidden, Infolog, NotFound, StaleEtag
from sandbox.commerce.queries import Pairs
from sandbox.commerce.schema import NAMESPACE, EntitySet
from sandbox.commerce.tables import ETAG, Row, fold
from sandbox.commerce.validation import check_names
from sandbox.commerce.world import World
from sandbox.odata.batch import Answer, BatchRequest, BatchResponse, ChangeSet, with_references
from sandbox.odata.errors import ODataError
from sandbox.odata.etags import matches
from sandbox.odata.keys import KEY_ITSELF, Segment, split_path

# $metadata says CDSParties; the generated clients that most people read write it so.
_ALIASES = {"CdsParties": "CDSParties"}


@dataclass(frozen=True)
class Target:
    """What a request's address names: an entity set, perhaps one row of it, perhaps something below."""

    item: EntitySet
    key: dict[str, Any] | None
    rest: tuple[Segment, ...]
    pairs: Pairs


class DataService:
    """Answers requests to the entity sets; `base_url` has no slash at the end, `user` is the caller's object id."""

    def __init__(self, world: World, base_url: str, user: str = "") -> None:
        self.world = world
        self.base_url = base_url
        self.user = user

    def answer(self, request: BatchRequest) -> BatchResponse:
        """The response to one request, in a transaction of its own; failures are responses too."""
        try:
            with self.world.transaction(self.user):
                return self._dispatch(request)
        except (CommerceError, ODataError) as error:
            return error_response(error, self.world.settings.business_error_status, request.content_id)

    def answer_changes(self, changes: ChangeSet) -> Answer:
        """The responses to a change set, or one failure: all of its writes happen, or none (docs: odata, batch requests)."""
        answers: list[BatchResponse] = []
        locations: dict[str, str] = {}
        change = changes[0]
        try:
            with self.world.transaction(self.user):
                for change in changes:
                    answers.append(self._dispatch(with_references(change, locations)))
                    if change.content_id:
                        locations[change.content_id] = answers[-1].headers.get("Location", change.url)
        except (CommerceError, ODataError) as error:
            return error_response(error, self.world.settings.business_error_status, change.content_id)
        return answers

    def _dispatch(self, request: BatchRequest) -> BatchResponse:
        target = self._target(request.url)
        self._check_role(request.method, target.item)
        if request.method == "GET":
            return self._get(target, request)
        handler = {"POST": self._post, "PATCH": self._patch, "DELETE": self._delete}.get(request.method)
        if handler is None or target.rest:
            raise ODataError(405, f"The requested resource does not support http method '{request.method}'.")
        try:
            return handler(target, request)
        except Infolog as infolog:
            raise WriteFailed(target.item.entity, infolog) from infolog

    def _get(self, target: Target, request: BatchRequest) -> BatchResponse:
        if target.key is None:
            if [segment.name for segment in target.rest] == ["$count"]:
                count = queries.count_rows(self.world, target.item, target.pairs)
                return BatchResponse(200, {"Content-Type": "text/plain"}, str(count).encode(), request.content_id)
            self._refuse_rest(target, request)
            document = queries.read_collection(self.world, self.base_url, target.item, target.pairs)
            return _ok(document, request)
        row = self._row(target)
        self._refuse_rest(target, request)
        return _ok(queries.read_row(self.world, self.base_url, target.item, row, target.pairs), request, row)

    def _post(self, target: Target, request: BatchRequest) -> BatchResponse:
        if target.key is not None:
            raise ODataError(405, "The requested resource does not support http method 'POST'.")
        body = _body(request)
        check_names(target.item, body)
        company = self._company(target, str(body.get("dataAreaId") or self.world.settings.default_company))
        row = writes.insert(self.world, target.item, company, _without_annotations(body))
        document = queries.read_row(self.world, self.base_url, target.item, row, [])
        headers = _headers(row) | {"Location": self._location(target.item, row)}
        return BatchResponse(201, headers, json.dumps(document).encode(), request.content_id)

    def _patch(self, target: Target, request: BatchRequest) -> BatchResponse:
        row = self._row(target)
        self._check_etag(request, row)
        body = _body(request)
        check_names(target.item, body)
        writes.change(self.world, target.item, row, _without_nulls(target.item, _without_annotations(body)))
        return BatchResponse(204, {"OData-Version": "4.0"}, b"", request.content_id)

    def _delete(self, target: Target, request: BatchRequest) -> BatchResponse:
        row = self._row(target)
        self._check_etag(request, row)
        writes.remove(self.world, target.item, row)
        return BatchResponse(204, {"OData-Version": "4.0"}, b"", request.content_id)

    def _target(self, url: str) -> Target:
        split = urlsplit(url)
        path = unquote(split.path)
        path = path.removeprefix("/").removeprefix("data/") if split.netloc or path.startswith("/") else path
        first, *rest = split_path(path)
        item = self.world.sets.get(_ALIASES.get(first.name, first.name))
        if item is None:
            raise UnknownRoute(f"{self.base_url}/data/{path}")
        pairs = parse_qsl(split.query, keep_blank_values=True)
        return Target(item, None if first.key is None else _full_key(item, first.key), tuple(rest), pairs)

    def _row(self, target: Target) -> Row:
        """The row that the key names, within the companies that the request may see; raises NotFound."""
        key = target.key
        if key is None:
            raise ODataError(405, "The requested resource needs a key.")
        row = self.world[target.item.name].get(*(key[name] for name in target.item.keys))
        if row is None or not self._may_see(target, row):
            raise NotFound(f"Resource not found for the segment '{target.item.name}'.")
        return row

    def _may_see(self, target: Target, row: Row) -> bool:
        foreign = target.item.of_company and fold(row["dataAreaId"]) != fold(self.world.settings.default_company)
        return not foreign or queries.crosses_companies(target.pairs)

    def _company(self, target: Target, company: str) -> str:
        """The legal entity that a new row goes to, spelled as in head office; raises BadQuery where that may not be written."""
        if not target.item.of_company:
            return company
        found = self.world["LegalEntities"].get(company)
        if found is None:
            raise BadQuery(f"The company '{company}' does not exist.")
        if fold(company) != fold(self.world.settings.default_company) and not queries.crosses_companies(target.pairs):
            raise BadQuery(f"The company '{company}' is not the default company of the user: cross-company=true is needed.")
        return str(found["LegalEntityId"])

    def _check_role(self, method: str, item: EntitySet) -> None:
        need = "read" if method == "GET" else "write"
        if f"{need}:{item.name}" in self.world.settings.denied:
            raise Forbidden(f"Access denied: the user's security roles do not allow to {need} '{item.name}'.")

    def _check_etag(self, request: BatchRequest, row: Row) -> None:
        if self.world.settings.if_match == "honoured" and not matches(request.headers.get("if-match"), row[ETAG]):
            raise StaleEtag("The record was changed since it was read: the ETag does not match.")

    def _refuse_rest(self, target: Target, request: BatchRequest) -> None:
        if target.rest:
            raise UnknownRoute(request.url)

    def _location(self, item: EntitySet, row: Row) -> str:
        key = ",".join(f"{name}='{quote(str(row[name]).replace(chr(39), chr(39) * 2))}'" for name in item.keys)
        return f"{self.base_url}/data/{item.name}({key})"


def _full_key(item: EntitySet, key: dict[str, Any]) -> dict[str, Any]:
    """The key by property, if it is complete; F&O finds nothing by a part of a key. A key of one property needs no name."""
    if set(key) == {KEY_ITSELF} and len(item.keys) == 1:
        return {item.keys[0]: key[KEY_ITSELF]}
    if set(key) != set(item.keys):
        raise BadQuery(
            "The number of keys specified in the URI does not match number of key properties "
            f"for the resource '{NAMESPACE}.{item.type_name}'."
        )
    return key


def _body(request: BatchRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BadQuery(f"The body is not valid JSON: {error}.") from error
    if not isinstance(body, dict):
        raise BadQuery("The body must be a JSON object.")
    return body


def _without_annotations(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if "@" not in name}


def _without_nulls(item: EntitySet, body: dict[str, Any]) -> dict[str, Any]:
    """F&O holds no nulls: null empties a field."""
    return {name: item.properties[name].default if value is None else value for name, value in body.items()}


def _ok(document: dict[str, Any], request: BatchRequest, row: Row | None = None) -> BatchResponse:
    return BatchResponse(200, _headers(row), json.dumps(document).encode(), request.content_id)


def _headers(row: Row | None) -> dict[str, str]:
    return {"Content-Type": JSON, "OData-Version": "4.0"} | ({"ETag": row[ETAG]} if row else {})
