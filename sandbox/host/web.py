"""The host's HTTP side: the app's routes, function keys, and the admin endpoints that Core Tools has too."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.host.keys import Keys
from sandbox.host.model import Function, Result, Typed
from sandbox.host.routes import Routes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Admin:
    """What the admin endpoints show and start."""

    functions: Mapping[str, Function]
    errors: Mapping[str, str]
    counts: Callable[[], dict[str, dict[str, int]]]
    start: Callable[[Function, str], None]


class WebApp:
    """The WSGI application: one request in, one invocation, one answer."""

    def __init__(self, routes: Routes, keys: Keys | None, admin: Admin, invoke: Callable[..., Result]) -> None:
        self._routes, self._keys, self._admin, self._invoke = routes, keys, admin, invoke

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.respond(Request(environ))(environ, start_response)

    def respond(self, request: Request) -> Response:
        """Answer one request; an unknown route or a wrong method is 404, a missing key 401, a failed function an empty 500."""
        if request.path == "/":
            return Response("Your Functions 4.0 app is up and running", mimetype="text/html")
        if request.path.startswith("/admin/"):
            return self._admin_response(request) if self._allowed(request, "admin") else Response(status=401)
        found = self._routes.match(request.path, request.method)
        if not found:
            return Response(status=404)
        function, parameters = found
        if not self._allowed(request, str(function.trigger.get("authLevel", "function")).lower(), function.name):
            return Response(status=401)
        return _answer(function, self._run(function, request, parameters))

    def _run(self, function: Function, request: Request, parameters: dict[str, str]) -> Result:
        query = {name: ",".join(request.args.getlist(name)) for name in request.args}
        headers = {name.lower(): value for name, value in request.headers.items()}
        http = {
            "method": request.method,
            "url": request.url,
            "params": parameters,
            "headers": headers,
            "body": request.get_data(),
            "query": {name: value for name, value in query.items() if value},
        }
        metadata: dict[str, Typed] = {"Query": ("json", json.dumps(query)), "Headers": ("json", json.dumps(headers))}
        metadata |= {name: ("string", value) for name, value in parameters.items()}
        return self._invoke(function, [(function.trigger["name"], ("http", http))], metadata, headers.get("traceparent", ""))

    def _allowed(self, request: Request, level: str, function: str | None = None) -> bool:
        key = request.headers.get("x-functions-key") or request.args.get("code")
        return self._keys is None or self._keys.allow(level, key, function)

    def _admin_response(self, request: Request) -> Response:
        path = request.path.removeprefix("/admin/")
        if request.method == "POST" and path.startswith("functions/"):
            return self._start(path.removeprefix("functions/"), request)
        answers: dict[str, Callable[[], Any]] = {
            "host/status": lambda: {"state": "Running", "version": "4.sandbox", "errors": self._admin.errors},
            "functions": lambda: [{"name": f.name, "config": {"bindings": f.bindings}} for f in self._admin.functions.values()],
            # Ours; Azure has no such endpoint.
            "invocations": self._admin.counts,
        }
        if request.method != "GET" or path not in answers:
            return Response(status=404)
        return Response(json.dumps(answers[path]()), mimetype="application/json")

    def _start(self, name: str, request: Request) -> Response:
        """Start a function that HTTP does not trigger; {"input": "..."} is a queue message's text. 202 at once, as in Azure."""
        function = self._admin.functions.get(name)
        if not function or function.kind == "httpTrigger":
            return Response(status=404)
        text = str((request.get_json(silent=True) or {}).get("input") or "")
        threading.Thread(target=self._admin.start, args=(function, text), daemon=True).start()
        return Response(status=202)


def _answer(function: Function, result: Result) -> Response:
    if not result.ok:
        return Response(status=500)
    name = next((b["name"] for b in function.bindings if b["type"] == "http"), "$return")
    kind, answer = result.outputs.get(name, (None, None))
    if kind != "http":
        return Response(status=204)
    content = answer["body"][1]
    response = Response(content if content is not None else b"", status=answer["status"])
    del response.headers["Content-Type"]
    for header, value in answer["headers"]:
        if header.lower() not in ("content-length", "transfer-encoding"):
            response.headers.add(header, value)
    return response
