"""The host as a process of its own: its ready line, and that nothing outlives whoever started it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.host import Host
from sandbox.host.keys import KEYS_VARIABLE
from sandbox.processes import ROOT, ChildDied, Processes, machine_environment, ready_line
from tests.integration.host.conftest import SAMPLE_APP, Sample, eventually

pytestmark = pytest.mark.integration


def test_the_host_tells_its_address_and_functions_and_stops_when_told(sample: Sample) -> None:
    with Processes() as processes:
        child = processes.start("host", "sandbox.host", str(SAMPLE_APP), env=sample.env)
        assert requests.get(f"{child.url}/api/files/x", timeout=10).text == "x"
        assert child.ready["functions"] == ["echo", "fail", "files", "poison", "tick", "work", "yearly"]
    assert child.process.returncode == 0


@pytest.mark.parametrize("way", ["file", "environment"])
def test_function_keys_come_in_a_file_or_in_the_environment(sample: Sample, tmp_path: Path, way: str) -> None:
    file, keys = tmp_path / "keys.json", json.dumps({"master": "m", "host": {"default": "good"}})
    file.write_text(keys, encoding="utf-8")
    arguments = ("--keys", str(file)) if way == "file" else ()
    variables = {} if way == "file" else {KEYS_VARIABLE: keys}
    with Processes() as processes:
        child = processes.start("host", "sandbox.host", str(SAMPLE_APP), *arguments, env={**sample.env, **variables})
        assert requests.get(f"{child.url}/api/files/x", timeout=10).status_code == 401
        assert requests.get(f"{child.url}/api/files/x?code=good", timeout=10).status_code == 200


def test_the_host_reads_local_settings_unless_it_is_told_not_to(sample: Sample, tmp_path: Path) -> None:
    app = shutil.copytree(SAMPLE_APP, tmp_path / "app")
    values = {"AzureWebJobs.echo.Disabled": "true", "WORK_QUEUE": "another"}
    (app / "local.settings.json").write_text(json.dumps({"Values": values}))
    with Processes() as processes:
        developers = processes.start("developers", "sandbox.host", str(app), env=sample.env)
        given = processes.start("given", "sandbox.host", str(app), "--no-local-settings", env=sample.env)
        assert [requests.post(f"{child.url}/api/echo/1", timeout=10).status_code for child in (developers, given)] == [404, 201]


def test_a_child_knows_nothing_of_the_settings_in_the_shell_that_it_was_started_from(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AzureWebJobs.echo.Disabled", "true")
    monkeypatch.setenv("ALERT_WEBHOOK", "https://operators.example")
    assert {"PATH", "ALERT_WEBHOOK"} & machine_environment().keys() == {"PATH"}
    with Processes() as processes:
        child = processes.start("host", "sandbox.host", str(SAMPLE_APP), env=sample.env)
        assert requests.post(f"{child.url}/api/echo/1", timeout=10).status_code == 201
    with Host(SAMPLE_APP, sample.env) as host:
        assert requests.post(f"{host.url}/api/echo/1", timeout=10).status_code == 201


def test_a_child_that_dies_early_is_reported_with_what_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text("import unheard_of")
    with Processes() as processes, pytest.raises(ChildDied, match="host ended with code 1") as died:
        processes.start("host", "sandbox.host", str(tmp_path))
    assert "No module named 'unheard_of'" in str(died.value)


SLEEPER = ["sh", "-c", 'echo "{\\"name\\": \\"sleeper\\", \\"pid\\": $$}"; exec sleep 600']
PARENT = """
import sys, time
from sandbox.processes import Processes, ready_line
processes = Processes()
host = processes.start("host", "sandbox.host", sys.argv[1])
sleeper = processes.start_foreign("sleeper", sys.argv[2:], ready_line, {})
print(host.process.pid, host.url, sleeper.process.pid, sleeper.ready["pid"], flush=True)
time.sleep(600)
"""


def test_nothing_is_left_when_the_parent_is_killed(sample: Sample) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(SAMPLE_APP), *SLEEPER], cwd=ROOT, env={**os.environ, **sample.env},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        host_pid, url, guardian_pid, sleeper_pid = parent.stdout.readline().split()
        assert requests.get(f"{url}/", timeout=10).ok
        parent.send_signal(signal.SIGKILL)
    eventually(lambda: not any(is_alive(int(pid)) for pid in (host_pid, guardian_pid, sleeper_pid)))


def test_a_guardian_that_is_killed_takes_its_command_along() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux's kernel can do this")
    with Processes() as processes:
        child = processes.start_foreign("sleeper", SLEEPER, ready_line, {})
        child.process.kill()
        eventually(lambda: not is_alive(child.ready["pid"]))


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not yet collected does not."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
