"""The audit finds nothing where all is well, everything that was broken on purpose, and says what replay would do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.audit_report import Audit, Step
from shared.audit_rules import Kind
from shared.auditing import TOGETHER, Auditor, advance, ready_at
from shared.errors import System, Transient
from shared.models import Hierarchy, HierarchyNode, ProspectKey
from shared.replaying import hint
from tests.fakes.commerce_records import FakeCustomer
from tests.fakes.world import World
from tests.unit.auditing.steps import audited, auditor, everything
from tests.unit.onboarding.steps import disqualified, qualified, refused, requested, times, unavailable, won

WRITES = ("create", "write", "hold", "submit_transaction", "upsert", "delete", "send_message")


def test_a_healthy_world_has_no_drift_and_its_known_problems_stand_apart() -> None:
    world = World()
    everything(world)
    audit = audited(world)
    assert (audit.drift, audit.lost, audit.doubled, audit.violations) == (0, 0, 0, ())
    assert audit.attention == {"duplicate-email": 1, "decided-in-commerce": 1}
    assert (audit.onboardings, audit.leads, audit.requests) == (9, 8, 3)
    assert audit.report()["ok"] is True


def test_an_audit_writes_nowhere() -> None:
    world = World()
    made = everything(world)
    world.sales.delete_lead(world.sales.lead_of(made["requested"]))
    won_unheard(world, made["qualified"])
    world.lose_events()
    world.calls.clear()
    assert audited(world).drift == 2
    assert not [name for name in world.calls.names() if name.partition(".")[2].startswith(WRITES)]


def test_a_held_decision_is_waiting_and_no_drift() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    audit = audited(world)
    assert (audit.drift, audit.waiting) == (0, 1)


def test_a_held_decision_that_nothing_looks_at_again_is_forgotten() -> None:
    world = World()
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.deliver_all()
    stored = world.correlation.load(key)
    assert stored
    world.correlation.record(stored, replace(stored.onboarding, due=None), [])
    [violation] = audited(world).violations
    assert Kind.FORGOTTEN in violation.kinds


# ---- faults planted in a healthy world


def won_unheard(world: World, key: ProspectKey) -> None:
    [opportunity] = world.sales.records.of_lead(world.sales.lead_of(key).id)
    world.sales.win(opportunity)
    world.lose_events()


def qualified_unheard(world: World, key: ProspectKey) -> None:
    world.sales.qualify(world.sales.lead_of(key))
    world.lose_events()


def disqualified_unheard(world: World, key: ProspectKey) -> None:
    world.sales.disqualify(world.sales.lead_of(key))
    world.lose_events()
    world.clock.forward(hours=1)


def lead_lost(world: World, key: ProspectKey) -> None:
    del world.sales.records.leads[world.sales.lead_of(key).id]


def record_lost(world: World, key: ProspectKey) -> None:
    del world.tables.tables["Onboardings"][key.legal_entity, f"o~{key.prospect_id}"]


def clerk_resets(world: World, key: ProspectKey) -> None:
    world.commerce.set_status(key, "Pending")


def clerk_turns_it(world: World, key: ProspectKey) -> None:
    status = world.commerce.records.prospects[key].status
    world.commerce.set_status(key, "Rejected" if status == "Approved" else "Approved")


def seller_reopens(world: World, key: ProspectKey) -> None:
    [opportunity] = world.sales.records.of_lead(world.sales.lead_of(key).id)
    world.sales.reopen(opportunity)
    world.lose_events()


def customer_lost(world: World, key: ProspectKey) -> None:
    area, account = key.legal_entity, world.onboarding(key).organization_account
    del world.commerce.records.customers[area, account]


def person_doubled(world: World, key: ProspectKey) -> None:
    party = world.commerce.records.prospects[key].party
    world.commerce.records.customers[key.legal_entity, "AGAIN"] = FakeCustomer(key.legal_entity, "AGAIN", party)


def organization_doubled(world: World, key: ProspectKey) -> None:
    own = world.commerce.records.customers[key.legal_entity, world.onboarding(key).organization_account]
    world.commerce.records.customers[key.legal_entity, "AGAIN"] = FakeCustomer(key.legal_entity, "AGAIN", own.party)


def hierarchy_lost(world: World, key: ProspectKey) -> None:
    del world.commerce.records.hierarchies[world.onboarding(key).hierarchy_id]


def hierarchy_doubled(world: World, key: ProspectKey) -> None:
    known = world.onboarding(key)
    twin = Hierarchy("TWIN", known.organization_party, (HierarchyNode(known.person_party, "Admin"),))
    world.commerce.records.hierarchies["TWIN"] = twin


def admin_lost(world: World, key: ProspectKey) -> None:
    known = world.onboarding(key)
    bare = Hierarchy(known.hierarchy_id, known.organization_party)
    world.commerce.records.hierarchies[known.hierarchy_id] = bare


def admin_doubled(world: World, key: ProspectKey) -> None:
    known, hierarchies = world.onboarding(key), world.commerce.records.hierarchies
    whole = hierarchies[known.hierarchy_id]
    again = HierarchyNode(known.person_party, "Admin")
    hierarchies[known.hierarchy_id] = Hierarchy(whole.id, whole.organization_party, (*whole.nodes, again))


def second_lead(world: World, key: ProspectKey) -> None:
    """The key was moved to a lead that somebody made."""
    lead = world.sales.lead_of(key)
    lead.key = None
    world.sales.new_lead(key)


def taken_off_hold(world: World, key: ProspectKey) -> None:
    for row in world.commerce.records.customers.values():
        if row.on_hold == "All":
            row.on_hold = "No"


Fault = Callable[[World, ProspectKey], None]
PLANTED: list[tuple[str, Fault, Kind, str]] = [
    ("qualified", won_unheard, Kind.NOT_APPROVED, "prospect"),
    ("requested", qualified_unheard, Kind.NO_ORGANIZATION, "customer"),
    ("requested", disqualified_unheard, Kind.NOT_REJECTED, ""),
    ("requested", lead_lost, Kind.NO_LEAD, "nothing by itself"),
    ("requested", record_lost, Kind.NO_ONBOARDING, "-> in_review"),
    ("won", record_lost, Kind.UNEXPLAINED_LEAD, ""),
    ("won", clerk_resets, Kind.NOT_APPROVED, ""),
    ("won", clerk_turns_it, Kind.REJECTED_UNASKED, "note"),
    ("disqualified", clerk_turns_it, Kind.APPROVED_UNASKED, "note"),
    ("won", seller_reopens, Kind.APPROVED_UNASKED, "note"),
    ("won", customer_lost, Kind.NO_ORGANIZATION, "nothing by itself"),
    ("won", person_doubled, Kind.TWO_PERSONS, ""),
    ("won", organization_doubled, Kind.TWO_ORGANIZATIONS, ""),
    ("won", hierarchy_lost, Kind.NO_HIERARCHY, ""),
    ("won", hierarchy_doubled, Kind.TWO_HIERARCHIES, ""),
    ("won", admin_lost, Kind.NO_ADMIN, ""),
    ("won", admin_doubled, Kind.TWO_ADMINS, ""),
    ("requested", second_lead, Kind.TWO_LEADS, ""),
    ("lost", taken_off_hold, Kind.NOT_ON_HOLD, ""),
]


@pytest.mark.parametrize(("who", "fault", "kind", "repair"), PLANTED, ids=[f"{p[0]}: {p[1].__name__}" for p in PLANTED])
def test_each_planted_fault_is_found_and_nothing_else(who: str, fault: Fault, kind: Kind, repair: str) -> None:
    world = World()
    key = everything(world)[who]
    fault(world, key)
    audit = audited(world)
    assert audit.drift == 1
    [violation] = audit.violations
    assert violation.key == key.text
    assert kind in violation.kinds
    assert repair in violation.repair
    assert audit.report()["ok"] is False


REPAIRABLE = [("qualified", won_unheard), ("requested", qualified_unheard), ("requested", record_lost)]


@pytest.mark.parametrize(("who", "fault"), REPAIRABLE)
def test_replaying_a_violation_repairs_it(who: str, fault: Fault) -> None:
    world = World()
    key = everything(world)[who]
    fault(world, key)
    [violation] = audited(world).violations
    world.send(hint(ProspectKey.parse(violation.key), None, world.clock()))
    world.settle()
    assert audited(world).drift == 0


def test_what_is_lost_and_what_is_doubled_are_counted() -> None:
    world = World()
    made = everything(world)
    won_unheard(world, made["qualified"])
    person_doubled(world, made["won"])
    audit = audited(world)
    assert (audit.drift, audit.lost, audit.doubled) == (2, 1, 1)


# ---- people and handlers go on meanwhile


def test_what_is_put_right_before_the_second_look_is_no_drift() -> None:
    world = World()
    made = everything(world)
    won_unheard(world, made["qualified"])
    by, audit = auditor(world), Audit(world.clock())
    while audit.step is not Step.SECOND_LOOK:
        audit = advance(by, audit)
    assert len(audit.suspects) == 1
    assert advance(by, audit) == audit, "its time has not come"
    world.reconcile()
    world.settle()
    moment = ready_at(by, audit)
    assert moment
    world.clock.to(moment)
    while audit.step is not Step.DONE:
        audit = advance(by, audit)
    assert audit.drift == 0


def test_an_onboarding_that_is_being_worked_on_is_no_drift() -> None:
    world = World()
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    seen = []

    def while_working(name: str, _: object) -> None:
        if name == "commerce.write_decision":
            world.calls.heal()
            by, audit = auditor(world, patience=timedelta(0)), Audit(world.clock())
            while audit.step is not Step.DONE:
                audit = advance(by, audit)
            seen.append((audit.drift, audit.waiting))

    world.calls.before_call = while_working
    world.deliver_all()
    assert seen == [(0, 1)]
    assert world.mails(key) == ["approved"]


# ---- size


def test_it_goes_page_by_page_with_a_bounded_number_of_requests_for_each() -> None:
    world = World()
    count = 3 * TOGETHER
    for n in range(count):
        requested(world, email=f"jo{n}@contoso.example")
    world.calls.clear()
    world.sales.requests = world.commerce.requests = 0
    audit = audited(world)
    assert (audit.onboardings, audit.drift) == (count, 0)
    assert times(world, "sales.leads") == times(world, "commerce.look_all") == 3
    assert (world.sales.requests, world.commerce.requests) == (3 + 1, 3 + 1)


def test_it_can_be_left_after_any_page_and_gone_on_with() -> None:
    world = World()
    made = everything(world)
    won_unheard(world, made["qualified"])
    by, audit = auditor(world), Audit(world.clock())
    steps = []
    while audit.step is not Step.DONE:
        audit = Audit.of(advance(by, audit).values())
        steps.append(audit.step)
        if moment := ready_at(by, audit):
            world.clock.to(moment)
    assert list(dict.fromkeys(steps)) == [Step.ONBOARDINGS, Step.LEADS, Step.REQUESTS, Step.SECOND_LOOK, Step.DONE]
    assert audit.drift == 1


def test_where_a_legal_entity_is_taken_out_of_scope_meanwhile_it_goes_on() -> None:
    world = World()
    audit = Audit(world.clock(), area=1)
    assert advance(replace(auditor(world), legal_entities=("usmf",)), audit).step is Step.LEADS


@pytest.mark.parametrize("name", ["sales.leads", "commerce.look_all", "sales.keys_of_leads", "commerce.pending"])
def test_a_page_that_could_not_be_read_is_read_again(name: str) -> None:
    world = World()
    everything(world)
    world.calls.fail_next(name, unavailable(System.SALES))
    by, audit, failures = auditor(world), Audit(world.clock()), 0
    while audit.step is not Step.DONE:
        try:
            audit = advance(by, audit)
        except Transient:
            failures += 1
    assert (failures, audit.onboardings, audit.leads, audit.requests, audit.drift) == (1, 9, 8, 3, 0)


READS = ["sales.lead", "commerce.look", "commerce.channel"]


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("fault", [won_unheard, record_lost])
def test_a_second_look_that_could_not_read_is_taken_again(fault: Fault, name: str) -> None:
    world = World()
    key = everything(world)["qualified"]
    fault(world, key)
    by, audit = at_second_look(world)
    world.calls.before_call = lambda called, _: failing(called, name)
    with pytest.raises(Transient):
        advance(by, audit)
    world.calls.heal()
    audit = advance(by, audit)
    assert (audit.drift, [violation.key for violation in audit.violations]) == (1, [key.text])


def test_a_record_that_can_never_be_read_is_drift() -> None:
    world = World()
    key = everything(world)["qualified"]
    won_unheard(world, key)
    by, audit = at_second_look(world)
    world.calls.fail_next("commerce.look", refused())
    audit = advance(by, audit)
    assert [(violation.key, violation.kinds) for violation in audit.violations] == [(key.text, (Kind.UNREADABLE,))]
    assert "a rule said no" not in str(audit.report())


def at_second_look(world: World) -> tuple[Auditor, Audit]:
    by, audit = auditor(world, patience=timedelta(0)), Audit(world.clock())
    while audit.step is not Step.SECOND_LOOK:
        audit = advance(by, audit)
    return by, audit


def failing(called: str, name: str) -> None:
    if called == name:
        raise unavailable()


def test_since_leaves_out_what_was_not_looked_at_since() -> None:
    world = World()
    old = everything(world)["won"]
    hierarchy_lost(world, old)
    world.clock.forward(days=1)
    moment = world.clock()
    new = won(world, email="z@contoso.example")
    hierarchy_lost(world, new)
    audit = audited(world, since=moment)
    assert [violation.key for violation in audit.violations] == [new.text]


def test_violations_hold_nothing_personal() -> None:
    world = World()
    key = disqualified(world, email="secret@contoso.example", first_name="Verona", last_name="Privat")
    clerk_turns_it(world, key)
    text = str(audited(world).report())
    assert not [word for word in ("secret", "Verona", "Privat") if word in text]
