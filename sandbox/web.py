"""Serves a Flask app on the loopback over HTTP/1.1, and counts the requests to the documented API."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import flask

from sandbox.http_server import HttpServer

COUNTED_PREFIXES = ("/data", "/api/data")
CORRELATION_HEADER = "x-ms-correlation-request-id"


def serve(app: flask.Flask, name: str, port: int = 0) -> None:
    """Serve until SIGTERM, SIGINT or the end of stdin; prints {"name", "url"} as one JSON line when ready."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    server = HttpServer(app, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.stop).start())
    threading.Thread(target=_stop_at_end_of_stdin, args=(server,), daemon=True).start()
    print(json.dumps({"name": name, "url": server.url}), flush=True)
    server.serve()


@contextlib.contextmanager
def running(app: flask.Flask) -> Iterator[str]:
    """Serve in a thread for the length of a `with` block and give the base URL, without a trailing slash."""
    server = HttpServer(app)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def count_requests(app: flask.Flask) -> None:
    """Count each request to /data or /api/data (a $batch is one) and answer GET /sandbox/requests with the figures."""
    total, by_correlation, by_status, lock = Counter[str](), Counter[str](), Counter[str](), threading.Lock()

    @app.after_request
    def count(response: flask.Response) -> flask.Response:
        if flask.request.path.startswith(COUNTED_PREFIXES):
            with lock:
                total["requests"] += 1
                by_correlation[flask.request.headers.get(CORRELATION_HEADER, "")] += 1
                by_status[str(response.status_code)] += 1
        return response

    @app.get("/sandbox/requests")
    def requests() -> dict[str, Any]:
        with lock:
            return {"total": total["requests"], "by_correlation": dict(by_correlation), "by_status": dict(by_status)}


def _stop_at_end_of_stdin(server: HttpServer) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.stop()
