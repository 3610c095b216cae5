"""Where the processes of one run write what they say: a folder of its own, so that runs at the same time never meet."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from sandbox.processes import ROOT

FOLDER = ROOT / ".sandbox" / "logs"
KEPT = 10
"""So many runs' logs; the oldest go first. One that still writes keeps its files, they are only not found any more."""


def new_folder(parent: Path = FOLDER) -> Path:
    """Make the folder of this run, e.g. `.sandbox/logs/20260203-040506-x7k2`."""
    parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(parent.iterdir())[: 1 - KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{datetime.now():%Y%m%d-%H%M%S}-", dir=parent))
