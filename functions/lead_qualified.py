"""A lead was qualified: write its account and contact back as customers."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.handling import handle

bp = func.Blueprint()


@bp.queue_trigger(arg_name="message", queue_name="lead-qualified", connection="AzureWebJobsStorage")
def lead_qualified(message: func.QueueMessage) -> None:
    """Converge by one message."""
    handle(services.app().handler, message.get_body())
