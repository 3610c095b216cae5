"""The JSON API's bodies. The OpenAPI document is made from these models, so that the two cannot differ. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.console_filters import LONGEST_TEXT
from shared.console_lists import View
from shared.explaining import explain
from shared.operating import LONGEST_NOTE, LONGEST_REASON
from shared.record import Cause, HistoryEntry, Onboarding, Stage
from shared.rows import Summary

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON)]
Key = Annotated[str, Field(description="legal entity, a point, prospect id", examples=["usmf.P-000123"], max_length=400)]


class Model(BaseModel):
    """A body that an answer or a call has; what it does not name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# ---- answers


class Item(Model):
    """An onboarding as a list shows it."""

    key: Key
    legal_entity: str
    prospect_id: str
    organization_name: str
    stage: Stage
    attention: Cause | None
    since: datetime = Field(description="since when in this stage, or since when the attention is open")
    because: str
    assigned_to: str
    held: bool
    correlation_id: str

    @classmethod
    def of(cls, summary: Summary) -> Self:
        """The item that an index row shows."""
        return cls(
            key=summary.key.text,
            legal_entity=summary.key.legal_entity,
            prospect_id=summary.prospect_id,
            organization_name=summary.organization_name,
            stage=summary.stage,
            attention=summary.attention,
            since=summary.since,
            because=summary.because,
            assigned_to=summary.assigned_to,
            held=summary.held,
            correlation_id=summary.correlation_id,
        )


class ItemPage(Model):
    """Part of a list."""

    items: list[Item]
    cursor: str | None = Field(description="where the next page begins; null: this was the last one")
    unfinished: bool = Field(description="the filter hits seldom: reading ended early, go on with the cursor")


class AttentionShown(Model):
    """An open attention."""

    cause: Cause
    since: datetime
    detail: str


class Shown(Model):
    """One onboarding: ids and states, nothing personal."""

    key: Key
    legal_entity: str
    prospect_id: str
    organization_name: str
    correlation_id: str
    stage: Stage
    stage_since: datetime
    requested_at: datetime | None = Field(description="when the event that first told of it happened, or was received")
    created_at: datetime
    because: str
    why_is_it_waiting: str
    attentions: list[AttentionShown]
    lead_id: str
    lead_state: str
    opportunities: dict[str, str]
    prospect_status: str | None
    organization_account: str
    person_account: str
    hierarchy_id: str
    lead_created_at: datetime | None
    qualified_at: datetime | None
    closed_at: datetime | None
    decided_at: datetime | None
    completed_at: datetime | None
    looked_at_again: datetime | None
    observed_at: datetime | None = Field(description="when both systems were last looked at")
    quiet_looks: int = Field(description="how many looks in a row found nothing new; they are no lines of its history")
    held_by: str
    assigned_to: str
    note: str
    sales_requests: int
    commerce_requests: int
    table_operations: int

    @classmethod
    def of(cls, known: Onboarding, now: datetime, shows: Callable[[str], bool]) -> Self:
        """The onboarding on record; `shows`: whether whoever calls may see the detail of an attention of that cause."""
        same = {name: getattr(known, name) for name in cls.model_fields if hasattr(known, name)}
        return cls.model_validate(
            {
                **same,
                "key": known.key.text,
                "because": known.excluded_because,
                "opportunities": known.opportunities_there,
                "why_is_it_waiting": explain(known, now),
                "attentions": [
                    {"cause": a.cause, "since": a.since, "detail": a.detail if shows(a.cause) else ""} for a in known.attentions
                ],
                "looked_at_again": known.due,
                "note": known.operator_note,
            }
        )


class Line(Model):
    """A line of an onboarding's history."""

    at: datetime
    what: str
    detail: str
    request_id: str
    who: str = Field(description="an operator's object id, where one did it")

    @classmethod
    def of(cls, entry: HistoryEntry, shows: Callable[[str], bool]) -> Self:
        """The line on record; `shows`: whether whoever calls may see its detail."""
        detail = entry.detail if shows(entry.what) else ""
        return cls(at=entry.at, what=entry.what, detail=detail, request_id=entry.request_id, who=entry.who)


class LinePage(Model):
    """Part of a history, newest first."""

    lines: list[Line]
    cursor: str | None


class IntendedWrite(Model):
    """One write that a replay would make."""

    system: str
    record: str
    fields: dict[str, str] | None = Field(description="null where the caller's roles do not show personal data")
    mail: str = Field(description="the mail that Commerce would send because of it")


class WhatIf(Model):
    """What a replay would do now. Nothing was written."""

    key: Key
    stage: Stage
    attentions: list[Cause]
    writes: list[IntendedWrite]
    changes_nothing: bool
    failed: bool = Field(description="a system refused or did not answer, so that it would not get to its end")


class Counts(Model):
    """How many are where, as far as the figures are folded."""

    at: datetime
    as_of: datetime | None = Field(description="up to when everything is counted; null: the first poll is still to come")
    stages: dict[Stage, int]
    attentions: dict[Cause, int]


class Me(Model):
    """Who calls, and what they may."""

    object_id: str
    roles: list[str]
    permissions: list[str]


class Document(BaseModel):
    """This document (OpenAPI 3.1)."""

    model_config = ConfigDict(extra="allow")

    openapi: str


class Accepted(Model):
    """Done, or on its way."""

    key: Key
    done: str


class Problem(BaseModel):
    """Why a call was not done (RFC 9457)."""

    type: str = "about:blank"
    status: int
    title: str
    detail: str


# ---- calls


class Filtered(Model):
    """Which onboardings. What is not said does not narrow the list."""

    view: View = View.ALL
    stage: Stage | None = None
    cause: Cause | None = None
    legal_entity: str = Field("", max_length=10)
    older: Literal["", "1h", "1d", "3d", "7d", "30d"] = Field("", description="longer in this stage, or open, than that")
    text: str = Field("", max_length=LONGEST_TEXT, description="the beginning of a word of the organization's name, or any id")
    assigned_to: str = Field("", max_length=64, description="an object id, `me`, or `nobody`")


class ListQuery(Filtered):
    """Which onboardings, and which page of them."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=1000, description="of the page before")


class HistoryQuery(Model):
    """Which page of a history."""

    cursor: str = Field("", max_length=1000, description="of the page before")


class Nothing(Model):
    """A call that says nothing more."""


class Because(Model):
    """Why it is done; kept in the history. No personal data."""

    reason: Reason


class Release(Model):
    """Why it is released, if anybody wants to say."""

    reason: str = Field("", max_length=LONGEST_REASON)


class Close(Model):
    """Which attention; none: all of them."""

    reason: Reason
    cause: Cause | None = None


class Settle(Model):
    """What is chosen about an open attention; which choices there are depends on the cause."""

    cause: Cause
    choice: str = Field(max_length=20, examples=["commerce", "sales", "reject", "approve", "accept", "again"])
    reason: Reason


class Note(Model):
    """The operators' note; empty: none any more. No personal data."""

    text: str = Field(max_length=LONGEST_NOTE)


class Assign(Model):
    """An operator's object id or label; `me`; `nobody`, or empty: nobody."""

    to: str = Field(max_length=64)
