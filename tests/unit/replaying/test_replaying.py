"""Which onboardings a filter selects, and that replaying one is looking again."""

from __future__ import annotations

from datetime import timedelta

from shared.models import EventType, ProspectKey
from shared.record import Cause, Stage
from shared.replaying import Selection, hint, selected
from tests.fakes.world import LEGAL_ENTITIES, World
from tests.unit.onboarding.steps import disqualified, qualified, requested, won


def keys(world: World, selection: Selection) -> list[ProspectKey]:
    return [key for key, _ in selected(world.correlation, LEGAL_ENTITIES, selection)]


def test_a_stage_selects_its_onboardings_in_every_legal_entity() -> None:
    world = World()
    here = requested(world, email="a@contoso.example")
    there = requested(world, email="b@contoso.example", legal_entity="demf")
    qualified(world, email="c@contoso.example")
    assert keys(world, Selection(stage=Stage.IN_REVIEW)) == [here, there]


def test_an_attention_selects_those_that_have_it() -> None:
    world = World()
    blocked = requested(world, email="")
    requested(world, email="b@contoso.example")
    assert keys(world, Selection(attention=Cause.NO_EMAIL)) == [blocked]


def test_an_attention_and_a_stage_select_those_with_both() -> None:
    world = World()
    requested(world, email="")
    blocked, _ = qualified(world, email="")
    assert keys(world, Selection(attention=Cause.NO_EMAIL, stage=Stage.QUALIFIED)) == [blocked]


def test_since_leaves_out_the_older_ones() -> None:
    world = World()
    requested(world, email="a@contoso.example")
    world.clock.forward(timedelta(hours=1))
    later = requested(world, email="b@contoso.example")
    assert keys(world, Selection(since=world.clock())) == [later]


def test_more_than_a_page_is_selected_whole_and_each_once() -> None:
    world = World()
    made = {requested(world, email=f"jo{n}@contoso.example") for n in range(230)}
    found = keys(world, Selection(stage=Stage.IN_REVIEW))
    assert (set(found), len(found)) == (made, 230)


def test_keys_are_taken_as_they_are_and_each_once() -> None:
    key = ProspectKey.of("usmf", "P-1")
    assert keys(World(), Selection(keys=(key, key))) == [key]


def test_a_replayed_onboarding_is_looked_at_whatever_is_on_record() -> None:
    world = World()
    key = won(world)
    world.calls.clear()
    world.send(hint(key, Stage.APPROVED, world.clock()))
    [done] = world.deliver_all()
    assert done.outcome
    assert done.outcome.what == Stage.APPROVED
    assert world.calls.names().count("sales.lead") == 1


def test_replaying_settled_onboardings_any_number_of_times_changes_nothing() -> None:
    world = World()
    made = [won(world), disqualified(world, email="b@contoso.example")]
    before = [world.onboarding(key).stage for key in made], [world.mails(key) for key in made], world.notes()
    for _ in range(3):
        for key, stage in [*selected(world.correlation, LEGAL_ENTITIES, Selection(since=world.clock() - timedelta(days=1)))]:
            world.send(hint(key, stage, world.clock()))
        world.settle()
    assert ([world.onboarding(key).stage for key in made], [world.mails(key) for key in made], world.notes()) == before


def test_a_prospect_without_an_onboarding_gets_one_by_replay() -> None:
    world = World()
    key = world.commerce.submit()
    world.send(hint(key, None, world.clock()))
    world.deliver_all()
    assert world.onboarding(key).stage is Stage.IN_REVIEW
    assert hint(key, None, world.clock()).type is EventType.PROSPECT_CREATED
