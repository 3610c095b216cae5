"""GET /api/health: whether the app can work, and if not, everything that keeps it from it."""

from __future__ import annotations

import pytest

from sandbox.host import Host
from sandbox.processes import ROOT
from sandbox.stack import Stack
from shared.models import EventType
from shared.queues import POISON_QUEUES, QUEUES
from tests.integration.app.scene import KEYS, NO_QUEUE_FUNCTIONS, Scene, environment, scene, send
from tests.unit.events import payloads

pytestmark = pytest.mark.integration

SCHEDULES = {"DUE_SCHEDULE", "RECONCILE_SCHEDULE", "AUDIT_SCHEDULE"}
REQUIRED = {"SALES_URL", "COMMERCE_URL", "LEGAL_ENTITIES", "AzureWebJobsStorage"} | SCHEDULES


def test_a_healthy_app_says_so_and_how_deep_its_queues_are(receiving: Scene) -> None:
    receiving.tell(EventType.LEAD_QUALIFIED, key="usmf.P-1")
    answer = receiving.request("GET", "health")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    depths = dict.fromkeys((*QUEUES, *POISON_QUEUES), 0) | {"lead-qualified": 1}
    assert answer.json() == {"ok": True, "problems": [], "queues": depths}


def test_health_needs_a_function_key(receiving: Scene) -> None:
    assert receiving.request("GET", "health", key=None).status_code == 401


def test_every_missing_setting_is_named_at_once_where_the_environment_is_empty() -> None:
    with Host(ROOT, {}, keys=KEYS) as host:
        answer = send(host, "GET", "health")
        assert (answer.status_code, answer.json()["ok"]) == (503, False)
        assert {problem.partition(":")[0] for problem in answer.json()["problems"]} == REQUIRED


def test_every_setting_that_is_wrong_is_named_and_no_value_is_shown(systems: Stack) -> None:
    wrong = {
        "SALES_URL": "contoso.crm.dynamics.com/with/a/secret",
        "REJECT_HOLD": "a secret",
        "DECISION_CHANNEL": "secret",
        "LEAD_OWNER_TEAMS": "{secret",
    }
    with scene(systems, **wrong, **NO_QUEUE_FUNCTIONS) as misled:
        answer = misled.request("GET", "health")
        assert answer.status_code == 503
        assert {problem.partition(":")[0] for problem in answer.json()["problems"]} == set(wrong)
        assert "secret" not in answer.text


def test_an_app_without_settings_asks_the_sender_to_come_again(systems: Stack) -> None:
    """503, which Dataverse and Commerce repeat: an event that arrives before the settings is not lost."""
    env = {name: value for name, value in environment(systems).items() if name not in ("SALES_URL", "COMMERCE_URL")}
    with Host(ROOT, env, keys=KEYS) as host:
        for system, event in (("commerce", "business-event"), ("sales", "qualify-lead")):
            assert send(host, "POST", f"events/{system}", payloads.body(system, event)).status_code == 503
