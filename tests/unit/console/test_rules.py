"""The rules of alerts as a setting gives them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.alert_rules import DEFAULT_RULES, Rule
from shared.errors import SettingsInvalid
from shared.settings import from_environment

COMPLETE = {"SALES_URL": "https://s", "COMMERCE_URL": "https://c", "LEGAL_ENTITIES": "usmf", "AzureWebJobsStorage": "x"}


def test_what_is_not_said_is_watched_by_default() -> None:
    assert from_environment(COMPLETE).alert_rules == DEFAULT_RULES


def test_rules_are_read_from_json() -> None:
    text = '[{"when": "attentions", "cause": "duplicate-email", "count": 5, "minutes": 60}, {"when": "drift"}]'
    first, second = from_environment({**COMPLETE, "ALERT_RULES": text}).alert_rules
    assert (first.name, second.name) == ("attentions duplicate-email 5 in 60 min", "drift")


@pytest.mark.parametrize(
    "text", ["{", "3", '[{"when": "full moon"}]', '[{"when": "drift", "more": 1}]', '[{"when": "oldest", "minutes": 0}]']
)
def test_a_wrong_rule_is_named_at_the_start(text: str) -> None:
    with pytest.raises(SettingsInvalid) as told:
        from_environment({**COMPLETE, "ALERT_RULES": text})
    assert told.value.problems[0].startswith("ALERT_RULES: ")


def test_a_cause_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate({"when": "oldest", "cause": "nonsense"})


@pytest.mark.parametrize(("value", "role"), [("true", "Admin"), ("Reader", "Reader"), ("false", None), ("", None)])
def test_the_developers_role_is_a_setting(value: str, role: str | None) -> None:
    assert from_environment({**COMPLETE, "CONSOLE_DEVELOPER": value}).console_developer == role
