"""The console and the JSON API as one WSGI application. Made when the first request comes: no other function loads any of it."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from flask import Flask, Response, g, jsonify, render_template
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from shared import console_words, telemetry
from shared.console_context import EXTENSION, Site, principal, shows
from shared.console_lists import View
from shared.console_pages import pages
from shared.console_posts import posts
from shared.console_security import STATIC, csrf_token, is_api, protect
from shared.errors import ClaimHeld, ClaimLost, Missing, ServiceError
from shared.onboardings_web import api
from shared.principal import Permission
from shared.record import DISPUTED, Cause, Stage

HERE = Path(__file__).parent
MOST_BYTES = 1024 * 1024
ROOT = "/api/console"


def create(site: Site) -> Flask:
    """The application for one environment."""
    app = Flask(__name__, static_folder=None, template_folder=str(HERE / "templates"))
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.extensions[EXTENSION] = site
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined
    for name in ("cause", "short_cause", "line", "detail", "took", "age", "number", "moment", "hour", "iso"):
        app.jinja_env.filters[name] = getattr(console_words, name)
    app.jinja_env.globals |= {
        "csrf_token": csrf_token,
        "may": _may,
        "shows": shows,
        "Permission": Permission,
        "version": _version(),
        "Stage": Stage,
        "Cause": Cause,
        "DISPUTED": DISPUTED,
        "View": View,
        "words": console_words,
        "me": _me,
        "operators": site.operators,
    }
    app.add_url_rule(f"{ROOT}/static/<path:filename>", STATIC, _static)
    app.register_blueprint(pages, url_prefix=ROOT)
    app.register_blueprint(posts, url_prefix=ROOT)
    app.register_blueprint(api)
    protect(app)
    _handle_errors(app)
    return app


def _static(filename: str) -> Response:
    from flask import send_from_directory

    return send_from_directory(HERE / "static", filename)


def _version() -> str:
    """Changes with the stylesheet, so that browsers may keep it for ever."""
    return hashlib.sha256((HERE / "static" / "console.css").read_bytes()).hexdigest()[:12]


def _me() -> object:
    return g.get("principal")


def _may(permission: Permission) -> bool:
    return principal().may(permission)


# ---- errors


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(
        ClaimHeld, lambda error: _problem(409, "It is being worked on at this moment. Try again in a few seconds.")
    )
    app.register_error_handler(
        ClaimLost, lambda error: _problem(409, "It changed at the same moment. Look at it, and try again.")
    )
    app.register_error_handler(Missing, lambda error: _problem(404, "There is no such onboarding."))
    app.register_error_handler(ServiceError, _unavailable)
    app.register_error_handler(Exception, _defect)


def _http_problem(error: HTTPException) -> ResponseReturnValue:
    return _problem(error.code or 500, error.description or error.name)


def _unavailable(error: Exception) -> ResponseReturnValue:
    telemetry.tell("console-unavailable", level=logging.WARNING, error=str(error))
    return _problem(503, "The storage account does not answer. Nothing is lost; try again in a moment.")


def _defect(error: Exception) -> ResponseReturnValue:
    telemetry.LOGGER.error("a page failed", exc_info=error)
    return _problem(500, "This should not have happened. The log says what.")


def _problem(status: int, text: str) -> ResponseReturnValue:
    """A page, or a body as RFC 9457 has it."""
    if is_api():
        answer = jsonify(type="about:blank", status=status, title=_TITLES.get(status, "Not done"), detail=text)
        answer.mimetype = "application/problem+json"
        return answer, status
    return render_template("problem.html", status=status, title=_TITLES.get(status, "That did not work"), text=text), status


_TITLES = {
    400: "Not understood",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not now",
    413: "Too large",
    415: "Not JSON",
    422: "Not valid",
    500: "A defect",
    503: "Not available",
}
