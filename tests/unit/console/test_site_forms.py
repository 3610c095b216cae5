"""What the pages' forms do, to one onboarding and to many, and what is said when something is in the way."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.operating import By, Desk, note
from shared.principal import Role
from shared.record import Attention, Cause, Stage
from tests.fakes.sales import CANNOT_CONTACT
from tests.fakes.world import World
from tests.unit.console.site import CONSOLE, Visitor, signed_in, words
from tests.unit.onboarding.steps import causes, requested, times

# ---- acts


def test_each_act_ends_at_the_onboarding_and_says_what_was_done(world: World, ann: Visitor) -> None:
    key = requested(world)
    page = f"{CONSOLE}/onboarding/{key.text}"
    said = []
    for act, form in [
        ("hold", {"reason": "new papers"}), ("release", {}), ("note", {"note": "call back"}), ("assign", {"assigned_to": "me"}),
        ("look-again", {}), ("close", {"reason": "known"}),
    ]:  # fmt: skip
        answer = ann.send(f"{page}/{act}", form, page=page)
        assert (answer.status_code, answer.location) == (303, f"{page}?done={act}")
        said.append(re.search(r'role="status">([^<]+)<', ann.get(answer.location).text)[1].strip())  # type: ignore[index]
    assert said == ["held.", "released.", "note kept.", "assigned.", "will be looked at again in a moment.", "attentions closed."]
    known = world.onboarding(key)
    assert (known.operator_note, known.assigned_to, known.held_by) == ("call back", "8a5b", "")


def test_whoever_holds_it_and_has_it_reads_you(world: World, ann: Visitor) -> None:
    key = requested(world)
    page = f"{CONSOLE}/onboarding/{key.text}"
    ann.send(f"{page}/hold", {"reason": "new papers"}, page=page)
    ann.send(f"{page}/assign", {"assigned_to": "me"}, page=page)
    text = words(ann.get(page).text)
    assert re.search(r"Held since [-0-9: ]+ by you \.", text) and "Assigned to you ." in text
    assert "Assigned you you" in text, "a line of history: what, to whom, by whom"


def test_the_history_names_who_by_object_id_and_from_where(world: World, ann: Visitor) -> None:
    key = requested(world)
    ann.headers["X-Forwarded-For"] = "198.51.100.1, 203.0.113.7:51234"
    ann.send(f"{CONSOLE}/onboarding/{key.text}/hold", {"reason": "x"}, page=f"{CONSOLE}/onboarding/{key.text}")
    (line,) = [entry for entry in world.history(key) if entry.what == "hold"]
    assert (line.who, line.request_id) == ("8a5b", "from 203.0.113.7")
    assert "Ann" not in str(world.tables.tables)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("made up, 203.0.113.7:443", "203.0.113.7"),
        ("198.51.100.1,2001:db8::7", "2001:db8::7"),
        ("[2001:DB8::7]:51234", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("203.0.113.7, the moon", ""),
        ("203.0.113.7, <b>:1", ""),
        ("203.0.113.7:1:2", ""),
    ],
)
def test_from_where_is_what_the_front_end_appended_never_what_a_caller_wrote(
    world: World, ann: Visitor, forwarded: str, address: str
) -> None:
    key = requested(world)
    ann.headers["X-Forwarded-For"] = forwarded
    page = f"{CONSOLE}/onboarding/{key.text}"
    ann.send(f"{page}/note", {"note": "x"}, page=page)
    (line,) = [entry for entry in world.history(key) if entry.what == "note"]
    assert line.request_id == (f"from {address}" if address else "")


def test_a_reason_is_needed_where_others_will_ask_for_it(world: World, ann: Visitor) -> None:
    key = requested(world)
    page = f"{CONSOLE}/onboarding/{key.text}"
    for act in ("hold", "close", "settle"):
        assert ann.send(f"{page}/{act}", {"reason": " "}, page=page).status_code == 400


def test_a_question_can_be_settled_from_its_page_by_an_administrator(world: World, ann: Visitor) -> None:
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key), CANNOT_CONTACT)
    world.settle()
    page = f"{CONSOLE}/onboarding/{key.text}"
    operator = Visitor(ann.app, signed_in(Role.OPERATOR))
    form = {"choice": "undecided-reason reject", "reason": "no answer for a month"}
    assert operator.send(f"{page}/settle", form, page=page).status_code == 403
    assert ann.send(f"{page}/settle", form, page=page).status_code == 303
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [])
    assert ann.send(f"{page}/settle", form, page=page).status_code == 409


def test_while_it_is_worked_on_an_act_says_so(world: World, ann: Visitor) -> None:
    key = requested(world)
    stored = world.correlation.load(key)
    assert stored
    from shared.record import Claim

    world.correlation.take(stored, Claim("one", world.clock(), world.clock() + timedelta(minutes=4)))
    page = f"{CONSOLE}/onboarding/{key.text}"
    answer = ann.send(f"{page}/note", {"note": "x"}, page=page)
    assert (answer.status_code, "worked on at this moment" in answer.text) == (409, True)


@pytest.mark.parametrize("act", ["nonsense", "look_again", ""])
def test_an_act_that_is_none_is_not_found(world: World, ann: Visitor, act: str) -> None:
    key = requested(world)
    page = f"{CONSOLE}/onboarding/{key.text}"
    assert ann.send(f"{page}/{act}", {}, page=page).status_code == 404


def test_one_of_several_attentions_is_closed_by_itself(world: World, ann: Visitor) -> None:
    key = requested(world)
    stored = world.correlation.load(key)
    assert stored
    both = tuple(Attention(cause, world.clock()) for cause in (Cause.NO_EMAIL, Cause.DUPLICATE_EMAIL))
    world.correlation.record(stored, replace(stored.onboarding, attentions=both), [])
    page = f"{CONSOLE}/onboarding/{key.text}"
    shown = ann.get(page).text
    assert re.findall(r'name="cause" value="([^"]+)"', shown) == ["no-email", "duplicate-email"] and "Close all" in shown
    assert ann.send(f"{page}/close", {"reason": "x", "cause": "nonsense"}, page=page).status_code == 400
    ann.send(f"{page}/close", {"reason": "a known partner", "cause": "duplicate-email"}, page=page)
    assert causes(world, key) == [Cause.NO_EMAIL]


# ---- many at once


def test_selected_rows_are_replayed_a_few_a_second(world: World, ann: Visitor) -> None:
    keys = [requested(world, email=f"a{number}@x.example") for number in range(12)]
    before = times(world, "sales.lead")
    answer = ann.send(
        f"{CONSOLE}/list/progress", {"key": [key.text for key in keys], "act": "look-again"}, page=f"{CONSOLE}/list/progress"
    )
    assert "done=look-again&count=12&missed=0" in answer.location
    delays = sorted(message.visible_after for sent in world.fake_queues.messages.values() for message in sent)
    assert delays == [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3]
    world.settle()
    assert times(world, "sales.lead") - before == 12


def test_all_that_a_filter_shows_can_be_closed_with_a_reason(world: World, ann: Visitor) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    keys = [requested(world, legal_entity=entity) for entity in ("usmf", "usmf", "demf")]
    page = f"{CONSOLE}/list/attention?legal_entity=usmf"
    answer = ann.send(page, {"which": "all", "act": "close", "reason": "known partners"}, page=page)
    assert "legal_entity=usmf" in answer.location and "count=2" in answer.location
    assert [len(world.onboarding(key).attentions) for key in keys][:2] == [0, 0]


def test_all_of_a_list_that_an_id_narrows_is_that_one(world: World, ann: Visitor) -> None:
    keys = [requested(world, email=f"a{number}@x.example") for number in range(2)]
    page = f"{CONSOLE}/list/all?text={keys[0].prospect_id}"
    ann.send(page, {"which": "all", "act": "note", "note": "x"}, page=f"{CONSOLE}/list/all")
    assert [world.onboarding(key).operator_note for key in keys] == ["x", ""]


def test_what_does_not_fit_into_one_bulk_request_is_offered_as_the_next(
    world: World, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.console_posts.MOST_AT_ONCE", 3)
    keys = []
    for number in range(5):
        keys.append(requested(world, email=f"a{number}@x.example"))
        world.clock.forward(seconds=1)
    page = f"{CONSOLE}/list/progress"
    form = {"which": "all", "act": "assign", "assigned_to": "77aa"}
    first = ann.send(page, form, page=page)
    shown = ann.get(first.location).text
    rest = re.search(r'name="rest" value="([^"]+)"', shown)
    assert rest and "go on with the rest of the list" in shown
    assert [world.onboarding(key).assigned_to for key in keys] == ["77aa"] * 3 + [""] * 2
    second = ann.send(page, {**form, "rest": rest[1]}, page=page)
    assert "count=2" in second.location and second.location.endswith("rest=")
    assert [world.onboarding(key).assigned_to for key in keys] == ["77aa"] * 5


def test_one_of_many_that_cannot_be_done_now_does_not_stop_the_others(world: World, ann: Visitor) -> None:
    keys = [requested(world, email=f"a{number}@x.example") for number in range(2)]
    form = {"key": [keys[0].text, "usmf.P-999999", keys[1].text], "act": "note", "note": "x"}
    answer = ann.send(f"{CONSOLE}/list/progress", form, page=f"{CONSOLE}/list/progress")
    assert "count=2&missed=1" in answer.location
    assert [world.onboarding(key).operator_note for key in keys] == ["x", "x"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"act": "note", "note": " "}, "Write a note."),
        ({"act": "assign", "assigned_to": ""}, "Say to whom."),
        ({"act": "hold", "reason": ""}, "Say why: a reason is needed."),
        ({"act": "close"}, "Say why: a reason is needed."),
        ({"act": "hold", "reason": "papers", "key": []}, "Nothing was selected."),
    ],
    ids=str,
)
def test_where_something_is_missing_the_list_comes_back_with_what_was_chosen(
    world: World, ann: Visitor, form: dict[str, object], said: str
) -> None:
    keys = [requested(world, email=f"a{number}@x.example") for number in range(2)]
    for key in keys:
        note(Desk(world.correlation, world.queues, world.clock), key, By("77aa"), "call back")
    page = f"{CONSOLE}/list/progress?stage=in_review"
    answer = ann.send(page, {"key": keys[1].text, **form}, page=page)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert f'<option value="{form["act"]}" selected>' in answer.text and f'value="{form.get("reason", "")}"' in answer.text
    chosen = re.findall(r'value="([^"]+)" checked aria-label', answer.text)
    assert chosen == ([] if form.get("key") == [] else [keys[1].text])
    assert [(world.onboarding(key).operator_note, world.onboarding(key).held_by) for key in keys] == [("call back", "")] * 2


def test_notes_and_assignments_are_taken_away_by_acts_of_their_own(world: World, ann: Visitor) -> None:
    key, page = requested(world), f"{CONSOLE}/list/progress"
    for form in ({"act": "note", "note": "x"}, {"act": "assign", "assigned_to": "me"}):
        ann.send(page, {"key": key.text, **form}, page=page)
    for act in ("remove-note", "unassign"):
        assert "count=1" in ann.send(page, {"key": key.text, "act": act}, page=page).location
    assert (world.onboarding(key).operator_note, world.onboarding(key).assigned_to) == ("", "")


@pytest.mark.parametrize(
    ("said", "words_"),
    [
        ("done=hold&count=1&missed=0", "1 onboarding: held."),
        ("done=hold&count=2&missed=1", "2 onboardings: held. One could not be done now: it is being worked on"),
        ("done=hold&count=0&missed=3", "3 could not be done now: they are being worked on"),
        ("done=hold&count=0&missed=0", "This part of the list had nothing to do it with."),
    ],
)
def test_what_was_done_is_said_in_the_right_number(ann: Visitor, said: str, words_: str) -> None:
    page = ann.get(f"{CONSOLE}/list/progress?{said}").text
    assert words_ in words(page)
    assert ('class="done"' in page) == ("count=0" not in said)


# ---- trouble


def test_while_storage_does_not_answer_a_page_says_so(world: World, ann: Visitor) -> None:
    world.calls.fail_next("tables.get_entity", _no_storage())
    answer = ann.get(CONSOLE)
    assert (answer.status_code, "storage account does not answer" in answer.text) == (503, True)


def test_a_defect_is_a_page_and_a_line_in_the_log_without_what_was_asked(
    world: World, ann: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    world.calls.fail_next("tables.get_entity", ZeroDivisionError("boom"))
    answer = ann.get(CONSOLE)
    assert (answer.status_code, "boom" in answer.text) == (500, False)
    assert "ZeroDivisionError" in caplog.text


def _no_storage() -> Exception:
    from azure.core.exceptions import ServiceRequestError

    return ServiceRequestError("no route")
