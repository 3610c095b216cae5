"""Each event function by a message in its queue: what both systems and the table show afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.models import EventType, Hint, ProspectKey
from shared.record import Onboarding, Stage
from shared.storage import LINKS
from tests.integration.app.scene import Scene, applicant
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration

MAIL = {"approve": "B2B prospect approved", "reject": "B2B prospect rejected"}


# ---- what each function does


def test_prospect_created_makes_the_lead_with_its_note(working: Scene) -> None:
    who = applicant()
    key = working.apply(who)
    working.tell(EventType.PROSPECT_CREATED, key=key.text)
    known = reached(working, key, Stage.IN_REVIEW)
    assert (known.lead_id, known.lead_state, known.prospect_status) == (working.lead(key), "open", "Pending")
    assert (known.organization_name, known.attentions, known.claim, known.due) == (who.company, (), None, None)
    assert [note["subject"] for note in working.desk.notes(known.lead_id)] == ["Request from the B2B site"]
    assert working.status(key) == "Pending"
    assert working.store.linked("lead", known.lead_id) == key


def test_lead_qualified_writes_account_and_contact_back_as_customers(working: Scene) -> None:
    key = in_review(working)
    working.desk.qualify(working.lead(key))
    working.tell(EventType.LEAD_QUALIFIED, lead_id=working.lead(key), state="qualified")
    known = reached(working, key, Stage.QUALIFIED)
    customers = working.customers(key)
    assert set(customers) == {"Organization", "Person"}
    assert customers["Person"]["InvoiceAccount"] == known.organization_account == customers["Organization"]["CustomerAccount"]
    assert set(known.accounts_made) == {known.organization_account, known.person_account}
    assert list(known.opportunities.items()) == [(working.desk.opportunities(working.lead(key))[0], "open")]
    assert (working.status(key), mails(working, key)) == ("Pending", [])


def test_opportunity_closed_approves_when_it_was_won(working: Scene) -> None:
    key, opportunity = qualified(working)
    working.desk.win(opportunity)
    working.tell(EventType.OPPORTUNITY_CLOSED, opportunity_id=opportunity, state="won")
    known = reached(working, key, Stage.APPROVED)
    assert (working.status(key), mails(working, key)) == ("Approved", [MAIL["approve"]])
    assert known.hierarchy_id
    assert known.completed_at
    assert known.attentions == ()
    assert working.desk.notes(opportunity) != []


def test_opportunity_closed_rejects_when_it_was_lost_and_holds_the_customers(working: Scene) -> None:
    key, opportunity = qualified(working)
    working.desk.lose(opportunity)
    working.tell(EventType.OPPORTUNITY_CLOSED, opportunity_id=opportunity, state="lost")
    reached(working, key, Stage.REJECTED)
    assert (working.status(key), mails(working, key)) == ("Rejected", [MAIL["reject"]])
    assert {customer["OnHoldStatus"] for customer in working.customers(key).values()} == {"All"}


def test_lead_disqualified_rejects(working: Scene) -> None:
    key = in_review(working)
    working.desk.disqualify(working.lead(key))
    working.tell(EventType.LEAD_DISQUALIFIED, lead_id=working.lead(key), state="disqualified")
    reached(working, key, Stage.REJECTED)
    assert (working.status(key), mails(working, key)) == ("Rejected", [MAIL["reject"]])
    assert working.customers(key) == {}


# ---- what changes nothing


def test_a_message_that_comes_again_changes_nothing_and_asks_nobody(working: Scene) -> None:
    key = in_review(working)
    before, asked = working.row(key), requests_for(working, key)
    for _ in range(2):
        handled(working, "prospect_created", lambda: working.tell(EventType.PROSPECT_CREATED, key=key.text, state="Pending"))
    assert (working.row(key), requests_for(working, key)) == (before, asked)


def test_messages_at_the_same_time_make_one_lead(working: Scene) -> None:
    key, before = working.apply(applicant()), working.invocations("prospect_created")["ok"]
    for _ in range(4):
        working.tell(EventType.PROSPECT_CREATED, key=key.text, state="Pending")
    known = reached(working, key, Stage.IN_REVIEW)
    eventually(lambda: working.invocations("prospect_created")["ok"] == before + 4)
    assert len(working.desk.notes(known.lead_id)) == 1
    assert working.row(key).onboarding.commerce_requests <= 4
    working.raw_queue("prospect-created").clear_messages()  # those that met the claim would come back after 15 s


def test_an_event_of_a_lead_that_is_not_ours_is_remembered_as_such_and_asks_only_once(working: Scene) -> None:
    stranger = "11111111-2222-4333-8444-555555555555"
    asked = working.desk.request_counts()["total"]
    for _ in range(2):
        handled(working, "lead_qualified", lambda: working.tell(EventType.LEAD_QUALIFIED, lead_id=stranger, state="qualified"))
    assert working.desk.request_counts()["total"] == asked + 1
    assert [row["RowKey"] for row in working.rows(LINKS) if "stranger_until" in row] == [stranger]


@pytest.mark.parametrize("body", ["hello", '{"type": "no-such-event"}', '{"type": "lead-qualified", "key": "no key"}'])
def test_a_message_that_is_no_hint_is_kept_as_a_dead_letter_and_is_done_with(working: Scene, body: str) -> None:
    known = {letter.id for letter in working.dead_letters.listed().items}
    handled(working, "lead_qualified", lambda: working.queues.send_text("lead-qualified", body))
    [letter] = [letter for letter in working.dead_letters.listed().items if letter.id not in known]
    assert (letter.source, working.dead_letters.body(letter.id)) == ("queue", body.encode())
    assert working.waiting() == {}


def test_a_hint_of_a_newer_version_is_still_understood(working: Scene) -> None:
    key = working.apply(applicant())
    hint = Hint(type=EventType.PROSPECT_CREATED, key=key.text, first_seen=datetime.now(UTC)).model_dump_json()
    working.queues.send_text("prospect-created", hint[:-1] + ', "what_came_later": 1}')
    reached(working, key, Stage.IN_REVIEW)


def test_a_hint_that_is_late_by_a_week_finds_the_present(working: Scene) -> None:
    key, opportunity = qualified(working)
    working.desk.win(opportunity)
    late = {"occurred_at": datetime.now(UTC) - timedelta(days=7), "state": "open"}
    working.tell(EventType.LEAD_DISQUALIFIED, lead_id=working.lead(key), **late)
    reached(working, key, Stage.APPROVED)


# ---- steps


def in_review(scene: Scene) -> ProspectKey:
    key = scene.apply(applicant())
    scene.tell(EventType.PROSPECT_CREATED, key=key.text)
    reached(scene, key, Stage.IN_REVIEW)
    return key


def qualified(scene: Scene) -> tuple[ProspectKey, str]:
    key = in_review(scene)
    lead = scene.lead(key)
    scene.desk.qualify(lead)
    scene.tell(EventType.LEAD_QUALIFIED, lead_id=lead, state="qualified")
    reached(scene, key, Stage.QUALIFIED)
    return key, scene.desk.opportunities(lead)[0]


def reached(scene: Scene, key: ProspectKey, stage: Stage) -> Onboarding:
    """The row, once it rests in that stage."""

    def at_rest() -> Onboarding | None:
        stored = scene.store.load(key)
        known = stored.onboarding if stored else None
        return known if known and known.stage is stage and known.claim is None else None

    found = eventually(at_rest)
    assert found is not None
    return found


def handled(scene: Scene, function: str, send: Callable[[], None]) -> None:
    """Send something and wait until the function was done with it, at the first attempt."""
    before = scene.invocations(function)
    send()
    eventually(lambda: scene.invocations(function) == {**before, "ok": before["ok"] + 1})
    eventually(lambda: scene.waiting() == {})


def mails(scene: Scene, key: ProspectKey) -> list[str]:
    outbox = scene.office.state()["outbox"]
    return [m["notification"] for m in outbox if ProspectKey.of(m["legal_entity"], m["prospect"]) == key]


def requests_for(scene: Scene, key: ProspectKey) -> list[int]:
    """What both systems counted for this onboarding."""
    correlation = scene.row(key).onboarding.correlation_id
    return [system.request_counts()["by_correlation"].get(correlation, 0) for system in (scene.desk, scene.office)]
