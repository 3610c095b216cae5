"""`manage.py canary`: one marked request the whole way, each hop measured, all of it put away, a verdict in one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from operations.canary_people import HeadOffice, Marker, Seller
from operations.doctor_model import unforeseen
from operations.environment import Environment
from shared.correlation import Correlation
from shared.errors import AccessRefused, BridgeError, Refused, Transient
from shared.models import ProspectKey
from shared.policy import AccessModel, Customers, DecisionChannel
from shared.record import Onboarding, Stage

APPROVE, REJECT = "approve", "reject"
PAUSE = 0.5
"""Seconds between two looks."""
PATIENCE = 900.0
"""Seconds that a hop may take, beside the holds: polls and batch jobs run every few minutes."""

Value = TypeVar("Value")
Say = Callable[[str], None]
Requester = Callable[[Marker, str], ProspectKey]


class HopFailed(Exception):
    """The canary did not come through; the text says what was waited for."""


@dataclass
class Flight:
    """What is known of the canary while it is on its way, and how long each hop took."""

    decision: str
    marker: Marker
    key: ProspectKey | None = None
    lead: str = ""
    hops: dict[str, float] = field(default_factory=dict)
    failed: str = ""
    why: str = ""
    kept: list[str] = field(default_factory=list)
    """What stays on purpose, since an approval cannot be taken back."""
    left: list[str] = field(default_factory=list)
    """What could not be put away."""
    stopped: bool = False
    """Whether a person stopped it, so that it proves nothing."""
    on_site: bool = False
    """Whether the request was submitted on the site: then head office's jobs made the prospect of it."""

    @property
    def ok(self) -> bool:
        """Whether every hop was done."""
        return not self.failed

    @property
    def line(self) -> str:
        """The verdict in one line."""
        name = self.key.text if self.key else self.marker.company
        times = ", ".join(f"{hop} {seconds:.1f} s" for hop, seconds in self.hops.items())
        stay = "".join(f"; {word}: {', '.join(what)}" for word, what in (("kept", self.kept), ("left behind", self.left)) if what)
        verdict = f"ok in {sum(self.hops.values()):.1f} s" if self.ok else f"FAILED at the hop {self.failed}: {self.why}"
        return f"canary {self.decision} {name}: {verdict} ({times}){stay}"

    def record(self) -> dict[str, object]:
        """What is kept for the doctor."""
        told = {"ok": self.ok, "line": self.line, "failed": self.failed, "hops": self.hops, "on_site": self.on_site}
        return {"at": datetime.now(UTC).isoformat(), **told}


