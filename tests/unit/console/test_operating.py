"""What operators do, through the same claim, record and convergence as everything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import ClaimHeld, Missing, System
from shared.models import ProspectKey, ProspectStatus
from shared.operating import By, Desk, assign, close, hold, look_again, note, release, settle
from shared.record import Cause, Claim, Stage
from tests.fakes.sales import CANNOT_CONTACT
from tests.fakes.world import World
from tests.unit.onboarding.steps import causes, qualified, refused, requested, times, unavailable, won

ANN = By("8a5b", "203.0.113.7")


@pytest.fixture
def world() -> World:
    return World()


def desk(world: World) -> Desk:
    return Desk(world.correlation, world.queues, world.clock)


def lines(world: World, key: ProspectKey, what: str) -> list[tuple[str, str, str]]:
    """Detail, from where and who of the lines of that kind."""
    return [(entry.detail, entry.request_id, entry.who) for entry in world.history(key) if entry.what == what]


def hours_pass(world: World, hours: int) -> None:
    """What is due in them is done."""
    for _ in range(hours):
        world.clock.forward(hours=1)
        world.settle()


def contradicted(world: World) -> ProspectKey:
    """Approved by a clerk, disqualified by a seller."""
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.commerce.clerk_approves(key)
    world.settle()
    assert causes(world, key) == [Cause.CONTRADICTION]
    return key


# ---- look again


def test_looking_again_converges_by_what_both_systems_show_now(world: World) -> None:
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.lose_events()
    look_again(desk(world), key, ANN)
    world.deliver_all()
    assert world.onboarding(key).stage is Stage.QUALIFIED
    assert [detail for detail, _, _ in lines(world, key, "hint")][-1] == "console"


def test_looking_again_is_asked_for_and_written_down_also_while_an_invocation_works_on_it(world: World) -> None:
    key = requested(world)
    stored = world.correlation.load(key)
    assert stored
    taken = world.correlation.take(stored, Claim("one", world.clock(), world.clock() + timedelta(minutes=4)))
    look_again(desk(world), key, ANN)
    assert lines(world, key, "look-again") == [("", "from 203.0.113.7", "8a5b")]
    world.correlation.record(taken, taken.onboarding, ())
    assert len(world.visible()) == 1


def test_what_is_not_there_is_told(world: World) -> None:
    for act in (look_again, lambda *found: note(*found, "x")):
        with pytest.raises(Missing):
            act(desk(world), ProspectKey.of("usmf", "P-1"), ANN)


# ---- who, when, from where


def test_every_act_is_in_the_history_with_who_when_and_from_where(world: World) -> None:
    key = contradicted(world)
    world.clock.forward(minutes=3)
    hold(desk(world), key, ANN, "asking head office")
    release(desk(world), key, ANN)
    note(desk(world), key, ANN, "call  back\nin May")
    assign(desk(world), key, ANN, "77aa")
    settle(desk(world), key, ANN, Cause.CONTRADICTION, "commerce", "agreed by phone")
    close(desk(world), key, ANN, "nothing to do")
    look_again(desk(world), key, ANN)
    who = ("from 203.0.113.7", "8a5b")
    assert lines(world, key, "hold") == [("asking head office", *who)]
    assert lines(world, key, "release") == [("", *who)]
    assert lines(world, key, "note") == [("call back in May", *who)]
    assert lines(world, key, "assign") == [("77aa", *who)]
    assert lines(world, key, "settle") == [("contradiction: commerce; agreed by phone", *who)]
    assert lines(world, key, "close") == [("nothing to do", *who)]
    assert lines(world, key, "look-again") == [("", *who)]
    assert {entry.at for entry in world.history(key) if entry.who} == {world.clock()}


def test_while_an_invocation_works_on_it_an_operator_waits(world: World) -> None:
    key = requested(world)
    stored = world.correlation.load(key)
    assert stored
    world.correlation.take(stored, Claim("one", world.clock(), world.clock() + timedelta(minutes=4)))
    with pytest.raises(ClaimHeld):
        note(desk(world), key, ANN, "x")
    assert world.onboarding(key).claim is not None


def test_an_act_on_the_row_of_a_dead_holder_keeps_the_doubt_from_the_latest_write_that_may_have_been_sent(world: World) -> None:
    key = requested(world)
    stored, at = world.correlation.load(key), world.clock()
    assert stored
    claim = Claim("the dead", at, at + timedelta(minutes=4))
    world.correlation.take(stored, claim)
    world.clock.forward(minutes=5)
    note(desk(world), key, ANN, "x")
    assert world.onboarding(key).in_doubt_since == world.bridge.timing.latest_write(claim) > at


def test_note_and_assignment_change_nothing_else(world: World) -> None:
    key = requested(world)
    before = world.onboarding(key)
    note(desk(world), key, ANN, "a" * 900)
    assign(desk(world), key, ANN, "77aa")
    assert world.onboarding(key) == replace(before, operator_note="a" * 500, assigned_to="77aa")
    note(desk(world), key, ANN, " ")
    assign(desk(world), key, ANN, "")
    assert world.onboarding(key) == before


# ---- hold


def test_while_it_is_held_nothing_is_written_and_both_are_read(world: World) -> None:
    key, opportunity = qualified(world)
    hold(desk(world), key, ANN, "wait")
    writes = len(world.calls.names())
    world.sales.win(opportunity)
    hours_pass(world, 5)
    made = set(world.calls.names()[writes:])
    assert not made & {"commerce.write_decision", "commerce.create_customers", "sales.create_lead", "sales.write_note"}
    known = world.onboarding(key)
    assert (known.stage, known.opportunities, world.mails(key)) == (Stage.QUALIFIED, {opportunity.id: "won"}, [])
    assert known.due and known.due > world.clock()


def test_a_held_request_gets_its_lead_when_it_is_released(world: World) -> None:
    key = world.commerce.submit()
    world.commerce.set_status(key, "Pending")
    world.announce(key)
    world.deliver_all()
    lead = world.sales.lead_of(key)
    world.sales.delete_lead(lead)
    world.settle()
    hold(desk(world), key, ANN, "wait")
    settle(desk(world), key, ANN, Cause.LEAD_DELETED, "again", "asked for")
    world.settle()
    assert times(world, "sales.create_lead") == 1
    release(desk(world), key, ANN)
    world.settle()
    assert (times(world, "sales.create_lead"), world.onboarding(key).stage) == (2, Stage.IN_REVIEW)


def test_a_lead_that_is_made_again_has_times_and_notes_of_its_own(world: World) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    key = requested(world)
    for times_told in (1, 2):
        world.clock.forward(hours=5)
        opportunity = world.sales.qualify(world.sales.lead_of(key))
        assert opportunity
        world.sales.win(opportunity)
        world.deliver_all()
        known = world.onboarding(key)
        assert (known.qualified_at, known.sales_changed_at) == (world.clock(), world.clock())
        assert world.notes().count("Approval is blocked") == times_told
        if times_told == 1:
            world.sales.delete_lead(world.sales.lead_of(key))
            world.deliver_all()
            settle(desk(world), key, ANN, Cause.LEAD_DELETED, "again", "asked for")
            world.deliver_all()
            assert (world.onboarding(key).qualified_at, world.onboarding(key).lead_created_at) == (None, world.clock())


def test_a_release_lets_it_go_on_at_once(world: World) -> None:
    key, opportunity = qualified(world)
    hold(desk(world), key, ANN, "wait")
    world.sales.win(opportunity)
    hours_pass(world, 2)
    release(desk(world), key, ANN)
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_what_is_held_is_looked_at_hourly_not_every_minute(world: World) -> None:
    key, opportunity = qualified(world)
    hold(desk(world), key, ANN, "wait")
    world.sales.win(opportunity)
    world.settle()
    looked = times(world, "sales.lead")
    world.clock.forward(minutes=59)
    world.settle(within=timedelta(0))
    assert times(world, "sales.lead") == looked
    world.clock.forward(minutes=1)
    world.settle()
    assert times(world, "sales.lead") == looked + 1


def test_looks_that_found_nothing_new_are_counted_and_are_no_lines_of_the_history(world: World) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    key = requested(world)
    before = world.history(key)
    hours_pass(world, 48)
    known = world.onboarding(key)
    assert (world.history(key), known.quiet_looks, known.observed_at) == (before, 48, world.clock())
    look_again(desk(world), key, ANN)
    world.settle()
    assert [entry.what for entry in world.history(key)[len(before) :]] == ["look-again", "hint"]
    assert world.onboarding(key).quiet_looks == 0


def test_the_first_look_after_a_failure_is_a_line_though_it_found_nothing_new(world: World) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    key = requested(world)
    world.clock.forward(hours=1)
    world.calls.fail_next("sales.lead", unavailable())
    hours_pass(world, 1)
    assert [entry.what for entry in world.history(key)][-3:] == ["hint", "failed", "hint"]


def test_the_time_of_a_hold_is_on_record_so_that_it_is_nobodys(world: World) -> None:
    key, opportunity = qualified(world)
    assert world.onboarding(key).blocked_at is None
    hold(desk(world), key, ANN, "wait")
    world.sales.win(opportunity)
    hours_pass(world, 2)
    world.clock.forward(minutes=20)
    release(desk(world), key, ANN)
    assert world.onboarding(key).blocked_at == world.clock()


# ---- close


def test_a_closed_attention_does_not_open_again_for_the_same_cause_and_detail(world: World) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    key = requested(world)
    assert causes(world, key) == [Cause.DUPLICATE_EMAIL]
    close(desk(world), key, ANN, "known")
    look_again(desk(world), key, ANN)
    world.settle()
    assert causes(world, key) == []
    world.commerce.add_customer("US-009", email="jo@contoso.example")
    look_again(desk(world), key, ANN)
    world.settle()
    assert causes(world, key) == [Cause.DUPLICATE_EMAIL]


def test_closing_an_attention_does_not_let_a_blocked_approval_through(world: World) -> None:
    key, opportunity = qualified(world)
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    world.sales.win(opportunity)
    world.settle()
    close(desk(world), key, ANN, "known")
    hours_pass(world, 3)
    assert (world.onboarding(key).stage, world.mails(key), causes(world, key)) == (Stage.QUALIFIED, [], [])


def test_trouble_that_was_closed_and_then_passed_is_shown_when_it_comes_again(world: World) -> None:
    key, shown = requested(world), []
    for sellers_say in (world.sales.disqualify, world.sales.reactivate, world.sales.disqualify):
        sellers_say(world.sales.lead_of(key))
        world.calls.fail_next("sales.lead", refused(System.SALES))
        world.deliver_all()
        shown += causes(world, key)
        close(desk(world), key, ANN, "known")
        look_again(desk(world), key, ANN)
        world.deliver_all()
    assert shown == [Cause.REFUSED_BY_SALES] * 3


def test_trouble_that_was_closed_and_goes_on_is_not_shown_again(world: World) -> None:
    key = requested(world)

    def refuses(name: str, _: object) -> None:
        if name == "sales.lead":
            raise refused(System.SALES)

    world.calls.before_call = refuses
    look_again(desk(world), key, ANN)
    world.deliver_all()
    close(desk(world), key, ANN, "known")
    look_again(desk(world), key, ANN)
    world.deliver_all()
    assert causes(world, key) == []


def test_one_cause_can_be_closed_alone(world: World) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    world.commerce.channels.clear()
    key = requested(world)
    assert set(causes(world, key)) == {Cause.DUPLICATE_EMAIL, Cause.CHANNEL_UNKNOWN}
    close(desk(world), key, ANN, "known", Cause.DUPLICATE_EMAIL)
    assert causes(world, key) == [Cause.CHANNEL_UNKNOWN]


def test_a_closed_contradiction_stays_closed_where_a_seller_comes_back_to_the_same_verdict(world: World) -> None:
    key = contradicted(world)
    lead = world.sales.lead_of(key)
    close(desk(world), key, ANN, "known")
    world.clock.forward(hours=1)
    world.sales.reactivate(lead)
    world.deliver_all()
    world.sales.disqualify(lead)
    world.settle()
    assert causes(world, key) == []


def test_a_closed_contradiction_opens_again_where_the_sides_show_something_else(world: World) -> None:
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.commerce.clerk_rejects(key)
    world.settle()
    close(desk(world), key, ANN, "known")
    world.sales.add_opportunity(world.sales.lead_of(key))
    world.settle()
    assert causes(world, key) == [Cause.CONTRADICTION]


def test_what_has_come_to_its_end_but_for_a_closed_attention_is_complete(world: World) -> None:
    key = contradicted(world)
    close(desk(world), key, ANN, "known")
    look_again(desk(world), key, ANN)
    world.settle()
    assert world.onboarding(key).completed_at == world.clock()


# ---- settle


def test_a_contradiction_settled_for_commerce_is_closed(world: World) -> None:
    key = contradicted(world)
    settle(desk(world), key, ANN, Cause.CONTRADICTION, "commerce", "agreed")
    world.settle()
    known = world.onboarding(key)
    assert (known.stage, known.attentions, known.prospect_status) == (Stage.APPROVED, (), ProspectStatus.APPROVED)


def test_a_contradiction_settled_for_sales_waits_for_the_clerk_and_ends_with_the_change(world: World) -> None:
    key = contradicted(world)
    settle(desk(world), key, ANN, Cause.CONTRADICTION, "sales", "agreed")
    world.settle()
    assert causes(world, key) == [Cause.AWAITING_CLERK]
    assert times(world, "commerce.write_decision") == 0
    world.commerce.set_status(key, "Rejected")
    look_again(desk(world), key, ANN)
    world.settle()
    assert (world.onboarding(key).stage, causes(world, key)) == (Stage.REJECTED, [])


def test_a_ruling_ends_when_what_it_was_about_changes(world: World) -> None:
    key = contradicted(world)
    settle(desk(world), key, ANN, Cause.CONTRADICTION, "commerce", "agreed")
    world.settle()
    lead = world.sales.lead_of(key)
    world.sales.reactivate(lead)
    opportunity = world.sales.qualify(lead)
    assert opportunity
    world.sales.lose(opportunity)
    world.settle()
    assert causes(world, key) == [Cause.CONTRADICTION]


def test_an_undecided_reason_can_be_ruled_to_mean_no(world: World) -> None:
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key), CANNOT_CONTACT)
    world.settle()
    assert causes(world, key) == [Cause.UNDECIDED_REASON]
    settle(desk(world), key, ANN, Cause.UNDECIDED_REASON, "reject", "no answer for a month")
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key), causes(world, key)) == (Stage.REJECTED, ["rejected"], [])


def test_an_approval_without_an_opportunity_can_be_chosen(world: World) -> None:
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key), opportunity=False)
    world.settle()
    assert causes(world, key) == [Cause.NO_OPPORTUNITY]
    settle(desk(world), key, ANN, Cause.NO_OPPORTUNITY, "approve", "they know them")
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_a_duplicate_address_can_be_accepted_and_another_one_asks_again(world: World) -> None:
    key, opportunity = qualified(world)
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    world.sales.win(opportunity)
    world.settle()
    assert (causes(world, key), world.mails(key)) == ([Cause.DUPLICATE_EMAIL], [])
    world.commerce.add_customer("US-009", email="jo@contoso.example")
    look_again(desk(world), key, ANN)
    world.settle()
    settle(desk(world), key, ANN, Cause.DUPLICATE_EMAIL, "accept", "both are theirs")
    world.settle()
    assert (world.onboarding(key).stage, world.mails(key)) == (Stage.APPROVED, ["approved"])


def test_what_cannot_be_chosen_is_refused_and_recorded_nowhere(world: World) -> None:
    key = won(world)
    before = world.history(key)
    for cause, choice in ((Cause.CONTRADICTION, "commerce"), (Cause.POISON, "accept"), (Cause.CONTRADICTION, "nonsense")):
        with pytest.raises(ValueError):
            settle(desk(world), key, ANN, cause, choice, "x")
    assert world.history(key) == before
