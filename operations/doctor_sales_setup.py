"""The checks of what else in Sales must fit: reasons, currencies, teams, other integrations, the field map's columns."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from operations import provision_package
from operations.dataverse import LEAD, Dataverse
from operations.doctor_model import Check, Context, Result, error, ok, skipped, unless, warning
from operations.environment import SALES_EVENTS
from operations.provision_wanted import B2B_FLAG
from operations.provision_webhooks import WEBHOOK
from shared import sales_changes
from shared.errors import AccessRefused, Missing
from shared.field_map import MapName, Profile
from shared.odata_messages import query
from shared.policy import Customers

DISQUALIFIED, LOST = 2, 2
"""statecode of lead and opportunity"""
_RUNTIME = "msdyn_dualwriteruntimeconfigs"
_CUSTOMER_MAPS = ("account", "contact")


def changes(context: Context) -> Result:
    """S114: Sales tells what changed."""
    prefix, since = context.settings.lead_column_prefix, context.now()
    try:
        list(sales_changes.changed_leads(context.sales.service, prefix, since))
        list(sales_changes.changed_opportunities(context.sales.service, prefix, since))
    except AccessRefused as refused:
        return error(refused.message)
    return ok("leads and opportunities can be asked what changed")


def lead_reasons(context: Context) -> Result:
    """S116: reasons of a disqualified lead."""
    return _reasons(context.sales, "lead", DISQUALIFIED, context.settings.lead_reject_reasons, "LEAD_REJECT_REASONS")


def opportunity_reasons(context: Context) -> Result:
    """S117: reasons of a lost opportunity."""
    return _reasons(context.sales, "opportunity", LOST, context.settings.opportunity_reject_reasons, "OPPORTUNITY_REJECT_REASONS")


def _reasons(sales: Dataverse, table: str, state: int, configured: frozenset[int], setting: str) -> Result:
    cast = "Microsoft.Dynamics.CRM.StatusAttributeMetadata"
    path = f"EntityDefinitions(LogicalName='{table}')/Attributes/{cast}?{query(select='LogicalName', expand='OptionSet')}"
    options = [option for row in sales.rows(path) if row["LogicalName"] == "statuscode" for option in row["OptionSet"]["Options"]]
    closing = {int(option["Value"]): provision_package.label(option) for option in options if option["State"] == state}
    rejected, asked = (_listed(closing, codes) for codes in (configured, closing.keys() - configured))
    unknown = [f"{setting} names {code}, which closes no {table}" for code in sorted(configured - closing.keys())]
    return unless(unknown, f"reject: {rejected}; ask: {asked}")


def _listed(labels: dict[int, str], codes: Iterable[int]) -> str:
    """E.g. `4 Lost, 6 No Longer Interested`."""
    return ", ".join(f"{code} {labels.get(code, '')}".strip() for code in sorted(codes)) or "none"


def currencies(context: Context) -> Result:
    """S119: currencies of the channels."""
    used = {str(row["SalesCurrencyCode"]) for row in context.default_customers if row["SalesCurrencyCode"]}
    there = {
        str(row["isocurrencycode"]) for row in context.sales.rows(f"transactioncurrencies?{query(select='isocurrencycode')}")
    }
    return unless([f"no {code}" for code in sorted(used - there)], ", ".join(sorted(used)), warning)


def owner_teams(context: Context) -> Result:
    """S120: the teams that own new leads."""
    teams = context.settings.lead_owner_teams
    if not teams:
        return warning("LEAD_OWNER_TEAMS is not set: leads belong to the bridge's own user")
    gone = [f"no team {team} (for {scope})" for scope, team in teams.items() if not _team_exists(context.sales, team)]
    return unless(gone, ", ".join(teams))


def lead_map(context: Context) -> Result:
    """S122: no dual-write map of leads."""
    if not _maps(context.sales, ("lead",)):
        return ok("none")
    return error("dual-write has a map of leads: two programs would make leads, and our writes would come back through it")


def customer_maps(context: Context) -> Result:
    """S123: no dual-write map of customers."""
    found = _maps(context.sales, _CUSTOMER_MAPS)
    if not found or context.settings.customers is Customers.COMMERCE:
        return ok(f"dual-write maps: {', '.join(found)}" if found else "none")
    return error(f"dual-write maps {', '.join(found)} too, and would create customers beside the bridge")


def _maps(sales: Dataverse, tables: tuple[str, ...]) -> list[str]:
    """The tables of these that dual-write has a map for; none where dual-write is not installed."""
    try:
        rows = sales.rows(f"{_RUNTIME}?{query(select='msdyn_internalentityname')}")
    except Missing:
        return []
    names = {str(row["msdyn_internalentityname"]) for row in rows}
    return [table for table in tables if names & {table, f"{table}s"}]


def adopted(context: Context) -> Result:
    """S124: the dual-write package's columns."""
    wanted = context.environment.wanted
    if wanted.profile is Profile.OWN:
        return ok("the profile own uses none")
    if missing := provision_package.missing_columns(context.sales, wanted):
        return error(
            f"missing: {', '.join(missing)}",
            "the package is not installed",
            "install Dual-write Commerce solutions, or LEAD_PROFILE=own",
        )
    condition = f"{B2B_FLAG} eq true and {wanted.key_column} eq null"
    found = context.sales.rows(f"leads?{query(select='leadid', filter=condition, top='50')}")
    return warning(f"{len(found)} leads of B2B prospects without our key") if found else ok("no lead without our key")


