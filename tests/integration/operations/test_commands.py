"""The commands as a person types them, with settings from a file and a token from the managed-identity endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from operations import cli
from sandbox import identity
from sandbox.commerce.world import World as CommerceWorld
from sandbox.web import running
from tests.integration.operations.conftest import APPLICATION, KEY, SECRET, Sales, Site
from tests.integration.operations.patient import settings_for

HEADER = "an identity header"
Type = Callable[..., int]


@pytest.fixture
def type_command(
    sales: Sales, commerce: CommerceWorld, commerce_site: Site, tmp_path: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> Type:
    """Runs `manage.py ARGUMENTS --settings FILE` as an administrator."""
    address = opened.enter_context(running(identity.create_app(SECRET, "the app's", HEADER)))
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{address}{identity.TOKEN_PATH}")
    monkeypatch.setenv("IDENTITY_HEADER", HEADER)
    file, nowhere = tmp_path / "local.settings.json", "http://127.0.0.1:9"
    values = settings_for(sales.url, commerce_site.url, nowhere, "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==")
    file.write_text(json.dumps({"Values": values | {"BRIDGE_CLIENT_ID": ""}}), encoding="utf-8")
    return lambda *arguments: cli.run(cli.parse([*arguments, "--settings", str(file)]))


def test_provision_sales_shows_then_makes_then_has_nothing_to_do(
    type_command: Type, sales: Sales, capsys: pytest.CaptureFixture[str]
) -> None:
    assert type_command("provision", "sales") == 0
    assert capsys.readouterr().out.endswith("21 to make or change; nothing was written: add --apply\n")
    assert type_command("provision", "sales", "--apply") == 0
    assert capsys.readouterr().out.endswith("done: 21 of 21\n")
    assert type_command("provision", "sales", "--apply") == 0
    assert capsys.readouterr().out.endswith("nothing to make or change\n")
    assert sales.rows("serviceendpoint")[0]["authvalue"] == KEY
    assert type_command("provision", "sales", "--undo", "--apply") == 0
    assert "done: " in capsys.readouterr().out and sales.rows("solution") == []


def test_what_stands_in_the_way_is_said_last(type_command: Type, capsys: pytest.CaptureFixture[str]) -> None:
    assert type_command("provision", "sales", "--apply", "--profile", "dual-write") == 1
    assert capsys.readouterr().out.splitlines()[-1] == "nothing was written"


def test_a_refusal_of_sales_ends_the_command_with_its_words(
    type_command: Type, sales: Sales, capsys: pytest.CaptureFixture[str]
) -> None:
    sales.world.user_roles.clear()
    assert type_command("provision", "sales") == 2
    assert "failed: sales: " in capsys.readouterr().err


def test_provision_commerce_walks_through_head_office(type_command: Type, capsys: pytest.CaptureFixture[str]) -> None:
    assert type_command("provision", "commerce") == 1
    said = capsys.readouterr().out
    assert " 1. Let the bridge in  [done]" in said and "10. Announce requests" in said and "[look at it]" in said
    assert "http://127.0.0.1:9/api/events/commerce?code=KEY" in said
    assert said.splitlines()[-1].endswith("skipped") and "\n    -\n" not in said


def test_the_doctor_reports_as_json(type_command: Type, capsys: pytest.CaptureFixture[str]) -> None:
    assert type_command("doctor", "--json", "--only", "S104") == 2
    report = json.loads(capsys.readouterr().out)
    assert {row["code"]: row["status"] for row in report["checks"]} == {"S100": "ok", "S101": "ok", "S104": "error"}
    assert report["ok"] is False


def test_the_doctor_names_all_missing_settings_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SALES_URL", "COMMERCE_URL", "LEGAL_ENTITIES", "AzureWebJobsStorage"):
        monkeypatch.delenv(name, raising=False)
    assert cli.run(cli.parse(["doctor", "--json"])) == 2
    first = next(row for row in json.loads(capsys.readouterr().out)["checks"] if row["code"] == "B301")
    assert all(name in first["found"] for name in ("SALES_URL", "COMMERCE_URL", "LEGAL_ENTITIES"))


def test_the_canary_is_not_sent_to_a_production_system(
    type_command: Type, sales: Sales, capsys: pytest.CaptureFixture[str]
) -> None:
    sales.world.options.organization_type = "Customer"
    assert type_command("canary") == 2
    assert "not sent: Sales (127.0.0.1) is of the type Customer" in capsys.readouterr().out


def test_in_a_sandbox_the_options_stand_in_for_settings_too(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--profile", "dual-write", "--url", "https://bridge.example", "--key", "k", "--client-id", APPLICATION)
    assert cli.run(cli.parse(["provision", "sales", "--sandbox", *given])) == 0
    said = capsys.readouterr().out
    assert "profile dual-write" in said and "columns of the dual-write Commerce package: adopted" in said
    assert "https://bridge.example/api/events/sales" in said and f"+ application user {APPLICATION}" in said


def test_in_a_sandbox_nobody_has_looked_at_head_office(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(cli.parse(["provision", "commerce", "--sandbox"]))
    said = capsys.readouterr().out
    assert "Open Document types once  [cannot all be seen]" in said and "confirmed by a person" not in said


def test_provision_in_a_sandbox_needs_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(cli.parse(["provision", "sales", "--sandbox"])) == 0
    assert capsys.readouterr().out.endswith("21 to make or change; nothing was written: add --apply\n")
