"""Messages that failed five times: each becomes an attention on its onboarding, and none is lost."""

from __future__ import annotations

import azure.functions as func

from shared import services

bp = func.Blueprint()


@bp.queue_trigger(arg_name="message", queue_name="prospect-created-poison", connection="AzureWebJobsStorage")
def prospect_created_poison(message: func.QueueMessage) -> None:
    """Show it."""
    services.poisoned("prospect-created-poison", message.get_body())


@bp.queue_trigger(arg_name="message", queue_name="lead-qualified-poison", connection="AzureWebJobsStorage")
def lead_qualified_poison(message: func.QueueMessage) -> None:
    """Show it."""
    services.poisoned("lead-qualified-poison", message.get_body())


@bp.queue_trigger(arg_name="message", queue_name="opportunity-closed-poison", connection="AzureWebJobsStorage")
def opportunity_closed_poison(message: func.QueueMessage) -> None:
    """Show it."""
    services.poisoned("opportunity-closed-poison", message.get_body())


@bp.queue_trigger(arg_name="message", queue_name="lead-disqualified-poison", connection="AzureWebJobsStorage")
def lead_disqualified_poison(message: func.QueueMessage) -> None:
    """Show it."""
    services.poisoned("lead-disqualified-poison", message.get_body())