def other_bridges(context: Context) -> Result:
    """S131: one bridge in this environment."""
    own = urlsplit(context.environment.bridge_url).netloc
    if not own:
        return skipped("BRIDGE_URL is not set")
    rows = context.sales.rows(f"serviceendpoints?{query(select='name,url', filter=f'contract eq {WEBHOOK}')}")
    others = [str(row["url"]) for row in rows if SALES_EVENTS in str(row["url"]) and urlsplit(str(row["url"])).netloc != own]
    return unless([f"another bridge is registered: {url}" for url in others], "no other bridge", warning)


def mapped_columns(context: Context) -> Result:
    """S133: columns of the field map."""
    targets = context.field_map().rows(MapName.PROSPECT_TO_LEAD)
    rows = context.sales.rows(f"{LEAD}/Attributes?{query(select='LogicalName')}")
    there = {str(row["LogicalName"]) for row in rows}
    return unless([f"no column {row.target}" for row in targets if row.target not in there], f"{len(targets)} columns")


def mapped_lengths(context: Context) -> Result:
    """S134: lengths of the field map."""
    cast = "Microsoft.Dynamics.CRM.StringAttributeMetadata"
    rows = context.sales.rows(f"{LEAD}/Attributes/{cast}?{query(select='LogicalName,MaxLength')}")
    there, own = {str(row["LogicalName"]): int(row["MaxLength"]) for row in rows}, f"{context.settings.lead_column_prefix}_"
    lengths = ((row.target, row.max_length) for row in context.field_map().rows(MapName.PROSPECT_TO_LEAD))
    mapped = [(name, length) for name, length in lengths if length and not name.startswith(own)]
    short = [f"{name} takes {there[name]}, not {length}" for name, length in mapped if there.get(name, length) < length]
    return unless(short, f"{len(mapped)} lengths")


def _team_exists(sales: Dataverse, team: str) -> bool:
    return sales.find(f"teams({team})?{query(select='name')}") is not None


CHECKS = (
    Check("S114", "Sales tells what changed", changes, "the role, or the columns", "provision sales --apply", ("S101", "S104")),
    Check(
        "S116",
        "reasons of a disqualified lead",
        lead_reasons,
        "the reasons were changed in Sales",
        "correct LEAD_REJECT_REASONS",
        ("S101",),
    ),
    Check(
        "S117",
        "reasons of a lost opportunity",
        opportunity_reasons,
        "the reasons were changed in Sales",
        "correct OPPORTUNITY_REJECT_REASONS",
        ("S101",),
    ),
    Check(
        "S119",
        "currencies of the channels",
        currencies,
        "not used in Sales so far",
        "add the currency in Sales",
        ("S101", "C211"),
    ),
    Check(
        "S120",
        "the teams that own new leads",
        owner_teams,
        "deleted, or another environment's id",
        "correct LEAD_OWNER_TEAMS",
        ("S101",),
    ),
    Check(
        "S122",
        "no dual-write map of leads",
        lead_map,
        "dual-write was set up for prospects",
        "stop the map Prospects (leads), or do not start the bridge",
        ("S101",),
    ),
    Check(
        "S123",
        "no dual-write map of customers",
        customer_maps,
        "dual-write was set up for customers",
        "CUSTOMERS=commerce, or stop the maps",
        ("S101",),
    ),
    Check(
        "S124",
        "the dual-write package's columns",
        adopted,
        "dual-write made leads before",
        "put the keys on them before the bridge starts",
        ("S101", "S104", "B309"),
    ),
    Check(
        "S131",
        "one bridge in this environment",
        other_bridges,
        "a copied environment, or a second app",
        "remove its endpoint",
        ("S101",),
    ),
    Check(
        "S133",
        "columns of the field map",
        mapped_columns,
        "a row of your own, or another package",
        "create the column, or take the row out",
        ("B309", "S104", "S124"),
    ),
    Check(
        "S134",
        "lengths of the field map",
        mapped_lengths,
        "the column was made shorter",
        "give the row that max_length",
        ("S101", "S133"),
    ),
)
