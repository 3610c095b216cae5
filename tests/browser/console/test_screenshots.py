"""`manage.py screenshots`: a picture of each page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_each_page_gets_its_picture(tmp_path: Path) -> None:
    out = tmp_path / "images"
    command = [sys.executable, "manage.py", "screenshots", "--out", str(out), "--look", "light-phone"]
    subprocess.run(command, check=True, cwd=ROOT, timeout=110)
    pictures = {path.name for path in out.iterdir()}
    assert {"console-overview-light-phone.png", "commerce-prospect-light-phone.png", "sales-lead-light-phone.png"} <= pictures
    assert len(pictures) >= 20
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in out.iterdir())
