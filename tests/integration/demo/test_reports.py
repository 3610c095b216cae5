"""Where no report can be written, that is said before anything is played."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.demo.command import command

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("where", ["no-such-folder/r.json", "."])
def test_a_report_that_cannot_be_written_is_refused_at_once(tmp_path: Path, where: str) -> None:
    with command("demo", "--report", str(tmp_path / where)) as demo:
        assert demo.ended() == 2
        assert "no report can be written there" in demo.text.replace("\n", " ")
        assert "started in" not in demo.text
