"""Every setting of the app: read once from the environment, checked together, all problems named at once.

docs/settings.md has a line for each; local.settings.sample.json is complete; a test keeps the three in step.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from shared.alert_rules import DEFAULT_RULES, Rule
from shared.bridge import CLAIM, CLOCK_SKEW, WRITE_TIMEOUT, Timing
from shared.errors import SettingsInvalid
from shared.policy import AccessModel, Customers, DecisionChannel, Hierarchies, NoOpportunity, Policy
from shared.principal import Role
from shared.retrying import FIRST, LONGEST, Pace


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _parsed(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("not JSON") from None


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Codes = Annotated[frozenset[int], BeforeValidator(_split)]
Table = Annotated[dict[str, str], BeforeValidator(_parsed)]
Rules = Annotated[tuple[Rule, ...], BeforeValidator(_parsed)]
Roles = Annotated[frozenset[Role], BeforeValidator(_split)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")]
"""A service's root, without a path: the token's audience is exactly this."""
PagePath = Annotated[str, Field(pattern=r"^/\S*$")]
"""A page of a service, behind its root."""


class Settings(BaseModel):
    """The app's settings; a field's alias is the name of its setting."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    # the two systems
    sales_url: Url = Field(alias="SALES_URL")
    commerce_url: Url = Field(alias="COMMERCE_URL")
    legal_entities: Names = Field(alias="LEGAL_ENTITIES", min_length=1)
    sales_organization_id: str = Field("", alias="SALES_ORGANIZATION_ID")
    managed_identity_client_id: str = Field("", alias="MANAGED_IDENTITY_CLIENT_ID")
    sales_concurrency: int = Field(8, alias="SALES_CONCURRENCY", ge=1, le=52)
    commerce_concurrency: int = Field(8, alias="COMMERCE_CONCURRENCY", ge=1, le=52)
    # storage: a connection string (Azurite), or the services' addresses with the app's identity
    storage_account: str = Field("", alias="AzureWebJobsStorage__accountName")
    table_service_uri: str = Field("", alias="AzureWebJobsStorage__tableServiceUri")
    queue_service_uri: str = Field("", alias="AzureWebJobsStorage__queueServiceUri")
    blob_service_uri: str = Field("", alias="AzureWebJobsStorage__blobServiceUri")
    storage_connection: str = Field("", alias="AzureWebJobsStorage", repr=False, validate_default=True)
    # the lead
    lead_column_prefix: str = Field("b2b", alias="LEAD_COLUMN_PREFIX", pattern=r"^[a-z][a-z0-9]{1,7}$")
    lead_profile: str = Field("own", alias="LEAD_PROFILE", pattern=r"^(own|dual-write)$")
    lead_owner_teams: Table = Field(default_factory=dict, alias="LEAD_OWNER_TEAMS")
    mapping_file: Path | None = Field(None, alias="MAPPING_FILE")
    # the company's choices
    customers: Customers = Field(Customers.BRIDGE, alias="CUSTOMERS")
    decision_channel: DecisionChannel = Field(DecisionChannel.MANUAL, alias="DECISION_CHANNEL")
    decision_service: str = Field("", alias="DECISION_SERVICE", validate_default=True)
    access_model: AccessModel = Field(AccessModel.PERSON, alias="ACCESS_MODEL")
    no_opportunity: NoOpportunity = Field(NoOpportunity.WAIT, alias="NO_OPPORTUNITY")
    hierarchies: Hierarchies = Field(Hierarchies.COMMERCE, alias="HIERARCHIES")
    lead_reject_reasons: Codes = Field(frozenset({4, 6}), alias="LEAD_REJECT_REASONS")
    opportunity_reject_reasons: Codes = Field(frozenset({4, 5}), alias="OPPORTUNITY_REJECT_REASONS")
    approve_hold: timedelta = Field(timedelta(0), alias="APPROVE_HOLD", ge=timedelta(0))
    reject_hold: timedelta = Field(timedelta(minutes=15), alias="REJECT_HOLD", ge=timedelta(0))
    settle_time: timedelta = Field(timedelta(minutes=10), alias="SETTLE_TIME", gt=timedelta(0))
    effects_grace: timedelta = Field(timedelta(minutes=15), alias="EFFECTS_GRACE", ge=timedelta(0))
    look_again: timedelta = Field(timedelta(hours=1), alias="LOOK_AGAIN", ge=timedelta(minutes=1))
    # one invocation
    claim_time: timedelta = Field(CLAIM, alias="CLAIM_TIME", gt=timedelta(0), lt=timedelta(minutes=5))
    write_timeout: timedelta = Field(WRITE_TIMEOUT, alias="WRITE_TIMEOUT", gt=timedelta(0))
    retry_after: timedelta = Field(FIRST, alias="RETRY_AFTER", gt=timedelta(0), le=timedelta(minutes=5))
    retry_longest: timedelta = Field(LONGEST, alias="RETRY_LONGEST", gt=timedelta(0), le=timedelta(hours=1))
    clock_skew: timedelta = Field(CLOCK_SKEW, alias="CLOCK_SKEW", ge=timedelta(0), validate_default=True)
    # the operators' console
    console_developer: Role | None = Field(None, alias="CONSOLE_DEVELOPER")
    console_personal_data_roles: Roles = Field(frozenset({Role.OPERATOR, Role.ADMIN}), alias="CONSOLE_PERSONAL_DATA_ROLES")
    operators: Table = Field(default_factory=dict, alias="OPERATORS")
    prospect_link: PagePath = Field("/?cmp={legal_entity}", alias="COMMERCE_PROSPECT_LINK")
    customer_link: PagePath = Field("/?cmp={legal_entity}", alias="COMMERCE_CUSTOMER_LINK")
    alert_webhook: str = Field("", alias="ALERT_WEBHOOK", repr=False, pattern=r"^(https?://\S+)?$")
    console_url: str = Field("", alias="CONSOLE_URL", pattern=r"^(https?://[^\s/?#]+)?$")
    alert_rules: Rules = Field(DEFAULT_RULES, alias="ALERT_RULES")

    @field_validator("console_developer", mode="before")
    @classmethod
    def _developer(cls, value: object) -> object:
        """`true` is everything; `false` is nobody; a role is that role."""
        return {"true": Role.ADMIN, "false": None}.get(value.lower(), value) if isinstance(value, str) else value

    @field_validator("lead_owner_teams")
    @classmethod
    def _teams(cls, value: dict[str, str]) -> dict[str, str]:
        """Keys in lower case, as both systems ignore case; raises ValueError for what is no id, or is named twice."""
        teams: dict[str, str] = {}
        for name, team in value.items():
            folded = name.strip().lower()
            if folded in teams:
                raise ValueError(f"{name} is there twice")
            teams[folded] = _guid(team, name)
        return teams

    @field_validator("legal_entities")
    @classmethod
    def _folded(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.lower() for name in value)

    # Checked with their own field: a validator of the whole model would not run, and name nothing, where another field is wrong.

    @field_validator("storage_connection")
    @classmethod
    def _reachable(cls, value: str, others: ValidationInfo) -> str:
        addresses = [name for name in ("table_service_uri", "queue_service_uri", "blob_service_uri") if not others.data.get(name)]
        if value or others.data.get("storage_account") or not addresses:
            return value
        if len(addresses) == 3:
            raise ValueError("missing (a connection string, or AzureWebJobsStorage__accountName)")
        missing = ", ".join(str(cls.model_fields[name].alias) for name in addresses)
        raise ValueError(f"AzureWebJobsStorage__accountName is missing, or else {missing}")

    @field_validator("decision_service")
    @classmethod
    def _told(cls, value: str, others: ValidationInfo) -> str:
        if not value and others.data.get("decision_channel") is DecisionChannel.SERVICE:
            raise ValueError("missing, since DECISION_CHANNEL is service")
        return value

    @field_validator("clock_skew")
    @classmethod
    def _leaves_time_to_write(cls, value: timedelta, others: ValidationInfo) -> timedelta:
        if (
            others.data.get("claim_time", CLAIM)
            <= Timing(write=others.data.get("write_timeout", WRITE_TIMEOUT), skew=value).to_write
        ):
            raise ValueError("with WRITE_TIMEOUT it is longer than CLAIM_TIME, so that nothing could ever be written")
        return value

    def timing(self) -> Timing:
        """How long one invocation and its writes may take."""
        return Timing(self.claim_time, self.write_timeout, self.clock_skew, Pace(self.retry_after, self.retry_longest))

    def policy(self) -> Policy:
        """The company's choices as the decision table takes them."""
        return Policy(
            customers=self.customers,
            decision_channel=self.decision_channel,
            access_model=self.access_model,
            no_opportunity=self.no_opportunity,
            hierarchies=self.hierarchies,
            approve_hold=self.approve_hold,
            reject_hold=self.reject_hold,
            settle=self.settle_time,
            effects_grace=self.effects_grace,
            look_again=self.look_again,
            lead_reasons_that_reject=self.lead_reject_reasons,
            opportunity_reasons_that_reject=self.opportunity_reject_reasons,
            legal_entities=frozenset(self.legal_entities),
        )


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings; raises SettingsInvalid with one line for each that is missing or wrong. An empty value is a missing one."""
    given: dict[str, Any] = {name: value for name, value in environment.items() if value.strip()}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsInvalid([_problem(item["loc"], item["msg"], item["type"]) for item in error.errors()]) from None


def _guid(text: str, name: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ValueError(f"{name} has no id of a team (a GUID)") from None


def _problem(location: tuple[int | str, ...], message: str, kind: str) -> str:
    """One line that names the setting and never shows its value. A default that is wrong is told under its field's own name."""
    field = Settings.model_fields.get(str(location[0]))
    setting = field.alias if field else location[0]
    return f"{setting}: " + ("missing" if kind == "missing" else message.removeprefix("Value error, "))
