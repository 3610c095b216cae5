"""A seller's desk: who is signed in on the pages, and their calls, which take the Web API's own path but for HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, render_template, request, session, url_for

from sandbox.pages.look import acted
from sandbox.sales import webapi
from sandbox.sales.formatting import FORMATTED
from sandbox.sales.http import API_ROOT, Request
from sandbox.sales.seed import seed_id
from sandbox.sales.webhooks.courier import Courier
from sandbox.sales.world import World

if TYPE_CHECKING:
    from werkzeug import Response as Answer

Json = dict[str, Any]
ADMINISTRATOR = seed_id("systemuser/Admin")
_SELLER = seed_id("systemuser/Seller")
_HEADERS = {
    "GET": {"prefer": 'odata.include-annotations="*"', "if-none-match": "null"},
    "POST": {"prefer": "return=representation"},
}
_PAGES = {"lead": "leads", "opportunity": "opportunities", "account": "accounts", "contact": "contacts"}


class Refused(Exception):
    """Sales refused a call; `status` is the HTTP status, the text is Sales' own message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Environment:
    """One Sales environment, as its pages see it."""

    world: World
    courier: Courier


@dataclass(frozen=True)
class Record:
    """A row as the Web API gives it, with formatted values."""

    body: Json

    def __getitem__(self, column: str) -> Any:
        """The raw value; of a lookup, the id that it points to."""
        return self.body[column] if column in self.body else self.body[f"_{column}_value"]

    def text(self, column: str) -> str:
        """The value as people see it; empty for none."""
        name = column if column in self.body else f"_{column}_value"
        value = self.body[name]
        return "" if value is None else str(self.body.get(f"{name}@{FORMATTED}", value))

    def link(self, column: str) -> str:
        """The page of the row that a lookup points to; empty where there is none."""
        return address_of(self.body.get(f"_{column}_value@Microsoft.Dynamics.CRM.lookuplogicalname", ""), self[column])


@dataclass(frozen=True)
class Desk:
    """Calls in one user's name; each raises Refused."""

    world: World
    root: str
    user_id: str

    def rows(self, path: str, **query: str) -> list[Record]:
        """The rows of a query; `filter`, `select`, `orderby` without the dollar sign."""
        return [Record(row) for row in self._send("GET", path, query)["value"]]

    def row(self, path: str) -> Record:
        """One row with all of its columns."""
        return Record(self._send("GET", path, {}))

    def post(self, path: str, body: Json) -> Json:
        """Create a row and return it, or run an action and return what it answers."""
        return self._send("POST", path, {}, body)

    def patch(self, path: str, body: Json) -> None:
        """Change a row."""
        self._send("PATCH", path, {}, body)

    def delete(self, path: str) -> None:
        """Delete a row."""
        self._send("DELETE", path, {})

    def _send(self, method: str, path: str, query: dict[str, str], body: Json | None = None) -> Json:
        pairs = [(f"${name}", value) for name, value in query.items()]
        content = json.dumps(body).encode() if body is not None else b""
        headers = _HEADERS.get(method, {})
        answer = webapi.handle(self.world, Request(method, path, pairs, headers, content, self.root, self.user_id))
        if answer.status >= 400:
            raise Refused(answer.status, str(answer.body["error"]["message"]))
        return answer.body if isinstance(answer.body, dict) else {}


def address_of(table: str, row_id: str) -> str:
    """The page of a row; empty for a table that has none."""
    return url_for(f"{_PAGES[table]}.show", row_id=row_id) if table in _PAGES else ""


def here() -> Environment:
    """The environment of the app that answers this request."""
    environment: Environment = current_app.extensions["sales"]
    return environment


def desk() -> Desk:
    """The desk of the seller who is signed in on the pages."""
    return _desk_of(seller())


def administration() -> Desk:
    """The administrator's desk, for what sellers have no business with."""
    return _desk_of(ADMINISTRATOR)


def seller() -> str:
    """The id of the user whom the visitor chose; the seed's seller at first, and where the chosen one is gone."""
    chosen = session.get("seller", _SELLER)
    return str(chosen) if here().world.store.get("systemuser", chosen) else _SELLER


def sellers() -> dict[str, str]:
    """Whom one may sign in as: people, not the bridge's application user."""
    users = here().world.store.rows("systemuser")
    return {row["systemuserid"]: row["fullname"] for row in users if not row["applicationid"] and not row["isdisabled"]}


def area(name: str) -> Blueprint:
    """A group of pages; what Sales refuses there is told as a page."""
    pages = Blueprint(name, __name__)
    pages.register_error_handler(Refused, _refused)
    return pages


def change(act: Callable[[Desk], object], done: str, to: str) -> Answer:
    """Let the seller act, all or nothing, then go to a page that tells what came of it."""
    at = desk()

    def in_transaction() -> None:
        with at.world.transaction():
            act(at)

    return acted(in_transaction, done, to, Refused)


def _desk_of(user_id: str) -> Desk:
    return Desk(here().world, f"{request.host_url.rstrip('/')}{API_ROOT}", user_id)


def _refused(error: Refused) -> tuple[str, int]:
    title = "There is no such record" if error.status == 404 else "That was refused"
    return render_template("look/refused.html", title=title, reason=str(error)), error.status
