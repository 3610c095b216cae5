"""What every Commerce page works on, and how its buttons act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, render_template

from sandbox.commerce.events import Events
from sandbox.commerce.infolog import CommerceError, NotFound
from sandbox.commerce.world import World
from sandbox.pages.forms import choices
from sandbox.pages.look import acted

if TYPE_CHECKING:
    from werkzeug import Response as Answer

STATUSES = ("Pending", "Approved", "Rejected", "Unknown")


@dataclass(frozen=True)
class Environment:
    """One Commerce environment, as its pages see it."""

    world: World
    events: Events


def here() -> Environment:
    """The environment of the app that answers this request."""
    environment: Environment = current_app.extensions["commerce"]
    return environment


def area(name: str) -> Blueprint:
    """A group of pages; what the domain refuses there is told as a page."""
    pages = Blueprint(name, __name__)
    pages.register_error_handler(CommerceError, _refused)
    return pages


def change(act: Callable[[World], object], done: str, to: str) -> Answer:
    """Do one domain operation in a transaction of its own, then go to a page that tells what came of it."""
    world = here().world

    def in_transaction() -> None:
        with world.transaction():
            act(world)

    return acted(in_transaction, done, to, CommerceError)


def legal_entities() -> dict[str, str]:
    """The options of a choice of legal entity."""
    return choices([row["LegalEntityId"] for row in here().world["LegalEntities"]])


def _refused(error: CommerceError) -> tuple[str, int]:
    is_missing = isinstance(error, NotFound)
    title = "There is no such thing here" if is_missing else "That was refused"
    return render_template("look/refused.html", title=title, reason=str(error)), 404 if is_missing else 422
