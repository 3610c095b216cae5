"""An opportunity was closed: approve or reject the prospect."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.handling import handle

bp = func.Blueprint()


@bp.queue_trigger(arg_name="message", queue_name="opportunity-closed", connection="AzureWebJobsStorage")
def opportunity_closed(message: func.QueueMessage) -> None:
    """Converge by one message."""
    handle(services.app().handler, message.get_body())