@dataclass
class Canary:
    """Sends one. `requester` makes the prospect; without one it is made in head office, or waited for where that is refused."""

    environment: Environment
    say: Say
    patience: float = PATIENCE
    requester: Requester | None = None
    pause: float = PAUSE

    def __post_init__(self) -> None:
        self.office, self.seller = HeadOffice(self.environment), Seller(self.environment)
        self._policy = self.environment.settings.policy()

    def send(self, decision: str, legal_entity: str, domain: str = "") -> Flight:
        """Send it through and put everything away, whatever happens on the way."""
        flight = Flight(decision, Marker(domain=domain) if domain else Marker())
        try:
            self._fly(flight, legal_entity)
        except (HopFailed, BridgeError) as problem:
            flight.why = str(problem)
        except KeyboardInterrupt:
            flight.why, flight.stopped = "stopped by hand", True
        except Exception as problem:  # noqa: BLE001 - what nobody foresaw is a verdict too, and the canary must not stay
            flight.why = unforeseen(problem)
        self._tidy(flight)
        return flight

    def _fly(self, flight: Flight, legal_entity: str) -> None:
        with self._hop(flight, "prospect"):
            flight.key = self._request(flight, legal_entity)
        key = flight.key
        with self._hop(flight, "lead"):
            flight.lead = self._until(lambda: self.seller.lead(key), f"no lead of {key.text}")
        if flight.decision == APPROVE:
            self._approve(flight, key)
        else:
            self._reject(flight, key)
        with self._hop(flight, "record"):
            self._until(lambda: self._is_recorded(key, flight.decision), "the bridge's own record does not show the decision")
        with self._hop(flight, "note"):
            self._until(lambda: len(self.seller.notes(flight.lead)) > 1, "the seller was not told")

    def _reject(self, flight: Flight, key: ProspectKey) -> None:
        with self._hop(flight, "disqualify"):
            self.seller.disqualify(flight.lead, min(self._policy.lead_reasons_that_reject))
        with self._hop(flight, "rejected"):
            self.until_decided(key, "Rejected", self._policy.reject_hold.total_seconds())

    def _approve(self, flight: Flight, key: ProspectKey) -> None:
        with self._hop(flight, "qualify"):
            self.seller.qualify(flight.lead)
        if self._policy.customers is Customers.BRIDGE:
            with self._hop(flight, "customers"):
                self._until(lambda: self._has_customers(flight.marker, key), "no customers of type Organization and Person")
        with self._hop(flight, "win"):
            self.seller.win(self._opportunity(flight))
        with self._hop(flight, "approved"):
            self.until_decided(key, "Approved", self._policy.approve_hold.total_seconds())
        with self._hop(flight, "hierarchy"):
            self._until(lambda: self._has_effects(flight.marker, key), "no customer hierarchy with an Admin")
        with self._hop(flight, "sign-in"):
            self._check_sign_in(flight.marker, key)

    def _opportunity(self, flight: Flight) -> str:
        if not (found := self.seller.opportunities(flight.lead)):
            raise HopFailed("qualifying the lead made no opportunity")
        return found[0]

    def _request(self, flight: Flight, legal_entity: str) -> ProspectKey:
        marker, flight.on_site = flight.marker, True
        if self.requester:
            return self.requester(marker, legal_entity)
        try:
            made = self.office.request(marker, legal_entity)
            flight.on_site = False
            return made
        except (Refused, AccessRefused) as refused:
            self.say(f"head office takes no prospect from us ({refused.message})")
            self.say(f"submit a request on the site now: company {marker.company}, e-mail {marker.email}; then run the jobs")
            return self._until(lambda: self.office.find(marker), f"no prospect with the e-mail address {marker.email}")

    def until_decided(self, key: ProspectKey, status: str, hold: float) -> None:
        """Under the channel `manual` the canary writes the status itself: that is how a company learns what the write brings."""
        if self._policy.decision_channel is DecisionChannel.MANUAL:
            self.say(f"DECISION_CHANNEL is manual: the canary writes {status} itself")
            self.office.decide(key, status)
        self._until(lambda: self.office.status(key) == status, f"the prospect is not {status}", hold)

    def _has_customers(self, marker: Marker, key: ProspectKey) -> bool:
        """In the contact model Commerce makes the requester's contact, at approval."""
        wanted = {"Organization"} if self._policy.access_model is AccessModel.CONTACT else {"Organization", "Person"}
        return {row["PartyType"] for row in self.office.customers(marker, key)} >= wanted

    def _has_effects(self, marker: Marker, key: ProspectKey) -> bool:
        parties = [str(row["PartyNumber"]) for row in self.office.customers(marker, key)]
        return any(hierarchy["admins"] for hierarchy in self.office.hierarchies(parties))

    def _check_sign_in(self, marker: Marker, key: ProspectKey) -> None:
        """Sign-in needs an e-mail address that one customer has, in one hierarchy (docs: manage-b2b-users)."""
        customers = self.office.customers(marker, key)
        with_email = [row for row in customers if str(row["PrimaryContactEmail"]).lower() == marker.email]
        hierarchies = self.office.hierarchies(str(row["PartyNumber"]) for row in customers)
        if len(with_email) != 1:
            raise HopFailed(f"{len(with_email)} customers have the requester's e-mail address")
        if len(hierarchies) != 1:
            raise HopFailed(f"{len(hierarchies)} customer hierarchies")

    def _is_recorded(self, key: ProspectKey, decision: str) -> bool:
        known = self._known(key)
        return known is not None and known.stage is (Stage.APPROVED if decision == APPROVE else Stage.REJECTED)

    def _known(self, key: ProspectKey) -> Onboarding | None:
        stored = Correlation(self.environment.storage.tables).load(key)
        return stored.onboarding if stored else None

    def _until(self, look: Callable[[], Value | None], otherwise: str, further: float = 0) -> Value:
        end = time.monotonic() + self.patience + further
        while not (found := _seen(look)):
            if time.monotonic() > end:
                raise HopFailed(f"{otherwise} after {self.patience + further:.0f} s")
            time.sleep(self.pause)
        return found

    @contextmanager
    def _hop(self, flight: Flight, name: str) -> Iterator[None]:
        begun = time.monotonic()
        flight.failed = name
        yield
        flight.hops[name] = time.monotonic() - begun
        flight.failed = ""
        self.say(f"{name}: {flight.hops[name]:.1f} s")

    def _tidy(self, flight: Flight) -> None:
        """Sales first, so that the bridge is not told of a prospect that is gone; once more for a lead that came late."""
        name = flight.key.text if flight.key else f"the request of {flight.marker.company}"
        with self._tidying(flight, f"in Sales the lead of {name}, with all that came of it"):
            flight.left += self.seller.tidy(flight.lead) if flight.lead else []
        with self._tidying(flight, f"in Commerce {name}, with its customers"):
            self._tidy_commerce(flight)
        with self._tidying(flight, f"in Sales a lead of {name} that came late"):
            flight.left += self._tidy_late_lead(flight)

    def _tidy_commerce(self, flight: Flight) -> None:
        flight.key = flight.key or self.office.find(flight.marker)
        if flight.key:
            kept, left = self.office.tidy(flight.marker, flight.key)
            flight.kept += kept
            flight.left += left

    def _tidy_late_lead(self, flight: Flight) -> list[str]:
        late = self.seller.lead(flight.key) if flight.key and not flight.lead else ""
        return self.seller.tidy(late) if late else []

    @contextmanager
    def _tidying(self, flight: Flight, what: str) -> Iterator[None]:
        """One system that is down must not keep the other from being tidied: what stays there is named."""
        try:
            yield
        except Exception as problem:  # noqa: BLE001 - as above
            flight.left.append(f"{what} ({problem if isinstance(problem, BridgeError) else unforeseen(problem)})")


def _seen(look: Callable[[], Value | None]) -> Value | None:
    """What the look shows; nothing while the system is busy or out of reach, since the next look may succeed."""
    try:
        return look()
    except Transient:
        return None
