"""What the functions call: the app on this process's environment, made when first used, then kept.

All that it is made of is loaded by the first call: to index the functions the host needs none of it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared import telemetry
from shared.commerce_events import ValidationReply
from shared.errors import BridgeError, SettingsInvalid, Transient
from shared.events import Parsed, header
from shared.handling import handle_poison, send_again
from shared.page_request import PageAnswer, PageRequest
from shared.principal import SignIn
from shared.receiving import Reply, receive

if TYPE_CHECKING:
    from shared.composition import App
    from shared.settings import Settings

SCHEDULES = ("DUE_SCHEDULE", "RECONCILE_SCHEDULE", "AUDIT_SCHEDULE")
"""Settings that only the host reads: a timer without its schedule is not started, and nothing else says so."""


@lru_cache(maxsize=1)
def app() -> App:
    """The app on the process's environment; raises SettingsInvalid, or Transient where Storage does not answer."""
    from shared.composition import build

    return build(os.environ)


def received(source: str, body: bytes, headers: Mapping[str, str], parse: Callable[[App], Parsed | ValidationReply]) -> Reply:
    """Take one request of a sender; 503 also where the app cannot start: settings are missing, or Storage does not answer."""
    try:
        ready = app()
    except BridgeError as error:
        telemetry.tell("not-started", level=logging.ERROR, source=source, error=str(error))
        return Reply(503, "cannot take the event now")
    return receive(ready.receiver, source, body, lambda: parse(ready), header(headers, "traceparent") or "")


def poisoned(queue: str, body: bytes) -> None:
    """Turn a message that failed five times into an attention. Where the app cannot start, since tables or containers do not
    answer, it comes back: nothing but its queue is needed for that. Raises SettingsInvalid."""
    try:
        ready = app()
    except Transient as error:
        telemetry.tell("not-started", level=logging.ERROR, source=queue, error=str(error))
        from shared.composition import queues

        send_again(queues(os.environ), queue, body)
    else:
        handle_poison(ready.handler, queue, body)


@lru_cache(maxsize=1)
def console() -> Any:
    """The console and the JSON API as a WSGI application. Loaded by the first request for it, so that no other function waits."""
    from shared.console_case import Links
    from shared.console_context import Site
    from shared.console_site import create
    from shared.operating import Desk

    ready = app()
    settings = ready.settings
    return create(
        Site(
            sign_in=_sign_in(settings, os.environ),
            bridge=ready.bridge,
            store=ready.correlation,
            figures=ready.figures,
            states=ready.states,
            desk=Desk(ready.correlation, ready.queues, ready.bridge.now, ready.bridge.timing),
            depths=ready.queues.depths,
            legal_entities=settings.legal_entities,
            links=Links(settings.sales_url, settings.commerce_url, settings.prospect_link, settings.customer_link),
            operators=settings.operators,
        )
    )


def page(request: PageRequest) -> PageAnswer:
    """Answer one request for the console or the JSON API; 503 where the app cannot start."""
    from shared.wsgi import answer

    try:
        pages = console()
    except BridgeError as error:
        telemetry.tell("not-started", level=logging.ERROR, source="console", error=str(error))
        return PageAnswer(503, {"Content-Type": "text/plain; charset=utf-8"}, b"The app cannot start; /api/health says why.")
    with telemetry.work(traceparent=header(request.headers, "traceparent") or ""):
        found = answer(pages, request)
        with suppress(BridgeError):  # the page is read; what it sent is counted with the next one
            app().count_requests()
        return found


def health() -> dict[str, Any]:
    """{"ok", "problems", "queues"}: what keeps the app from working, in words that name settings and never show values.

    Also {"warnings"} where a setting counts for nothing.
    """
    problems = [f"{name}: missing, so its timer does not run" for name in SCHEDULES if not os.environ.get(name, "").strip()]
    depths: dict[str, int] = {}
    told: dict[str, Any] = {}
    try:
        ready = app()
        told = warnings(ready.settings, os.environ)
        depths = ready.queues.depths()
    except SettingsInvalid as error:
        problems = [*error.problems, *problems]
    except BridgeError as error:
        problems = [str(error), *problems]
    return {"ok": not problems, "problems": problems, "queues": depths, **told}


def warnings(settings: Settings, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """{"warnings"}: settings that count for nothing here; empty where there is none."""
    if not _sign_in(settings, environment).refuses_developer:
        return {}
    return {"warnings": ["CONSOLE_DEVELOPER: refused, since this is no developer's machine; take the setting away"]}


def _sign_in(settings: Settings, environment: Mapping[str, str]) -> SignIn:
    return SignIn.of(environment, settings.console_developer, settings.console_personal_data_roles)
