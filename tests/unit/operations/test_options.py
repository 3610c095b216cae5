"""The options of provision, doctor and canary."""

from __future__ import annotations

from argparse import Namespace

import pytest

from operations import cli


def test_provision_sales_writes_nothing_unless_told() -> None:
    options = cli.parse(["provision", "sales"])
    assert (options.apply, options.undo, options.sandbox, options.settings, options.profile) == (False, False, False, None, None)


def test_the_canary_rejects_unless_told_and_spares_production() -> None:
    options = cli.parse(["canary"])
    assert (options.decision, options.production) == ("reject", False)


def test_ctrl_c_ends_any_command_with_one_exit_code_and_no_traceback() -> None:
    options = cli.parse(["doctor"])
    options.run = _stopped
    assert cli.run(options) == cli.STOPPED == 130


@pytest.mark.parametrize(
    "arguments",
    [
        ["provision"],
        ["provision", "erp"],
        ["provision", "sales", "--profile", "other"],
        ["doctor", "--sandbox", "--settings", "x.json"],
        ["canary", "--decision", "maybe"],
        ["canary", "--patience", "soon"],
    ],
)
def test_wrong_options_are_refused_with_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(arguments)
    assert ended.value.code == 2 and "usage: manage.py" in capsys.readouterr().err


def _stopped(options: Namespace) -> int:
    raise KeyboardInterrupt
