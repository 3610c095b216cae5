"""Events out: which endpoints want which event of which legal entity, and the operator's view of the deliveries."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass, replace
from typing import Any

import requests

from sandbox.commerce import event_payloads as payloads
from sandbox.commerce.event_delivery import DATAVERSE, DELIVERED, ERROR, EVENT_GRID, HEAD_OFFICE, HELD, Courier, Delivery
from sandbox.commerce.infolog import BadQuery, NotFound
from sandbox.commerce.tables import Row, fold
from sandbox.commerce.world import World
from sandbox.fates import LOST
from sandbox.faults import Faults

BUSINESS, DATA, GRID, CLOUD = "business", "data", "eventgrid", "cloudevents"
_ORIGIN = "eventgrid.azure.net"
_POLICIES = {BUSINESS: HEAD_OFFICE, DATA: DATAVERSE, GRID: EVENT_GRID, CLOUD: EVENT_GRID}
_ENDPOINT_TYPES = {BUSINESS: "Http", DATA: "Http", GRID: "AzureEventGrid", CLOUD: "AzureEventGrid"}


@dataclass
class Subscription:
    """One activated event: `kind`, where it goes, and the legal entities (none: all) that it is active for."""

    name: str
    kind: str
    url: str
    legal_entities: tuple[str, ...]
    active: bool = False
    finding: str = ""
    validation_code: str = ""

    def wants(self, legal_entity: str) -> bool:
        names = {fold(name) for name in self.legal_entities}
        return self.active and (not names or fold(legal_entity) in names)


class Events:
    """The business events workspace of one environment."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.subscriptions: dict[str, Subscription] = {}
        self.deliveries: list[Delivery] = []
        self.paused = False
        self._faults = faults
        self._chance = random.Random(1)
        self._control_number = 5_637_144_576
        self._courier = Courier(world.background, world.clock, lambda: self.world.settings)
        world.listeners.append(self.on_prospect)

    def on_prospect(self, occurrence: str, row: Row, before: Row | None) -> None:
        """Send what the subscriptions want to know; called after the commit."""
        for subscription in self.subscriptions.values():
            if not subscription.wants(row["dataAreaId"]):
                continue
            if subscription.kind == DATA:
                self._send(subscription, self._data_event(occurrence, row, before))
            elif occurrence == "created" and row["IsB2BProspect"] == "Yes":
                self._send(subscription, payloads.prospect_created(row, self._occasion()))

    def activate(self, kind: str, url: str, legal_entities: tuple[str, ...], base_url: str) -> Subscription:
        """Activate an event: handshake where Event Grid asks for one, then the test event (docs: how-to-eventgrid)."""
        if kind not in _ENDPOINT_TYPES:
            raise BadQuery(f"'{kind}' is no kind of event: {', '.join(_ENDPOINT_TYPES)}")
        name = f"{kind}-{len(self.subscriptions) + 1}"
        subscription = Subscription(name, kind, url, legal_entities, validation_code=str(uuid.uuid4()).upper())
        self.subscriptions[name] = subscription
        if self._shakes_hands(subscription, base_url):
            subscription.active, subscription.finding = self._accepts_test_event(subscription)
        self._show_in_workspace(subscription)
        return subscription

    def confirm(self, code: str) -> Subscription:
        """What opening the validationUrl does: the subscription of this code becomes active."""
        for subscription in self.subscriptions.values():
            if subscription.validation_code == code and subscription.kind == GRID:
                subscription.active, subscription.finding = True, ""
                return subscription
        raise NotFound("there is no subscription with this validation code")

    def errors(self) -> list[Delivery]:
        """The Errors list: what head office itself sent, and no retry brought through."""
        return [delivery for delivery in self.deliveries if delivery.state == ERROR]

    def resend(self, number: int) -> Delivery:
        """Send an event of the Errors list once more, as an operator does."""
        for delivery in self.errors():
            if delivery.number == number:
                self._courier.send(delivery)
                return delivery
        raise NotFound(f"there is no delivery {number} in the Errors list")

    def resume(self) -> int:
        """Let go of what was held back; returns how many."""
        self.paused = False
        held = [delivery for delivery in self.deliveries if delivery.state == HELD]
        for delivery in held:
            self._courier.send(delivery)
        return len(held)

    def _send(self, subscription: Subscription, payload: dict[str, Any]) -> None:
        fate = self._faults.fate(payload.get("BusinessEventId") or payload["MessageName"], "Prospects")
        for _ in range(fate.copies):
            delivery = replace(self._delivery(subscription, payload), fate=fate)
            self.deliveries.append(delivery)
            self._start(delivery)

    def _start(self, delivery: Delivery) -> None:
        if delivery.fate.is_before(LOST):
            delivery.state = LOST
        elif self.paused:
            delivery.state = HELD
        else:
            self._courier.send(delivery)

    def _delivery(self, subscription: Subscription, payload: dict[str, Any]) -> Delivery:
        body, headers = self._envelope(subscription, payload)
        number, policy = len(self.deliveries) + 1, _POLICIES[subscription.kind]
        return Delivery(number, subscription.name, subscription.url, body, headers, policy)

    def _envelope(self, subscription: Subscription, payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        now, data_as = self.world.now(), self.world.settings.event_grid_data
        if subscription.kind == GRID:
            body: Any = payloads.event_grid(payload, data_as, now)
            return json.dumps(body).encode(), _grid_headers(subscription, "Notification", "application/json; charset=utf-8")
        if subscription.kind == CLOUD:
            headers = _grid_headers(subscription, "Notification", "application/cloudevents+json; charset=utf-8")
            return json.dumps(payloads.cloud_event(payload, data_as, now)).encode(), headers | {"WebHook-Request-Origin": _ORIGIN}
        return json.dumps(payload).encode(), {"Content-Type": "application/json"}

    def _data_event(self, occurrence: str, row: Row, before: Row | None) -> dict[str, Any]:
        item = self.world.sets["Prospects"]
        return payloads.data_event(item, occurrence, row, before, self._occasion())

    def _occasion(self) -> payloads.Occasion:
        # The control number increases with gaps and is no sequence (docs: business events).
        self._control_number += self._chance.randint(1, 5)
        return payloads.Occasion(self._control_number, self.world.now(), self.world.user)

    def _shakes_hands(self, subscription: Subscription, base_url: str) -> bool:
        try:
            if subscription.kind == GRID:
                return self._grid_handshake(subscription, base_url)
            return subscription.kind != CLOUD or self._cloud_handshake(subscription)
        except requests.RequestException as error:
            subscription.finding = f"the endpoint cannot be reached: {type(error).__name__}"
            return False

    def _grid_handshake(self, subscription: Subscription, base_url: str) -> bool:
        """docs: end-point-validation-event-grid-events-schema: 200 with the code, or the validationUrl within ten minutes."""
        code = subscription.validation_code
        body = payloads.subscription_validation(code, f"{base_url}/sandbox/events/validate/{code}", self.world.now())
        headers = _grid_headers(subscription, "SubscriptionValidation", "application/json; charset=utf-8")
        answer = self._courier.post(EVENT_GRID, subscription.url, json.dumps(body).encode(), headers)
        if answer.status_code != 200:
            subscription.finding = f"the validation event was answered {answer.status_code}, 200 is needed"
            return False
        if _validation_response(answer) != code:
            subscription.finding = "AwaitingManualAction"
            return False
        return True

    def _cloud_handshake(self, subscription: Subscription) -> bool:
        """docs: end-point-validation-cloud-events-schema: consent is in the header, not in the status code."""
        answer = requests.options(
            subscription.url, headers={"WebHook-Request-Origin": _ORIGIN}, timeout=self.world.settings.event_grid_timeout
        )
        allowed = answer.headers.get("WebHook-Allowed-Origin", "")
        subscription.finding = (
            "" if allowed in ("*", _ORIGIN) else "the endpoint does not allow the origin in WebHook-Allowed-Origin"
        )
        return not subscription.finding

    def _accepts_test_event(self, subscription: Subscription) -> tuple[bool, str]:
        delivery = self._delivery(subscription, payloads.endpoint_test())
        try:
            status = self._courier.post(delivery.policy, delivery.url, delivery.body, delivery.headers).status_code
        except requests.RequestException as error:
            return False, f"the test event failed: {type(error).__name__}"
        delivery.answers.append(str(status))
        delivery.state = DELIVERED if status in delivery.policy.accepted else delivery.policy.given_up
        self.deliveries.append(delivery)
        return delivery.state == DELIVERED, "" if delivery.state == DELIVERED else f"the test event was answered {status}"

    def _show_in_workspace(self, subscription: Subscription) -> None:
        """Endpoint and activation as the entity sets of business events show them."""
        table = "Prospects" if subscription.kind == DATA else payloads.PROSPECT_CREATED
        with self.world.transaction():
            endpoint = {
                "Name": subscription.name,
                "Type": _ENDPOINT_TYPES[subscription.kind],
                "KeyVaultSecretName": subscription.name,
            }
            self.world.create("BusinessEventsEndpoints", endpoint)
            for legal_entity in subscription.legal_entities or ("",):
                key = {
                    "BusinessEventsTable": table,
                    "LegalEntity": legal_entity,
                    "BusinessEventsEndpoint_Name": subscription.name,
                }
                self.world.create("BusinessEventsConfigurations", key | {"Disabled": "No" if subscription.active else "Yes"})


def _grid_headers(subscription: Subscription, event_type: str, content_type: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "aeg-event-type": event_type,
        "aeg-subscription-name": subscription.name.upper(),
        "aeg-data-version": "1.0",
        "aeg-metadata-version": "1",
    }


def _validation_response(answer: requests.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("validationResponse", "")) if isinstance(body, dict) else ""
