"""What a check is, what it says, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from operations.dataverse import Dataverse
from operations.environment import Environment
from operations.metadata import Metadata, read_metadata
from shared.commerce_questions import CROSS_COMPANY
from shared.field_map import FieldMap, Profile, load
from shared.odata_messages import Operation, any_of, query
from shared.queues import EventQueues
from shared.settings import Settings

CONFIRMED = "DOCTOR_CONFIRMED"
"""Setting: codes of checks that only a person can make, and has made, comma-separated."""
NOTHING = "DOCTOR-NOTHING"
"""The key of a record that does not exist, for trying what we may do."""


class Level(StrEnum):
    """How a check ended. `skipped`: it could not look, or only a person can."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """What a check found; cause and fix stand in for the check's own where they say more."""

    level: Level
    found: str
    cause: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Check:
    """One numbered check. `needs`: checks without which it cannot look."""

    code: str
    title: str
    run: Callable[[Context], Result]
    cause: str
    fix: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A check's line in the report."""

    code: str
    title: str
    status: Level
    found: str
    cause: str = ""
    fix: str = ""


def ok(found: str) -> Result:
    """As it should be."""
    return Result(Level.OK, found)


def warning(found: str, cause: str = "", fix: str = "") -> Result:
    """Works, but somebody should know."""
    return Result(Level.WARNING, found, cause, fix)


def error(found: str, cause: str = "", fix: str = "") -> Result:
    """Something does not work."""
    return Result(Level.ERROR, found, cause, fix)


def skipped(why: str, fix: str = "") -> Result:
    """Nothing is known."""
    return Result(Level.SKIPPED, why, "", fix)


def unless(problems: Sequence[str], fine: str, judge: Callable[[str], Result] = error) -> Result:
    """Ok with this text, or the judgement over what is wrong."""
    return judge("; ".join(problems)) if problems else ok(fine)


def unforeseen(problem: Exception) -> str:
    """An error that nobody thought of, in one line: its class says more than its text, e.g. `KeyError StartDateTime`."""
    return f"{type(problem).__name__} {problem.args[0] if problem.args else ''}".strip()


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass
class Context:
    """What the checks look at. Reads that several need are made once."""

    environment: Environment
    now: Callable[[], datetime] = utc_now
    slow_seconds: float = 5.0
    """Above this an answer is slow."""
    many_messages: int = 1_000
    """Above this a queue is long."""
    settings: Settings = field(init=False)
    sales: Dataverse = field(init=False)

    def __post_init__(self) -> None:
        self.settings, self.sales = self.environment.settings, self.environment.dataverse

    def confirmed(self, code: str) -> bool:
        """Whether a person confirmed what no interface shows."""
        return code in [text.strip() for text in self.environment.variables.get(CONFIRMED, "").split(",")]

    def rows(self, entity_set: str, **options: str) -> list[Any]:
        """Records of Commerce, across companies, all pages."""
        path = f"{entity_set}?{CROSS_COMPANY}" + (f"&{query(**options)}" if options else "")
        return list(self.environment.commerce.rows(Operation("GET", path)))

    def in_scope(self, column: str = "dataAreaId") -> str:
        """A filter for the legal entities in scope."""
        return any_of(column, self.settings.legal_entities)

    def field_map(self) -> FieldMap:
        """The map in force; raises MappingInvalid."""
        profile = Profile(self.settings.lead_profile)
        return load(self.settings.mapping_file, prefix=self.settings.lead_column_prefix, profile=profile)

    @cached_property
    def depths(self) -> dict[str, int]:
        """How many messages each queue holds; raises Transient."""
        return EventQueues(self.environment.storage.queue).depths()

    @cached_property
    def metadata(self) -> Metadata:
        """What head office's $metadata says; raises requests' errors and ParseError."""
        return read_metadata(self.environment)

    @cached_property
    def channels(self) -> list[Any]:
        """The online channels of the legal entities in scope."""
        return self.rows("OnlineChannels", filter=self.in_scope("DefaultCustomerLegalEntity"))

    @cached_property
    def retail_channels(self) -> dict[str, Any]:
        """The retail channels of the legal entities in scope, by their operating unit's party."""
        return {str(row["OperatingUnitPartyNumber"]): row for row in self.rows("RetailChannels", filter=self.in_scope())}

    @cached_property
    def default_customers(self) -> list[Any]:
        """The online channels' default customers."""
        accounts = {str(row["DefaultCustomerAccount"]) for row in self.retail_channels.values() if row["DefaultCustomerAccount"]}
        if not accounts:
            return []
        return self.rows("CustomersV3", filter=f"{self.in_scope()} and {any_of('CustomerAccount', sorted(accounts))}")
