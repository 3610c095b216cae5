"""The platform's own tables that the bridge, provision and doctor use, cut to the columns in their reference that matter here."""

from __future__ import annotations

from sandbox.sales.columns import (
    ACTIVE_INACTIVE,
    create_only,
    flags,
    lookup,
    memo,
    number,
    read_only,
    required,
    states,
    table,
    texts,
)
from sandbox.sales.schema import Column, Kind, Table
from sandbox.sales.tables_webhooks import webhook_tables


def system_tables() -> list[Table]:
    """Fresh definitions of the platform's tables."""
    return [
        _systemuser(),
        _team(),
        _businessunit(),
        _campaign(),
        _transactioncurrency(),
        _organization(),
        _role(),
        _privilege(),
        _publisher(),
        _solution(),
        _solutioncomponent(),
        _savedquery(),
        _systemform(),
        *webhook_tables(),
    ]


def _systemuser() -> Table:
    return table(
        "systemuser",
        "systemusers",
        8,
        "fullname",
        texts(200, "fullname"),
        texts(1024, "domainname"),
        texts(100, "internalemailaddress"),
        Column("azureactivedirectoryobjectid", Kind.GUID),
        Column("applicationid", Kind.GUID),
        flags("isdisabled"),
        lookup("businessunitid", "businessunit", "business_unit_system_users"),
        owned=False,
        label="User",
    )


def _team() -> Table:
    return table(
        "team", "teams", 9, "name", required(texts(160, "name")[0]), texts(2000, "description"), owned=False, label="Team"
    )


def _businessunit() -> Table:
    return table(
        "businessunit",
        "businessunits",
        10,
        "name",
        texts(160, "name"),
        lookup("parentbusinessunitid", "businessunit"),
        owned=False,
        label="Business Unit",
    )


def _campaign() -> Table:
    return table("campaign", "campaigns", 4400, "name", texts(128, "name"), label="Campaign")


def _transactioncurrency() -> Table:
    return table(
        "transactioncurrency",
        "transactioncurrencies",
        9105,
        "currencyname",
        texts(100, "currencyname"),
        texts(5, "isocurrencycode"),
        texts(10, "currencysymbol"),
        number("exchangerate", 0, 1e11, Kind.DECIMAL),
        states(ACTIVE_INACTIVE),
        owned=False,
        label="Currency",
    )


def _organization() -> Table:
    return table(
        "organization",
        "organizations",
        1019,
        "name",
        texts(160, "name"),
        number("expirechangetrackingindays", 0, 365),
        number("languagecode", 0, 2**31 - 1),
        lookup("basecurrencyid", "transactioncurrency"),
        owned=False,
        label="Organization",
    )


def _role() -> Table:
    return table(
        "role",
        "roles",
        1036,
        "name",
        texts(100, "name"),
        lookup("businessunitid", "businessunit"),
        owned=False,
        label="Security Role",
    )


def _privilege() -> Table:
    return table(
        "privilege",
        "privileges",
        1023,
        "name",
        texts(100, "name"),
        number("accessright", 0, 1e6),
        owned=False,
        label="Privilege",
    )


def _publisher() -> Table:
    return table(
        "publisher",
        "publishers",
        7101,
        "friendlyname",
        texts(256, "friendlyname", "uniquename"),
        texts(2000, "description"),
        texts(8, "customizationprefix"),
        number("customizationoptionvalueprefix", 10_000, 99_999),
        owned=False,
        label="Publisher",
    )


def _solution() -> Table:
    return table(
        "solution",
        "solutions",
        7100,
        "friendlyname",
        texts(256, "friendlyname", "version"),
        texts(65, "uniquename"),
        texts(2000, "description"),
        read_only(flags("ismanaged")[0]),
        required(lookup("publisherid", "publisher", "publisher_solution")),
        owned=False,
        label="Solution",
    )


def _solutioncomponent() -> Table:
    return table(
        "solutioncomponent",
        "solutioncomponents",
        7103,
        "solutioncomponentid",
        number("componenttype", 0, 100_000),
        Column("objectid", Kind.GUID),
        number("rootcomponentbehavior", 0, 2),
        lookup("solutionid", "solution", "solution_solutioncomponent"),
        owned=False,
        label="Solution Component",
    )


def _savedquery() -> Table:
    return table(
        "savedquery",
        "savedqueries",
        1039,
        "name",
        required(texts(200, "name")[0]),
        required(texts(64, "returnedtypecode")[0]),
        create_only(number("querytype", 0, 8192)),
        memo("fetchxml", 2**30),
        memo("layoutxml", 2**30),
        texts(2000, "description"),
        flags("isdefault", "isquickfindquery"),
        states(ACTIVE_INACTIVE),
        owned=False,
        label="View",
    )


def _systemform() -> Table:
    return table(
        "systemform",
        "systemforms",
        1030,
        "name",
        texts(100, "name"),
        texts(64, "objecttypecode"),
        number("type", 0, 200),
        memo("formxml", 2**30),
        texts(2000, "description"),
        owned=False,
        primary_id="formid",
        label="System Form",
    )
