"""Events in: parse, keep what cannot be understood, enqueue the hints. Nothing is acknowledged before it is durable."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from shared import telemetry
from shared.commerce_events import ValidationReply
from shared.errors import EventNotUnderstood, Transient
from shared.events import Parsed
from shared.models import Hint


class DeadLetterBox(Protocol):
    """Where bodies go that could not be parsed."""

    def keep(self, source: str, reason: str, body: bytes) -> str:
        """Store the body and say under which id; raises Transient."""


class Queues(Protocol):
    """The event queues."""

    def send_all(self, hints: Iterable[Hint]) -> None:
        """Enqueue every one of a request's hints within one deadline; raises Transient."""


@dataclass(frozen=True)
class Receiver:
    """What a receiver needs."""

    queue: Queues
    dead_letters: DeadLetterBox
    organization_id: str = ""
    """The one Dataverse environment whose events count; empty: any."""


@dataclass(frozen=True)
class Reply:
    """The answer: 200 done with, 400 not understood (never sent again), 503 please send again."""

    status: int
    text: str
    validation_code: str = ""
    """Event Grid asks whether this endpoint wants its events: the code to give back."""


def receive(
    receiver: Receiver, source: str, body: bytes, parse: Callable[[], Parsed | ValidationReply], traceparent: str = ""
) -> Reply:
    """Handle one request's body, which `parse` reads. The messages go on with the sender's trace."""
    with telemetry.work(traceparent=traceparent):
        try:
            return _receive(receiver, source, body, parse)
        except Transient as error:
            telemetry.tell("not-received", level=logging.WARNING, source=source, error=str(error))
            return Reply(503, "cannot take the event now")


def _receive(receiver: Receiver, source: str, body: bytes, parse: Callable[[], Parsed | ValidationReply]) -> Reply:
    try:
        parsed = parse()
    except EventNotUnderstood as error:
        kept = receiver.dead_letters.keep(source, str(error), body)
        telemetry.tell("not-understood", level=logging.WARNING, source=source, reason=str(error), dead_letter=kept)
        return Reply(400, str(error))
    if isinstance(parsed, ValidationReply):
        return Reply(200, "", parsed.code)
    if _is_foreign(receiver, parsed):
        telemetry.tell("foreign-organization", level=logging.WARNING, source=source, organization=parsed.organization_id)
        return Reply(200, "not from our environment")
    receiver.queue.send_all(parsed.hints)
    for member in parsed.rejected:
        receiver.dead_letters.keep(source, member.reason, member.raw)
    _count(source, parsed)
    return Reply(200, f"{len(parsed.hints)} taken, {len(parsed.ignored)} not ours, {len(parsed.rejected)} not understood")


def _is_foreign(receiver: Receiver, parsed: Parsed) -> bool:
    """A copied environment keeps the copy of our endpoint, and would post its own events to us."""
    ours, theirs = receiver.organization_id, parsed.organization_id
    return bool(ours and theirs) and ours.strip("{}").lower() != str(theirs).strip("{}").lower()


def _count(source: str, parsed: Parsed) -> None:
    telemetry.tell(
        "received",
        source=source,
        hints=[hint.event_id for hint in parsed.hints],
        ignored=dict(Counter(parsed.ignored)),
        rejected=len(parsed.rejected),
    )
