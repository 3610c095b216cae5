"""The poll of Commerce: the main trigger, since no standard event announces a prospect.

`Prospects` has no modified time. All Pending ones are paged, those without an onboarding are announced, and open onboardings
that are missing among them are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from shared.models import EventType, Hint, Preflight, Prospect, ProspectKey
from shared.onboarding import RECONCILE
from shared.reconciler import Run
from shared.record import OPEN_STAGES, Cause, Onboarding, Stage

PREFLIGHT_TOGETHER = 50
"""New prospects whose e-mail addresses are looked up in one request."""
PASSING_EXCLUSIONS = frozenset({"not-b2b", "out-of-scope", "prospect-deleted", "decided-in-commerce"})
"""Why `decide` excludes: all of it can change, so that a prospect that is pending (again) is announced (again)."""


def poll(run: Run) -> dict[str, int]:
    """{"announced", "no_longer_pending"}. A list too long for one run is gone through by several.

    What is missing can be told only by a run that read the whole list.
    """
    begun_at = int(run.kept.pop("pending", 0))
    still_open, pending, announced, read = set(_open_keys(run)), set[ProspectKey](), 0, begun_at
    prospects = run.reconciler.commerce.pending(run.reconciler.legal_entities, begun_at)
    for page in _pages(prospects, PREFLIGHT_TOGETHER):
        pending |= {prospect.key for prospect in page}
        announced += _announce(run, [prospect for prospect in page if prospect.key not in still_open])
        read += len(page)
        if run.is_over():
            run.kept["pending"] = read
            return {"announced": announced, "no_longer_pending": 0}
    missing = sorted(still_open - pending) if begun_at == 0 else []
    return {"announced": announced, "no_longer_pending": _look_at(run, missing)}


def _open_keys(run: Run) -> Iterator[ProspectKey]:
    for legal_entity in run.reconciler.legal_entities:
        for stage in OPEN_STAGES:
            continuation: str | None = None
            while True:
                page = run.reconciler.listing.in_stage(legal_entity, stage, 1000, continuation)
                yield from (item.key for item in page.items)
                continuation = page.continuation
                if not continuation:
                    break


def _pages(items: Iterable[Prospect], size: int) -> Iterator[list[Prospect]]:
    """Lazily: a page of Commerce is asked for when its first prospect is needed."""
    iterator = iter(items)
    while page := list(islice(iterator, size)):
        yield page


def _announce(run: Run, prospects: list[Prospect]) -> int:
    """Enqueue new prospects with what the pre-flight found, checked for all of them in one request."""
    known = run.reconciler.listing.known([prospect.key for prospect in prospects]) if prospects else {}
    new = [prospect for prospect in prospects if not _is_settled(known.get(prospect.key))]
    new = new[: run.fits(len(new))]
    checked = run.reconciler.commerce.check(new) if new else {}
    for prospect in new:
        run.send(_announcement(run, prospect, *checked.get(prospect.key, ((), ()))))
    return len(new)


def _announcement(run: Run, prospect: Prospect, accounts: tuple[str, ...], requests: tuple[str, ...]) -> Hint:
    findings = (*([Cause.DUPLICATE_EMAIL] if accounts else []), *([Cause.DUPLICATE_REQUEST] if requests else []))
    return Hint(
        type=EventType.PROSPECT_CREATED,
        key=prospect.key.text,
        state=prospect.status,
        source=RECONCILE,
        first_seen=run.now,
        preflight=Preflight(etag=prospect.etag, findings=findings),
    )


def _is_settled(known: Onboarding | None) -> bool:
    """Whether it is on record already that this pending prospect's onboarding is closed: reset in Commerce, or left out."""
    if known is None:
        return False
    left_out = known.stage is Stage.EXCLUDED and known.excluded_because not in PASSING_EXCLUSIONS
    return left_out or known.has(Cause.STATUS_RESET)


def _look_at(run: Run, missing: list[ProspectKey]) -> int:
    """Enqueue those that nobody decided between the two lists, or is about to."""
    known = run.reconciler.listing.known(missing) if missing else {}
    to_do = [key for key in missing if key in known and _is_still_open(run, known[key])]
    to_do = to_do[: run.fits(len(to_do))]
    for key in to_do:
        run.send(Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="reconcile-missing", first_seen=run.now))
    return len(to_do)


def _is_still_open(run: Run, known: Onboarding) -> bool:
    return known.stage in OPEN_STAGES and (known.claim is None or known.claim.until <= run.now)
