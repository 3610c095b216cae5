"""The app is imported before it has any settings: in Azure a failing import shows as no more than "0 functions found"."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sandbox.processes import ROOT

pytestmark = pytest.mark.integration

IMPORT = """
import sys
import function_app
print(len(function_app.app.get_functions()) >= 13, [name for name in ("sandbox", "operations", "tests") if name in sys.modules])
"""


def test_the_app_imports_with_an_empty_environment_and_without_what_is_not_deployed() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, env={}, capture_output=True, text=True, timeout=60)
    assert (done.stderr, done.stdout.strip()) == ("", "True []")
