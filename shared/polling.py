"""The poll of Commerce: the main trigger, since no standard event announces a prospect.

`Prospects` has no modified time. All Pending ones are paged, those without an onboarding are announced, and open onboardings
that are missing among them are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from shared.models import EventType, Hint, Preflight, Prospect, ProspectKey, ProspectStatus
from shared.onboarding import RECONCILE
from shared.reconciler import Run
from shared.record import OPEN_STAGES, Cause, Onboarding, Stage

PREFLIGHT_TOGETHER = 50
"""New prospects whose e-mail addresses are looked up in one request."""
PASSING_EXCLUSIONS = frozenset({"not-b2b", "out-of-scope", "prospect-deleted", "decided-in-commerce"})
"""Why `decide` excludes: all of it can change, so that a prospect that is pending (again) is announced (again)."""


def poll(run: Run) -> dict[str, int]:
    """{"announced", "no_longer_pending"}. A list too long for one run is gone through by several.

    It comes in order of key, so that a run which read a part of it knows what is missing in that part.
    """
    place = _place(run)
    still_open, pending = set(_open_keys(run)), set[ProspectKey]()
    announced, read, last = 0, place.read, place.after
    for page in _pages(run.reconciler.commerce.pending(run.reconciler.legal_entities, read), PREFLIGHT_TOGETHER):
        sent, complete = _announce(run, [prospect for prospect in page if prospect.key not in still_open])
        announced += sent
        if complete:
            pending |= {prospect.key for prospect in page}
            read, last = read + len(page), page[-1].key
        if run.is_over(run.reconciler.lease / 8):  # what is missing takes the rest of the time
            run.kept["pending"], run.kept["pending_after"] = read, last.text if last else ""
            part = {key for key in still_open if last and key <= last}
            break
    else:
        run.kept.pop("pending", None)
        part = still_open
    missing = sorted(key for key in part - pending if place.after is None or key > place.after)
    return {"announced": announced, "no_longer_pending": _look_at(run, missing)}


@dataclass(frozen=True)
class _Place:
    """Where in the list a run begins: behind so many prospects, the last of which had this key."""

    read: int = 0
    after: ProspectKey | None = None


def _place(run: Run) -> _Place:
    read, after = int(run.kept.get("pending", 0)), str(run.kept.get("pending_after", ""))
    return _Place(read, ProspectKey.parse(after)) if read and after else _Place()


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


def _announce(run: Run, prospects: list[Prospect]) -> tuple[int, bool]:
    """Enqueue new prospects with what the pre-flight found, checked in one request; how many, and if time allowed all."""
    read_at = run.reconciler.clock()
    known = run.reconciler.listing.known([prospect.key for prospect in prospects]) if prospects else {}
    new = [prospect for prospect in prospects if not _is_settled(known.get(prospect.key))]
    new = new[: run.fits(len(new))]
    checked = run.reconciler.commerce.check(new) if new else {}
    hints = (_announcement(prospect, *checked.get(prospect.key, ((), ())), read_at) for prospect in new)
    sent = sum(takewhile(bool, map(run.send, hints)))
    return sent, sent == len(new)


def _announcement(prospect: Prospect, accounts: tuple[str, ...], requests: tuple[str, ...], read_at: datetime) -> Hint:
    findings = (*([Cause.DUPLICATE_EMAIL] if accounts else []), *([Cause.DUPLICATE_REQUEST] if requests else []))
    return Hint(
        type=EventType.PROSPECT_CREATED,
        key=prospect.key.text,
        state=prospect.status,
        source=RECONCILE,
        first_seen=read_at,
        preflight=Preflight(etag=prospect.etag, findings=findings),
    )


def _is_settled(known: Onboarding | None) -> bool:
    """Whether it is on record already that this pending prospect's onboarding is closed: set back in Commerce, or left out."""
    if known is None:
        return False
    left_out = known.stage is Stage.EXCLUDED and known.excluded_because not in PASSING_EXCLUSIONS
    set_back = known.decided_at is not None and known.prospect_status is ProspectStatus.PENDING and not known.excluded_because
    return left_out or set_back


def _look_at(run: Run, missing: list[ProspectKey]) -> int:
    """Enqueue those that nobody decided between the two lists, or is about to."""
    read_at = run.reconciler.clock()
    known = run.reconciler.listing.known(missing) if missing else {}
    to_do = [key for key in missing if key in known and _is_to_be_looked_at(run, known[key])]
    to_do = to_do[: run.fits(len(to_do))]
    hints = (Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="reconcile-missing", first_seen=read_at) for key in to_do)
    return sum(takewhile(bool, map(run.send, hints)))


def _is_to_be_looked_at(run: Run, known: Onboarding) -> bool:
    """Not where it is on record already that the prospect is not Pending, with another look to come."""
    free = known.claim is None or known.claim.until <= run.now
    awaited = known.due is not None and known.due > run.now
    on_record = known.prospect_status is not ProspectStatus.PENDING or known.missing_since is not None
    return known.stage in OPEN_STAGES and free and not (on_record and awaited)
