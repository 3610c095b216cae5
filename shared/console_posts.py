"""The console's forms: one onboarding, or many at once. Each ends with a redirect to what it changed."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from shared import console_filters, operating
from shared.console_context import by, key_of, principal, site
from shared.console_lists import View
from shared.console_search import page_of
from shared.console_security import client_address, needs
from shared.errors import ClaimHeld, ClaimLost, Missing
from shared.models import ProspectKey
from shared.operating import Act, By, Desk
from shared.principal import Permission
from shared.record import Cause

posts = Blueprint("posts", __name__)

MOST_AT_ONCE = 200
"""Of one bulk request; what is left over is offered as the next one, so that it can be stopped between two."""
A_SECOND = 5
"""Replays are spread: so many hints a second become visible."""

NEEDED = {
    Act.LOOK_AGAIN: Permission.LOOK_AGAIN,
    Act.HOLD: Permission.HOLD,
    Act.RELEASE: Permission.HOLD,
    Act.SETTLE: Permission.SETTLE,
    Act.CLOSE: Permission.CLOSE,
    Act.NOTE: Permission.NOTE,
    Act.ASSIGN: Permission.ASSIGN,
}
_SAID = ("cursor", "done", "count", "missed", "rest")
REASONED = frozenset({Act.HOLD, Act.SETTLE, Act.CLOSE})


@posts.post("/onboarding/<key>/<act>")
@needs(Permission.READ)
def act_on_one(key: str, act: str) -> ResponseReturnValue:
    """One act on one onboarding."""
    done = _act(act)
    _perform(done, key_of(key), 0)
    return redirect(url_for("pages.show_onboarding", key=key, done=done.value), 303)


@posts.post("/list/<view>")
@needs(Permission.READ)
def act_on_many(view: str) -> ResponseReturnValue:
    """One act on the selected rows, or on all that the filter shows."""
    done, (keys, cursor) = _act(request.form.get("act", "")), _selected(view)
    missed = sum(not _tried(done, key, place / A_SECOND) for place, key in enumerate(keys))
    query = {name: value for name, value in request.args.items() if name not in _SAID}
    said = {"done": done.value, "count": len(keys) - missed, "missed": missed, "rest": cursor or ""}
    return redirect(f"{url_for('pages.show_list', view=view)}?{urlencode({**query, **said})}", 303)


# ---- which


def _selected(view: str) -> tuple[list[ProspectKey], str | None]:
    """The keys, and where the rest begins."""
    if request.form.get("which") != "all":
        return [key_of(text) for text in request.form.getlist("key")[:MOST_AT_ONCE]], None
    if view not in set(View):
        abort(404, "There is no such list.")
    asked = console_filters.read(View(view), request.args, site().legal_entities, principal().object_id)
    try:
        shown = page_of(
            site().store, asked, site().legal_entities, MOST_AT_ONCE, request.form.get("rest") or None, site().bridge.now()
        )
    except ValueError:
        abort(400, "That page of the list does not exist.")
    return [item.key for item in shown.items], shown.cursor


# ---- what


def _act(name: str) -> Act:
    if name not in set(Act):
        abort(404, "There is no such action.")
    act = Act(name)
    if not principal().may(NEEDED[act]):
        abort(403, f"Your roles do not let you {NEEDED[act]}.")
    if act in REASONED and not _text("reason"):
        abort(400, "Say why: a reason is needed.")
    return act


def _tried(act: Act, key: ProspectKey, delay: float) -> bool:
    """One of many that cannot be done now does not stop the others."""
    try:
        _perform(act, key, delay)
    except (ClaimHeld, ClaimLost, Missing, ValueError):
        return False
    return True


def _perform(act: Act, key: ProspectKey, delay: float) -> None:
    who, desk = by(client_address()), site().desk
    if act is Act.LOOK_AGAIN:
        operating.look_again(desk, key, who, delay)
        return
    if act is Act.SETTLE:
        _settle(desk, key, who)
        return
    _SIMPLE[act](desk, key, who, _text(_FIELDS[act]))


def _settle(desk: Desk, key: ProspectKey, who: By) -> None:
    cause, _, choice = _text("choice").partition(" ")
    try:
        operating.settle(desk, key, who, Cause(cause), choice, _text("reason"))
    except ValueError:
        abort(409, "That cannot be chosen any more. Look at it again.")


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _assign(desk: Desk, key: ProspectKey, who: By, to: str) -> object:
    return operating.assign(desk, key, who, who.object_id if to == console_filters.ME else to)


_SIMPLE: dict[Act, Callable[[Desk, ProspectKey, By, str], object]] = {
    Act.HOLD: operating.hold,
    Act.RELEASE: operating.release,
    Act.CLOSE: operating.close,
    Act.NOTE: operating.note,
    Act.ASSIGN: _assign,
}
_FIELDS = {Act.HOLD: "reason", Act.RELEASE: "reason", Act.CLOSE: "reason", Act.NOTE: "note", Act.ASSIGN: "assigned_to"}
