"""The checks of Sales: identity, rights, and everything that `provision sales` makes."""

from __future__ import annotations

from datetime import timedelta

import requests

from operations import provision_view, provision_webhooks
from operations.dataverse import LEAD, READING
from operations.doctor_model import Check, Context, Result, error, ok, skipped, unless, warning
from operations.provision_lead import ACTIVE, key_of
from operations.provision_role import DEPTH, needed, user_of
from operations.provision_wanted import COLUMNS, STEPS, VIEW
from shared.errors import AccessRefused
from shared.odata_messages import Operation, query

FEW_REQUESTS = 500
"""Of 6,000 in 300 s (docs: api-limits)."""
FAILED_JOB = 31
MAIN_FORM = 2
_HEADROOM = "x-ms-ratelimit-burst-remaining-xrm-requests"
_CONTROLS = ("emailaddress1", "companyname", "notescontrol")
"""Of the sections Contact, Company and Timeline, whose names depend on the language."""


def reachable(url: str) -> Result:
    """Whether anybody answers there over TLS; a refusal is an answer."""
    try:
        answer = requests.get(url, timeout=10, allow_redirects=False)
    except requests.exceptions.SSLError as problem:
        return error(
            f"no TLS connection: {type(problem).__name__}",
            "the certificate is not accepted, or it is no https",
            "check address and proxy",
        )
    except requests.RequestException as problem:
        return error(f"no answer: {type(problem).__name__}")
    return ok(f"HTTP {answer.status_code} without a sign-in")


def sales_answers(context: Context) -> Result:
    """S100: Sales answers."""
    return reachable(f"{context.settings.sales_url}/api/data/v9.2/")


def identity(context: Context) -> Result:
    """S101: Sales accepts our identity."""
    try:
        return ok(f"user {context.sales.get('WhoAmI')['UserId']}")
    except AccessRefused as refused:
        if refused.status == 403:
            return error(
                refused.message,
                "the identity is no enabled user of this environment",
                "add an application user with its client id",
            )
        return error(
            refused.message,
            "no token, or one for another address or tenant",
            "check SALES_URL, and sign in (az login) or check the managed identity",
        )


def organization(context: Context) -> Result:
    """S102: the right organization."""
    wanted, found = context.settings.sales_organization_id, str(context.sales.get("WhoAmI")["OrganizationId"])
    if not wanted:
        return warning(
            f"organization {found}; SALES_ORGANIZATION_ID is not set",
            "a copied environment would send us its events",
            f"set it to {found}",
        )
    return ok(found) if wanted.lower() == found.lower() else error(f"{found}, not {wanted}")


def privileges(context: Context) -> Result:
    """S103: the app's privileges in Sales."""
    application = context.environment.application_id
    user = user_of(context.sales, application) if application else {"systemuserid": context.sales.get("WhoAmI")["UserId"]}
    if user is None:
        return error(f"no application user with the client id {application}")
    answer = context.sales.get(f"systemusers({user['systemuserid']})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()")
    held = {str(row["PrivilegeId"]).lower() for row in answer["RolePrivileges"] if row["Depth"] == DEPTH}
    missing = [name for name, privilege in needed(context.sales, context.environment.wanted).items() if privilege not in held]
    return unless([f"lacks {name}" for name in missing], f"all that the app needs, for {application or 'whoever asks now'}")


def columns(context: Context) -> Result:
    """S104: the lead's columns."""
    cast = "Microsoft.Dynamics.CRM.StringAttributeMetadata"
    rows = context.sales.rows(f"{LEAD}/Attributes/{cast}?{query(select='LogicalName,MaxLength')}")
    lengths = {str(row["LogicalName"]): int(row["MaxLength"]) for row in rows}
    wanted = {context.environment.wanted.column(column): column.length for column in COLUMNS}
    missing = [f"{name} is missing" for name in wanted if name not in lengths]
    short = [
        f"{name} takes {lengths[name]} characters, not {length}"
        for name, length in wanted.items()
        if lengths.get(name, length) < length
    ]
    return unless([*missing, *short], f"{len(wanted)} columns with the prefix {context.settings.lead_column_prefix}")


def alternate_key(context: Context) -> Result:
    """S105: the alternate key is Active."""
    found = key_of(context.sales, context.environment.wanted.key_column)
    if found is None:
        return error("there is none")
    status = str(found["EntityKeyIndexStatus"])
    return ok(status) if status == ACTIVE else error(f"its index is {status}")


def view(context: Context) -> Result:
    """S107: the view for sellers."""
    found = provision_view.view_of(context.sales)
    if found is None:
        return warning(f"there is no view {VIEW}")
    return unless(provision_view.problems(found, context.environment.wanted), "shows our leads, newest first", warning)


