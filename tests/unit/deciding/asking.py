"""Asking the decision table one question."""

from __future__ import annotations

from shared.decisions import Plan, decide
from shared.models import CommerceView, SalesView
from shared.policy import Policy
from shared.record import Cause
from tests.unit.deciding.cases import NOW, POLICY, on_record, seen


def plan_for(sales: SalesView | None, view: CommerceView, policy: Policy = POLICY, **known: object) -> Plan:
    return decide(seen(sales, view), on_record(**known), policy, NOW)


def causes(plan: Plan) -> list[Cause]:
    return [cause for cause, _ in plan.findings]
