"""Many onboardings at once, and lists of several pages, by clicks in a browser that runs no script."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.record import Stage
from tests.browser.console.operator_at_work import Operator
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, requested

AtWork = Callable[..., Operator]


def test_many_are_selected_and_assigned_and_all_of_a_list_looked_at_again(world: World, operator: AtWork) -> None:
    keys = [requested(world, company=f"Company {number}", email=f"a{number}@x.example") for number in range(4)]
    ann = operator()
    ann.open("/list/progress")
    for name in ("Company 1", "Company 3"):
        ann.page.get_by_label(f"Select {name}").check()
    ann.page.get_by_role("combobox", name="Do").select_option("assign")
    ann.write("Assign to", "me")
    ann.press("Do it")
    assert "2 onboardings: assigned." in ann.says()
    assert [bool(world.onboarding(key).assigned_to) for key in keys] == [False, True, False, True]
    for key in keys:
        world.sales.qualify(world.sales.lead_of(key))
    world.lose_events()
    ann.page.get_by_label("all of the list, 200 at a time").check()
    ann.page.get_by_role("combobox", name="Do").select_option("look-again")
    ann.press("Do it")
    assert {world.onboarding(key).stage for key in keys} == {Stage.QUALIFIED}


def test_many_are_noted_held_released_closed_and_given_to_nobody(world: World, operator: AtWork) -> None:
    keys = [requested(world, company=f"Company {number}", email="jo@x.example") for number in range(3)]
    assert all(causes(world, key) for key in keys[1:])
    ann = operator()
    ann.open("/list/progress?legal_entity=usmf")
    ann.press("Do it")
    assert ann.page.get_by_role("alert").inner_text() == "Nothing was selected."
    for act, label, text, said in (
        ("note", "Note", "call back", "note kept"),
        ("remove-note", "Note", "", "note taken away"),
        ("assign", "Assign to", "me", "assigned"),
        ("unassign", "Assign to", "", "assigned to nobody"),
        ("hold", "Reason", "papers", "held"),
        ("release", "Reason", "", "released"),
        ("close", "Reason", "known partners", "attentions closed"),
    ):
        for number in (1, 2):
            ann.page.get_by_label(f"Select Company {number}").check()
        ann.page.get_by_role("combobox", name="Do").select_option(act)
        ann.page.get_by_role("group", name="With several at once").get_by_label(label, exact=True).fill(text)
        ann.press("Do it")
        assert ann.says() == f"2 onboardings: {said}."
    assert not any(causes(world, key) for key in keys)
    whats = [entry.what for entry in world.history(keys[2]) if entry.who]
    assert whats == ["note", "note", "assign", "assign", "hold", "release", "close", "attention-closed"]


def test_a_forgotten_reason_loses_neither_selection_nor_words(world: World, operator: AtWork) -> None:
    key = requested(world, company="Contoso")
    ann = operator()
    ann.open("/list/progress")
    ann.page.get_by_label("Select Contoso").check()
    ann.page.get_by_role("combobox", name="Do").select_option("hold")
    ann.press("Do it")
    assert "a reason is needed" in ann.page.get_by_role("alert").inner_text()
    ann.page.get_by_role("group", name="With several at once").get_by_label("Reason", exact=True).fill("papers")
    ann.press("Do it")
    assert (ann.says(), bool(world.onboarding(key).held_by)) == ("1 onboarding: held.", True)


def test_a_long_list_goes_on_page_by_page_and_a_bulk_act_with_the_rest(
    world: World, operator: AtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.console_posts.MOST_AT_ONCE", 40)
    keys = []
    for number in range(60):
        keys.append(requested(world, company=f"Company {number:02}", email=f"a{number}@x.example"))
        world.clock.forward(seconds=1)
    ann = operator()
    ann.open("/list/progress")
    for link, first in (("Next page", "Company 50"), ("First page", "Company 00")):
        with ann.page.expect_navigation():
            ann.page.get_by_role("link", name=link).click()
        assert ann.page.get_by_role("rowheader").first.inner_text() == first
    ann.page.get_by_label("all of the list, 200 at a time").check()
    ann.page.get_by_role("combobox", name="Do").select_option("assign")
    ann.write("Assign to", "me")
    for said in ("40 onboardings: assigned.", "20 onboardings: assigned."):
        ann.write("Assign to", "me")
        ann.press("Do it")
        assert ann.says() == said
    assert all(world.onboarding(key).assigned_to for key in keys)
