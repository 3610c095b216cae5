"""The composition root: the one module that chooses the real Sales, Commerce and Storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential

from shared.alerts import Alerts
from shared.audit_night import Night
from shared.auditing import Auditor
from shared.breaker import Breaker, Breakers
from shared.bridge import Bridge
from shared.checkpoints import Checkpoints
from shared.commerce import DynamicsCommerce
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.errors import System
from shared.field_map import Profile, load
from shared.figures import Figures
from shared.handling import Handler
from shared.odata import ODataService
from shared.odata_connection import Timeouts
from shared.queues import POISON_QUEUES, QUEUES, EventQueues
from shared.receiving import Receiver
from shared.reconciler import Reconciler
from shared.sales import DynamicsSales
from shared.settings import Settings, from_environment
from shared.storage import Storage, StorageSettings
from shared.traffic import Traffic
from shared.translation import Translation
from shared.watching import Watcher
from shared.webhook import Webhook


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

    @property
    def key_column(self) -> str:
        """The lead's column that holds our key."""
        return f"{self.settings.lead_column_prefix}_prospectkey"

    def count_requests(self) -> None:
        """At the end of a run that writes no onboarding: what it sent is left to the figures; raises Transient."""
        self.correlation.count_requests(self.settings.legal_entities[0])


def build(environment: Mapping[str, str]) -> App:
    """The app on these settings; creates tables, queues and containers that are missing."""
    settings = from_environment(environment)
    storage = _storage(settings)
    storage.ensure_created((*QUEUES, *POISON_QUEUES))
    return _assembled(settings, storage, _credential(settings), environment.get("WEBSITE_HOSTNAME", ""))


def queues(environment: Mapping[str, str]) -> EventQueues:
    """The queues alone, where the rest cannot start; raises SettingsInvalid."""
    return EventQueues(_storage(from_environment(environment)).queue)


def _assembled(settings: Settings, storage: Storage, credential: TokenCredential, host: str) -> App:
    watch, entities, traffic = Checkpoints(storage.tables), settings.legal_entities, Traffic()
    correlation = Correlation(storage.tables, traffic=traffic)
    breakers = {system: _breaker(settings, system, watch) for system in (System.SALES, System.COMMERCE)}
    together, bridge = Breakers(*breakers.values()), _bridge(settings, correlation, credential, breakers, traffic)
    queues = EventQueues(storage.queue)
    dead_letters = DeadLetters(storage.tables, storage.dead_letter_bodies)
    figures = Figures(storage.tables, correlation)
    webhook = Webhook(settings.alert_webhook)
    alerts = Alerts(settings.alert_rules, correlation, watch, entities, figures, webhook, _address(settings, host))

    def room(most: int) -> int:
        return min(together.room(most), max(0, most - queues.waiting()))

    reconciler = Reconciler(
        bridge.commerce, bridge.sales, correlation, watch, queues, entities, _utc_now, room, lease=settings.claim_time
    )
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
        watcher=Watcher(correlation, figures, alerts, dead_letters, watch, entities),
    )


def _bridge(
    settings: Settings, store: Correlation, credential: TokenCredential, breakers: Mapping[System, Breaker], traffic: Traffic
) -> Bridge:
    services = {system: _service(settings, system, credential, breaker, traffic) for system, breaker in breakers.items()}
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
        store=store,
        translation=_translation(settings),
        policy=settings.policy(),
        now=_utc_now,
        closed_for=Breakers(*breakers.values()).closed_for,
        timing=settings.timing(),
    )


def _breaker(settings: Settings, system: System, watch: Checkpoints) -> Breaker:
    """A probe keeps the others out for as long as a request may take."""
    return Breaker(system, watch, _utc_now, timedelta(seconds=Timeouts().connect) + settings.write_timeout)


def _service(settings: Settings, system: System, credential: TokenCredential, breaker: Breaker, traffic: Traffic) -> ODataService:
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
        traffic=traffic,
    )


def _timeouts(write: float) -> Timeouts:
    """No read takes longer than a write may."""
    usual = Timeouts()
    return Timeouts(min(usual.connect, write), min(usual.read, write), write, min(usual.turn, write))


def _address(settings: Settings, host: str) -> str:
    """The app's own: as it is set, else by the host name that App Service gives it; empty on a developer's machine."""
    return settings.console_url or (f"https://{host}" if "." in host else "")


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


def _storage(settings: Settings) -> Storage:
    return Storage(_storage_settings(settings), None if settings.storage_connection else _credential(settings))


def _storage_settings(settings: Settings) -> StorageSettings:
    if settings.storage_connection:
        return StorageSettings(connection_string=settings.storage_connection)
    account = settings.storage_account
    return StorageSettings(
        table_uri=settings.table_service_uri or f"https://{account}.table.core.windows.net",
        queue_uri=settings.queue_service_uri or f"https://{account}.queue.core.windows.net",
        blob_uri=settings.blob_service_uri or f"https://{account}.blob.core.windows.net",
    )
