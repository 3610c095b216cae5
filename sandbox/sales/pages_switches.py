"""Sales' page of switches: outages, slowness, and what becomes of webhook calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for

from sandbox.pages import troubles
from sandbox.sales.pages_desk import area, here

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("switches")

_SAID = {"hold": "Calls are held back from now on.", "let-go": "Calls go out again."}


@pages.get("/sandbox/switches")
def overview() -> str:
    """What is on, and what can be switched."""
    courier = here().courier
    lost = sum(delivery.status == "lost" for delivery in courier.deliveries)
    return render_template("sales/switches.html", **troubles.shown(), is_held=courier.paused, lost=lost)


@pages.post("/sandbox/switches/webhooks/<any('hold', 'let-go'):switch>")
def webhooks(switch: str) -> Answer:
    """Hold back the calls that follow, or let them go."""
    here().courier.pause(switch == "hold")
    flash(_SAID[switch], "done")
    return redirect(url_for("switches.overview"), 303)
