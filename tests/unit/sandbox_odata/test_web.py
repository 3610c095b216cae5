"""The server around a Flask app: keep-alive, counting, end of life."""

from __future__ import annotations

import json
import subprocess
import sys

import flask
import requests

from sandbox import web

PROGRAM = "import flask; from sandbox import web; web.serve(flask.Flask('x'), 'Sales')"


def _app() -> flask.Flask:
    app = flask.Flask("test")
    web.count_requests(app)
    app.add_url_rule("/api/data/v9.2/leads", "leads", view_func=dict)
    app.add_url_rule("/api/data/v9.2/$batch", "batch", methods=["POST"], view_func=dict)
    app.add_url_rule("/sandbox/state", "state", view_func=dict)
    return app


def test_requests_are_counted_in_total_by_correlation_and_by_status() -> None:
    with web.running(_app()) as base, requests.Session() as session:
        session.get(f"{base}/api/data/v9.2/leads", headers={"x-ms-correlation-request-id": "c1"})
        session.post(f"{base}/api/data/v9.2/$batch", headers={"x-ms-correlation-request-id": "c1"})
        session.get(f"{base}/api/data/v9.2/nothing")
        session.get(f"{base}/sandbox/state")
        counted = session.get(f"{base}/sandbox/requests").json()
    assert counted == {"total": 3, "by_correlation": {"c1": 2, "": 1}, "by_status": {"200": 2, "404": 1}}


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_address_is_printed_and_the_server_ends_with_its_parent() -> None:
    with _start() as process:
        assert process.stdout and process.stdin
        line = json.loads(process.stdout.readline())
        assert line["name"] == "Sales"
        assert requests.get(line["url"], timeout=5).status_code == 404
        process.stdin.close()
        assert process.wait(timeout=5) == 0


def test_the_server_ends_on_sigterm() -> None:
    with _start() as process:
        assert process.stdout
        process.stdout.readline()
        process.terminate()
        assert process.wait(timeout=5) == 0
