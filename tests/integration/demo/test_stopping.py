"""However a command is stopped, nothing of it is left: no process, no port, no temporary file."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest
import requests

from tests.integration.demo.command import Command, command, listening
from tests.integration.waiting import eventually

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="what a command started is found through /proc"),
]

LEAST = 7
"""Processes: manage.py, identity, both systems, Azurite under its guardian, the host and its worker. Ports: Azurite has three."""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_a_demo_that_is_stopped_half_way_leaves_nothing_behind(how: signal.Signals, tmp_path: Path) -> None:
    with command("demo", "--prospects", "4", TMPDIR=str(tmp_path)) as demo:
        demo.says("sellers qualify and disqualify")
        ports = running(demo)
        demo.process.send_signal(how)
        code = demo.ended(30)
        assert code == -how if how is signal.SIGKILL else code > 0
        gone(demo, ports)
        assert list(tmp_path.iterdir()) == []


def test_a_doctor_of_the_sandbox_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    with command("doctor", "--sandbox", TMPDIR=str(tmp_path)) as doctor:
        doctor.says("starting identity")
        eventually(lambda: len(doctor.processes()) > 1)
        doctor.process.send_signal(signal.SIGKILL)
        doctor.ended(30)
        assert list(tmp_path.iterdir()) == []


def test_up_prints_its_addresses_answers_and_ends_with_ctrl_c() -> None:
    with command("up") as up:
        app = address(up.says("/api/health"))
        up.says("Ctrl-C")
        assert requests.get(app, timeout=10).json()["ok"] is True
        for system in ("Commerce headquarters", "Sales"):
            assert requests.get(f"{address(up.says(system))}/sandbox/idle", timeout=10).json() == {"idle": True}
        ports = running(up)
        up.process.send_signal(signal.SIGINT)
        assert up.ended(30) == 0
        gone(up, ports)


def test_up_ends_and_says_why_when_one_of_its_processes_ends_by_itself() -> None:
    with command("up") as up:
        up.says("Ctrl-C")
        ports = running(up)
        os.kill(next(pid for pid, line in up.processes().items() if "sandbox.commerce" in line), signal.SIGKILL)
        assert up.ended(30) == 1
        assert "commerce ended with code -9" in up.text
        gone(up, ports)


def running(ran: Command) -> set[int]:
    """The ports of a command that has started all that it needs."""
    ports = ran.ports()
    assert min(len(ran.processes()), len(ports)) >= LEAST
    return ports


def gone(ran: Command, ports: set[int]) -> None:
    """Nothing of it runs any more, and nobody listens at its ports."""
    eventually(lambda: ran.processes() == {})
    assert ports.isdisjoint(listening())


def address(line: str) -> str:
    """The first URL in a line."""
    found = re.search(r"http://\S+", line)
    assert found, line
    return found[0]