def form(context: Context) -> Result:
    """S108: the lead's form shows requester, company and timeline."""
    condition = f"objecttypecode eq 'lead' and type eq {MAIN_FORM}"
    rows = context.sales.rows(f"systemforms?{query(select='name,formxml', filter=condition)}")
    for row in rows:
        if all(f'"{control}"' in str(row["formxml"]) for control in _CONTROLS):
            return ok(f"form {row['name']}")
    return warning(f"none of {len(rows)} main forms has all of {', '.join(_CONTROLS)}")


def endpoint(context: Context) -> Result:
    """S109: the webhook endpoint."""
    found = provision_webhooks.endpoint_of(context.sales)
    if found is None:
        return error("there is no service endpoint of ours")
    url = context.environment.webhook_url
    problems = [f"it calls {found['url']}, not {url}"] if url and found["url"] != url else []
    problems += (
        [] if found["isauthvalueset"] and found["authtype"] == provision_webhooks.WEBHOOK_KEY else ["it has no webhook key"]
    )
    return unless(problems, str(found["url"]))


def steps(context: Context) -> Result:
    """S110: the webhook steps."""
    registered, problems = provision_webhooks.steps_of(context.sales), []
    for step in STEPS:
        found = next((row for row in registered if provision_webhooks.is_for(row, step)), None)
        wrong = ["it is missing"] if found is None else provision_webhooks.step_problems(found, step, context.environment.wanted)
        problems += [f"{step.label}: {problem}" for problem in wrong]
    return unless(problems, f"{len(STEPS)} steps")


def messages(context: Context) -> Result:
    """S111: the messages to register on."""
    on = {table: provision_webhooks.messages_on(context.sales, table) for table in ("lead", "opportunity")}
    found = {step.label: provision_webhooks.named(on[step.table], step) for step in STEPS}
    names = sorted({str(row["sdkmessageid"]["name"]) for row in found.values() if row})
    return unless([f"no message for {label}" for label, row in found.items() if row is None], ", ".join(names))


def failed_deliveries(context: Context) -> Result:
    """S112: webhooks are delivered."""
    ids = [str(row["sdkmessageprocessingstepid"]) for row in provision_webhooks.steps_of(context.sales)]
    owners = " or ".join(f"_owningextensionid_value eq {step_id}" for step_id in ids)
    since = (context.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = f"statuscode eq {FAILED_JOB} and completedon gt {since} and ({owners})"
    found = (
        context.sales.rows(
            f"asyncoperations?{query(select='friendlymessage', filter=condition, orderby='completedon desc', top='50')}"
        )
        if ids
        else []
    )
    return warning(f"{len(found)} in 24 h, the last: {found[0]['friendlymessage']}") if found else ok("none in 24 h")


def headroom(context: Context) -> Result:
    """S128: requests left."""
    answer = context.sales.service.send(Operation("GET", "WhoAmI", READING))
    left = answer.headers.get(_HEADROOM)
    if left is None:
        return skipped(f"no header {_HEADROOM}")
    return (
        ok(f"{left} requests left in this window")
        if int(left) >= FEW_REQUESTS
        else warning(f"{left} requests left in this window")
    )


CHECKS = (
    Check("S100", "Sales answers", sales_answers, "wrong address, no network, a proxy", "check SALES_URL"),
    Check("S101", "Sales accepts our identity", identity, "", "", ("S100",)),
    Check(
        "S102",
        "the right organization",
        organization,
        "SALES_URL leads to a copy",
        "correct SALES_URL or SALES_ORGANIZATION_ID",
        ("S101",),
    ),
    Check(
        "S103",
        "the app's privileges in Sales",
        privileges,
        "a role is missing",
        "provision sales --apply, with the app's client id",
        ("S101", "B309"),
    ),
    Check(
        "S104",
        "the lead's columns",
        columns,
        "not provisioned, or another prefix",
        "provision sales --apply; set LEAD_COLUMN_PREFIX",
        ("S101",),
    ),
    Check(
        "S105",
        "the alternate key is Active",
        alternate_key,
        "its index is being built, or two leads have one value",
        "wait; provision sales --apply",
        ("S101", "S104"),
    ),
    Check("S107", "the view for sellers", view, "not provisioned, or changed", "provision sales --apply", ("S101", "B309")),
    Check("S108", "the lead's form shows requester, company and timeline", form, "a form of your own", "add them", ("S101",)),
    Check("S109", "the webhook endpoint", endpoint, "not provisioned, or the app moved", "provision sales --apply", ("S101",)),
    Check(
        "S111",
        "the messages to register on",
        messages,
        "another version of Sales",
        "tell the maintainers which messages there are",
        ("S101",),
    ),
    Check("S110", "the webhook steps", steps, "not provisioned, or changed", "provision sales --apply", ("S101", "S109", "S111")),
    Check(
        "S112",
        "webhooks are delivered",
        failed_deliveries,
        "the app refused, or did not answer in 60 s",
        "read the failed system jobs; nothing is lost, the timer repairs it",
        ("S101", "S109"),
    ),
    Check(
        "S128", "requests left", headroom, "another program uses the same user", "give the bridge a user of its own", ("S101",)
    ),
)
