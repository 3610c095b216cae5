"""What really happened in both systems, written down as it happens: what proofs compare the end with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from shared.models import ProspectKey
from shared.record import Cause, Verdict

BRIDGE, PEOPLE = "the bridge", "people"


@dataclass(frozen=True)
class StatusWrite:
    """A prospect's status was written, by whom, over what."""

    key: ProspectKey
    by: str
    before: str
    after: str
    at: datetime


@dataclass(frozen=True)
class CustomerMade:
    """A customer came into being; `by` the bridge, or people (an approval)."""

    key: ProspectKey
    account: str
    party_type: str
    by: str


@dataclass
class Ledger:
    """Everything that must not happen twice, or at the wrong moment."""

    leads_made: Counter[str] = field(default_factory=Counter)
    """How often a lead of this id was created."""
    status_writes: list[StatusWrite] = field(default_factory=list)
    customers: list[CustomerMade] = field(default_factory=list)
    verdicts: dict[tuple[ProspectKey, Verdict], datetime] = field(default_factory=dict)
    """Since when Sales shows this verdict: first, or again after the bridge had seen that it did not any more."""
    left: dict[tuple[ProspectKey, Verdict], datetime] = field(default_factory=dict)
    """When Sales last ceased to show this verdict."""
    chosen: set[tuple[ProspectKey, Cause]] = field(default_factory=set)
    """Attentions about which an operator chose to go on."""
    qualified: set[ProspectKey] = field(default_factory=set)
    edits: dict[tuple[str, str], object] = field(default_factory=dict)
    """(lead id, column) -> what a seller wrote last."""
    deleted_leads: set[str] = field(default_factory=set)
    sent: dict[ProspectKey, datetime] = field(default_factory=dict)
    """When a decision last reached Commerce whose outcome the bridge cannot know to be nothing."""
    personal: set[str] = field(default_factory=set)
    """Names and addresses of the people in the requests."""
    wrong: list[str] = field(default_factory=list)
    """What was wrong at the moment at which it was done."""

    def writes(self, key: ProspectKey, by: str) -> list[StatusWrite]:
        """Status writes about one prospect."""
        return [write for write in self.status_writes if write.key == key and write.by == by]
