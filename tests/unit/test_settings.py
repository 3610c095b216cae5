"""The settings: read once, checked together, everything that is wrong named at once and no value shown."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.errors import SettingsInvalid
from shared.policy import AccessModel, Customers, DecisionChannel, Hierarchies, NoOpportunity, Policy
from shared.settings import Settings, from_environment

ROOT = Path(__file__).parents[2]
LEAST = {
    "SALES_URL": "https://contoso.crm.dynamics.com",
    "COMMERCE_URL": "https://contoso.operations.dynamics.com",
    "LEGAL_ENTITIES": "USMF, demf",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true;AccountKey=a-secret",
}
TEAM = "00000000-0000-4000-8000-00000000000a"
NAMES = {str(field.alias) for field in Settings.model_fields.values()}
OF_THE_HOST = {
    "FUNCTIONS_WORKER_RUNTIME",
    "PYTHON_THREADPOOL_THREAD_COUNT",
    "PYTHON_ISOLATE_WORKER_DEPENDENCIES",
    "DUE_SCHEDULE",
    "RECONCILE_SCHEDULE",
    "AUDIT_SCHEDULE",
}
"""Settings that the Functions host reads, or a trigger's binding."""


def problems(**changes: str) -> list[str]:
    """What is wrong with the least settings, changed."""
    with pytest.raises(SettingsInvalid) as invalid:
        from_environment(LEAST | changes)
    return invalid.value.problems


def test_four_settings_are_enough() -> None:
    settings = from_environment(LEAST | {"PATH": "/bin", "UNKNOWN": "1"})
    assert (settings.legal_entities, settings.lead_column_prefix) == (("usmf", "demf"), "b2b")
    assert settings.policy() == Policy(legal_entities=frozenset({"usmf", "demf"}))


def test_the_cautious_choices_are_the_defaults() -> None:
    policy = from_environment(LEAST).policy()
    assert (policy.decision_channel, policy.no_opportunity) == (DecisionChannel.MANUAL, NoOpportunity.WAIT)
    assert (policy.approve_hold, policy.reject_hold, policy.settle) == (
        timedelta(0),
        timedelta(minutes=15),
        timedelta(minutes=10),
    )


def test_every_choice_reaches_the_policy() -> None:
    chosen = {
        "CUSTOMERS": "commerce",
        "DECISION_CHANNEL": "service",
        "DECISION_SERVICE": "/api/services/G/S/decide",
        "ACCESS_MODEL": "contact",
        "NO_OPPORTUNITY": "approve",
        "HIERARCHIES": "bridge",
        "LEAD_REJECT_REASONS": "4, 7",
        "OPPORTUNITY_REJECT_REASONS": "5",
        "APPROVE_HOLD": "00:01:00",
        "REJECT_HOLD": "02:00:00",
        "SETTLE_TIME": "00:03:00",
        "EFFECTS_GRACE": "00:04:00",
        "LOOK_AGAIN": "00:05:00",
    }
    assert from_environment(LEAST | chosen).policy() == Policy(
        customers=Customers.COMMERCE,
        decision_channel=DecisionChannel.SERVICE,
        access_model=AccessModel.CONTACT,
        no_opportunity=NoOpportunity.APPROVE,
        hierarchies=Hierarchies.BRIDGE,
        approve_hold=timedelta(minutes=1),
        reject_hold=timedelta(hours=2),
        settle=timedelta(minutes=3),
        effects_grace=timedelta(minutes=4),
        look_again=timedelta(minutes=5),
        lead_reasons_that_reject=frozenset({4, 7}),
        opportunity_reasons_that_reject=frozenset({5}),
        legal_entities=frozenset({"usmf", "demf"}),
    )


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsInvalid) as invalid:
        from_environment({})
    assert {problem.partition(":")[0] for problem in invalid.value.problems} == LEAST.keys()
    assert all("missing" in problem for problem in invalid.value.problems)


def test_an_empty_value_is_a_missing_one() -> None:
    assert problems(SALES_URL="", LEGAL_ENTITIES="  ") == ["SALES_URL: missing", "LEGAL_ENTITIES: missing"]
    assert from_environment(LEAST | {"LOOK_AGAIN": "", "MAPPING_FILE": " "}).mapping_file is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SALES_URL", "contoso.crm.dynamics.com"),
        ("SALES_URL", "https://contoso.crm.dynamics.com/api/data"),
        ("COMMERCE_URL", "https://contoso.operations.dynamics.com/"),
        ("LEGAL_ENTITIES", ","),
        ("SALES_CONCURRENCY", "0"),
        ("COMMERCE_CONCURRENCY", "many"),
        ("LEAD_COLUMN_PREFIX", "B2B_"),
        ("LEAD_PROFILE", "both"),
        ("LEAD_OWNER_TEAMS", "{not-json"),
        ("LEAD_OWNER_TEAMS", "[1]"),
        ("CUSTOMERS", "nobody"),
        ("DECISION_CHANNEL", "telepathy"),
        ("ACCESS_MODEL", "any"),
        ("NO_OPPORTUNITY", "reject"),
        ("LEAD_REJECT_REASONS", "four"),
        ("REJECT_HOLD", "a-while"),
        ("REJECT_HOLD", "-00:01:00"),
        ("SETTLE_TIME", "00:00:00"),
        ("LOOK_AGAIN", "00:00:10"),
    ],
)
def test_a_wrong_value_is_named_by_its_setting_and_never_shown(name: str, value: str) -> None:
    [problem] = problems(**{name: value})
    assert problem.startswith(f"{name}: ")
    assert len(value) < 4 or value not in problem


