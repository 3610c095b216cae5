"""Dataverse's RemoteExecutionContext, read by key and never by position (docs: use-webhooks). Pure.

Webhooks of Sales and data events of Commerce both carry it. Any part may be missing: over 256 KB Dataverse removes the
parameters and the images, and the properties depend on the message.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.errors import EventNotUnderstood
from shared.events import Members, first_text, guid, header, members, moment

SIZE_EXCEEDED = "x-ms-dynamics-msg-size-exceeded"

_PLATFORM_IMAGE = "asynchronousstepprimaryname"


@dataclass(frozen=True)
class Entity:
    """A record as the context shows it. `columns` has plain values by logical name; None where only a reference came."""

    logical_name: str
    id: uuid.UUID | None
    columns: Members | None

    def column(self, name: str) -> object:
        """The column's value; None where it is empty or did not come."""
        return (self.columns or {}).get(name)


NOTHING = Entity("", None, None)


@dataclass(frozen=True)
class RemoteContext:
    """One event. `stripped`: parameters and images were left out, so nothing may be concluded from what is missing."""

    message: str
    entity: str
    primary_id: uuid.UUID | None
    parameters: Members
    before: tuple[Entity, ...]
    after: tuple[Entity, ...]
    stripped: bool
    operation_id: uuid.UUID | None
    organization_id: uuid.UUID | None
    created_on: datetime | None
    """When the platform queued it; its clock is not to be trusted for ordering (docs: use-webhooks, the sample's dates)."""

    @property
    def target(self) -> Entity:
        """The record, or the reference, that the message is about."""
        return self.entity_parameter("target")

    def entity_parameter(self, name: str) -> Entity:
        """The entity or the reference in this parameter, NOTHING where there is none."""
        return _entity(self.parameters.get(name))

    def record_id(self) -> uuid.UUID | None:
        """The record's id: `PrimaryEntityId` may be zeros, then the parameters that can hold it are asked."""
        named = (self.id_parameter("entitymoniker"), self.id_parameter("leadid"), guid(self.target.column(f"{self.entity}id")))
        return next(filter(None, (self.primary_id, self.target.id, *named)), None)

    def id_parameter(self, name: str) -> uuid.UUID | None:
        """The id in this parameter: of a reference, or a bare GUID."""
        return guid(plain(self.parameters.get(name)))


def read(content: object, headers: Mapping[str, str]) -> RemoteContext:
    """The context in a parsed body; raises EventNotUnderstood where it names no message or no table."""
    fields = members(content)
    parameters = _pairs(fields.get("inputparameters"))
    message, entity = first_text(fields, "messagename"), _entity_name(fields, parameters)
    if not message or not entity:
        raise EventNotUnderstood("no RemoteExecutionContext: it needs a MessageName and a PrimaryEntityName")
    return RemoteContext(
        message=message,
        entity=entity,
        primary_id=guid(fields.get("primaryentityid")),
        parameters=parameters,
        before=_own_images(fields.get("preentityimages"), entity),
        after=_own_images(fields.get("postentityimages"), entity),
        stripped=fields.get("inputparameters") is None or header(headers, SIZE_EXCEEDED) is not None,
        operation_id=guid(fields.get("operationid")),
        organization_id=guid(fields.get("organizationid")),
        created_on=moment(fields.get("operationcreatedon")),
    )


def _entity_name(fields: Members, parameters: Members) -> str:
    named = (_entity(parameters.get(name)).logical_name for name in ("target", "entitymoniker"))
    return first_text(fields, "primaryentityname").lower() or next(filter(None, named), "")


def _pairs(listed: object) -> Members:
    """A list of {"key", "value"} as one mapping, its keys in lower case."""
    pairs = map(members, listed if isinstance(listed, list) else ())
    return {key.lower(): pair.get("value") for pair in pairs if isinstance(key := pair.get("key"), str)}


def _entity(value: object) -> Entity:
    fields = members(value)
    listed = fields.get("attributes")
    columns = {name: plain(column) for name, column in _pairs(listed).items()} if isinstance(listed, list) else None
    return Entity(first_text(fields, "logicalname").lower(), guid(fields.get("id")), columns)


def plain(value: object) -> object:
    """The value inside {"Value": ..} (option set, money) or the id inside {"Id": ..} (reference), else the value as it is."""
    fields = members(value)
    return fields.get("value", fields.get("id")) if fields else value


def _own_images(listed: object, entity: str) -> tuple[Entity, ...]:
    """The registered images of this table. The one that the platform adds by itself proves nothing about our columns."""
    images = (_entity(image) for key, image in _pairs(listed).items() if key != _PLATFORM_IMAGE)
    return tuple(image for image in images if image.columns and image.logical_name in ("", entity))
