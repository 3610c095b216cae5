"""Head office's page of switches: outages, slowness, and what becomes of events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for

from sandbox.commerce.event_delivery import HELD
from sandbox.commerce.pages_environment import area, here
from sandbox.fates import LOST
from sandbox.pages import troubles

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("switches")


@pages.get("/sandbox/switches")
def overview() -> str:
    """What is on, and what can be switched."""
    events = here().events
    states = Counter(delivery.state for delivery in events.deliveries)
    return render_template(
        "commerce/switches.html", **troubles.shown(), is_held=events.paused, held=states[HELD], lost=states[LOST]
    )


@pages.post("/sandbox/switches/events/<any('hold', 'let-go'):switch>")
def events(switch: str) -> Answer:
    """Hold back the events that follow, or let them go."""
    if switch == "hold":
        here().events.paused = True
        flash("Events are held back from now on.", "done")
    else:
        flash(f"{here().events.resume()} events are let go.", "done")
    return redirect(url_for("switches.overview"), 303)
