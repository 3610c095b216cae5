"""Head office's page of switches: outages, slowness, and what chance does to events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from sandbox.commerce.event_delivery import HELD, LOST
from sandbox.commerce.events import Events
from sandbox.commerce.infolog import NotFound
from sandbox.commerce.pages_environment import area, here
from sandbox.pages import troubles

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("switches")


def _hold(events: Events, count: int) -> str:
    events.paused = True
    return "Events are held back from now on."


def _let_go(events: Events, count: int) -> str:
    return f"{events.resume()} events are let go."


def _let_go_reversed(events: Events, count: int) -> str:
    return f"{events.resume(reorder=True)} events are let go, the last first."


def _lose(events: Events, count: int) -> str:
    events.lose(count)
    return f"The next {count} events will be lost."


def _repeat(events: Events, count: int) -> str:
    events.repeat(count)
    return f"The next {count} events will be sent twice."


_SWITCHES: dict[str, Callable[[Events, int], str]] = {
    "hold": _hold,
    "let-go": _let_go,
    "let-go-reversed": _let_go_reversed,
    "lose": _lose,
    "repeat": _repeat,
}


@pages.get("/sandbox/switches")
def overview() -> str:
    """What is on, and what can be switched."""
    events = here().events
    states = Counter(delivery.state for delivery in events.deliveries)
    return render_template(
        "commerce/switches.html",
        troubles=troubles.active(),
        trouble_fields=troubles.fields(),
        is_held=events.paused,
        held=states[HELD],
        lost=states[LOST],
    )


@pages.post("/sandbox/switches/events/<switch>")
def events(switch: str) -> Answer:
    """Disturb the events that follow; raises NotFound for a switch that is not there."""
    if switch not in _SWITCHES:
        raise NotFound(f"there is no switch '{switch}'")
    count = request.form.get("count", 1, type=int)
    flash(_SWITCHES[switch](here().events, max(1, count)), "done")
    return redirect(url_for("switches.overview"), 303)
