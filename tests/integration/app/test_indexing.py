"""What Azure finds in the app: exactly these functions, each with this trigger and these parameters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.app.scene import Scene

pytestmark = pytest.mark.integration

QUEUES = {
    "prospect_created": "prospect-created",
    "lead_qualified": "lead-qualified",
    "opportunity_closed": "opportunity-closed",
    "lead_disqualified": "lead-disqualified",
    "prospect_created_poison": "prospect-created-poison",
    "lead_qualified_poison": "lead-qualified-poison",
    "opportunity_closed_poison": "opportunity-closed-poison",
    "lead_disqualified_poison": "lead-disqualified-poison",
}
TIMERS = {"due": "%DUE_SCHEDULE%", "reconcile": "%RECONCILE_SCHEDULE%", "audit": "%AUDIT_SCHEDULE%"}
ROUTES = {
    "commerce_events": ("events/commerce", {"POST", "OPTIONS"}, "FUNCTION"),
    "sales_events": ("events/sales", {"POST"}, "FUNCTION"),
    "health": ("health", {"GET"}, "FUNCTION"),
    "console": ("console/{*path}", {"GET", "POST"}, "ANONYMOUS"),
    "onboardings": ("onboardings/{*path}", {"GET", "POST"}, "ANONYMOUS"),
}
"""Console and onboardings ask for a person's sign-in themselves."""


@pytest.fixture(scope="module")
def bindings(receiving_host: Scene) -> dict[str, dict[str, dict[str, Any]]]:
    """{function: {binding type: binding}} as the runtime library told the host."""
    return {name: {b["type"]: b for b in function.bindings} for name, function in receiving_host.host.functions.items()}


def test_the_app_has_exactly_these_functions_and_none_is_in_error(receiving_host: Scene) -> None:
    """The worker refuses an app with a parameter that is no binding, or a binding without its parameter."""
    assert set(receiving_host.host.functions) == {*QUEUES, *TIMERS, *ROUTES}
    assert receiving_host.host.errors == {}


@pytest.mark.parametrize(("function", "queue"), QUEUES.items())
def test_each_queue_function_has_its_own_queue(bindings: dict[str, Any], function: str, queue: str) -> None:
    [(kind, trigger)] = bindings[function].items()
    assert (kind, trigger["queueName"], trigger["connection"]) == ("queueTrigger", queue, "AzureWebJobsStorage")


@pytest.mark.parametrize(("function", "schedule"), TIMERS.items())
def test_each_timer_takes_its_schedule_from_a_setting(bindings: dict[str, Any], function: str, schedule: str) -> None:
    [(kind, trigger)] = bindings[function].items()
    assert (kind, trigger["schedule"]) == ("timerTrigger", schedule)


@pytest.mark.parametrize("function", ROUTES)
def test_each_http_function_has_its_route_and_the_events_need_a_key(bindings: dict[str, Any], function: str) -> None:
    trigger = bindings[function]["httpTrigger"]
    assert set(bindings[function]) == {"httpTrigger", "http"}
    assert (trigger["route"], set(trigger["methods"]), trigger["authLevel"]) == ROUTES[function]
