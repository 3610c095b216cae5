"""What the console's pages and the JSON API work with; chosen by services, or by a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from flask import abort, current_app, g

from shared.bridge import Bridge
from shared.checkpoints import Checkpoints
from shared.console_case import Links
from shared.console_filters import ME
from shared.console_lists import NOBODY
from shared.correlation import Correlation
from shared.figures import Figures
from shared.models import ProspectKey
from shared.operating import By, Desk
from shared.principal import Permission, Principal, SignIn
from shared.record import Cause, Onboarding

EXTENSION = "prospect-bridge"
QUOTES = frozenset(
    {"failed", Cause.REFUSED_BY_SALES, Cause.REFUSED_BY_COMMERCE, Cause.GAVE_UP, "audit", "breaker", "canary", "what-if"}
)
"""Lines, attentions and reports with the words of a system, which may name persons."""


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
    operators: Mapping[str, str] = field(default_factory=dict)
    """Object id -> label, e.g. initials."""


def site() -> Site:
    """The site that this request is about."""
    return cast(Site, current_app.extensions[EXTENSION])


def principal() -> Principal:
    """Who sent this request; it was let in only if somebody did."""
    return cast(Principal, g.principal)


def shows(what: str) -> bool:
    """Whether this request may see the detail of that line, attention or report."""
    return what not in QUOTES or principal().may(Permission.PERSONAL_DATA)


def by(address: str) -> By:
    """As the history names them."""
    return By(principal().object_id, address)


def assignee(text: str) -> str:
    """The object id that is meant by `me`, an operator's label, or an object id; empty for `nobody`."""
    if text in (ME, NOBODY):
        return principal().object_id if text == ME else ""
    return next((name for name, label in site().operators.items() if label.casefold() == text.casefold()), text)


def key_of(text: str) -> ProspectKey:
    """The key in a path or a form; 404 where it is none, or out of scope."""
    try:
        key = ProspectKey.parse(text)
    except ValueError:
        abort(404, "There is no such onboarding.")
    if key.legal_entity not in site().legal_entities:
        abort(404, "There is no such onboarding.")
    return key


def known(text: str) -> Onboarding:
    """The onboarding of that key; 404 where there is none."""
    stored = site().store.load(key_of(text))
    if stored is None:
        abort(404, "There is no such onboarding.")
    return stored.onboarding
