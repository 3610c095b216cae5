"""Why is it waiting: a sentence for every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.explaining import age, explain, explanation
from shared.models import ProspectKey, ProspectStatus
from shared.notes import EXPLANATIONS
from shared.record import Attention, Cause, Claim, Onboarding, Stage, Verdict
from tests.fakes.clock import START as NOW

KEY = ProspectKey.of("usmf", "P-000123")


def ago(**parts: float) -> timedelta:
    return timedelta(**parts)


def onboarding(stage: Stage, **values: object) -> Onboarding:
    begun = NOW - timedelta(days=10)
    known = Onboarding(
        KEY, "c1", stage, stage_since=NOW - timedelta(days=2), created_at=begun, legal_entity="USMF", prospect_id="P-000123"
    )
    return replace(known, **values)  # type: ignore[arg-type]


IN_REVIEW = onboarding(Stage.IN_REVIEW, lead_created_at=NOW - timedelta(days=2))
WON = onboarding(
    Stage.QUALIFIED, qualified_at=NOW - timedelta(days=1), closed_at=NOW - timedelta(minutes=4), organization_account="O-1"
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
        onboarding(Stage.QUALIFIED, qualified_at=NOW - timedelta(hours=5), organization_account="O-1"),
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
        "A decision was sent and no answer came; for 1 minute it has waited for Commerce to settle what it was asked; "
        "nothing is written a second time before both systems were read again.",
    ),
    (
        replace(WON, attentions=(Attention(Cause.DUPLICATE_EMAIL, NOW - timedelta(hours=3), "US-004, US-009"),)),
        "Another customer of the legal entity has the same e-mail address (US-004, US-009); for 3 hours it has waited for head "
        "office "
        "to give one of the two another address; the bridge looks again every hour and goes on by itself.",
    ),
    (
        replace(
            IN_REVIEW,
            failing_since=NOW - timedelta(minutes=20),
            last_error="commerce: bad gateway (HTTP 502)",
            due=NOW + timedelta(minutes=9),
        ),
        "Commerce did not do what was asked; for 20 minutes it has waited for Commerce to answer again; the bridge tries again "
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
