"""The composition root: the one module that chooses the real Sales, Commerce and Storage. Made when first used, then kept."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential

from shared import telemetry
from shared.alerts import Alerts
from shared.audit_night import Night
from shared.auditing import Auditor
from shared.breaker import Breaker, Breakers
from shared.bridge import Bridge
from shared.checkpoints import Checkpoints
from shared.commerce import DynamicsCommerce
from shared.commerce_events import ValidationReply
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.errors import BridgeError, SettingsInvalid, System
from shared.events import Parsed, header
from shared.field_map import Profile, load
from shared.figures import Figures
from shared.handling import Handler
from shared.odata import ODataService
from shared.odata_connection import Timeouts
from shared.operating import Desk
from shared.page_request import PageAnswer, PageRequest
from shared.principal import SignIn
from shared.queues import POISON_QUEUES, QUEUES, EventQueues
from shared.receiving import Receiver, Reply, receive
from shared.reconciler import Reconciler
from shared.sales import DynamicsSales
from shared.settings import Settings, from_environment
from shared.storage import Storage, StorageSettings
from shared.translation import Translation
from shared.watching import Watcher
from shared.webhook import Webhook

SCHEDULES = ("DUE_SCHEDULE", "RECONCILE_SCHEDULE", "AUDIT_SCHEDULE")
"""Settings that only the host reads: a timer without its schedule is not started, and nothing else says so."""


@dataclass(frozen=True)
class App:
    """Everything, put together."""

    settings: Settings
    bridge: Bridge
    queues: EventQueues
    correlation: Correlation
    handler: Handler
    receiver: Receiver
    reconciler: Reconciler
    night: Night
    figures: Figures
    states: Checkpoints
    watcher: Watcher


@lru_cache(maxsize=1)
def app() -> App:
    """The app on the process's environment; raises SettingsInvalid, or Transient where Storage does not answer."""
    return build(os.environ)


def build(environment: Mapping[str, str]) -> App:
    """The app on these settings; creates tables, queues and containers that are missing."""
    settings = from_environment(environment)
    credential = _credential(settings)
    storage = Storage(_storage_settings(settings), None if settings.storage_connection else credential)
    storage.ensure_created((*QUEUES, *POISON_QUEUES))
    return _assembled(settings, storage, credential)


def received(source: str, body: bytes, headers: Mapping[str, str], parse: Callable[[App], Parsed | ValidationReply]) -> Reply:
    """Take one request of a sender; 503 also where the app cannot start: settings are missing, or Storage does not answer."""
    try:
        ready = app()
    except BridgeError as error:
        telemetry.tell("not-started", level=logging.ERROR, source=source, error=str(error))
        return Reply(503, "cannot take the event now")
    return receive(ready.receiver, source, body, lambda: parse(ready), header(headers, "traceparent") or "")


@lru_cache(maxsize=1)
def console() -> Any:
    """The console and the JSON API as a WSGI application. Loaded by the first request for it, so that no other function waits."""
    from shared.console_case import Links
    from shared.console_context import Site
    from shared.console_site import create

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
        return answer(pages, request)


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


def _assembled(settings: Settings, storage: Storage, credential: TokenCredential) -> App:
    watch, entities = Checkpoints(storage.tables), settings.legal_entities
    breakers = {system: Breaker(system, watch, _utc_now) for system in (System.SALES, System.COMMERCE)}
    together, bridge = Breakers(*breakers.values()), _bridge(settings, storage, credential, breakers)
    correlation, queues = Correlation(storage.tables), EventQueues(storage.queue)
    dead_letters = DeadLetters(storage.tables, storage.dead_letter_bodies)
    figures = Figures(storage.tables, correlation)
    alerts = Alerts(settings.alert_rules, correlation, watch, entities, figures, Webhook(settings.alert_webhook))

    def room(most: int) -> int:
        return min(together.room(most), max(0, most - queues.waiting()))

    reconciler = Reconciler(bridge.commerce, bridge.sales, correlation, watch, queues, entities, room, lease=settings.claim_time)
    return App(
        settings=settings,
        bridge=bridge,
        queues=queues,
        correlation=correlation,
        handler=Handler(bridge, queues, dead_letters),
        receiver=Receiver(queues, dead_letters, settings.sales_organization_id),
        reconciler=reconciler,
        night=Night(Auditor(bridge, correlation, entities), watch),
        figures=figures,
        states=watch,
        watcher=Watcher(figures, alerts, dead_letters, watch, entities),
    )


def _bridge(settings: Settings, storage: Storage, credential: TokenCredential, breakers: Mapping[System, Breaker]) -> Bridge:
    services = {system: _service(settings, system, credential, breaker) for system, breaker in breakers.items()}
    commerce = services[System.COMMERCE]
    return Bridge(
        sales=DynamicsSales(
            services[System.SALES],
            settings.lead_column_prefix,
            dual_write=Profile(settings.lead_profile) is Profile.DUAL_WRITE,
        ),
        commerce=DynamicsCommerce(
            commerce, settings.decision_channel.value, settings.decision_service, settings.access_model.value
        ),
        store=Correlation(storage.tables),
        translation=_translation(settings),
        policy=settings.policy(),
        now=_utc_now,
        closed_for=Breakers(*breakers.values()).closed_for,
        timing=settings.timing(),
    )


def _service(settings: Settings, system: System, credential: TokenCredential, breaker: Breaker) -> ODataService:
    url, path, concurrency = {
        System.SALES: (settings.sales_url, "/api/data/v9.2", settings.sales_concurrency),
        System.COMMERCE: (settings.commerce_url, "/data", settings.commerce_concurrency),
    }[system]
    return ODataService(
        system,
        f"{url}{path}",
        f"{url}/.default",
        credential,
        timeouts=_timeouts(settings.write_timeout.total_seconds()),
        concurrency=concurrency,
        passage=breaker.passage,
    )


def _timeouts(write: float) -> Timeouts:
    """No read takes longer than a write may."""
    usual = Timeouts()
    return Timeouts(min(usual.connect, write), min(usual.read, write), write)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _translation(settings: Settings) -> Translation:
    prefix = settings.lead_column_prefix
    return Translation(
        field_map=load(settings.mapping_file, prefix=prefix, profile=Profile(settings.lead_profile)),
        prefix=prefix,
        customers=settings.customers,
        access_model=settings.access_model,
        owner_teams=settings.lead_owner_teams,
        headquarters_url=settings.commerce_url,
    )


def _credential(settings: Settings) -> TokenCredential:
    return DefaultAzureCredential(
        managed_identity_client_id=settings.managed_identity_client_id or None, exclude_interactive_browser_credential=True
    )


def _storage_settings(settings: Settings) -> StorageSettings:
    if settings.storage_connection:
        return StorageSettings(connection_string=settings.storage_connection)
    account = settings.storage_account
    return StorageSettings(
        table_uri=settings.table_service_uri or f"https://{account}.table.core.windows.net",
        queue_uri=settings.queue_service_uri or f"https://{account}.queue.core.windows.net",
        blob_uri=settings.blob_service_uri or f"https://{account}.blob.core.windows.net",
    )
