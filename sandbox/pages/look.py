"""The shared look of the sandbox's pages, and what happens when a button is pressed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import nh3
from flask import Blueprint, Flask, flash, redirect, request
from jinja2 import StrictUndefined
from markupsafe import Markup

from sandbox.pages import elsewhere, troubles

if TYPE_CHECKING:
    from werkzeug import Response as Answer

    from sandbox.faults import Faults

look = Blueprint(
    "look",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/sandbox/static",  # below /sandbox/ no fault strikes, so a page keeps its look in every outage
)
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

_HARMLESS = {"p", "br", "ul", "ol", "li", "b", "strong", "i", "em", "a"}


@dataclass(frozen=True)
class System:
    """Whose pages these are: `theme` is a class of the stylesheet, `navigation` pairs labels with endpoints,
    `api` is a pattern for the documented routes, which are what an outage strikes."""

    name: str
    theme: str
    api: str
    navigation: tuple[tuple[str, str], ...]


def dress(app: Flask, system: System, faults: Faults) -> None:
    """Give the app the shared templates and stylesheet, the session that carries messages, and the switch for faults."""
    app.secret_key = secrets.token_hex(16)
    # A browser sends cookies to every port of a host: the two systems must not overwrite each other's.
    app.config.update(SESSION_COOKIE_NAME=f"sandbox-{system.theme}", SESSION_COOKIE_SAMESITE="Lax")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_filter(moment)
    app.add_template_filter(rich_text)
    app.extensions["faults"] = faults
    app.extensions["system"] = system
    app.context_processor(lambda: {"system": system, "is_here": _is_here, "elsewhere": elsewhere.addresses()})
    app.after_request(_guard)
    app.register_blueprint(look)
    app.register_blueprint(troubles.switches)
    app.register_blueprint(elsewhere.elsewhere)


def acted(act: Callable[[], object], done: str, to: str, refusal: type[Exception]) -> Answer:
    """Do what a button says, then send the browser to a page that says `done`, or in the system's own words why not."""
    try:
        act()
    except refusal as error:
        flash(str(error), "refused")
    else:
        flash(done, "done")
    return redirect(to, 303)


def moment(value: str | datetime | None) -> str:
    """A time for people, e.g. `23 Nov 2026, 18:04:05 UTC`; empty for none. Takes ISO 8601 text too."""
    if not value:
        return ""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.strftime("%d %b %Y, %H:%M:%S UTC").lstrip("0")


def rich_text(value: str) -> Markup:
    """A note as the timeline shows it: its few harmless tags as they are, plain text with its line breaks."""
    return Markup(nh3.clean(value if "<" in value else value.replace("\n", "<br>"), tags=_HARMLESS))


def _is_here(endpoint: str) -> bool:
    """Whether a link of the navigation leads to where the visitor is."""
    return request.blueprint == endpoint.partition(".")[0]


def _guard(response: Any) -> Any:
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
    return response
