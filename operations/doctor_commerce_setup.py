"""The checks of what head office set up: channels, their default customers, number sequences, jobs, mails, events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from operations.doctor_canary import decision_proven
from operations.doctor_model import CONFIRMED, Check, Context, Result, error, ok, skipped, unless, warning
from shared.errors import Missing
from shared.models import PartyType
from shared.policy import Customers

HIERARCHY_SEQUENCE, CUSTOMER_SEQUENCE = "CustHierarchyId", "CustAccount"
"""DataTypeName in NumberSequencesV2References (not published: seen in the data of environments)."""
JOBS = "P-0001,Synchronize customers and channel requests,1010"
JOBS_SETTING = "DOCTOR_JOBS"
"""Setting: the batch jobs' descriptions, since companies name them as they like and the documentation has three names."""
LATE = timedelta(hours=24)
_B2B = "IsB2BProspect eq Microsoft.Dynamics.DataEntities.NoYes'Yes'"
_BAD_JOB = ("Hold", "Error", "Canceled", "NotRun")
_DEFAULTS = ("CustomerGroupId", "SalesCurrencyCode", "LanguageId", "AddressBooks")


def feature_in_use(context: Context) -> Result:
    """C206: the B2B feature is in use."""
    found = context.rows("CustomerHiearchies", select="CustomerHierarchyId", top="1")
    return ok("there are customer hierarchies") if found else _confirmation(context, "C206", "no customer hierarchy so far")


def party_type(context: Context) -> Result:
    """C226: the party of a request."""
    rows = context.rows("Prospects", filter=f"{context.in_scope()} and {_B2B}", select="ProspectPartyType", top="20")
    types = {str(row["ProspectPartyType"]) for row in rows}
    if not types:
        return skipped("no request has come so far", "look again after the first one")
    if unknown := types - set(PartyType):
        return error(f"parties of the type {', '.join(sorted(unknown))}")
    if PartyType.ORGANIZATION in types:
        return warning(
            "the request's party is an Organization: two customers would share its e-mail address", "a custom request process"
        )
    return ok(", ".join(sorted(types)))


def hierarchy_sequence(context: Context) -> Result:
    """C208: number sequence of hierarchies."""
    return _sequence(context, HIERARCHY_SEQUENCE, "")


def customer_sequences(context: Context) -> Result:
    """C209: number sequence of customers."""
    if context.settings.customers is Customers.COMMERCE:
        return ok("Commerce creates the customers")
    missing = [
        entity for entity in context.settings.legal_entities if _sequence(context, CUSTOMER_SEQUENCE, entity).level != "ok"
    ]
    return unless(
        [f"none for {entity}" for entity in missing], "there; whether it takes a given number shows in the canary", warning
    )


def channels(context: Context) -> Result:
    """C211: the B2B channels."""
    problems = []
    for entity in context.settings.legal_entities:
        own = [row for row in context.channels if str(row["DefaultCustomerLegalEntity"]).lower() == entity]
        problems += [] if own else [f"{entity} has no online channel"]
        problems += [f"{row['RetailChannelId']} has no {name}" for row in own for name in _missing_in(context, row)]
    return unless(problems, f"{len(context.channels)} online channels")


def default_customers(context: Context) -> Result:
    """C212: the channels' default customers."""
    lacking = {str(row["CustomerAccount"]): [name for name in _DEFAULTS if not row[name]] for row in context.default_customers}
    on_account = [str(row["CustomerAccount"]) for row in context.default_customers if row["AllowOnAccount"] != "Yes"]
    problems = [f"{account} has no {', '.join(names)}" for account, names in lacking.items() if names]
    wanted = {str(row["DefaultCustomerAccount"]) for row in context.retail_channels.values()}
    problems += [f"there is no customer {account}" for account in sorted(wanted - lacking.keys() - {""})]
    if problems:
        return error("; ".join(problems))
    return warning(f"{', '.join(on_account)}: AllowOnAccount is not Yes") if on_account else ok(", ".join(lacking))


def mail_profile(context: Context) -> Result:
    """C213: the channels' e-mail profiles."""
    empty = [name for name, row in _own_retail_channels(context).items() if not row["EventNotificationProfileId"]]
    return unless([f"{name} has no e-mail notification profile" for name in empty], "each channel has one")


def reference_data(context: Context) -> Result:
    """C214: customer groups and currencies."""
    groups = {
        (str(row["dataAreaId"]).lower(), str(row["CustomerGroupId"]).lower())
        for row in context.rows("CustomerGroups", filter=context.in_scope())
    }
    currencies = {str(row["CurrencyCode"]) for row in context.rows("Currencies")}
    problems = []
    for row in context.default_customers:
        group, currency = str(row["CustomerGroupId"]), str(row["SalesCurrencyCode"])
        problems += (
            [f"no customer group {group}"] if group and (str(row["dataAreaId"]).lower(), group.lower()) not in groups else []
        )
        problems += [f"no currency {currency}"] if currency and currency not in currencies else []
    return unless(problems, "groups and currencies of the default customers exist")


