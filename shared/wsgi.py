"""A request of the Functions host carried to a WSGI application, and its answer back.

Not by azure-functions' own middleware: it raises for an answer of 500 or above, which then has an empty body.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from shared.page_request import PageAnswer, PageRequest


def answer(app: Any, request: PageRequest) -> PageAnswer:
    """What the application answers."""
    url = urlsplit(request.url)
    environ = create_environ(
        path=url.path,
        base_url=f"{url.scheme}://{url.netloc}/",
        query_string=url.query,
        method=request.method,
        headers=dict(request.headers),
        data=request.body,
    )
    response = Response.from_app(app, environ, buffered=True)
    headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    return PageAnswer(response.status_code, headers, response.get_data())
