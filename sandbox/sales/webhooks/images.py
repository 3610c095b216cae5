"""Pre- and post-images that are registered for a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sales.events import Event
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

PRE, POST, BOTH = 0, 1, 2
Image = tuple[str, Row]


def images_of(world: World, event: Event, step: Row) -> tuple[list[Image], list[Image]]:
    """The step's pre- and post-images of the event's row, each an alias with the columns that were asked for."""
    reference = Reference("sdkmessageprocessingstep", str(step["sdkmessageprocessingstepid"]))
    registered = [
        row for row in world.store.rows("sdkmessageprocessingstepimage") if row["sdkmessageprocessingstepid"] == reference
    ]
    pre = [_image(row, event.before) for row in registered if row["imagetype"] in {PRE, BOTH} and event.before]
    post = [_image(row, event.after) for row in registered if row["imagetype"] in {POST, BOTH} and event.after]
    return pre, post


def _image(registered: Row, row: Row | None) -> Image:
    names = [name.strip() for name in (registered.get("attributes") or "").split(",") if name.strip()]
    columns = {name: value for name, value in (row or {}).items() if value is not None and (not names or name in names)}
    return str(registered["entityalias"]), columns
