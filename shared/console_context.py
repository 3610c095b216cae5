"""What the console's pages and the JSON API work with; chosen by services, or by a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from shared.bridge import Bridge
from shared.checkpoints import Checkpoints
from shared.console_case import Links
from shared.correlation import Correlation
from shared.figures import Figures
from shared.operating import By, Desk
from shared.principal import Principal, SignIn

EXTENSION = "prospect-bridge"


@dataclass(frozen=True)
class Site:
    """One environment's console. `depths`: about how many messages each queue holds."""

    sign_in: SignIn
    bridge: Bridge
    store: Correlation
    figures: Figures
    states: Checkpoints
    desk: Desk
    depths: Callable[[], dict[str, int]]
    legal_entities: tuple[str, ...]
    links: Links


def site() -> Site:
    """The site that this request is about."""
    return cast(Site, current_app.extensions[EXTENSION])


def principal() -> Principal:
    """Who sent this request; it was let in only if somebody did."""
    return cast(Principal, g.principal)


def by(address: str) -> By:
    """As the history names them."""
    return By(principal().object_id, address)
