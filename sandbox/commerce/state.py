"""Everything that a report needs to know about this environment, in one document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sandbox.commerce.tables import ETAG, Row
from sandbox.commerce.world import World

_REPORTED = (
    "Prospects",
    "CustomersV3",
    "ContactPersons",
    "CDSParties",
    "CustomerHiearchies",
    "CustomerHierarchyNodes",
    "OnlineChannels",
)


def whole_state(world: World) -> dict[str, Any]:
    """The rows of the main entity sets (filled properties only), the requests, the mails and the settings."""
    state: dict[str, Any] = {name: [_filled(row) for row in world[name]] for name in _REPORTED}
    state["requests"] = [row | {"form": asdict(row["form"])} for row in world.requests]
    state["outbox"] = list(world.outbox)
    state["settings"] = world.settings.as_dict()
    state["channel_database"] = {channel: [_filled(row) for row in rows] for channel, rows in world.channel_database.items()}
    return state


def _filled(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != ETAG and value not in ("", 0)}
