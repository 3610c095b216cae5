"""Observe, decide and act on one claimed onboarding until nothing is left to do."""

from __future__ import annotations

from dataclasses import replace

from shared.acting import Round, perform
from shared.bridge import Bridge
from shared.decisions import AFTERWARDS, Plan, decide
from shared.errors import InDoubt, Outdated
from shared.models import Hint, Observation
from shared.observing import look_closer, observe, observe_request
from shared.progress import learned, placed
from shared.record import HistoryEntry, Onboarding

ROUNDS = 12
"""More than any plan needs; a plan that never rests is a defect, and ends as one."""


class Pursuit:
    """One pursuit; `at` is where it stands, also when it was interrupted by an error."""

    def __init__(self, bridge: Bridge, known: Onboarding, hint: Hint, *, fresh: bool) -> None:
        self.bridge, self.hint, self.fresh = bridge, hint, fresh
        self.at = Round(Observation(None, None), known)
        self._lost_races = 0

    def run(self) -> None:
        """Until a plan rests; raises the ServiceErrors. A lost race is observed anew, once."""
        self._look()
        for _ in range(ROUNDS):
            plan = self._plan()
            if not plan.actions:
                return
            try:
                self._act(plan)
            except InDoubt as lost:
                self._settle(plan, lost)
            except Outdated:
                self._lost_races += 1
                if self._lost_races > 1:
                    raise
                self.fresh = False
                self._look()
        raise AssertionError(f"no rest after {ROUNDS} rounds")

    def _look(self) -> None:
        bridge, known = self.bridge, self.at.known
        seen = observe_request(bridge, known, self.hint) if self.fresh else observe(bridge, known)
        self._now_at(replace(self.at, seen=seen))

    def _plan(self) -> Plan:
        now = self.bridge.now()
        plan = decide(self.at.seen, self.at.known, self.bridge.policy, now, fresh=self.fresh)
        if not set(plan.actions) - AFTERWARDS:
            self.at = replace(self.at, known=placed(self.at.known, plan, self.bridge.policy, now))
        return plan

    def _act(self, plan: Plan) -> None:
        for act in plan.actions:
            self._now_at(perform(self.bridge, act, plan, self.at))

    def _settle(self, plan: Plan, lost: InDoubt) -> None:
        """A decision got no answer: that is on record before it is read back, since reading may fail too."""
        now = self.bridge.now()
        entry = HistoryEntry(now, plan.actions[-1], "no answer, read back", lost.request_id)
        doubtful = replace(self.at.known, in_doubt_since=now)
        self.at = replace(self.at, known=doubtful, history=(*self.at.history, entry))
        self._now_at(replace(self.at, seen=look_closer(self.bridge, doubtful, self.at.seen)))

    def _now_at(self, at: Round) -> None:
        """Take over what was just read into the record, and link the ids that were not known before."""
        before, bridge = self.at.known, self.bridge
        known = bridge.translation.with_accounts(learned(at.known, at.seen, bridge.now()))
        if known.lead_id != before.lead_id and known.lead_id != str(known.key.identifier("lead", known.epoch)):
            bridge.store.link("lead", known.lead_id, known.key)  # ours are linked before they are created
        for opportunity_id in known.opportunities.keys() - before.opportunities.keys():
            bridge.store.link("opportunity", opportunity_id, known.key)
        self.at = replace(at, known=known)
