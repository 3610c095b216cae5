"""What people, both systems and the bridge do on a canary's way, in memory, with one thing that does not work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.canary import Canary
from operations.canary_people import Marker
from operations.environment import Environment
from sandbox.administrator import Administrator
from shared.correlation import Correlation
from shared.errors import Refused, System, Transient
from shared.models import ProspectKey
from shared.progress import begun
from shared.record import Claim, Stage
from shared.settings import from_environment
from shared.storage import TABLES
from tests.fakes.tables import FakeTables

KEY, LEAD = ProspectKey.of("usmf", "P-1"), "a lead"
SETTINGS = {
    "SALES_URL": "https://contoso.crm.dynamics.com",
    "COMMERCE_URL": "https://contoso.sandbox.operations.dynamics.com",
    "LEGAL_ENTITIES": "usmf",
    "AzureWebJobsStorage": "x",
    "DECISION_CHANNEL": "status",
    "REJECT_HOLD": "00:00:00",
}


def in_memory(**settings: str) -> Environment:
    """An environment whose storage is in memory, with what else it has left to the test."""
    given = {**SETTINGS, **settings}
    environment = Environment(from_environment(given), Administrator("x"), variables=given)
    vars(environment)["storage"] = Storage()
    for table in TABLES:
        environment.storage.tables.create_table_if_not_exists(table)
    return environment


@dataclass
class CanaryWorld:
    """`fails` is the hop that does not work, `down` the systems that do not answer when it is time to tidy."""

    fails: str = ""
    down: tuple[str, ...] = ()
    qualifying_raises: BaseException | None = None
    lead_is_late: bool = False
    """Whether the lead comes when nobody waits for it any more."""
    tidied: list[str] = field(default_factory=list)

    def canary(self, decision: str) -> Canary:
        """A canary without any patience."""
        canary = Canary(self._environment(decision), lambda line: None, patience=0.0, pause=0.0)
        canary.office, canary.seller = Office(self, decision), Desk(self)
        return canary

    def refuse(self, hop: str) -> None:
        """Raise a refusal where this hop is the one that fails."""
        if self.fails == hop:
            raise Refused(System.SALES, "not like that", status=400)

    def tidy(self, what: str, system: str) -> None:
        """Remember what was put away; raises where the system does not answer."""
        if system in self.down:
            raise Transient(System(system), "no answer")
        self.tidied.append(what)

    def _environment(self, decision: str) -> Environment:
        """With the bridge's own record of the decision."""
        environment = in_memory()
        now, stage = datetime.now(UTC), {"approve": Stage.APPROVED, "reject": Stage.REJECTED}[decision]
        known = begun(KEY, Claim("the app", now, now + timedelta(minutes=4)), now)
        Correlation(environment.storage.tables).open(known if self.fails == "record" else replace(known, stage=stage))
        return environment


@dataclass
class Storage:
    """The account's tables."""

    tables: FakeTables = field(default_factory=FakeTables)


@dataclass
class Office:
    """Head office, as operations.canary_people.HeadOffice asks it."""

    world: CanaryWorld
    decision: str

    def request(self, marker: Marker, legal_entity: str) -> ProspectKey:
        self.world.refuse("prospect")
        return KEY

    def find(self, marker: Marker) -> ProspectKey | None:
        return None

    def status(self, key: ProspectKey) -> str:
        if self.world.fails in ("approved", "rejected"):
            return "Pending"
        return {"approve": "Approved", "reject": "Rejected"}[self.decision]

    def customers(self, marker: Marker, key: ProspectKey) -> list[Mapping[str, Any]]:
        with_email = ("Organization", "Person") if self.world.fails == "sign-in" else ("Person",)
        kinds = ("Person",) if self.world.fails == "customers" else ("Organization", "Person")
        emails = {kind: marker.email if kind in with_email else "" for kind in kinds}
        return [{"PartyNumber": kind, "PartyType": kind, "PrimaryContactEmail": email} for kind, email in emails.items()]

    def hierarchies(self, parties: Iterable[str]) -> list[Mapping[str, Any]]:
        return [{"id": "CH-1", "admins": 0 if self.world.fails == "hierarchy" else 1}]

    def tidy(self, marker: Marker, key: ProspectKey) -> tuple[list[str], list[str]]:
        self.world.tidy("prospect", "commerce")
        return ["hierarchy CH-1"], []


@dataclass
class Desk:
    """A seller's desk, as operations.canary_people.Seller works at it."""

    world: CanaryWorld

    def lead(self, key: ProspectKey) -> str:
        late = self.world.lead_is_late and "prospect" in self.world.tidied
        return LEAD if late or self.world.fails != "lead" else ""

    def qualify(self, lead: str) -> None:
        if self.world.qualifying_raises:
            raise self.world.qualifying_raises
        self.world.refuse("qualify")

    def disqualify(self, lead: str, reason: int) -> None:
        self.world.refuse("disqualify")

    def opportunities(self, lead: str) -> list[str]:
        return [] if self.world.fails == "win" else ["an opportunity"]

    def win(self, opportunity: str) -> None:
        assert opportunity == "an opportunity"

    def notes(self, lead: str) -> list[str]:
        return ["where it came from"] if self.world.fails == "note" else ["where it came from", "what became of it"]

    def tidy(self, lead: str) -> list[str]:
        self.world.tidy(lead, "sales")
        return []
