"""The demo of twelve: seconds from the command to its end, and what each won onboarding cost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.processes import ROOT
from sandbox.scenario import WINNERS, cast

TARGETS = {"sales": 4, "commerce": 5, "table": 12}
SECONDS = 30
PROSPECTS, SEED = 12, 1


def measure() -> Iterator[str]:
    """Play it once, as a person would."""
    with TemporaryDirectory() as folder:
        begun = time.monotonic()
        told = _played(Path(folder) / "report.json")
        seconds = time.monotonic() - begun
        yield f"demo of {PROSPECTS}: {seconds:.1f} s (target {SECONDS}), of it from the first process to the last outcome"
        yield f"  {told['totals']['seconds']} s; requests of all, polls and people included: {told['totals']['requests']}"
    targets = ", ".join(f"{most} {what}" for what, most in TARGETS.items())
    yield f"won onboardings (budget where nothing disturbs: {targets}; 6 commerce where an event announced it):"
    for applicant, row in zip(cast(PROSPECTS, SEED), told["onboardings"], strict=True):
        if applicant.story in WINNERS:
            spent = f"{row['requests']['sales']} sales, {row['requests']['commerce']} commerce, {row['table_operations']} table"
            yield f"  {row['legal_entity']}/{row['prospect']}: {spent}, {row['seconds']} s ({applicant.story})"


def _played(report: Path) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "manage.py"), "demo", "--prospects", str(PROSPECTS), "--seed", str(SEED)]
    subprocess.run([*command, "--report", str(report)], check=True, capture_output=True)
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return told
