"""Where the commands' settings come from, and what each system alone needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations import environment
from shared.errors import SettingsInvalid

SALES = {"SALES_URL": "https://contoso.crm.dynamics.com", "BRIDGE_URL": "https://bridge.example/", "BRIDGE_KEY": "a key"}


def test_sales_alone_needs_no_commerce_and_no_storage() -> None:
    found = environment.for_sales(SALES)
    assert found.webhook_url == "https://bridge.example/api/events/sales"
    assert found.wanted.webhook_key == "a key" and "a key" not in repr(found) and "a key" not in repr(found.wanted)


def test_sales_alone_still_needs_its_address() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        environment.for_sales({"SALES_URL": ""})
    assert refused.value.problems == ["SALES_URL: missing"]


def test_commerce_alone_needs_its_address_and_the_legal_entities() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        environment.for_commerce({})
    assert refused.value.problems == ["COMMERCE_URL: missing", "LEGAL_ENTITIES: missing"]


def test_a_local_settings_file_gives_settings_under_the_processs_own(tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text('{"Values": {"SALES_URL": "https://x.crm.dynamics.com", "PATH": "nowhere", "SALES_CONCURRENCY": 4}}')
    found = environment.variables(file)
    assert found["SALES_URL"] == "https://x.crm.dynamics.com" and found["SALES_CONCURRENCY"] == "4"
    assert found["PATH"] != "nowhere"


def test_a_settings_file_that_is_not_there_is_said_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"nowhere\.json: there is no such file"):
        environment.variables(tmp_path / "nowhere.json")


@pytest.mark.parametrize("content", ["{}", "[]", "not JSON", '{"Values": 1}'])
def test_a_file_that_is_no_local_settings_is_named(content: str, tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text(content)
    with pytest.raises(SettingsInvalid, match="local.settings.json"):
        environment.variables(file)
