"""A lead was disqualified, reactivated, merged or deleted."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.handling import handle

bp = func.Blueprint()


@bp.queue_trigger(arg_name="message", queue_name="lead-disqualified", connection="AzureWebJobsStorage")
def lead_disqualified(message: func.QueueMessage) -> None:
    """Converge by one message."""
    handle(services.app().handler, message.get_body())