def jobs(context: Context) -> Result:
    """C215: the batch jobs."""
    rows = {str(row["JobDescription"]): row for row in context.rows("BatchJobs")}
    names = [name.strip() for name in context.environment.variables.get(JOBS_SETTING, JOBS).split(",")]
    problems = [f"there is no batch job {name}" for name in names if name not in rows]
    problems += [f"{name} is {rows[name]['Status']}" for name in names if name in rows and rows[name]["Status"] in _BAD_JOB]
    late = [name for name in names if name in rows and context.now() - _moment(rows[name]["StartDateTime"]) > LATE]
    return unless([*problems, *(f"{name} did not start for 24 h" for name in late)], ", ".join(names), warning)


def events(context: Context) -> Result:
    """C217: an event announces new requests."""
    active = [row for row in context.rows("BusinessEventsConfigurations") if row["Disabled"] != "Yes"]
    endpoints = {str(row["BusinessEventsEndpoint_Name"]) for row in active}
    return ok(", ".join(sorted(endpoints))) if active else warning("no event is active: requests are found by the poll alone")


def _manual(code: str, what: str) -> Callable[[Context], Result]:
    return lambda context: _confirmation(context, code, what)


def _confirmation(context: Context, code: str, what: str) -> Result:
    """Skipped, until a person has looked."""
    if context.confirmed(code):
        return ok("confirmed by a person")
    return skipped(f"{what}: no interface shows it", f"look, then put {code} into {CONFIRMED}")


def _sequence(context: Context, data_type: str, scope: str) -> Result:
    try:
        rows = context.rows("NumberSequencesV2References", filter=f"DataTypeName eq '{data_type}'")
    except Missing:
        return skipped("no entity set NumberSequencesV2References")
    found = [row for row in rows if str(row["ScopeValue"]).lower() == scope and row["NumberSequenceCode"]]
    return ok(str(found[0]["NumberSequenceCode"])) if found else warning(f"no number sequence for {data_type}")


def _missing_in(context: Context, online: Any) -> list[str]:
    retail = context.retail_channels.get(str(online["OperatingUnitPartyNumber"]))
    if not online["OperatingUnitPartyNumber"]:
        return ["operating unit"]
    if retail is None:
        return ["retail channel with its operating unit"]
    return [] if retail["DefaultCustomerAccount"] else ["default customer"]


def _own_retail_channels(context: Context) -> dict[str, Any]:
    parties = {str(row["OperatingUnitPartyNumber"]) for row in context.channels}
    return {str(row["RetailChannelId"]): row for party, row in context.retail_channels.items() if party in parties}


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


CHECKS = (
    Check(
        "C206",
        "the B2B feature is in use",
        feature_in_use,
        "the feature is off",
        "Feature management: Enable the use of B2B eCommerce capabilities",
        ("C201", "C202"),
    ),
    Check("C226", "the party of a request", party_type, "a custom request process", "CUSTOMERS=commerce", ("C202", "C206")),
    Check(
        "C207",
        "customers are linked to identities",
        _manual("C207", "Local Identity Record and Commerce Customer automatic linking"),
        "the feature is off",
        "switch it on in Feature management",
    ),
    Check(
        "C208",
        "number sequence of hierarchies",
        hierarchy_sequence,
        "not set in Commerce shared parameters",
        "Commerce shared parameters > Number sequences > Customer hierarchy ID",
        ("C201",),
    ),
    Check(
        "C209",
        "number sequence of customers",
        customer_sequences,
        "not set, or not manual",
        "Accounts receivable parameters; or CUSTOMERS=commerce",
        ("C205",),
    ),
    Check(
        "C211",
        "the B2B channels",
        channels,
        "the channel's set-up is not complete",
        "Retail and Commerce > Channels > Online stores",
        ("C202", "C203"),
    ),
    Check(
        "C212",
        "the channels' default customers",
        default_customers,
        "fields are empty; without address book job 1010 does not send new customers",
        "fill them",
        ("C211",),
    ),
    Check(
        "C213",
        "the channels' e-mail profiles",
        mail_profile,
        "no mail would go out",
        "set the e-mail notification profile of the channel",
        ("C211",),
    ),
    Check(
        "C214", "customer groups and currencies", reference_data, "deleted, or another legal entity's", "create them", ("C212",)
    ),
    Check(
        "C215",
        "the batch jobs",
        jobs,
        "not scheduled, withheld, failed, or under another name",
        f"schedule them, or set {JOBS_SETTING}",
        ("C201",),
    ),
    Check(
        "C216",
        "Document types was opened once",
        _manual("C216", "the form Document types"),
        "documents cannot be attached",
        "open Organization administration > Document management > Document types once",
    ),
    Check("C217", "an event announces new requests", events, "none is activated", "activate one, or accept the poll", ("C201",)),
    Check(
        "C219",
        "decisions take effect",
        decision_proven,
        "the status is written, but nothing follows",
        "DECISION_CHANNEL=service or manual",
        ("B302",),
    ),
    Check(
        "C230",
        "mails of approval and rejection",
        _manual("C230", "B2B prospect approved and B2B prospect rejected in the profile, with templates"),
        "no mail goes out",
        "Retail and Commerce > E-mail notification profile",
    ),
)
