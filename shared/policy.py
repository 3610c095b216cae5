"""What a company may decide differently, as values; read from the settings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Customers(StrEnum):
    """Who creates the customers: the bridge at qualification, or Commerce at approval."""

    BRIDGE = "bridge"
    COMMERCE = "commerce"


class DecisionChannel(StrEnum):
    """How a decision reaches Commerce."""

    STATUS = "status"
    SERVICE = "service"
    MANUAL = "manual"


class AccessModel(StrEnum):
    """What an approved requester is in Commerce: a Person customer, or (from 10.0.48) a contact of the organization."""

    PERSON = "person"
    CONTACT = "contact"


class Hierarchies(StrEnum):
    """Who makes an approved partner's customer hierarchy: Commerce alone, or the bridge where Commerce made none in time."""

    COMMERCE = "commerce"
    BRIDGE = "bridge"


class NoOpportunity(StrEnum):
    """What to do with a lead that was qualified without an opportunity."""

    WAIT = "wait"
    APPROVE = "approve"


@dataclass(frozen=True)
class Policy:
    """The company's choices. The defaults are the cautious ones."""

    customers: Customers = Customers.BRIDGE
    decision_channel: DecisionChannel = DecisionChannel.MANUAL
    access_model: AccessModel = AccessModel.PERSON
    no_opportunity: NoOpportunity = NoOpportunity.WAIT
    hierarchies: Hierarchies = Hierarchies.COMMERCE
    approve_hold: timedelta = timedelta(0)
    reject_hold: timedelta = timedelta(minutes=15)
    settle: timedelta = timedelta(minutes=10)
    """The longest that Commerce may still work on a request whose answer was lost."""
    effects_grace: timedelta = timedelta(minutes=15)
    """How long Commerce may take from Approved to the hierarchy."""
    look_again: timedelta = timedelta(hours=1)
    """How often a case that waits for a person is looked at."""
    lead_reasons_that_reject: frozenset[int] = frozenset({4, 6})
    """lead.statuscode: Lost, No Longer Interested. Others (Cannot Contact, Canceled, a company's own) are asked about."""
    opportunity_reasons_that_reject: frozenset[int] = frozenset({4, 5})
    """opportunity.statuscode: Canceled, Out-Sold."""
    legal_entities: frozenset[str] = frozenset()
    """In scope, lower case; empty: all."""
