"""`up --host func`: Core Tools serve the app where they are installed; here a stand-in keeps what it was told."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest
import requests

from sandbox.stack import EVENTS_KEY
from tests.integration.demo.command import command

pytestmark = pytest.mark.integration

FUNC = """#!{python}
import http.server, json, os, sys
with open({told!r}, "w") as file:
    json.dump({{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}, file)
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200), self.end_headers(), self.wfile.write(b"of func")
    do_POST = do_GET
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Health)
print("[2026-11-23T12:00:00.000Z] Host lock lease acquired by instance ID '0'.", flush=True)
server.serve_forever()
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `func` on PATH; the file in which it writes down how it was started."""
    program, file = tmp_path / "func", tmp_path / "told.json"
    program.write_text(FUNC.format(python=sys.executable, told=str(file)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ALERT_WEBHOOK", "https://operators.example")
    return file


def test_core_tools_serve_the_app_when_they_are_asked_for(told: Path) -> None:
    with command("up", "--host", "func") as up:
        line = up.says("/api/health")
        up.says("Ctrl-C")
        assert requests.get(line.split()[-1], timeout=10).text == "of func"
        up.process.send_signal(signal.SIGINT)
        assert up.ended(30) == 0
        assert not up.processes()
    started = json.loads(told.read_text())
    port = line.partition("127.0.0.1:")[2].partition("/")[0]
    assert started["arguments"] == ["start", "--python", "--port", port]
    assert (Path(started["folder"]) / "function_app.py").exists()
    assert started["environment"]["LEGAL_ENTITIES"] == "usmf,demf"
    assert "ALERT_WEBHOOK" not in started["environment"]
    assert EVENTS_KEY in line


def test_without_core_tools_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [f for f in os.environ["PATH"].split(os.pathsep) if not (Path(f) / "func").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    with command("up", "--host", "func") as up:
        assert up.ended() == 1
        assert "func is not on PATH" in up.text
