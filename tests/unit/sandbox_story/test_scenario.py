"""The cast of the story: who there is, and what must become of each."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.commerce.onboarding_requests import OnboardingForm
from sandbox.scenario import ENDS, QUALIFIED, WINNERS, Story, cast
from sandbox.stack import EVENTFUL, LEGAL_ENTITIES, TIMINGS
from shared.record import Cause, Stage
from shared.settings import from_environment

TWELVE = {
    Story.WON: 2,
    Story.WON_OF_SEVERAL: 1,
    Story.WON_TOLD_TWICE: 1,
    Story.LOST: 2,
    Story.DISQUALIFIED: 2,
    Story.IN_REVIEW: 2,
    Story.DUPLICATE_EMAIL: 1,
    Story.CLERK_FIRST: 1,
}


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_twelve_prospects_have_the_promised_fates_whatever_the_seed(seed: int) -> None:
    assert Counter(applicant.story for applicant in cast(12, seed)) == TWELVE


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_both_legal_entities_take_part_and_only_one_of_them_announces(seed: int) -> None:
    assert {applicant.legal_entity for applicant in cast(12, seed)} == set(LEGAL_ENTITIES)
    assert EVENTFUL in LEGAL_ENTITIES


@pytest.mark.parametrize(("legal_entity", "country", "phone"), [("usmf", "USA", "+1 "), ("demf", "DEU", "+49 ")])
def test_companies_ask_on_the_site_of_their_own_country(legal_entity: str, country: str, phone: str) -> None:
    forms = [applicant.form() for applicant in cast(12, 1) if applicant.legal_entity == legal_entity]
    assert forms and all(form["country"] == country and form["phone"].startswith(phone) for form in forms)


def test_no_two_of_twelve_have_a_name_in_common() -> None:
    assert all(len({getattr(one, name) for one in cast(12, 1)}) == 12 for name in ("first_name", "last_name", "company"))


def test_one_at_least_is_won_that_was_announced_and_one_that_a_poll_found() -> None:
    winners = [applicant.legal_entity for applicant in cast(12, 1) if applicant.story in WINNERS]
    assert set(winners) == set(LEGAL_ENTITIES)


def test_the_same_seed_tells_the_same_story_and_another_one_does_not() -> None:
    assert cast(12, 1) == cast(12, 1)
    assert [one.story for one in cast(12, 1)] != [one.story for one in cast(12, 2)]


@pytest.mark.parametrize("prospects", [1, 5, 12, 13, 200])
def test_any_number_of_prospects_can_be_played_each_with_an_address_of_its_own(prospects: int) -> None:
    played = cast(prospects, 1)
    assert len(played) == prospects == len({applicant.email for applicant in played})
    assert [applicant.number for applicant in played] == list(range(1, prospects + 1))


def test_two_hundred_prospects_have_every_fate_about_as_often_as_twelve_have() -> None:
    counts = Counter(applicant.story for applicant in cast(200, 1))
    assert all(share * 16 <= counts[story] <= share * 17 for story, share in TWELVE.items())


def test_each_fate_ends_in_a_stage_and_an_attention_that_the_record_knows() -> None:
    assert set(ENDS) == set(Story)
    for stage, attention in ENDS.values():
        Stage(stage)
        assert attention is None or Cause(attention)


def test_every_winner_was_qualified() -> None:
    assert WINNERS < QUALIFIED


def test_each_form_is_one_that_the_site_takes() -> None:
    for applicant in cast(12, 1):
        assert OnboardingForm.parse(applicant.form()).email == applicant.email


def test_the_stories_waits_are_seconds() -> None:
    needed = {"SALES_URL": "http://a", "COMMERCE_URL": "http://b", "LEGAL_ENTITIES": "usmf", "AzureWebJobsStorage": "c"}
    policy = from_environment({**needed, **TIMINGS}).policy()
    assert max(policy.approve_hold, policy.reject_hold, policy.settle, policy.effects_grace).total_seconds() <= 30
