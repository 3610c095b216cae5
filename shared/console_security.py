"""What stands before every page and every call: who asks, what they may, and that no other site made their browser ask.

signed in    by Easy Auth, or as the marked developer (shared.principal)
may          each route names the permission that it needs
not forged   a form carries the token of a cookie that only this site can read, and comes from this site (Origin);
             a JSON call has a content type that no form can send, and comes from this site if it says from where
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from shared.console_context import principal, site
from shared.principal import HEADER, Permission

API = "/api/onboardings"
STATIC = "console_static"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN = "csrf"
SIGN_IN = "/.auth/login/aad"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000",
}

View = TypeVar("View", bound=Callable[..., Any])


def protect(app: Flask) -> None:
    """Let nobody in who may not come in, and send every answer with its headers."""
    app.before_request(_admit)
    app.after_request(_with_headers)


def needs(permission: Permission) -> Callable[[View], View]:
    """A route for those who have that permission; 403 for others."""

    def decorated(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not principal().may(permission):
                abort(403, f"Your roles do not let you {permission}.")
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorated


def csrf_token() -> str:
    """The token for this page's forms; the cookie goes out with the page."""
    if "csrf" not in g:
        g.csrf = request.cookies.get(_cookie_name()) or secrets.token_urlsafe(32)
    return str(g.csrf)


def is_api() -> bool:
    """Whether this is a JSON call."""
    return request.path.startswith(API)


def client_address() -> str:
    """From where the request came, without the port; empty where nothing says so.

    The platform's front end appends the address it saw; what stands before it is whatever the caller sent.
    """
    last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or request.remote_addr or ""
    bare = re.sub(r"^\[(.+)\](:\d+)?$|^([^:]+):\d+$", r"\1\3", last)
    try:
        return str(ip_address(bare.partition("%")[0]))
    except ValueError:
        return ""


# ---- in


def _admit() -> ResponseReturnValue | None:
    if request.endpoint == STATIC:
        return None
    g.principal = site().sign_in.principal(request.headers.get(HEADER, ""))
    if g.principal is None:
        return _sent_to_sign_in()
    return None if request.method in SAFE else _refused_as_forged()


def _sent_to_sign_in() -> ResponseReturnValue:
    if not site().sign_in.easy_auth:
        abort(401, "Nobody can sign in here yet: App Service authentication is off.")
    if request.method not in SAFE and not is_api() and _is_from_here(required=True):
        return _send_again(401)
    if request.method != "GET" or is_api():
        abort(401, "Sign in with an account of your company.")
    return redirect(f"{SIGN_IN}?post_login_redirect_uri={quote(request.full_path.rstrip('?'), safe='')}")


def _refused_as_forged() -> ResponseReturnValue | None:
    if not _is_from_here(required=not is_api()):
        abort(403, "The request did not come from this site.")
    if is_api():
        if request.mimetype != "application/json":
            abort(415, "Send application/json.")
        return None
    sent, kept = request.form.get(TOKEN, ""), request.cookies.get(_cookie_name(), "")
    return None if kept and hmac.compare_digest(sent.encode(), kept.encode()) else _send_again(403)


def _send_again(status: int) -> ResponseReturnValue:
    """The form once more with what was typed: it came from a page of ours, but the sign-in or the token had run out."""
    sent = {name: values for name, values in request.form.lists() if name != TOKEN}
    return render_template("send_again.html", sent=sent, sign_in=SIGN_IN if status == 401 else "", status=status), status


def _is_from_here(*, required: bool) -> bool:
    origin = request.headers.get("Origin", "")
    if not origin:
        return request.headers.get("Sec-Fetch-Site", "none" if required else "same-origin") == "same-origin"
    return urlsplit(origin).netloc == request.host


# ---- out


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == STATIC and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
    response.headers["Cache-Control"] = "no-store"
    # Lax, not Strict: who comes by a link from elsewhere brings the cookie along, else a new one would spoil all other tabs.
    if "csrf" in g and request.cookies.get(_cookie_name()) != g.csrf:
        response.set_cookie(_cookie_name(), g.csrf, secure=request.is_secure, httponly=True, samesite="Lax", path="/")
    return response


def _cookie_name() -> str:
    """`__Host-` cookies cannot be set by another host of the domain; they need https, which a developer's machine has not."""
    return "__Host-csrf" if request.is_secure else "csrf"
