"""Definitions as JSON (docs: query-metadata-web-api; EntityMetadata, AttributeMetadata and EntityKeyMetadata types)."""

from __future__ import annotations

from typing import Any

from sandbox.sales.schema import AlternateKey, Column, Kind, Option, Table
from sandbox.sales.seed import RIGHTS, seed_id

Json = dict[str, Any]
PREFIX = "Microsoft.Dynamics.CRM."
BASE_TYPE = f"{PREFIX}AttributeMetadata"
_CHOICES = {Kind.PICKLIST: "Picklist", Kind.STATE: "State", Kind.STATUS: "Status"}
_NUMBERS = {Kind.INTEGER, Kind.BIGINT, Kind.DECIMAL, Kind.DOUBLE, Kind.MONEY}


def label(text: str) -> Json:
    """A Label with one localized text (1033)."""
    if not text:
        return {"LocalizedLabels": [], "UserLocalizedLabel": None}
    localized = {"Label": text, "LanguageCode": 1033, "IsManaged": False}
    return {"LocalizedLabels": [localized], "UserLocalizedLabel": localized}


def text_of(value: Json | None) -> str:
    """The first localized text of a Label; empty for none."""
    labels = (value or {}).get("LocalizedLabels") or [{}]
    return str(labels[0].get("Label", ""))


def table_json(table: Table) -> Json:
    """EntityMetadata without its navigation properties."""
    return {
        "MetadataId": table.metadata_id,
        "LogicalName": table.name,
        "SchemaName": table.schema_name or table.name.capitalize(),
        "EntitySetName": table.set_name,
        "LogicalCollectionName": table.set_name,
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "ObjectTypeCode": table.type_code,
        "OwnershipType": "UserOwned" if table.owned else "OrganizationOwned",
        "IsCustomEntity": table.custom,
        "IsPrivate": False,
        "IsActivity": table.primary_id == "activityid",
        "IsManaged": not table.custom,
        "ChangeTrackingEnabled": table.change_tracking,
        "IsOptimisticConcurrencyEnabled": True,
        "Privileges": [_privilege(table, right) for right in RIGHTS],
        "CanCreateAttributes": {"Value": True, "CanBeChanged": False},
        "IsCustomizable": {"Value": True, "CanBeChanged": False},
        "DisplayName": label(table.label or table.name),
        "DisplayCollectionName": label(f"{table.label or table.name}s"),
        "Description": label(""),
    }


def _privilege(table: Table, right: str) -> Json:
    """SecurityPrivilegeMetadata; the real names spell some tables otherwise (annotation's are prvCreateNote, ...)."""
    name = f"prv{right}{table.name}"
    depths = {f"CanBe{depth}": table.owned or depth == "Global" for depth in ("Basic", "Local", "Deep", "Global")}
    return {"Name": name, "PrivilegeId": seed_id(f"privilege/{name}"), "PrivilegeType": right, **depths}


def column_json(table: Table, column: Column) -> Json:
    """AttributeMetadata with the properties of the column's own type; OptionSet is there for whoever expands it."""
    return _base(table, column) | _typed(column) | _choice(table, column)


def type_of(column: Column) -> str:
    """The qualified metadata type of a column, `Microsoft.Dynamics.CRM.StringAttributeMetadata`."""
    return f"{PREFIX}{column.kind.attribute_type.replace('Uniqueidentifier', 'UniqueIdentifier')}AttributeMetadata"


def base_properties(table: Table) -> set[str]:
    """The names that every column's definition has, whatever its type."""
    return set(_base(table, next(iter(table.columns.values()))))


def key_json(table: Table, key: AlternateKey) -> Json:
    """EntityKeyMetadata."""
    return {
        "MetadataId": key.metadata_id,
        "LogicalName": key.name,
        "SchemaName": key.schema_name,
        "EntityLogicalName": table.name,
        "KeyAttributes": list(key.columns),
        "EntityKeyIndexStatus": key.status,
        "IsManaged": False,
        "DisplayName": label(key.label),
    }


def option_set_json(table: Table, column: Column) -> Json:
    """OptionSetMetadata of a choice column, BooleanOptionSetMetadata of a yes/no column."""
    common = {"MetadataId": column.metadata_id, "Name": f"{table.name}_{column.name}", "IsGlobal": False}
    if column.kind is Kind.BOOLEAN:
        no, yes = (_option(option) for option in (column.options or [Option(0, "No"), Option(1, "Yes")])[:2])
        return common | {"OptionSetType": "Boolean", "FalseOption": no, "TrueOption": yes}
    options = [_option(option) | _state_extra(table, column, option) for option in column.options]
    return common | {"OptionSetType": _CHOICES.get(column.kind, "Picklist"), "Options": options}


def _base(table: Table, column: Column) -> Json:
    attribute_type = "Owner" if column.name == "ownerid" else column.kind.attribute_type
    level = "ApplicationRequired" if column.required else "None"
    return {
        "@odata.type": f"#{type_of(column)}",
        "MetadataId": column.metadata_id,
        "LogicalName": column.name,
        "SchemaName": column.schema_name or column.name,
        "EntityLogicalName": table.name,
        "AttributeType": attribute_type,
        "AttributeTypeName": {"Value": f"{attribute_type}Type"},
        "AttributeOf": None,
        "IsCustomAttribute": column.custom,
        "IsManaged": not column.custom,
        "IsPrimaryId": column.name == table.primary_id,
        "IsPrimaryName": column.name == table.primary_name,
        "IsValidForCreate": column.creatable,
        "IsValidForRead": column.readable,
        "IsValidForUpdate": column.updatable and column.name != table.primary_id,
        "IsSecured": False,
        "RequiredLevel": {
            "Value": level,
            "CanBeChanged": True,
            "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
        },
        "DisplayName": label(column.label or column.name),
        "Description": label(""),
    }


def _typed(column: Column) -> Json:
    if column.kind in {Kind.STRING, Kind.MEMO}:
        return {"MaxLength": column.max_length, "Format": "Text", "FormatName": {"Value": "Text"}, "ImeMode": "Auto"}
    if column.kind in _NUMBERS:
        return {"MinValue": column.minimum, "MaxValue": column.maximum}
    if column.kind in {Kind.DATE, Kind.DATETIME}:
        return {"Format": "DateOnly" if column.kind is Kind.DATE else "DateAndTime"}
    if column.kind is Kind.LOOKUP:
        return {"Targets": [target.table for target in column.targets]}
    return {"DefaultFormValue": column.default} if column.kind in _CHOICES else {}


def _choice(table: Table, column: Column) -> Json:
    if column.kind in _CHOICES or column.kind is Kind.BOOLEAN:
        return {"OptionSet": option_set_json(table, column)}
    return {}


def _option(option: Option) -> Json:
    return {"Value": option.value, "Label": label(option.label), "IsManaged": False}


def _state_extra(table: Table, column: Column, option: Option) -> Json:
    if column.kind is Kind.STATUS:
        return {"@odata.type": f"#{PREFIX}StatusOptionMetadata", "State": option.state}
    if column.kind is Kind.STATE:
        default = next((status.value for status in table.status_options() if status.state == option.value), None)
        return {"@odata.type": f"#{PREFIX}StateOptionMetadata", "DefaultStatus": default, "InvariantName": option.label}
    return {}
