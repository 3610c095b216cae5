"""What a Sales environment must have for the bridge, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from shared.field_map import DEFAULT_PREFIX, MapName, Profile, Row, load

SOLUTION, PUBLISHER, TITLE = "B2BProspectBridge", "b2bprospectbridge", "B2B Prospect Bridge"
VIEW = "All Commerce B2B Leads"
OPTION_VALUE_PREFIX = 72_650
"""Of the publisher's own option values (10,000 to 99,999); the bridge makes none."""
KEY, LEGAL_ENTITY = "prospectkey", "legalentity"
KEY_LABEL = "B2B Prospect Key"
IMAGE = "bridge"
"""entityalias of our images: an image without the key column proves that a lead is not ours."""
PRE, POST = 0, 1
"""imagetype (docs: sdkmessageprocessingstepimage)"""
B2B_FLAG = "msdyn_b2bcommerceprospect"
"""The dual-write Commerce package's own mark of a lead that comes from a B2B prospect."""


@dataclass(frozen=True)
class Column:
    """A text column of the lead."""

    suffix: str
    schema_suffix: str
    label: str
    length: int


COLUMNS = (
    Column(KEY, "ProspectKey", KEY_LABEL, 100),
    Column("prospectid", "ProspectId", "B2B Prospect ID", 60),
    Column(LEGAL_ENTITY, "LegalEntity", "B2B Legal Entity", 10),
    Column("channel", "Channel", "B2B Channel", 60),
    Column("correlationid", "CorrelationId", "B2B Correlation ID", 36),
    Column("language", "Language", "B2B Language", 10),
)


@dataclass(frozen=True)
class Image:
    """What an event carries beside the change: imagetype, and the property of the message (the first that is accepted)."""

    kind: int
    properties: tuple[str, ...] = ("Target",)


@dataclass(frozen=True)
class Step:
    """One event that Sales must send. `messages`: the first that the environment has."""

    table: str
    messages: tuple[str, ...]
    filtering: str = ""
    image: Image | None = None

    @property
    def label(self) -> str:
        """E.g. `Win of opportunity`."""
        return f"{self.messages[0]} of {self.table}"


_STATE = "statecode,statuscode"
STEPS = (
    Step("lead", ("Update",), _STATE, Image(POST)),
    Step("lead", ("QualifyLead",)),
    Step("lead", ("Delete",), image=Image(PRE)),
    Step("lead", ("Merge",)),
    # Two pages of the documentation disagree on the property that holds a created row.
    Step("opportunity", ("Create",), image=Image(POST, ("Id", "Target"))),
    Step("opportunity", ("Update",), _STATE, Image(POST)),
    Step("opportunity", ("Win", "WinOpportunity")),
    Step("opportunity", ("Lose", "LoseOpportunity")),
    Step("opportunity", ("Delete",), image=Image(PRE)),
)

PRIVILEGES: dict[str, tuple[str, ...]] = {
    "lead": ("Create", "Read", "Write", "Append", "AppendTo", "Assign"),
    "annotation": ("Create", "Read", "Write", "Append"),
    "opportunity": ("Read", "AppendTo"),
    "account": ("Read",),
    "contact": ("Read",),
    "transactioncurrency": ("Read", "AppendTo"),
    "team": ("Read",),
    "systemuser": ("Read",),
}
"""What the app itself does with each table; nothing is ever deleted."""
POINTED_TO = ("Read", "AppendTo")
"""The same with each further table in which the field map looks something up, as those of the dual-write package."""


@dataclass(frozen=True)
class Wanted:
    """One environment's set-up. `webhook_key` is a function key; `application_id` the client id of the app's identity."""

    prefix: str = DEFAULT_PREFIX
    profile: Profile = Profile.OWN
    webhook_url: str = ""
    webhook_key: str = field(default="", repr=False)
    application_id: str = ""
    mapping_file: Path | None = None

    @property
    def key_column(self) -> str:
        """The lead's column that is its alternate key."""
        return f"{self.prefix}_{KEY}"

    @property
    def key_schema_name(self) -> str:
        """The alternate key's own name."""
        return f"{self.prefix}_{KEY.capitalize()}Index"

    def column(self, column: Column) -> str:
        """The column's logical name."""
        return f"{self.prefix}_{column.suffix}"

    def schema_name(self, column: Column) -> str:
        """The same as it is spelled when it is made."""
        return f"{self.prefix}_{column.schema_suffix}"

    def image_columns(self, table: str) -> str:
        """What the image of a table's event carries."""
        return f"{self.key_column},{_STATE}" if table == "lead" else "originatingleadid,statecode"

    def package_columns(self) -> tuple[str, ...]:
        """The dual-write package's columns that the field map writes; none in the profile `own`."""
        return tuple(row.target for row in self.lead_rows() if row.profile is Profile.DUAL_WRITE)

    def lookup_sets(self) -> tuple[str, ...]:
        """The entity sets in which the field map looks up what a lead points to."""
        return tuple(dict.fromkeys(row.lookup.set for row in self.lead_rows() if row.lookup))

    def lead_rows(self) -> tuple[Row, ...]:
        """The rows of the field map in force that write the lead; raises MappingInvalid."""
        return load(self.mapping_file, prefix=self.prefix, profile=self.profile).rows(MapName.PROSPECT_TO_LEAD)


def port_is_supported(url: str) -> bool:
    """Dataverse calls ports 80 and 443 only (docs: register-web-hook); a loopback address is the sandbox, which takes any."""
    return is_here(url) or (urlsplit(url).port or 443) in (80, 443)


def is_here(url: str) -> bool:
    """Whether an address leads to this machine, as the sandbox's do."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost")
