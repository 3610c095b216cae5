"""A prospect was announced: create its lead."""

from __future__ import annotations

import azure.functions as func

from shared import services
from shared.handling import handle

bp = func.Blueprint()


@bp.queue_trigger(arg_name="message", queue_name="prospect-created", connection="AzureWebJobsStorage")
def prospect_created(message: func.QueueMessage) -> None:
    """Converge by one message."""
    handle(services.app().handler, message.get_body())
