"""The timers: they find what no event told, enqueue it, and leave alone what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from azure.core.exceptions import ServiceRequestError

from shared.errors import System, Transient
from shared.following import OVERLAP
from shared.models import EventType, Hint, ProspectKey
from shared.operating import By, Desk, close
from shared.polling import PREFLIGHT_TOGETHER
from shared.record import Cause, Stage
from tests.fakes.world import Crashed, World
from tests.unit.onboarding.steps import causes, disqualified, qualified, requested, times, unavailable, won

FOUND_NOTHING = dict.fromkeys(("announced", "no_longer_pending", "leads", "opportunities", "differing", "unfinished"), 0)


def sent(world: World) -> list[Hint]:
    """The hints in the queues, oldest first; they stay there."""
    return [Hint.model_validate_json(message.text) for messages in world.fake_queues.messages.values() for message in messages]


# ---- prospects that nobody announced


def test_pending_prospects_without_an_onboarding_are_announced_with_what_was_checked() -> None:
    world = World()
    world.commerce.add_customer("C-1", "bo@contoso.example")
    fine, used = world.commerce.submit(), world.commerce.submit("bo@contoso.example")
    assert world.reconcile() == FOUND_NOTHING | {"announced": 2}
    hints = {hint.key: hint for hint in sent(world)}
    assert {hint.type for hint in hints.values()} == {EventType.PROSPECT_CREATED}
    assert {hint.state for hint in hints.values()} == {"Pending"}
    checked = {key: hint.preflight.findings for key, hint in hints.items() if hint.preflight}
    assert checked == {fine.text: (), used.text: (Cause.DUPLICATE_EMAIL,)}


def test_two_pending_requests_with_one_address_are_found_by_the_poll() -> None:
    world = World()
    world.commerce.submit()
    world.commerce.submit()
    world.reconcile()
    assert [hint.preflight.findings for hint in sent(world) if hint.preflight] == [(Cause.DUPLICATE_REQUEST,)] * 2


def test_new_prospects_are_checked_together_and_one_page_after_the_other() -> None:
    world = World()
    count = PREFLIGHT_TOGETHER * 2 + 1
    for n in range(count):
        world.commerce.submit(f"jo{n}@contoso.example")
    assert world.reconcile()["announced"] == count
    assert times(world, "commerce.check") == 3
    assert times(world, "commerce.pending") == 1


def test_what_is_known_and_open_is_left_alone() -> None:
    world = World()
    world.reconcile()
    for n in range(5):
        requested(world, email=f"jo{n}@contoso.example")
    world.clock.forward(hours=1)
    assert world.reconcile()["announced"] == 0
    world.deliver_all()
    world.clock.forward(minutes=5)
    world.calls.clear()
    assert world.reconcile() == FOUND_NOTHING
    assert (times(world, "commerce.check"), sent(world)) == (0, [])


@pytest.mark.parametrize("closed", [won, disqualified], ids=["approved", "rejected"])
def test_what_is_closed_costs_the_poll_nothing(closed: object) -> None:
    world = World()
    for n in range(5):
        closed(world, email=f"jo{n}@contoso.example")  # type: ignore[operator]
    few = calls_of_a_quiet_poll(world)
    for n in range(5, 15):
        closed(world, email=f"jo{n}@contoso.example")  # type: ignore[operator]
    assert calls_of_a_quiet_poll(world) == few


def calls_of_a_quiet_poll(world: World) -> list[str]:
    """After all that happened has been polled."""
    for _ in range(2):
        world.clock.forward(hours=1)
        world.calls.clear()
        world.reconcile()
        names = list(world.calls.names())
        world.deliver_all()
    return names


def test_prospects_out_of_scope_are_not_announced() -> None:
    world = World(legal_entities=("demf",))
    world.commerce.submit()
    assert world.reconcile()["announced"] == 0


def test_a_decided_prospect_that_is_pending_again_is_announced_until_that_is_on_record() -> None:
    world = World()
    key = won(world)
    world.reconcile()
    world.settle()
    world.commerce.set_status(key, "Pending")
    assert world.reconcile()["announced"] == 1
    world.settle()
    assert causes(world, key) == [Cause.STATUS_RESET]
    assert world.reconcile()["announced"] == 0


def test_one_whose_lead_is_gone_and_whose_attention_an_operator_closed_is_not_announced_again_either() -> None:
    world = World()
    key = won(world)
    world.reconcile()
    world.sales.delete_lead(world.sales.lead_of(key))
    world.commerce.set_status(key, "Pending")
    world.reconcile()
    world.settle()
    assert causes(world, key) == [Cause.STATUS_RESET]
    close(Desk(world.correlation, world.queues, world.clock), key, By("ann"), "known")
    assert world.reconcile()["announced"] == 0


def test_one_that_was_no_b2b_prospect_for_a_while_is_announced_when_it_is_one_again() -> None:
    world = World()
    key = won(world)
    world.reconcile()
    world.commerce.edit(key, is_b2b=False)
    world.commerce.set_status(key, "Pending")
    world.announce(key)
    world.settle()
    assert (world.onboarding(key).stage, world.onboarding(key).excluded_because) == (Stage.EXCLUDED, "not-b2b")
    world.commerce.edit(key, is_b2b=True)
    assert world.reconcile()["announced"] == 1


def test_an_onboarding_that_a_person_left_out_is_not_announced_again() -> None:
    world = World()
    key = world.commerce.submit(is_b2b=False)
    world.announce(key)
    world.settle()
    row = world.tables.tables["Onboardings"][key.legal_entity, f"o~{key.prospect_id}"]
    row[0]["excluded_because"] = "before-go-live"
    world.commerce.edit(key, is_b2b=True)
    assert world.reconcile()["announced"] == 0


# ---- open onboardings that are no longer pending


@pytest.mark.parametrize("decide", ["clerk_approves", "clerk_rejects", "delete"])
def test_an_open_onboarding_that_is_no_longer_pending_is_looked_at(decide: str) -> None:
    world = World()
    key = requested(world)
    getattr(world.commerce, decide)(key)
    assert world.reconcile()["no_longer_pending"] == 1
    [hint] = sent(world)
    assert (hint.key, hint.state) == (key.text, None)
    world.settle()
    assert world.onboarding(key).stage not in (Stage.REQUESTED, Stage.IN_REVIEW)


def test_a_status_that_nobody_knows_is_looked_at_when_it_is_due_and_not_in_every_poll() -> None:
    world = World()
    key = requested(world)
    world.commerce.set_status(key, "Unknown")
    assert world.reconcile()["no_longer_pending"] == 1
    world.deliver_all()
    assert causes(world, key) == [Cause.UNKNOWN_STATUS]
    world.clock.forward(minutes=5)
    assert world.reconcile()["no_longer_pending"] == 0
    world.clock.forward(hours=1)
    assert world.tick_due() == 1


def test_an_onboarding_that_was_decided_between_the_two_lists_is_left_alone() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)

    def decided_meanwhile(name: str, _: object) -> None:
        if name == "commerce.pending":
            world.calls.before_call = lambda *_: None
            world.deliver_all()

    world.calls.before_call = decided_meanwhile
    assert world.reconcile()["no_longer_pending"] == 0
    assert world.mails(key) == ["approved"]


def test_an_onboarding_that_is_worked_on_now_is_left_alone() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    found = []

    def while_working(name: str, _: object) -> None:
        if name == "sales.write_note":
            world.calls.after_call = lambda *_: None
            found.append(world.reconcile()["no_longer_pending"])

    world.calls.after_call = while_working
    world.settle()
    assert (found, world.mails(key)) == ([0], ["approved"])


# ---- Sales


def test_the_first_run_only_remembers_from_where_to_read() -> None:
    world = World()
    requested(world)
    assert world.reconcile()["leads"] == 0
    assert times(world, "sales.changed_leads") == 0
    assert world.reconciler.watch.watermark("sales") == world.clock() - OVERLAP


def test_the_watermark_is_the_newest_change_that_was_seen() -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=30)
    _, opportunity = qualified(world)
    changed_at = world.clock()
    world.sales.win(opportunity)
    world.lose_events()
    world.clock.forward(minutes=5)
    assert (world.reconcile()["opportunities"], world.reconciler.watch.watermark("sales")) == (1, changed_at)


def test_a_change_that_becomes_visible_late_lies_within_the_overlap() -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=30)
    late = requested(world)
    changed_at = world.clock()
    world.clock.forward(minutes=1)
    requested(world, email="b@contoso.example")
    world.reconcile()
    lead = world.sales.lead_of(late)
    world.sales.qualify(lead)
    lead.modified_on = changed_at  # its transaction began before the newest that was seen, and ended after it
    world.lose_events()
    world.clock.forward(minutes=1)
    found = world.reconcile()
    assert (found["leads"], found["differing"]) == (1, 1)


def test_what_is_on_record_already_is_not_enqueued_however_often_it_is_read() -> None:
    world = World()
    world.reconcile()
    qualified(world)
    for _ in range(3):
        world.clock.forward(minutes=1)
        assert world.reconcile() == FOUND_NOTHING
    assert sent(world) == []


@pytest.mark.parametrize("change", ["qualify", "disqualify"])
def test_a_lead_whose_events_were_lost_is_found(change: str) -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=5)
    key = requested(world)
    getattr(world.sales, change)(world.sales.lead_of(key))
    world.lose_events()
    world.clock.forward(minutes=5)
    world.reconcile()
    world.settle()
    assert world.onboarding(key).stage is (Stage.QUALIFIED if change == "qualify" else Stage.REJECTED)


def test_a_change_that_becomes_visible_after_a_newer_one_is_still_found() -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=30)
    slow, quick = requested(world), requested(world, email="bo@contoso.example")
    world.sales.disqualify(world.sales.lead_of(slow))
    late = world.sales.records.leads.pop(world.onboarding(slow).lead_id)  # its transaction has not ended yet
    world.clock.forward(minutes=1)
    world.sales.edit(world.sales.lead_of(quick))
    world.reconcile()
    world.sales.records.leads[late.id] = late
    world.lose_events()
    world.clock.forward(minutes=5)
    world.reconcile()
    world.settle()
    assert world.onboarding(slow).stage is Stage.REJECTED


def test_a_change_after_the_runs_beginning_is_found_though_the_onboarding_was_looked_at_in_between() -> None:
    world = World()
    world.reconcile()
    key = won(world)
    world.clock.forward(minutes=30)
    world.reconcile()
    world.deliver_all()

    def meanwhile(name: str, _: object) -> None:
        if name == "sales.changed_opportunities":
            world.calls.heal()
            world.clock.forward(minutes=1)
            world.send(Hint(type=EventType.LEAD_QUALIFIED, key=key.text, source="console", first_seen=world.clock()))
            world.deliver_all()
            world.clock.forward(seconds=1)
            world.sales.reopen(next(iter(world.sales.records.opportunities.values())))
            world.lose_events()

    world.calls.before_call = meanwhile
    assert world.reconcile()["opportunities"] == 1
    world.deliver_all()
    assert causes(world, key) == [Cause.REOPENED_AFTER_DECISION]


def test_a_row_that_is_dated_ahead_does_not_hide_what_changes_until_then() -> None:
    world = World()
    world.reconcile()
    key, migrated = won(world), requested(world, email="bo@contoso.example")
    world.clock.forward(minutes=30)
    world.sales.lead_of(migrated).modified_on = world.clock() + timedelta(days=30)
    world.reconcile()
    world.deliver_all()
    assert (world.reconciler.watch.watermark("sales") or world.clock()) <= world.clock()
    world.clock.forward(hours=1)
    world.sales.reopen(next(iter(world.sales.records.opportunities.values())))
    world.lose_events()
    world.clock.forward(minutes=5)
    world.reconcile()
    world.deliver_all()
    assert causes(world, key) == [Cause.REOPENED_AFTER_DECISION]


def test_leads_and_opportunities_that_are_not_ours_are_left_alone() -> None:
    world = World()
    world.reconcile()
    world.clock.forward(minutes=5)
    world.sales.qualify(world.sales.new_lead(lastname="Somebody"))
    found = world.reconcile()
    assert (found["leads"], found["opportunities"]) == (0, 0)


def test_the_watermark_stays_where_it_was_when_a_change_could_not_be_enqueued() -> None:
    world = World()
    world.reconcile()
    before = world.reconciler.watch.watermark("sales")
    world.clock.forward(minutes=30)
    world.sales.qualify(world.sales.lead_of(requested(world)))
    world.lose_events()
    world.calls.fail_next("sales.changed_opportunities", unavailable(System.SALES))
    assert world.reconcile()["unfinished"] == 1
    assert world.reconciler.watch.watermark("sales") == before
    assert world.reconcile()["leads"] == 1


# ---- leases


@pytest.mark.parametrize(("name", "run"), [("reconcile", "reconcile"), ("due", "tick_due")])
def test_a_run_does_nothing_while_another_one_holds_the_lease(name: str, run: str) -> None:
    world = World()
    world.commerce.submit()
    watch = world.reconciler.watch
    assert watch.lease(name, "another run", 300, world.clock())
    world.calls.clear()
    assert not getattr(world, run)()
    assert set(world.calls.names()) == {"tables.get_entity"}
    world.clock.forward(minutes=5)
    getattr(world, run)()
    assert len(world.calls.names()) > 2


def test_a_lease_is_given_back_after_a_failure_too() -> None:
    world = World()
    world.commerce.submit()
    world.calls.fail_next("commerce.pending", unavailable())
    assert world.reconcile()["unfinished"] == 1
    assert world.reconcile()["announced"] == 1


def test_a_lease_of_what_is_due_is_given_back_after_a_failure_too() -> None:
    world = World()
    world.sales.disqualify(world.sales.lead_of(requested(world)))
    world.deliver_all()
    world.clock.forward(minutes=15)
    world.calls.fail_next("tables.query_entities", ServiceRequestError("no connection"))
    with pytest.raises(Transient):
        world.tick_due()
    assert world.tick_due() == 1


def test_a_run_that_died_keeps_others_out_only_for_a_while() -> None:
    world = World()
    world.commerce.submit()

    def dies(name: str, _: object) -> None:
        if name == "commerce.pending" or "commerce.pending" in world.calls.names():
            raise Crashed

    world.calls.before_call = dies
    with pytest.raises(Crashed):
        world.reconcile()
    world.calls.before_call = lambda *_: None
    world.calls.clear()
    assert world.reconcile() == {}
    world.clock.forward(minutes=5)
    assert world.reconcile()["announced"] == 1


# ---- what is due


def test_what_is_due_is_enqueued_and_nothing_else() -> None:
    world = World()
    waiting = disqualified_now(world, "a@contoso.example")
    world.clock.forward(minutes=5)
    disqualified_now(world, "b@contoso.example")
    assert world.tick_due() == 0
    world.clock.forward(minutes=10)
    assert world.tick_due() == 1
    [hint] = sent(world)
    assert (hint.key, hint.type, hint.source, hint.state) == (waiting.text, EventType.LEAD_DISQUALIFIED, "due", None)


def disqualified_now(world: World, email: str) -> ProspectKey:
    key = requested(world, email=email)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    return key


def test_dead_claims_are_due_when_they_end() -> None:
    world = World()
    key = world.commerce.submit()
    world.announce(key)
    world.calls.fail_next("commerce.prospect", Crashed())
    world.deliver_all()
    assert world.tick_due() == 0
    world.clock.forward(minutes=4)
    assert world.tick_due() == 1


def test_what_is_due_in_a_legal_entity_out_of_scope_waits() -> None:
    world = World(legal_entities=("demf",))
    requested(world)
    world.clock.forward(timedelta(days=1))
    assert world.tick_due() == 0


def test_a_due_hint_that_comes_twice_is_worked_on_once() -> None:
    world = World()
    key = disqualified_now(world, "a@contoso.example")
    world.clock.forward(minutes=15)
    assert (world.tick_due(), world.tick_due()) == (1, 1)
    outcomes = [done.outcome.what for done in world.deliver_all() if done.outcome]
    assert (outcomes, world.mails(key)) == (["rejected", "nothing-newer"], ["rejected"])
