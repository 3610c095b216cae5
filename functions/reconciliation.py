"""The timers: what is due, and what no event announced."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.reconciling import enqueue_due
from shared.reconciling import reconcile as reconcile_both
from shared.watching import keep_watch

bp = func.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="%DUE_SCHEDULE%", use_monitor=False)
def due(timer: func.TimerRequest) -> None:
    """Enqueue each onboarding whose time has come."""
    app = services.app()
    enqueue_due(app.reconciler, app.bridge.now())


@bp.timer_trigger(arg_name="timer", schedule="%RECONCILE_SCHEDULE%", use_monitor=False)
def reconcile(timer: func.TimerRequest) -> None:
    """Enqueue what was never announced, or never delivered; then fold the figures, look at the alert rules, tidy up."""
    app = services.app()
    reconcile_both(app.reconciler, app.bridge.now())
    keep_watch(app.watcher, app.bridge.now())
