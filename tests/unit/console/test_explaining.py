"""Why is it waiting: a sentence for every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import System, Transient
from shared.explaining import age, explain, explanation
from shared.models import ProspectKey, ProspectStatus
from shared.notes import EXPLANATIONS
from shared.record import Attention, Cause, Claim, Onboarding, Stage, Verdict
from tests.fakes.clock import START as NOW
from tests.fakes.watched import WatchedWorld
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, qualified, refused, requested, unavailable

KEY = ProspectKey.of("usmf", "P-000123")


def ago(**parts: float) -> timedelta:
    return timedelta(**parts)


def onboarding(stage: Stage, **values: object) -> Onboarding:
    begun = NOW - timedelta(days=10)
    known = Onboarding(
        KEY, "c1", stage, stage_since=NOW - timedelta(days=2), created_at=begun, legal_entity="USMF", prospect_id="P-000123"
    )
    return replace(known, **values)  # type: ignore[arg-type]


IN_REVIEW = onboarding(Stage.IN_REVIEW, lead_id="6d81", lead_created_at=NOW - timedelta(days=2))
WON = onboarding(
    Stage.QUALIFIED, qualified_at=NOW - timedelta(days=1), closed_at=NOW - timedelta(minutes=4), organization_party="PARTY-9"
)

SENTENCES = [
    (
        onboarding(Stage.REQUESTED, stage_since=NOW - timedelta(minutes=3)),
        "The request became a prospect in Commerce; for 3 minutes it has waited for the bridge to create its lead in Sales; "
        "then a seller finds the lead in the view All Commerce B2B Leads.",
    ),
    (
        IN_REVIEW,
        "The lead was created in Sales; for 2 days it has waited for a seller to qualify or disqualify it; "
        "a qualified lead brings two customers to Commerce, a disqualified one the rejection.",
    ),
    (
        onboarding(Stage.QUALIFIED, qualified_at=NOW - timedelta(hours=5), organization_party="PARTY-9"),
        "The lead was qualified and its customers are in Commerce; for 5 hours it has waited for a seller to close the "
        "opportunity; "
        "a won opportunity approves the prospect in Commerce, a lost one rejects it.",
    ),
    (
        replace(WON, verdict=Verdict.REJECT, verdict_since=NOW - timedelta(minutes=4), due=NOW + timedelta(minutes=11)),
        "Sales decided: the rejection; for 4 minutes it has waited for the hold to end (in 11 minutes); "
        "then the rejection is written to Commerce; reopening it in Sales before that leaves no trace for the applicant.",
    ),
    (
        replace(WON, in_doubt_since=NOW - timedelta(seconds=90)),
        "A decision may have been sent, and no answer came; for 1 minute it has waited for Commerce to settle what it was asked; "
        "nothing is written a second time before both systems were read again.",
    ),
    (
        replace(WON, attentions=(Attention(Cause.DUPLICATE_EMAIL, NOW - timedelta(hours=3), "US-004, US-009"),)),
        "Another customer of the legal entity has the same e-mail address (US-004, US-009); for 3 hours it has waited for head "
        "office "
        "to give one of the two another address; the bridge goes on by itself when an event or its poll tells of it.",
    ),
    (
        replace(
            IN_REVIEW,
            failing_since=NOW - timedelta(minutes=20),
            last_error="commerce: bad gateway (HTTP 502)",
            due=NOW + timedelta(minutes=9),
        ),
        "Commerce did not do what was asked; for 20 minutes it has waited for Commerce to do it; the bridge tries again "
        "in 9 minutes.",
    ),
    (
        replace(IN_REVIEW, held_by="8a5b", held_since=NOW - timedelta(hours=1)),
        "The lead was created in Sales; for 1 hour it has waited for the operator who holds it to release it; "
        "until then nothing is written to either system, and both are still looked at.",
    ),
    (
        replace(IN_REVIEW, claim=Claim("one", NOW - timedelta(seconds=2), NOW + timedelta(minutes=3))),
        "The lead was created in Sales; for 2 seconds it has waited for the bridge to finish what it does at this moment; "
        "then this page says what came of it.",
    ),
    (
        replace(IN_REVIEW, claim=Claim("one", NOW - timedelta(minutes=9), NOW - timedelta(minutes=5))),
        "The invocation that worked on it ended without a word; for 5 minutes it has waited for the bridge to take over; "
        "the next timer takes over and reads both systems before it writes anything.",
    ),
    (
        replace(IN_REVIEW, missing_since=NOW - timedelta(minutes=1), due=NOW + timedelta(minutes=4)),
        "Commerce did not find the prospect; for 1 minute it has waited for Commerce to show it; "
        "the bridge looks again in 4 minutes, and excludes it when it is still not there.",
    ),
    (
        onboarding(Stage.APPROVED, decided_at=NOW - timedelta(minutes=2), due=NOW + timedelta(minutes=3)),
        "Commerce shows the prospect Approved; for 2 minutes it has waited for Commerce to make the customer hierarchy and its "
        "Admin; "
        "the bridge looks for the customer hierarchy again in 3 minutes.",
    ),
    (
        onboarding(Stage.APPROVED, decided_at=NOW - timedelta(days=1), completed_at=NOW - timedelta(hours=23)),
        "The partner was approved 1 day ago; nothing is awaited any more; the partner can sign in once job 1010 of head office "
        "has run; "
        "e-mails, credit limits and further users are head office's.",
    ),
    (
        onboarding(Stage.REJECTED, decided_at=NOW - timedelta(hours=4), customers_held=True),
        "The request was rejected 4 hours ago; nothing is awaited any more; "
        "Commerce mails the decline, and the customers that the bridge had made are on hold.",
    ),
    (
        onboarding(Stage.EXCLUDED, excluded_because="not-b2b"),
        "It was excluded 2 days ago, since the prospect is not one of the B2B site; nothing is awaited; "
        "an event about it would be looked at again.",
    ),
]


@pytest.mark.parametrize(("known", "sentence"), SENTENCES, ids=[sentence[:40] for _, sentence in SENTENCES])
def test_the_sentence_says_what_happened_what_is_awaited_since_when_and_what_follows(known: Onboarding, sentence: str) -> None:
    assert explain(known, NOW) == sentence


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("stage", Stage)
def test_every_attention_in_every_stage_names_who_is_awaited(stage: Stage, cause: Cause) -> None:
    since = NOW - timedelta(hours=7)
    said = explanation(onboarding(stage, attentions=(Attention(cause, since),)), NOW)
    assert said.whom and said.awaited.startswith("to ") and said.since == since
    assert said.sentence(NOW).count(";") == 2 and said.sentence(NOW).endswith(".")


CLAIM = Claim("one", NOW - timedelta(seconds=2), NOW + timedelta(minutes=3))
SOON, LATELY = NOW + timedelta(minutes=9), NOW - timedelta(minutes=20)
OVER_ALL: list[tuple[dict[str, object], str, object]] = [
    ({"claim": CLAIM}, "the bridge", CLAIM.at),
    ({"claim": replace(CLAIM, until=LATELY)}, "the bridge", LATELY),
    ({"held_by": "8a5b", "held_since": LATELY}, "the operator who holds it", LATELY),
    ({"closed_system": "sales", "postponed_since": LATELY, "due": SOON}, "Sales", LATELY),
    ({"failing_since": LATELY, "last_error": "commerce: bad gateway"}, "Commerce", LATELY),
    ({"failing_since": LATELY, "last_error": "storage: no answer", "due": SOON}, "Storage", LATELY),
]
"""What stands above stage and attention, whom it waits for then, and since when; the first of them comes first."""
BENEATH: list[tuple[dict[str, object], str, object]] = [
    ({"in_doubt_since": LATELY, "due": SOON}, "Commerce", LATELY),
    ({"missing_since": LATELY, "due": SOON}, "Commerce", LATELY),
    ({"verdict": Verdict.APPROVE, "verdict_since": LATELY, "due": SOON}, "the hold", LATELY),
    ({"verdict": Verdict.REJECT, "verdict_since": NOW, "sent": Verdict.REJECT, "sent_at": LATELY}, "Commerce", LATELY),
]
"""The same of what stands above the stage where no attention is open."""


def all_parts_are_told(known: Onboarding) -> None:
    said = explain(known, NOW)
    happened, waiting, following = said.split("; ", 2)
    assert happened and waiting and following.endswith(".")
    assert "it has waited for" in waiting or waiting.startswith("nothing is awaited")
    assert not [part for part in ("None", "  ", "()") if part in said]


@pytest.mark.parametrize("attention", [None, *Cause])
@pytest.mark.parametrize("stage", Stage)
def test_what_stands_above_all_is_told_in_every_stage_with_every_attention(stage: Stage, attention: Cause | None) -> None:
    opened = (Attention(attention, NOW - timedelta(hours=7)),) if attention else ()
    for place, (values, whom, since) in enumerate(OVER_ALL):
        if attention is Cause.GAVE_UP and "failing_since" in values:
            continue
        lower = {name: value for others, _, _ in reversed(OVER_ALL[place:] + BENEATH) for name, value in others.items()}
        for known in (onboarding(stage, attentions=opened, **values), onboarding(stage, attentions=opened, **lower)):
            said = explanation(known, NOW)
            assert (said.whom, said.since) == (whom, since)
            all_parts_are_told(known)


@pytest.mark.parametrize("stage", Stage)
def test_what_stands_above_the_stage_alone_is_told_in_every_stage(stage: Stage) -> None:
    for values, whom, since in BENEATH:
        known = onboarding(stage, **values)
        all_parts_are_told(known)
        if not (stage is Stage.EXCLUDED and "missing_since" in values):
            assert (explanation(known, NOW).whom, explanation(known, NOW).since) == (whom, since)


@pytest.mark.parametrize("due", [None, SOON, LATELY])
@pytest.mark.parametrize("stage", Stage)
def test_every_stage_by_itself_says_who_is_awaited_or_that_nobody_is(stage: Stage, due: object) -> None:
    for closed in ((), ("duplicate-email US-004",)):
        known = onboarding(stage, due=due, acknowledged=closed, lead_id="6d81")
        all_parts_are_told(known)
        rests = stage in (Stage.REJECTED, Stage.EXCLUDED) or (stage is Stage.APPROVED and (due is None or bool(closed)))
        assert bool(explanation(known, NOW).whom) is not rests


def test_what_an_operator_closed_is_still_told() -> None:
    closed = replace(IN_REVIEW, acknowledged=("duplicate-email US-004",))
    assert explain(closed, NOW).startswith("The lead was created in Sales (closed by an operator: duplicate-email); ")
    blocked = replace(WON, verdict=Verdict.APPROVE, verdict_since=NOW, acknowledged=("duplicate-email US-004",), due=SOON)
    assert "waited for what an operator closed to end (in 9 minutes)" in explain(blocked, NOW)


def test_a_request_that_was_set_back_and_has_no_lead_does_not_wait_for_a_seller() -> None:
    assert explanation(onboarding(Stage.IN_REVIEW, acknowledged=("status-reset",)), NOW).whom == "head office"


# ---- as it comes about


def test_a_closing_that_was_heard_while_commerce_was_closed_to_traffic_waits_for_commerce() -> None:
    world = WatchedWorld(legal_entities=("usmf",))
    key, opportunity = qualified(world)
    closes_for(world, timedelta(minutes=50))
    world.sales.win(opportunity)
    world.deliver_all()
    world.clock.forward(minutes=40)
    assert explain(world.onboarding(key), world.clock()) == (
        "Something was heard of it while Commerce was closed to traffic; for 40 minutes it has waited for Commerce to be open "
        "again; the bridge reads both systems in 10 minutes."
    )
    world.calls.heal()
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.closed_system, known.postponed_since) == (Stage.APPROVED, "", None)


def test_a_refusal_after_a_failure_waits_for_whoever_can_correct_it() -> None:
    world = World()
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.calls.fail_next("commerce.create_customers", unavailable())
    world.hear()
    world.deliver(world.visible()[0])
    assert "for a moment it has waited for Commerce to do it; the bridge tries again within minutes" in explain(
        world.onboarding(key), world.clock()
    )
    world.calls.before_call = refuses_customers
    world.settle()
    known = world.onboarding(key)
    assert (causes(world, key), known.failing_since) == ([Cause.REFUSED_BY_COMMERCE], None)
    assert explain(known, world.clock()).startswith("Commerce refused a write; ")


def test_what_failed_for_a_day_is_told_as_given_up() -> None:
    world = World()
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.calls.before_call = fails_customers
    world.settle()
    assert causes(world, key) == [Cause.GAVE_UP]
    assert explain(world.onboarding(key), world.clock()).startswith("A system did not answer for 24 hours; ")


def closes_for(world: WatchedWorld, wait: timedelta) -> None:
    """Commerce says so to whoever asks first."""

    def throttled(name: str, _: object) -> None:
        if name.startswith("commerce."):
            raise Transient(System.COMMERCE, "too many requests", status=429, retry_after=wait)

    world.announce(world.commerce.submit("other@fabrikam.example"))
    world.calls.before_call = throttled
    world.deliver_all()


def refuses_customers(name: str, _: object) -> None:
    if name == "commerce.create_customers":
        raise refused()


def fails_customers(name: str, _: object) -> None:
    if name == "commerce.create_customers":
        raise unavailable()


@pytest.mark.parametrize("because", ["not-b2b", "out-of-scope", "decided-in-commerce", "prospect-deleted", "something-new", ""])
def test_every_exclusion_has_its_reason(because: str) -> None:
    assert "excluded 2 days ago, " in explain(onboarding(Stage.EXCLUDED, excluded_because=because), NOW)


def test_the_attention_that_matters_most_comes_first() -> None:
    first, second = Attention(Cause.NO_ACCOUNT, NOW - timedelta(hours=1)), Attention(Cause.NO_CONTACT, NOW - timedelta(hours=2))
    assert "without an account" in explain(replace(WON, attentions=(first, second)), NOW)


def test_a_decision_that_was_written_waits_for_commerce_not_for_the_hold() -> None:
    sent = replace(WON, verdict=Verdict.APPROVE, verdict_since=NOW, sent=Verdict.APPROVE, sent_at=NOW - timedelta(minutes=1))
    assert explain(sent, NOW).startswith(
        "The approval was written to Commerce; for 1 minute it has waited for Commerce to show it"
    )


def test_an_error_text_of_a_system_is_never_part_of_the_sentence() -> None:
    refused = replace(IN_REVIEW, attentions=(Attention(Cause.REFUSED_BY_COMMERCE, NOW, "commerce: Jane Doe exists"),))
    failing = replace(IN_REVIEW, failing_since=NOW, last_error="sales: jane@contoso.example refused")
    assert "Jane" not in explain(refused, NOW) and "jane" not in explain(failing, NOW)


def test_the_last_thing_that_happened_is_told_by_its_own_time() -> None:
    decided = replace(WON, held_by="x", sent_at=NOW - timedelta(minutes=3), decided_at=NOW - timedelta(minutes=2))
    decided = replace(decided, prospect_status=ProspectStatus.APPROVED)
    assert explain(decided, NOW).startswith("Commerce shows it Approved; ")


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-3), "a moment"),
        (timedelta(0), "a moment"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_fits(passed: timedelta, words: str) -> None:
    assert age(passed) == words


def test_notes_in_sales_and_sentences_speak_of_known_causes() -> None:
    assert set(EXPLANATIONS) <= set(Cause)
