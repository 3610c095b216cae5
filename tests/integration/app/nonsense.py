"""A system that is not itself: it answers everything at once and well-formed, but with what no Dynamics would say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from werkzeug.wrappers import Request, Response

from sandbox.http_server import HttpServer

NONSENSE = json.dumps({"leadid": "?", "statecode": "no number", "dataAreaId": "", "ProspectId": ""})


def answer_nonsense(request: Request) -> Response:
    """200 with JSON in which a state is no number and a key is empty."""
    return Response(NONSENSE, mimetype="application/json")


@contextmanager
def system(answer: Callable[[Request], Response] = answer_nonsense) -> Iterator[str]:
    """Serve such a system on the loopback; gives its address."""
    server = HttpServer(Request.application(answer))
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
