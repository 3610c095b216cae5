"""`python -m sandbox.sales` as the demo starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from sandbox import identity
from tests.contract.sales.environment import ADMIN, API, SECRET


@contextmanager
def _started(*arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox.sales", *arguments]
    environment = {**os.environ, "SANDBOX_SECRET": SECRET}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdin and process.stdout
        yield str(json.loads(process.stdout.readline())["url"])
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(("arguments", "columns"), [((), 0), (("--provisioned",), 6)])
def test_the_server_starts_bare_or_provisioned_and_ends_with_its_parent(arguments: tuple[str, ...], columns: int) -> None:
    with _started(*arguments) as url:
        headers = {"Authorization": f"Bearer {identity.issue(SECRET, url, ADMIN)}"}
        query = "$select=LogicalName&$filter=IsCustomAttribute eq true"
        path = f"{url}{API}EntityDefinitions(LogicalName='lead')/Attributes?{query}"
        assert len(requests.get(path, headers=headers, timeout=10).json()["value"]) == columns
