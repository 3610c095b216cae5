"""The audit by night: a bit in each run, once a night, never two at once, and its report is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.audit_night import ONCE_IN, REPORT, Night, audit_by_night
from shared.audit_report import Audit, Step
from shared.auditing import TOGETHER
from tests.fakes.world import World
from tests.unit.auditing.steps import auditor, everything
from tests.unit.auditing.test_audit import won_unheard
from tests.unit.onboarding.steps import requested, unavailable


def night(world: World, seconds_a_page: float = 0.0) -> Night:
    moments = iter(range(100_000))
    return Night(auditor(world), world.reconciler.watch, lambda: next(moments) * seconds_a_page)


def run(world: World, by: Night) -> Audit | None:
    return audit_by_night(by, world.clock())


def test_a_small_environment_is_done_in_one_run_and_its_report_is_kept() -> None:
    world = World()
    everything(world)
    done = run(world, night(world))
    assert done
    assert done.step is Step.DONE
    kept = world.reconciler.watch.state(REPORT)
    assert kept
    assert kept.values == done.report()
    assert kept.values["ok"] is True


def test_a_large_one_is_gone_through_by_several_runs() -> None:
    world = World()
    for n in range(3 * TOGETHER):
        requested(world, email=f"jo{n}@contoso.example")
    by, steps = night(world, seconds_a_page=100), []
    for _ in range(10):
        done = run(world, by)
        if done is None:
            break
        steps.append(done.onboardings)
    assert steps[0] < steps[-1] == 3 * TOGETHER


def test_the_second_look_waits_for_a_later_run() -> None:
    world = World()
    won_unheard(world, everything(world)["qualified"])
    by = night(world)
    first = run(world, by)
    assert first
    assert (first.step, len(first.suspects), first.drift) == (Step.SECOND_LOOK, 1, 0)
    world.clock.forward(minutes=5)
    second = run(world, by)
    assert second
    assert (second.step, second.drift) == (Step.DONE, 1)


def test_once_a_night_is_enough() -> None:
    world = World()
    everything(world)
    by = night(world)
    run(world, by)
    world.clock.forward(minutes=5)
    world.calls.clear()
    assert run(world, by) is None
    assert not [name for name in world.calls.names() if name.startswith(("sales.", "commerce."))]
    world.clock.forward(ONCE_IN)
    again = run(world, by)
    assert again
    assert again.step is Step.DONE


def test_two_runs_never_overlap() -> None:
    world = World()
    assert world.reconciler.watch.lease("audit", "another", 300, world.clock())
    assert run(world, night(world)) is None


@pytest.mark.parametrize("name", ["sales.leads", "commerce.pending"])
def test_a_system_that_cannot_be_asked_ends_the_run_and_the_next_one_goes_on(name: str) -> None:
    world = World()
    everything(world)
    by = night(world)
    world.calls.fail_next(name, unavailable())
    first = run(world, by)
    assert first
    assert first.step is not Step.DONE
    world.clock.forward(timedelta(minutes=5))
    second = run(world, by)
    assert second
    assert (second.step, second.onboardings) == (Step.DONE, 9)
