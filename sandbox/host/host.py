"""The host: indexes an app, then serves its HTTP routes, queues and timers until it is stopped."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sandbox.host.invoker import Invoker
from sandbox.host.keys import Keys
from sandbox.host.model import Function, HostError, HostStopped, Result, Unsupported
from sandbox.host.queues import QueueListener
from sandbox.host.routes import Routes
from sandbox.host.settings import Settings
from sandbox.host.timers import TimerListener, TimerStatus
from sandbox.host.web import Admin, WebApp
from sandbox.http_server import HttpServer
from sandbox.processes import machine_environment

START_SECONDS = 30
DRAIN_SECONDS = 10

log = logging.getLogger(__name__)


class Host:
    """One running app; a context manager. `functions` by name, `errors` by function that could not be served, `url`.

    `env` has its settings: nothing else is read but the machine's own environment.
    """

    def __init__(
        self,
        app_dir: Path | str,
        env: Mapping[str, str] | None = None,
        *,
        port: int = 0,
        keys: Keys | None = None,
        timer_status: TimerStatus | None = None,
        on_given_up: Callable[[str], None] = log.critical,
    ) -> None:
        self.app_dir = Path(app_dir).resolve()
        self.settings = Settings(self.app_dir, {**machine_environment(), **(env or {})})
        self.invoker = Invoker(self.app_dir, self.settings, START_SECONDS, on_given_up)
        self.functions: dict[str, Function] = {}
        self.errors: dict[str, str] = {}
        self._port, self._keys = port, keys
        self._timer_status: TimerStatus = {} if timer_status is None else timer_status
        self._stopping = threading.Event()
        self._web: HttpServer | None = None
        self._timers: dict[str, TimerListener] = {}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Host:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        assert self._web is not None
        return self._web.url

    def start(self) -> Host:
        """Index the app and serve it; raises IndexingFailed. A trigger that cannot be served lands in `errors` by name."""
        try:
            self.functions = {function.name: function for function in self.invoker.start()}
            served = [function for function in self._enabled() if self._is_served(function)]
            self._web = HttpServer(WebApp(self._routes(served), self._keys, self._admin(), self.invoker.invoke), self._port)
            self._web.start()
            for function in served:
                self._listen(function)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, drain: float = DRAIN_SECONDS) -> None:
        """Take no more triggers, let running invocations finish for at most `drain` seconds, then end the worker."""
        self._stopping.set()
        if self._web:
            self._web.stop()
        self.invoker.stop(drain)
        for thread in self._threads:
            thread.join()

    def invoke(self, name: str, text: str = "") -> Result:
        """Run a queue function with a message's text, or a timer function now, past its trigger."""
        function = self.functions[name]
        if name in self._timers:
            return self._timers[name].fire_now()
        return self.invoker.invoke(function, [(function.trigger["name"], ("string", text))], {})

    def _enabled(self) -> Iterable[Function]:
        return (function for function in self.functions.values() if not self.settings.is_disabled(function.name))

    def _is_served(self, function: Function) -> bool:
        """Whether this host serves a function's bindings and route; if not, `errors` says why, and the others still run."""
        try:
            _check_bindings(function)
            self._routes([function])
        except HostError as error:
            self._give_up(function, error)
            return False
        return True

    def _routes(self, functions: Iterable[Function]) -> Routes:
        prefix = str(self.settings.extension("http").get("routeprefix", "api"))
        http = [function for function in functions if function.kind == "httpTrigger"]
        return Routes(prefix, [(self.settings.resolve(f.trigger.get("route") or f.name), f) for f in http])

    def _listen(self, function: Function) -> None:
        try:
            run = self._listener(function)
        except (HostError, ValueError) as error:
            self._give_up(function, error)
            return
        if run:
            thread = threading.Thread(target=self._run, args=(run,), name=function.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _listener(self, function: Function) -> Callable[[threading.Event], None] | None:
        if function.kind == "queueTrigger":
            return QueueListener(function, self.settings, self.invoker.invoke).run
        if function.kind == "timerTrigger":
            timer = TimerListener(function, self.settings, self.invoker.invoke, self._timer_status)
            self._timers[function.name] = timer
            return timer.run
        return None

    def _run(self, run: Callable[[threading.Event], None]) -> None:
        with contextlib.suppress(HostStopped):
            run(self._stopping)

    def _give_up(self, function: Function, error: Exception) -> None:
        self.errors[function.name] = f"{type(error).__name__}: {error}"
        log.error("The '%s' function is in error: %s", function.name, error)

    def _admin(self) -> Admin:
        def start(function: Function, text: str) -> None:
            with contextlib.suppress(HostStopped):
                self.invoke(function.name, text)

        return Admin(self.functions, self.errors, self.invoker.counts, start)


def _check_bindings(function: Function) -> None:
    served = {"httpTrigger", "http", "queueTrigger", "timerTrigger"}
    for binding in function.bindings:
        if binding["type"] not in served:
            raise Unsupported(f"a binding of type {binding['type']!r}")
