"""The nightly timer: proves over both systems that each request is where it must be."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.audit_night import audit_by_night

bp = func.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="%AUDIT_SCHEDULE%", use_monitor=False)
def audit(timer: func.TimerRequest) -> None:
    """A bit of the audit, until this night's is done; and what is remembered of strangers no longer is deleted."""
    app = services.app()
    audit_by_night(app.night, app.bridge.now())
    app.correlation.forget_strangers()
    app.count_requests()
