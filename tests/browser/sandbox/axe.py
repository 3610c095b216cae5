"""axe-core, the accessibility rules, for the page that a tab shows."""

from __future__ import annotations

import functools
import shutil
import subprocess
from typing import Any

from playwright.sync_api import Page

from sandbox.processes import ROOT

VERSION = "4.14.1"
_FOLDER = ROOT / ".tools" / "axe-core"


@functools.cache
def source() -> str:
    """The library's text; fetched from npm where it is not there yet."""
    script = _FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm") or str(ROOT / ".venv" / "bin" / "npm")
        arguments = ["install", "--prefix", str(_FOLDER), "--no-audit", "--no-fund", "--loglevel=error", f"axe-core@{VERSION}"]
        subprocess.run([npm, *arguments], check=True)
    return script.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What is wrong with the page as it is now, one line a finding."""
    page.evaluate(source())
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(result => result.violations)")
    return [f"{page.url} {each['id']} ({each['impact']}): {node['html'][:120]}" for each in found for node in each["nodes"]]
