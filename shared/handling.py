"""Queue messages in: one convergence each, and the poison queues, which lose nothing."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import ValidationError

from shared import telemetry
from shared.bridge import Bridge
from shared.errors import BridgeError, ClaimLost
from shared.models import Hint, ProspectKey
from shared.onboarding import Outcome, converge
from shared.ports import Queue, Stored
from shared.progress import attentions, begun
from shared.receiving import DeadLetterBox
from shared.record import Cause, Claim, HistoryEntry
from shared.resolving import resolve

POISON_LOOK_AGAIN = timedelta(hours=1)
STORE_AGAIN = timedelta(minutes=5)
"""When a poison message that could not be stored comes back."""


@dataclass(frozen=True)
class Handler:
    """What a queue function needs."""

    bridge: Bridge
    queue: Queue
    dead_letters: DeadLetterBox


def handle(handler: Handler, body: bytes) -> Outcome:
    """Converge by one message; what comes back does so as a new message, sent before this one is acknowledged."""
    hint = _hint(handler, body)
    if hint is None:
        return Outcome("not-a-hint")
    outcome = converge(handler.bridge, hint)
    telemetry.tell("handled", outcome=outcome.what, source=hint.source, attempt=hint.attempt)
    if outcome.again is not None:
        attempt = hint.attempt + (not outcome.waited)
        handler.queue.send(hint.model_copy(update={"attempt": attempt}), outcome.again.total_seconds())
    return outcome


def handle_poison(handler: Handler, queue: str, body: bytes) -> None:
    """Turn a message that failed five times into an attention; one that belongs to no onboarding becomes a dead letter.

    Where that fails it is sent to its poison queue again, as a new message: the host runs no function for one that was dequeued
    five times, and a poison queue has no other behind it. Raises where not even that succeeds.
    """
    try:
        _store_poison(handler, body)
    except Exception as error:  # whatever it was, the message must not be lost to it
        send_again(handler.queue, queue, body)
        telemetry.tell("poison-not-stored", level=logging.ERROR, queue=queue, error=_told(error))


def send_again(queues: Queue, queue: str, body: bytes) -> None:
    """Let a poison message come back to its queue after a while; raises Transient."""
    queues.send_text(queue, body.decode(errors="replace"), STORE_AGAIN.total_seconds())


def _store_poison(handler: Handler, body: bytes) -> None:
    hint = _hint(handler, body)
    if hint is None:
        return
    key = resolve(handler.bridge, hint)
    if key is None:
        handler.dead_letters.keep("poison", "failed five times, and belongs to no onboarding", body)
        return
    with telemetry.work(str(key.identifier("onboarding"))):
        telemetry.tell("poison", level=logging.ERROR, source=hint.source, type=hint.type)
        _show_poison(handler.bridge, key, hint)


def _told(error: Exception) -> str:
    """What was foreseen says nothing of a body; of what was not, the name alone is told."""
    return str(error) if isinstance(error, BridgeError) else type(error).__name__


def _show_poison(bridge: Bridge, key: ProspectKey, hint: Hint) -> None:
    """The attention goes on the row under its ETag, without a claim: whoever works on it now abandons and looks again.

    What that worker may have written is in doubt.
    """
    stored = bridge.store.load(key) or _opened(bridge, key, hint)
    now, known = bridge.now(), stored.onboarding
    findings = ((Cause.POISON, hint.source), *((a.cause, a.detail) for a in known.attentions if a.cause is not Cause.POISON))
    # What is overdue is the message that failed: at once it would only fail again.
    soon = now + min(POISON_LOOK_AGAIN, bridge.policy.look_again)
    due, queue = (known.due if known.due and known.due > now else soon), known.due_type or hint.type
    doubt = bridge.timing.latest_write(known.claim) if known.claim else known.in_doubt_since
    shown = replace(known, attentions=attentions(known, findings, now), due=due, due_type=queue, in_doubt_since=doubt)
    bridge.store.record(stored, shown, [HistoryEntry(now, "poison", f"{hint.source} failed five times")])


def _opened(bridge: Bridge, key: ProspectKey, hint: Hint) -> Stored:
    """A row for a prospect whose first message never got as far as making one."""
    now = bridge.now()
    claim = Claim(f"poison {uuid.uuid4()}", now, now)
    opened = bridge.store.open(begun(key, claim, now, hint))
    if opened.onboarding.claim != claim:
        raise ClaimLost("the row was made meanwhile")
    return replace(opened, onboarding=replace(opened.onboarding, claim=None))


def _hint(handler: Handler, body: bytes) -> Hint | None:
    """The message as a hint; one that is none (somebody else's, another version's) is kept as a dead letter."""
    try:
        hint = Hint.model_validate_json(body)
        _ = hint.prospect_key
        return hint
    except (ValidationError, ValueError):
        kept = handler.dead_letters.keep("queue", "a message that is no hint", body)
        telemetry.tell("not-a-hint", level=logging.ERROR, dead_letter=kept)
        return None
