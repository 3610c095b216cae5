"""Which registered steps an event fires, and what may be registered (docs: register-web-hook, register-plug-in)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.sales import errors
from sandbox.sales.events import Event
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

WEBHOOK = 8
ASYNCHRONOUS = 1
POST_OPERATION = 40
# docs: register-plug-in: messages that have images, with the name of the property that holds the row
_IMAGE_PROPERTY = {
    "Create": "Id",
    "Update": "Target",
    "Delete": "Target",
    "Assign": "Target",
    "Merge": "Target",
    "SetState": "EntityMoniker",
}


def steps_for(world: World, event: Event) -> list[Row]:
    """The enabled webhook steps that the event fires."""
    return [step for step in _enabled(world) if _fires(world, step, event) and not _bypassed(step, event)]


def endpoint_of(world: World, step: Row) -> Row | None:
    """The service endpoint that a step calls, if it is a webhook."""
    handler = step.get("eventhandler")
    if not isinstance(handler, Reference):
        return None
    endpoint = world.store.get(handler.table, handler.id)
    return endpoint if endpoint and endpoint.get("contract") == WEBHOOK else None


def message_of(world: World, step: Row) -> str:
    """The name of a step's SDK message."""
    return str((world.store.get("sdkmessage", step["sdkmessageid"].id) or {}).get("name"))


def check_step(world: World, step: Row) -> None:
    """Raise 400 for a registration that Dataverse refuses."""
    if step["mode"] == ASYNCHRONOUS and step["stage"] != POST_OPERATION:
        raise errors.rule("Only SdkMessageProcessingStep in the PostOperation stage can run asynchronously.", "0x80044183")
    step_filter = step.get("sdkmessagefilterid")
    found = world.store.get("sdkmessagefilter", step_filter.id) if isinstance(step_filter, Reference) else None
    if found is not None and found["sdkmessageid"] != step["sdkmessageid"]:
        raise errors.rule("The SdkMessageFilter does not belong to the SdkMessage of the step.")
    if step.get("filteringattributes") and message_of(world, step) not in {"Update", "UpdateMultiple", "OnExternalUpdated"}:
        raise errors.rule("Filtering attributes are supported for the Update message only.")


def check_image(world: World, image: Row) -> None:
    """Raise 400 for an image that the step's message does not have."""
    step = world.store.get("sdkmessageprocessingstep", image["sdkmessageprocessingstepid"].id) or {}
    message = message_of(world, step)
    expected = _IMAGE_PROPERTY.get(message)
    if expected is None:
        raise errors.rule(f"Message {message} does not support images.", "0x80044167")
    if image["messagepropertyname"] != expected:
        raise errors.rule(
            f"Message property name '{image['messagepropertyname']}' is not valid on message {message}.", "0x8004416b"
        )
    if (message == "Create" and image["imagetype"] != 1) or (message == "Delete" and image["imagetype"] != 0):
        raise errors.rule(f"The image type is not supported for message {message}.", "0x80044168")


def _enabled(world: World) -> Iterator[Row]:
    return (step for step in world.store.rows("sdkmessageprocessingstep") if step["statecode"] == 0 and endpoint_of(world, step))


def _bypassed(step: Row, event: Event) -> bool:
    """docs: bypass-custom-business-logic."""
    kind = "CustomAsync" if step["mode"] == ASYNCHRONOUS else "CustomSync"
    return bool(event.call.bypassed & {kind, step["sdkmessageprocessingstepid"]})


def _fires(world: World, step: Row, event: Event) -> bool:
    if message_of(world, step) != event.message:
        return False
    step_filter = step.get("sdkmessagefilterid")
    found = world.store.get("sdkmessagefilter", step_filter.id) if isinstance(step_filter, Reference) else None
    if found is not None and found["primaryobjecttypecode"] not in {event.table, "none"}:
        return False
    wanted = {name.strip() for name in (step.get("filteringattributes") or "").split(",") if name.strip()}
    return event.message != "Update" or not wanted or bool(wanted & event.columns)
