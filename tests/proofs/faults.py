"""Faults that are planted on purpose: a line of a function is changed while it lives, in memory alone."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from shared import (
    acting,
    auditing,
    bridge,
    commerce,
    correlation,
    decisions,
    following,
    handling,
    links,
    notes,
    observing,
    onboarding,
    operating,
    polling,
    progress,
    receiving,
    situations,
)

Edit = tuple[Callable[..., Any], str, str]
"""A function, a text in it, and what stands there instead."""


@dataclass(frozen=True)
class Fault:
    """What somebody might get wrong, and the proof that says so."""

    name: str
    edits: tuple[Edit, ...]
    caught_by: str


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """The code has this fault in here."""
    with ExitStack() as stack:
        for function, old, new in fault.edits:
            stack.enter_context(_changed(function, old, new))
        yield


@contextmanager
def _changed(function: Callable[..., Any], old: str, new: str) -> Iterator[None]:
    """Exchange the function's code, so that everybody who holds the function has the changed one.

    It is compiled as its module is: with annotations that are not evaluated.
    """
    assert isinstance(function, FunctionType)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1, f"{function.__qualname__} does not contain this once: {old}"
    names: dict[str, Any] = {}
    changed = compile(source.replace(old, new), function.__module__, "exec", annotations.compiler_flag)
    exec(changed, function.__globals__, names)
    before = function.__code__
    function.__code__ = names[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = before


FAULTS = (
    Fault(
        "remove the row's ETag guard",
        ((correlation.Correlation._write, "replace_unchanged(row_of(onboarding, rows, token), stored.etag)",
          "replace_any(row_of(onboarding, rows, token))"),),
        "interleavings: won: two events",
    ),
    Fault(
        "remove the decision's ETag guard",
        ((commerce.DynamicsCommerce._decide_by_status, '{"If-Match": prospect.etag} if prospect.etag else {}', "{}"),),
        "client: test_the_status_is_written_under_the_etag_and_read_back_in_the_same_request",
    ),
    Fault(
        "acknowledge before enqueue: a receiver",
        ((receiving._receive, "    receiver.queue.send_all(parsed.hints)\n",
          "    try:\n        receiver.queue.send_all(parsed.hints)\n    except Transient:\n        pass\n"),),
        "receiver: qualify-lead",
    ),
    Fault(
        "acknowledge before enqueue: a handler",
        ((handling.handle, "if outcome.again is not None:", "if False:"),),
        "a message that must come back",
    ),
    Fault(
        "a POST retried blindly",
        ((acting._decide, "    view = bridge.commerce.write_decision(at.prospect, verdict, asked)\n",
          "    try:\n        view = bridge.commerce.write_decision(at.prospect, verdict, asked)\n"
          "    except InDoubt:\n        view = bridge.commerce.write_decision(at.prospect, verdict, asked)\n"),),
        "crash points: decision in doubt",
    ),
    Fault(
        "a lost write told as one that may be repeated",
        ((commerce.DynamicsCommerce._decide_by_status, "repeatable=False", "repeatable=True"),),
        "client: test_a_lost_answer_is_in_doubt_and_never_sent_again",
    ),
    Fault(
        "forget the hold",
        ((decisions._send, "if case.now < since + hold:", "if False:"),),
        "crash points: disqualified with hold",
    ),
    Fault(
        "skip the claim",
        ((onboarding._take, "        return bridge.store.take(stored, claim)\n",
          "        return replace(stored, onboarding=replace(stored.onboarding, claim=claim))\n"),),
        "interleavings: won: two events",
    ),
    Fault(
        "claim what another holds",
        ((onboarding._take, "        raise ClaimHeld(held.until)\n    if held is None:", "        pass\n    if True:"),
         (correlation.Correlation.take, "if held and held.owner != claim.owner and held.until > claim.at:", "if False:")),
        "interleavings: won: two events",
    ),
    Fault(
        "write notes with random ids",
        ((notes.note, 'str(known.key.identifier(f"note/{plan.note}", known.epoch))', 'str(__import__("uuid").uuid4())'),),
        "crash points: won",
    ),
    Fault(
        "decide on an unread side",
        ((observing.observe, "sales = _with_account_owner(bridge, known, bridge.sales.lead(known.lead_id, known.key))",
          "sales = None"),
         (situations.sales_situation, "SalesSituation.NONE if fresh else SalesSituation.UNREAD", "SalesSituation.NONE"),
         (observing._effects_matter, "sales.lead and", "sales and sales.lead and")),
        "crash points: won",
    ),
    Fault(
        "forget the settle time",
        ((decisions._send, "if unsettled and case.now < unsettled + case.policy.settle:", "if False:"),),
        "crash points: decision in doubt",
    ),
    Fault(
        "forget what a dead holder may have sent",
        ((onboarding._take, "in_doubt_since=bridge.timing.latest_write(held)", "in_doubt_since=None"),),
        "crash points: won",
    ),
    Fault(
        "take a failed attempt's own record for old news",
        ((onboarding.is_no_news, "_is_on_record(hint, known) and not unsettled", "_is_on_record(hint, known)"),),
        "crash points: won",
    ),
    Fault(
        "undo what Commerce decided",
        ((decisions.decide, "TABLE[sales, commerce]", "TABLE[sales, C.PENDING if commerce in DECIDED_FIRST else commerce]"),),
        "crash points: decided both ways",
    ),
    Fault(
        "create a lead that nobody can find by its id",
        ((acting._create_lead, '    bridge.store.link("lead", lead_id, at.known.key)\n', ""),),
        "crash points: created by event",
    ),
    Fault(
        "leave old index rows behind",
        ((correlation._index_changes, "    return outdated, [", "    return [], ["),),
        "crash points: qualified",
    ),
    Fault(
        "write although the claim would end first",
        ((bridge.Bridge.fence, "raise ClaimLost(", "str("),),
        "interleavings: won: two events, ETags ignored",
    ),
    Fault(
        "neither follow nor compare Sales",
        ((following.follow, "if since is None:", "if True:"),
         (following.compare, "listed, place = _next_open(run)", "listed, place = [], (0, None)")),
        "any history",
    ),
    Fault(
        "do not look at what is no longer pending",
        ((polling.poll, "_look_at(run, missing)", "0"),),
        "any history",
    ),
    Fault(
        "do not begin the hold anew after a reopening",
        ((progress.placed, "(known.verdict_since if same_verdict else now) if plan.verdict else None",
          "known.verdict_since or (now if plan.verdict else None)"),
         (decisions._send, "known.verdict_since if known.verdict is verdict and known.verdict_since else case.now",
          "known.verdict_since or case.now")),
        "crash points: disqualified again within the hold",
    ),
    Fault(
        "leave the claims of the dead alone",
        ((onboarding.tells_nothing_newer, " and not (known.claim and known.claim.until <= now)", ""),),
        "crash points: an operator writes",
    ),
    Fault(
        "let an operator's act forget what a dead holder may have sent",
        ((operating._take, "in_doubt_since=desk.timing.latest_write(held)", "in_doubt_since=held.at"),),
        "crash points: an operator writes where a holder died",
    ),
    Fault(
        "drop a message that failed five times",
        ((handling._show_poison, "    bridge.store.record(stored, shown,", "    (stored, shown,"),),
        "crash points: poison",
    ),
    Fault(
        "hide a read that failed in the audit",
        ((auditing._second_look, "if told.failure:", "if False:"),),
        "audit: test_a_second_look_that_could_not_read_is_taken_again",
    ),
    Fault(
        "give an account to whoever asks",
        ((links.Links.link_first, "self._links.commit([create(row)])", "self._links.put(row)"),),
        "interleavings: two requests for one account",
    ),
)  # fmt: skip
