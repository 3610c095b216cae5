"""The switch for troubles on both systems' page of switches: rules of sandbox/faults.py by form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, redirect, request

from sandbox.fates import LATE, LOST, REORDERED, REPEATED
from sandbox.faults import Faults, Rule
from sandbox.pages.forms import Field

if TYPE_CHECKING:
    from werkzeug import Response as Answer

switches = Blueprint("troubles", __name__, url_prefix="/sandbox/switches")

KINDS = {
    "503": "Down: 503",
    "429": "Too busy: 429",
    "500": "Failing: 500",
    "timeout": "Silent: no answer",
    "reset": "Cut off: no connection",
    "truncate": "Cut short: half an answer",
    "slow": "Slow",
    LOST: "Lost: an event, or its answer",
    REPEATED: "Repeated: an event comes twice",
    REORDERED: "Reordered: events overtake each other",
    LATE: "Late: an event, or its answer",
}
LASTING = {"slow", REORDERED, LATE}
SHARES = {"1": "every one", "0.5": "half of them", "0.1": "one in ten"}
MOMENTS = {"before": "before anything is done", "after": "after it was done"}
LONGEST = 600.0


def shown() -> dict[str, Any]:
    """What the page of switches shows: the troubles that are on, with how often each has struck, and the form for another."""
    return {"troubles": [_in_words(rule) for rule in here().rules], "trouble_fields": _fields()}


def _fields() -> list[Field]:
    return [
        Field("kind", "What happens", options=KINDS, value="503"),
        Field("rate", "To how many", options=SHARES, value="1"),
        Field("times", "How often at most", kind="number", hint="Empty: until it is ended."),
        Field("moment", "When", options=MOMENTS, value="before"),
        Field("seconds", "Seconds", kind="number", value="3", hint="Where it is slow or late."),
    ]


def here() -> Faults:
    """The faults of the system that answers this request."""
    faults: Faults = current_app.extensions["faults"]
    return faults


@switches.post("/trouble")
def start() -> Answer:
    """Let a trouble strike the documented API; the pages themselves keep working."""
    try:
        here().add(_rule(request.form, current_app.extensions["system"].api))
    except (KeyError, ValueError):
        flash("That is no trouble that can be made.", "refused")
    else:
        flash("The trouble has started.", "done")
    return redirect("/sandbox/switches", 303)


@switches.post("/trouble/end")
def end() -> Answer:
    """End every trouble, hanging requests included."""
    here().clear()
    flash("All is well again.", "done")
    return redirect("/sandbox/switches", 303)


def _rule(form: Mapping[str, str], route: str) -> Rule:
    # A hang lasts until the trouble is ended.
    kind = form["kind"]
    seconds = min(max(0.0, float(form["seconds"] or 0)), LONGEST) if kind in LASTING else LONGEST
    if form["rate"] not in SHARES:
        raise ValueError(form["rate"])
    times = int(form["times"]) if form.get("times") else None
    return Rule(kind, route=route, rate=float(form["rate"]), moment=form["moment"], seconds=seconds, times=times)


def _in_words(rule: Rule) -> dict[str, str]:
    share = SHARES.get(f"{rule.rate:g}", f"{rule.rate:.0%} of them")
    share += f", {rule.times} at most" if rule.times is not None else ""
    what = KINDS[rule.kind].partition(":")[0] + (f" by {rule.length:g} s" if rule.kind in LASTING else "")
    return {"what": what, "share": share, "moment": MOMENTS[rule.moment], "hits": str(rule.hits), "route": rule.route}