def test_a_claim_must_leave_time_to_write() -> None:
    [problem] = problems(CLAIM_TIME="00:01:00", WRITE_TIMEOUT="00:00:50", CLOCK_SKEW="00:00:10")
    assert problem.startswith("CLOCK_SKEW: ")
    assert problems(CLAIM_TIME="00:01:04", WRITE_TIMEOUT="00:00:50", CLOCK_SKEW="00:00:10"), "a write waits for its turn first"
    shorter = from_environment(LEAST | {"CLAIM_TIME": "00:00:20", "WRITE_TIMEOUT": "00:00:05", "CLOCK_SKEW": "00:00:01"}).timing()
    assert (shorter.claim, shorter.write, shorter.skew) == tuple(timedelta(seconds=n) for n in (20, 5, 1))


def test_several_wrong_values_are_told_together() -> None:
    assert len(problems(SALES_URL="x", CUSTOMERS="x", REJECT_HOLD="x")) == 3


def test_a_service_channel_needs_its_service() -> None:
    [problem] = problems(DECISION_CHANNEL="service")
    assert problem.startswith("DECISION_SERVICE: missing")


ADDRESSES = {f"AzureWebJobsStorage__{service}ServiceUri": f"https://{service}.example" for service in ("table", "queue", "blob")}


@pytest.mark.parametrize("given", [{"AzureWebJobsStorage__accountName": "contoso"}, ADDRESSES], ids=["account", "addresses"])
def test_storage_is_reached_by_identity_where_there_is_no_connection_string(given: dict[str, str]) -> None:
    assert from_environment(LEAST | {"AzureWebJobsStorage": ""} | given).storage_connection == ""


@pytest.mark.parametrize("left_out", ADDRESSES)
def test_addresses_of_storage_are_all_three_or_the_accounts_name_beside_them(left_out: str) -> None:
    some = LEAST | {"AzureWebJobsStorage": ""} | {name: value for name, value in ADDRESSES.items() if name != left_out}
    with pytest.raises(SettingsInvalid) as invalid:
        from_environment(some)
    assert invalid.value.problems == [f"AzureWebJobsStorage: AzureWebJobsStorage__accountName is missing, or else {left_out}"]
    assert from_environment(some | {"AzureWebJobsStorage__accountName": "contoso"}).storage_account == "contoso"


def test_a_secret_is_not_shown() -> None:
    assert "a-secret" not in repr(from_environment(LEAST))


def test_owner_teams_are_json() -> None:
    settings = from_environment(LEAST | {"LEAD_OWNER_TEAMS": f'{{" USMF": "{{{TEAM.upper()}}}", "*": "{TEAM}"}}'})
    assert settings.lead_owner_teams == {"usmf": TEAM, "*": TEAM}


@pytest.mark.parametrize(
    ("teams", "problem"),
    [
        ('{"usmf": "Sales USA"}', "usmf has no id of a team (a GUID)"),
        (f'{{"usmf": "{TEAM}", "USMF": "{TEAM}"}}', "USMF is there twice"),
        ("{not-json", "not JSON"),
    ],
)
def test_owner_teams_that_would_be_ignored_are_refused(teams: str, problem: str) -> None:
    assert problems(LEAD_OWNER_TEAMS=teams) == [f"LEAD_OWNER_TEAMS: {problem}"]


# ---- code, sample and documentation in step


def sample() -> dict[str, str]:
    return json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]


def test_the_sample_has_every_setting() -> None:
    """Those of storage by identity are instead of the connection string that it has."""
    instead = {name for name in NAMES if name.startswith("AzureWebJobsStorage__")}
    assert NAMES - instead <= sample().keys()
    assert sample().keys() - NAMES == OF_THE_HOST


def test_the_sample_is_valid_and_says_what_the_defaults_are() -> None:
    given = from_environment(sample())
    defaults = from_environment({name: value for name, value in sample().items() if name in LEAST})
    different = {name for name in Settings.model_fields if getattr(given, name) != getattr(defaults, name)}
    assert different == {"console_developer"}  # the sample is for a developer's machine


def test_every_setting_has_a_line_in_the_documentation() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/settings.md").read_text("utf-8"), re.MULTILINE))
    assert documented >= NAMES | OF_THE_HOST | deployed()


def deployed() -> set[str]:
    """The app settings that the Bicep file gives."""
    [given] = re.findall(r"^var appSettings = union\(\{\n(.*?)^\}", (ROOT / "infra/main.bicep").read_text("utf-8"), re.M | re.S)
    return set(re.findall(r"^  (\w+):", given, re.MULTILINE))
