"""What a form asks for: its act by name, and what must be written for it. The API's bulk call takes the same names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared import operating
from shared.models import ProspectKey
from shared.operating import Act, By, Desk
from shared.principal import Permission
from shared.record import Cause

REASON, NOTE, ASSIGNED_TO = "reason", "note", "assigned_to"
"""Names of what somebody writes."""
MOST_AT_ONCE = 200
"""Of one bulk request; what is left over is offered as the next one, so that it can be stopped between two."""
A_SECOND = 5
"""Replays are spread: so many hints a second become visible."""


@dataclass(frozen=True)
class Deed:
    """An act that a form can ask for. `needed`: a text without which many are not changed at once, and what is said then."""

    act: Act
    permission: Permission
    text: str = ""
    needed: str = ""


_WHY = "Say why: a reason is needed."
DEEDS = {
    "look-again": Deed(Act.LOOK_AGAIN, Permission.LOOK_AGAIN),
    "hold": Deed(Act.HOLD, Permission.HOLD, REASON, _WHY),
    "release": Deed(Act.RELEASE, Permission.HOLD, REASON),
    "settle": Deed(Act.SETTLE, Permission.SETTLE, REASON, _WHY),
    "close": Deed(Act.CLOSE, Permission.CLOSE, REASON, _WHY),
    "note": Deed(Act.NOTE, Permission.NOTE, NOTE, "Write a note. To take notes away, choose that."),
    "remove-note": Deed(Act.NOTE, Permission.NOTE),
    "assign": Deed(Act.ASSIGN, Permission.ASSIGN, ASSIGNED_TO, "Say to whom. To assign to nobody, choose that."),
    "unassign": Deed(Act.ASSIGN, Permission.ASSIGN),
}
"""By the name that forms and addresses use."""
IN_BULK = tuple(name for name in DEEDS if name != "settle")
"""What can be done with many at once: what is settled depends on each one's attentions."""


def carry_out(deed: Deed, desk: Desk, key: ProspectKey, who: By, text: str, delay: float = 0, cause: Cause | None = None) -> None:
    """Do it to one, with that text; raises what the act raises. To settle needs a choice more (operating.settle)."""
    if deed.act is Act.LOOK_AGAIN:
        operating.look_again(desk, key, who, delay)
    elif deed.act is Act.CLOSE:
        operating.close(desk, key, who, text, cause)
    else:
        _SIMPLE[deed.act](desk, key, who, text)


_SIMPLE: dict[Act, Callable[[Desk, ProspectKey, By, str], object]] = {
    Act.HOLD: operating.hold,
    Act.RELEASE: operating.release,
    Act.NOTE: operating.note,
    Act.ASSIGN: operating.assign,
}
