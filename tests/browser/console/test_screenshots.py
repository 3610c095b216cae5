"""`manage.py screenshots`: a picture of each page, the sandbox's after its story was played."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.browser.paths import of_head_office, of_sales

ROOT = Path(__file__).parents[3]


def test_each_page_gets_its_picture(tmp_path: Path) -> None:
    out = tmp_path / "images"
    command = [sys.executable, "manage.py", "screenshots", "--out", str(out), "--look", "light-phone"]
    subprocess.run(command, check=True, cwd=ROOT, timeout=200)
    pictures = {path.name for path in out.iterdir()}
    names = {f"commerce-{name}" for name in of_head_office("", "", "")} | {f"sales-{name}" for name in of_sales("", "", "", "")}
    assert {f"{name}-light-phone.png" for name in names | {"console-overview"}} <= pictures
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in out.iterdir())
