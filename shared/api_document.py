"""The OpenAPI document, put together from the routes below and the models' own JSON schemas."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared import api_bulk as bulk
from shared import api_models as models
from shared.principal import Permission

VERSION = "1.0"
ROOT = "/api/onboardings"
_KEY_PATTERN = r"^[A-Za-z0-9_~-]+\.[A-Za-z0-9_~-]+$"
_KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string", "pattern": _KEY_PATTERN, "maxLength": 400}}


@dataclass(frozen=True)
class Route:
    """One operation of the API. `body` None: it takes none. `permission` None: whoever is signed in may."""

    name: str
    method: str
    path: str
    summary: str
    permission: Permission | None
    answer: type[BaseModel]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    failures: tuple[int, ...] = field(default=(400, 401, 403, 404, 503))


def _act(act: str, summary: str, permission: Permission, body: type[BaseModel]) -> Route:
    failures = (400, 401, 403, 404, 409, 413, 415, 422, 503)
    return Route(act, "post", f"/{{key}}/{act}", summary, permission, models.Accepted, body, status=202, failures=failures)


ROUTES = (
    Route("list", "get", "", "A list of onboardings, page by page", Permission.READ, models.ItemPage, query=models.ListQuery),
    Route("counts", "get", "/counts", "How many are where", Permission.READ, models.Counts, failures=(401, 403, 503)),
    Route("me", "get", "/me", "Who calls, and what they may", None, models.Me, failures=(401,)),
    Route("document", "get", "/openapi.json", "This document", Permission.READ, models.Document, failures=(401, 403)),
    Route(
        "bulk",
        "post",
        "/bulk",
        "One act on many, 200 at most, and what came of it",
        Permission.READ,
        bulk.Results,
        bulk.Bulk,
        failures=(400, 401, 403, 404, 413, 415, 422, 503),
    ),
    Route("show", "get", "/{key}", "One onboarding, and why it is waiting", Permission.READ, models.Shown),
    Route("history", "get", "/{key}/history", "Its history", Permission.READ, models.LinePage, query=models.HistoryQuery),
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
    "Errors are application/problem+json, also 405 for a method that a path does not have. "
    "A bulk call needs the permission of its act, too."
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
        "description": f"Needs the permission: {route.permission}." if route.permission else "Needs no permission.",
        "parameters": [*keyed, *_query(route.query)],
        "responses": {str(route.status): _content("Done", route.answer), **{str(code): _failure() for code in route.failures}},
    }
    if route.body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _reference(route.body)}}}
    return operation


def _query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    """A model's members as parameters of the query."""
    if model is None:
        return []
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return [{"name": name, "in": "query", "schema": member} for name, member in schema["properties"].items()]


def _content(description: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _reference(model)}}}


def _failure() -> dict[str, Any]:
    return {"description": "Not done", "content": {"application/problem+json": {"schema": _reference(models.Problem)}}}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas() -> dict[str, Any]:
    named = [[route.answer, route.body, route.query] for route in ROUTES]
    used = dict.fromkeys([models.Problem, *(model for several in named for model in several if model)])
    modes: Any = [(model, "validation") for model in used]
    _, definitions = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


if __name__ == "__main__":
    print(json.dumps(document(), indent=2))
