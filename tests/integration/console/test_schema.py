"""The API against its own document: made-up calls, well formed and not, each answered as the document says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.api_document import document
from shared.models import ProspectKey
from tests.integration.app.scene import Scene

pytestmark = pytest.mark.integration

CALLS = os.environ.get("API_CALLS", "10")
"""Made-up calls of each kind for each operation."""


@pytest.mark.parametrize("is_there", [True, False])
def test_the_api_answers_whatever_is_sent_as_its_document_says(
    office: Scene, key: ProspectKey, tmp_path: Path, is_there: bool
) -> None:
    """With the key of an onboarding that is there, and with made-up ones."""
    config, described = tmp_path / "schemathesis.toml", tmp_path / "openapi.json"
    config.write_text(f'[parameters]\n"path.key" = "{key.text}"\n' if is_there else "", encoding="utf-8")
    # Whoever looks is the developer, so there is no sign-in to leave out.
    described.write_text(json.dumps({**document(), "security": []}), encoding="utf-8")
    # A wrong method, and a made-up key that makes no path of the API, are the host's to answer: 404 without our error body.
    checks = ["--exclude-checks", "unsupported_method" if is_there else "unsupported_method,content_type_conformance"]
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "run",
        str(described),
        "--url",
        office.host.url,
    ]
    options = ["--phases", "coverage,fuzzing", "--max-examples", CALLS, "--seed", "1", "--no-color"]
    done = subprocess.run([*command, *checks, *options], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
