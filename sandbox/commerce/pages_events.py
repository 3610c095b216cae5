"""The business events workspace: which endpoints are told, what was sent, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from sandbox.commerce.event_delivery import ERROR, Delivery
from sandbox.commerce.infolog import CommerceError
from sandbox.commerce.pages_environment import area, here, legal_entities
from sandbox.pages.forms import Field
from sandbox.pages.look import acted
from sandbox.pages.paging import page_of

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("business_events")

_KINDS = {
    "business": "Business event, HTTPS endpoint",
    "data": "Data event, HTTPS endpoint",
    "eventgrid": "Event Grid, its own schema",
    "cloudevents": "Event Grid, CloudEvents schema",
}


@pages.get("/business-events")
def overview() -> str:
    """Activated endpoints and deliveries, newest first."""
    events = here().events
    fields = [Field("kind", "Kind", options=_KINDS), Field("url", "Address", kind="url", is_required=True)]
    return render_template(
        "commerce/events.html",
        subscriptions=list(events.subscriptions.values()),
        found=page_of([_shown(delivery) for delivery in reversed(events.deliveries)]),
        errors=len(events.errors()),
        fields=fields,
        legal_entities=legal_entities(),
        kinds=_KINDS,
    )


@pages.post("/business-events/activate")
def activate() -> Answer:
    """Activate an event for an endpoint: the handshake and the test event happen now."""
    form, base_url = request.form, request.host_url.rstrip("/")
    names = tuple(form.getlist("legal_entities"))
    made = here().events.activate(form.get("kind", ""), form.get("url", "").strip(), names, base_url)
    if made.active:
        flash(f"{made.name} is active.", "done")
    else:
        flash(f"{made.name} is not active: {made.finding}", "refused")
    return redirect(url_for("business_events.overview"), 303)


@pages.post("/business-events/<int:number>/resend")
def resend(number: int) -> Answer:
    """Send an event once more."""
    to = url_for("business_events.overview")
    return acted(lambda: here().events.resend(number), f"Event {number} is sent again.", to, CommerceError)


def _shown(delivery: Delivery) -> dict[str, Any]:
    payload = delivery.as_dict()["payload"]
    first = payload[0] if isinstance(payload, list) else payload
    what = first.get("BusinessEventId") or first.get("eventType") or first.get("type") or first.get("MessageName") or "event"
    return {"delivery": delivery, "what": what, "may_resend": delivery.state == ERROR}
