"""A WSGI application served on the loopback with keep-alive, as the real services have it (cheroot; why: docs/decisions.md)."""

from __future__ import annotations

import threading
from typing import Any

from cheroot import wsgi

CONNECTION = "sandbox.connection"
"""The environ's key for the client's socket, so that a fault can cut it."""
THREADS = 128
"""More than a user may have requests under way (docs: api-limits: 52), so that the limit refuses and not the server."""


class HttpServer:
    """Bound at once to a free port, or to the one that is asked for; serves after `start` or `serve`."""

    def __init__(self, app: Any, port: int = 0) -> None:
        limits = {"numthreads": THREADS, "request_queue_size": 256, "timeout": 30, "shutdown_timeout": 1}
        self._server = wsgi.Server(("127.0.0.1", port), app, **limits)
        self._server.gateway = _Gateway
        self._server.prepare()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.bind_addr[1]}"

    def start(self) -> None:
        """Serve in a thread, until `stop`."""
        self._thread = threading.Thread(target=self._server.serve, daemon=True)
        self._thread.start()

    def serve(self) -> None:
        """Serve in this thread, until `stop` is called from another."""
        self._server.serve()

    def stop(self) -> None:
        """Take no more requests; those under way have a second to end."""
        self._server.stop()
        if self._thread:
            self._thread.join(5)


class _Gateway(wsgi.Gateway_10):  # type: ignore[misc]
    """WSGI 1.0, with the connection in the environ."""

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ[CONNECTION] = self.req.conn.socket
        return environ
