"""Why is it waiting? One sentence for every state of an onboarding. Pure.

The sentence says the last thing that happened, what is awaited from whom or which job, since when, and what would happen next.
What stands above the stage comes first: a claim, an operator's hold, trouble with a system, then the attention that matters most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.explaining_causes import AWAITED, Awaited
from shared.record import Cause, Onboarding, Stage, Verdict

CHANNEL_JOB = "job 1010 of head office"


@dataclass(frozen=True)
class Explanation:
    """The parts of the sentence. `since`: since when it waits; `whom` empty: nobody, it has come to its end."""

    happened: str
    awaited: str
    whom: str
    since: datetime
    following: str

    def sentence(self, now: datetime) -> str:
        """All of it as one sentence."""
        waiting = f"for {age(now - self.since)} it has waited for {self.whom} {self.awaited}" if self.whom else self.awaited
        return f"{self.happened}; {waiting}; {self.following}."


def explain(onboarding: Onboarding, now: datetime) -> str:
    """Why it is where it is, in one sentence."""
    return explanation(onboarding, now).sentence(now)


def explanation(known: Onboarding, now: datetime) -> Explanation:
    """The same in parts."""
    for explained in _ABOVE_THE_STAGE:
        if found := explained(known, now):
            return found
    return _STAGES[known.stage](known, now)


def age(passed: timedelta) -> str:
    """A length of time in the largest unit that fits, e.g. `3 days`; `a moment` where it is less than a second, or negative."""
    seconds = int(passed.total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}" + ("s" if count > 1 else "")
    return "a moment"


def moment(at: datetime, now: datetime) -> str:
    """A time that is to come, e.g. `in 5 minutes`; one that has passed: `now`."""
    return f"in {age(at - now)}" if at > now else "now"


# ---- what stands above the stage


def _worked_on(known: Onboarding, now: datetime) -> Explanation | None:
    claim = known.claim
    if claim is None:
        return None
    if claim.until > now:
        return Explanation(
            last(known), "to finish what it does at this moment", "the bridge", claim.at, "then this page says what came of it"
        )
    following = "the next timer takes over and reads both systems before it writes anything"
    return Explanation(
        "The invocation that worked on it ended without a word", "to take over", "the bridge", claim.until, following
    )


def _held(known: Onboarding, now: datetime) -> Explanation | None:
    if not known.held_by:
        return None
    following = "until then nothing is written to either system, and both are still looked at"
    return Explanation(
        last(known), "to release it", "the operator who holds it", known.held_since or known.stage_since, following
    )


def _postponed(known: Onboarding, now: datetime) -> Explanation | None:
    if known.postponed_since is None:
        return None
    system = known.closed_system.capitalize()
    return Explanation(
        f"Something was heard of it while {system} was closed to traffic",
        "to be open again",
        system,
        known.postponed_since,
        f"the bridge reads both systems {_again(known, now)}",
    )


def _failing(known: Onboarding, now: datetime) -> Explanation | None:
    if known.failing_since is None or known.has(Cause.GAVE_UP):
        return None
    system = known.last_error.partition(":")[0].capitalize() or "A system"
    return Explanation(
        f"{system} did not do what was asked",
        "to do it",
        system,
        known.failing_since,
        f"the bridge tries again {_again(known, now)}",
    )


def _attention(known: Onboarding, now: datetime) -> Explanation | None:
    if not known.attentions:
        return None
    first = known.attentions[0]
    awaited = AWAITED[first.cause]
    following = awaited.then or _by_itself(known, now)
    return Explanation(_found(awaited, first.detail), awaited.what, awaited.whom, first.since, following)


def _by_itself(known: Onboarding, now: datetime) -> str:
    if known.due is None:
        return "the bridge goes on by itself when an event or its poll tells of it"
    return f"the bridge looks again {_again(known, now)} and goes on by itself"


def _found(awaited: Awaited, detail: str) -> str:
    return f"{awaited.found} ({detail})" if detail and awaited.shows_detail else awaited.found


def _doubted(known: Onboarding, now: datetime) -> Explanation | None:
    if known.in_doubt_since is None:
        return None
    following = "nothing is written a second time before both systems were read again"
    happened = "A decision may have been sent, and no answer came"
    return Explanation(happened, "to settle what it was asked", "Commerce", known.in_doubt_since, following)


def _missing(known: Onboarding, now: datetime) -> Explanation | None:
    if known.missing_since is None or known.stage is Stage.EXCLUDED:
        return None
    following = f"the bridge looks again {_again(known, now)}, and excludes it when it is still not there"
    return Explanation("Commerce did not find the prospect", "to show it", "Commerce", known.missing_since, following)


def _verdict(known: Onboarding, now: datetime) -> Explanation | None:
    if known.verdict is None or known.verdict_since is None:
        return None
    told, closed = _VERDICTS[known.verdict], "reopening it in Sales before that leaves no trace for the applicant"
    if known.sent is known.verdict:
        return Explanation(
            f"The {told} was written to Commerce",
            "to show it",
            "Commerce",
            known.sent_at or known.verdict_since,
            "the bridge reads it back",
        )
    return Explanation(
        _with_closed(f"Sales decided: the {told}", known),
        f"to end ({_again(known, now)})",
        "what an operator closed" if known.acknowledged else "the hold",
        known.verdict_since,
        f"then the {told} is written to Commerce; {closed}",
    )


_VERDICTS = {Verdict.APPROVE: "approval", Verdict.REJECT: "rejection"}
_ABOVE_THE_STAGE: tuple[Callable[[Onboarding, datetime], Explanation | None], ...] = (
    _worked_on,
    _held,
    _postponed,
    _failing,
    _attention,
    _doubted,
    _missing,
    _verdict,
)


# ---- the stages, undisturbed


def _requested(known: Onboarding, now: datetime) -> Explanation:
    following = "then a seller finds the lead in the view All Commerce B2B Leads"
    return Explanation(
        "The request became a prospect in Commerce", "to create its lead in Sales", "the bridge", known.stage_since, following
    )


def _in_review(known: Onboarding, now: datetime) -> Explanation:
    since = known.lead_created_at or known.stage_since
    if not known.lead_id:
        following = "no lead is created unasked"
        return Explanation(_with_closed(last(known), known), "to decide it in Commerce", "head office", since, following)
    happened = _with_closed("The lead was created in Sales", known)
    following = "a qualified lead brings two customers to Commerce, a disqualified one the rejection"
    return Explanation(happened, "to qualify or disqualify it", "a seller", since, following)


def _qualified(known: Onboarding, now: datetime) -> Explanation:
    since = known.qualified_at or known.stage_since
    happened = "The lead was qualified" + (" and its customers are in Commerce" if known.organization_party else "")
    following = "a won opportunity approves the prospect in Commerce, a lost one rejects it"
    return Explanation(_with_closed(happened, known), "to close the opportunity", "a seller", since, following)


def _approved(known: Onboarding, now: datetime) -> Explanation:
    since = known.decided_at or known.stage_since
    if known.completed_at is None and known.due and not known.acknowledged:
        following = f"the bridge looks for the customer hierarchy again {_again(known, now)}"
        return Explanation(
            "Commerce shows the prospect Approved", "to make the customer hierarchy and its Admin", "Commerce", since, following
        )
    following = f"the partner can sign in once {CHANNEL_JOB} has run; e-mails, credit limits and further users are head office's"
    return Explanation(f"The partner was approved {_ago(since, now)}", "nothing is awaited any more", "", since, following)


def _rejected(known: Onboarding, now: datetime) -> Explanation:
    since = known.decided_at or known.stage_since
    where = "on hold" if known.customers_held else "in use"
    made = bool(known.accounts_made) or known.customers_held
    kept = f"the customers that the bridge had made are {where}" if made else "the bridge had made no customers"
    return Explanation(
        f"The request was rejected {_ago(since, now)}",
        "nothing is awaited any more",
        "",
        since,
        f"Commerce mails the decline, and {kept}",
    )


def _excluded(known: Onboarding, now: datetime) -> Explanation:
    because = _EXCLUSIONS.get(known.excluded_because, f"because: {known.excluded_because or 'unknown'}")
    happened = f"It was excluded {_ago(known.stage_since, now)}, {because}"
    return Explanation(happened, "nothing is awaited", "", known.stage_since, "an event about it would be looked at again")


_STAGES = {
    Stage.REQUESTED: _requested,
    Stage.IN_REVIEW: _in_review,
    Stage.QUALIFIED: _qualified,
    Stage.APPROVED: _approved,
    Stage.REJECTED: _rejected,
    Stage.EXCLUDED: _excluded,
}
_EXCLUSIONS = {
    "not-b2b": "since the prospect is not one of the B2B site",
    "out-of-scope": "since its legal entity is not in scope (setting LEGAL_ENTITIES)",
    "decided-in-commerce": "since head office had decided it before there was a lead",
    "prospect-deleted": "since the prospect does not exist in Commerce any more",
}


# ---- words


def last(known: Onboarding) -> str:
    """The last thing that happened to it, by its own times."""
    happened = [
        (known.created_at, "The request became a prospect in Commerce"),
        (known.lead_created_at, "The lead was created in Sales"),
        (known.qualified_at, "The lead was qualified"),
        (known.closed_at, "Sales decided"),
        (known.sent_at, "The decision was written to Commerce"),
        (known.decided_at, f"Commerce shows it {known.prospect_status or 'decided'}"),
    ]
    return max((at, -place, what) for place, (at, what) in enumerate(reversed(happened)) if at)[2]


def _with_closed(happened: str, known: Onboarding) -> str:
    """What an operator closed may still stand in the way, and no attention says so any more."""
    closed = sorted({mark.partition(" ")[0] for mark in known.acknowledged})
    return f"{happened} (closed by an operator: {', '.join(closed)})" if closed else happened


def _again(known: Onboarding, now: datetime) -> str:
    return moment(known.due, now) if known.due else "within minutes"


def _ago(at: datetime, now: datetime) -> str:
    return f"{age(now - at)} ago"
