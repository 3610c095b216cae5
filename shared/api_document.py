"""The OpenAPI document, put together from the routes below and the models' own JSON schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared import api_models as models
from shared.console_filters import AGES
from shared.console_lists import View
from shared.principal import Permission
from shared.record import Cause, Stage

VERSION = "1.0"
ROOT = "/api/onboardings"
_KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 400}, "example": "usmf.P-000123"}
_CURSOR = {"name": "cursor", "in": "query", "schema": {"type": "string", "maxLength": 500}}
_TEXT: dict[str, Any] = {"type": "string", "maxLength": 100}


@dataclass(frozen=True)
class Route:
    """One operation of the API. `body` None: it takes none."""

    name: str
    method: str
    path: str
    summary: str
    permission: Permission
    answer: type[BaseModel]
    body: type[BaseModel] | None = None
    query: tuple[Mapping[str, Any], ...] = ()
    status: int = 200
    failures: tuple[int, ...] = field(default=(400, 401, 403, 404, 503))


def _choice(name: str, values: list[str]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string", "enum": values}}


_LIST_QUERY = (
    _choice("view", [view.value for view in View]),
    _choice("stage", [stage.value for stage in Stage]),
    _choice("cause", [cause.value for cause in Cause]),
    _choice("older", list(AGES)),
    {"name": "legal_entity", "in": "query", "schema": _TEXT},
    {
        "name": "text",
        "in": "query",
        "schema": _TEXT,
        "description": "the beginning of a word of the organization's name, or an id",
    },
    {"name": "assigned_to", "in": "query", "schema": _TEXT, "description": "an object id, or `me`"},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}},
    _CURSOR,
)


def _act(act: str, summary: str, permission: Permission, body: type[BaseModel]) -> Route:
    failures = (400, 401, 403, 404, 409, 415, 422, 503)
    return Route(act, "post", f"/{{key}}/{act}", summary, permission, models.Accepted, body, status=202, failures=failures)


ROUTES = (
    Route("list", "get", "", "A list of onboardings, page by page", Permission.READ, models.ItemPage, query=_LIST_QUERY),
    Route("counts", "get", "/counts", "How many are where", Permission.READ, models.Counts, failures=(401, 403, 503)),
    Route("me", "get", "/me", "Who calls, and what they may", Permission.READ, models.Me, failures=(401, 403)),
    Route("show", "get", "/{key}", "One onboarding, and why it is waiting", Permission.READ, models.Shown),
    Route("history", "get", "/{key}/history", "Its history", Permission.READ, models.LinePage, query=(_CURSOR,)),
    Route("what-if", "get", "/{key}/what-if", "What a replay would write", Permission.WHAT_IF, models.WhatIf),
    _act("look-again", "Have it looked at again now", Permission.LOOK_AGAIN, models.Nothing),
    _act("hold", "Write nothing to either system until it is released", Permission.HOLD, models.Because),
    _act("release", "Go on", Permission.HOLD, models.Release),
    _act("settle", "Choose about an open attention", Permission.SETTLE, models.Settle),
    _act("close", "Close its attentions", Permission.CLOSE, models.Close),
    _act("note", "Write the operators' note", Permission.NOTE, models.Note),
    _act("assign", "Assign it to an operator", Permission.ASSIGN, models.Assign),
)


def document() -> dict[str, Any]:
    """The whole document (OpenAPI 3.1)."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "B2B Prospect Bridge", "version": VERSION, "description": _DESCRIPTION},
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": _SECURITY},
        "security": [{"entra": []}],
    }


_DESCRIPTION = (
    "Onboardings: the way of each B2B sign-up request through Dynamics 365 Commerce and Sales. "
    "Answers hold ids and states, nothing personal but in a what-if, for those whose roles show it. "
    "Errors are application/problem+json."
)
_SECURITY = {"entra": {"type": "http", "scheme": "bearer", "description": "An Entra token of an app role; checked by Easy Auth."}}


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(ROOT + route.path, {})[route.method] = _operation(route)
    return paths


def _operation(route: Route) -> dict[str, Any]:
    keyed = [_KEY] if "{key}" in route.path else []
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": f"Needs the permission: {route.permission}.",
        "parameters": [*keyed, *route.query],
        "responses": {str(route.status): _content("Done", route.answer), **{str(code): _failure() for code in route.failures}},
    }
    if route.body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _reference(route.body)}}}
    return operation


def _content(description: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _reference(model)}}}


def _failure() -> dict[str, Any]:
    return {"description": "Not done", "content": {"application/problem+json": {"schema": _reference(models.Problem)}}}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas() -> dict[str, Any]:
    used = dict.fromkeys([models.Problem, *(route.answer for route in ROUTES), *(route.body for route in ROUTES if route.body)])
    modes: Any = [(model, "validation") for model in used]
    _, definitions = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


if __name__ == "__main__":
    print(json.dumps(document(), indent=2))
