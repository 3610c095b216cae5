"""Sales' page of switches: outages, slowness, and what chance does to webhook calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, url_for

from sandbox.pages import troubles
from sandbox.sales.pages_desk import area, here

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("switches")

_USUAL_SPREAD = 0.05
_SAID = {
    "hold": "Calls are held back from now on.",
    "let-go": "Calls go out again.",
    "lose": "The next call will be lost.",
    "repeat": "The next call will be made twice.",
    "mix": "Calls may now overtake each other by up to five seconds.",
    "settle": "Calls go out in nearly their order.",
}


@pages.get("/sandbox/switches")
def overview() -> str:
    """What is on, and what can be switched."""
    courier = here().courier
    return render_template(
        "sales/switches.html",
        troubles=troubles.active(),
        trouble_fields=troubles.fields(),
        disturbance=courier.disturbance,
        is_mixed=courier.disturbance.spread_seconds > _USUAL_SPREAD,
        lost=sum(delivery.status == "dropped" for delivery in courier.deliveries),
    )


@pages.post("/sandbox/switches/webhooks/<any('hold', 'let-go', 'lose', 'repeat', 'mix', 'settle'):switch>")
def webhooks(switch: str) -> Answer:
    """Disturb the calls that follow."""
    disturbance = here().courier.disturbance
    changes: dict[str, dict[str, Any]] = {
        "hold": {"paused": True},
        "let-go": {"paused": False},
        "lose": {"drop": disturbance.drop + 1},
        "repeat": {"repeat": disturbance.repeat + 1},
        "mix": {"spread_seconds": 5.0},
        "settle": {"spread_seconds": _USUAL_SPREAD},
    }
    here().courier.disturb(**changes[switch])
    flash(_SAID[switch], "done")
    return redirect(url_for("switches.overview"), 303)
