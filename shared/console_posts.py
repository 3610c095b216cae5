"""The console's forms: one onboarding, or many at once. Each ends with a redirect to what it changed."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from shared import operating
from shared.console_acts import A_SECOND, ASSIGNED_TO, DEEDS, IN_BULK, MOST_AT_ONCE, REASON, Deed, carry_out
from shared.console_context import assignee, by, key_of, principal, site
from shared.console_listing import filter_of, list_shown, page_asked, part_of
from shared.console_lists import Filter
from shared.console_security import client_address, needs
from shared.errors import ClaimHeld, ClaimLost, Missing
from shared.models import ProspectKey
from shared.operating import Act
from shared.principal import Permission
from shared.record import Cause

posts = Blueprint("posts", __name__)

_SAID = ("cursor", "done", "count", "missed", "rest")


@posts.post("/onboarding/<key>/<act>")
@needs(Permission.READ)
def act_on_one(key: str, act: str) -> ResponseReturnValue:
    """One act on one onboarding; an empty note or assignee takes away what was there."""
    deed = _deed(act)
    if deed.text == REASON and deed.needed and not _text(deed):
        abort(400, deed.needed)
    if deed.act is Act.SETTLE:
        _settle(key_of(key))
    else:
        _perform(deed, key_of(key), 0, _cause())
    return redirect(url_for("pages.show_onboarding", key=key, done=act), 303)


@posts.post("/list/<view>")
@needs(Permission.READ)
def act_on_many(view: str) -> ResponseReturnValue:
    """One act on the selected rows, or on all that the filter shows; the list again where something is missing."""
    name, asked = request.form.get("act", ""), filter_of(view)
    deed = _deed(name if name in IN_BULK else "")
    if deed.needed and not _text(deed):
        return list_shown(asked, page_asked(asked), deed.needed), 400
    keys, rest = _selected(asked)
    if not keys and not rest:
        return list_shown(asked, page_asked(asked), "Nothing was selected."), 400
    missed = sum(not _tried(deed, key, place / A_SECOND) for place, key in enumerate(keys))
    query = {name: value for name, value in request.args.items() if name not in _SAID}
    said = {"done": name, "count": len(keys) - missed, "missed": missed, "rest": rest or ""}
    return redirect(f"{url_for('pages.show_list', view=view)}?{urlencode({**query, **said})}", 303)


# ---- which


def _selected(asked: Filter) -> tuple[list[ProspectKey], str | None]:
    """The keys, and where the rest begins."""
    if request.form.get("which") != "all":
        return [key_of(text) for text in request.form.getlist("key")[:MOST_AT_ONCE]], None
    shown = part_of(asked, MOST_AT_ONCE, request.form.get("rest") or None)
    return [item.key for item in shown.items], shown.cursor


# ---- what


def _deed(name: str) -> Deed:
    if name not in DEEDS:
        abort(404, "There is no such action.")
    if not principal().may(DEEDS[name].permission):
        abort(403, f"Your roles do not let you {DEEDS[name].permission}.")
    return DEEDS[name]


def _cause() -> Cause | None:
    """The one attention that a form is about; none: all of them."""
    cause = request.form.get("cause", "")
    if cause and cause not in set(Cause):
        abort(400, "There is no such cause.")
    return Cause(cause) if cause else None


def _tried(deed: Deed, key: ProspectKey, delay: float) -> bool:
    """One of many that cannot be done now does not stop the others."""
    try:
        _perform(deed, key, delay)
    except (ClaimHeld, ClaimLost, Missing):
        return False
    return True


def _perform(deed: Deed, key: ProspectKey, delay: float, cause: Cause | None = None) -> None:
    text = assignee(_text(deed)) if deed.text == ASSIGNED_TO else _text(deed)
    carry_out(deed, site().desk, key, by(client_address()), text, delay, cause)


def _settle(key: ProspectKey) -> None:
    cause, _, choice = request.form.get("choice", "").strip().partition(" ")
    try:
        operating.settle(site().desk, key, by(client_address()), Cause(cause), choice, _text(DEEDS["settle"]))
    except ValueError:
        abort(409, "That cannot be chosen any more. Look at it again.")


def _text(deed: Deed) -> str:
    """What was written for it."""
    return request.form.get(deed.text, "").strip() if deed.text else ""
