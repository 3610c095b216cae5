"""The checks of the bridge itself: settings, storage, queues, timers, its own endpoint, the field map."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urlsplit

import requests
from azure.core.exceptions import ResourceNotFoundError

from operations.doctor_canary import canary
from operations.doctor_model import Check, Context, Result, error, ok, skipped, unless, warning
from operations.provision_wanted import is_here, port_is_supported
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.errors import BridgeError, MappingInvalid
from shared.queues import POISON_QUEUES, QUEUES
from shared.record import Cause
from shared.rows import utc
from shared.storage import CHECKPOINTS, FAILURES, TABLES

SKEW = timedelta(seconds=60)
OVERDUE = timedelta(minutes=15)
"""Since the due-timer runs each minute, and a claim lasts four."""
TIMERS = {"due": timedelta(minutes=15), "reconcile": timedelta(minutes=15)}
"""How long ago each timer may have run; the poll runs every 1 to 5 minutes."""
_GRAVE = (Cause.GAVE_UP, Cause.POISON, Cause.IN_DOUBT)
_UNUSED_EVENT = {
    "MessageName": "Assign",
    "PrimaryEntityName": "account",
    "PrimaryEntityId": "b2b00000-0000-4000-8000-000000000000",
    "InputParameters": [],
}


def settings(context: Context) -> Result:
    """B301: settings."""
    return ok(f"complete; legal entities {', '.join(context.settings.legal_entities)}")


def storage(context: Context) -> Result:
    """B302: storage."""
    try:
        there = {table.name for table in context.environment.storage.tables.list_tables()}
    except (*FAILURES, ValueError) as problem:
        return error(f"no answer: {type(problem).__name__}")
    missing = [name for name in TABLES if name not in there]
    return unless([f"no table {name}" for name in missing], f"{len(TABLES)} tables")


def queues(context: Context) -> Result:
    """B317: queues."""
    missing = []
    for name in (*QUEUES, *POISON_QUEUES):
        try:
            context.environment.storage.queue(name).get_queue_properties()
        except ResourceNotFoundError:
            missing.append(name)
    return unless([f"no queue {name}" for name in missing], f"{len(QUEUES)} queues, and a poison queue for each")


def endpoint(context: Context) -> Result:
    """B303: the app answers."""
    if not context.environment.bridge_url:
        return skipped("BRIDGE_URL is not set", "set BRIDGE_URL and BRIDGE_KEY")
    begun = monotonic()
    try:
        answer = requests.get(
            f"{context.environment.bridge_url}/api/health",
            params={"code": context.environment.bridge_key},
            timeout=30,
            allow_redirects=False,
        )
    except requests.RequestException as problem:
        return error(f"no answer: {type(problem).__name__}")
    seconds = monotonic() - begun
    if answer.is_redirect:
        return error("sent to a sign-in", "it is asked of everybody", "unauthenticatedClientAction: AllowAnonymous")
    if answer.status_code != 200:
        return error(f"{answer.status_code}: {answer.text[:200]}")
    slow = seconds > context.slow_seconds
    return (
        warning(f"{seconds:.1f} s", "Commerce gives up after 10 s", "always-ready instances") if slow else ok(f"{seconds:.1f} s")
    )


def timers(context: Context) -> Result:
    """B304: the timers run."""
    return unless([text for name, age in TIMERS.items() if (text := _late(context, name, age))], "both ran lately")


def overdue(context: Context) -> Result:
    """B305: nothing is overdue."""
    correlation = Correlation(context.environment.storage.tables)
    found = correlation.due(context.settings.legal_entities, context.now() - OVERDUE, 100)
    return (
        warning(f"{len(found)} overdue, the oldest {found[0][0].text} since {found[0][1]:%Y-%m-%d %H:%M}")
        if found
        else ok("none")
    )


def poison(context: Context) -> Result:
    """B306: poison queues are empty."""
    return unless([f"{name}: {context.depths[name]}" for name in POISON_QUEUES if context.depths[name]], "empty")


def backlog(context: Context) -> Result:
    """B318: queues are short."""
    long = [f"{name}: {context.depths[name]}" for name in QUEUES if context.depths[name] > context.many_messages]
    return unless(long, "short", warning)


def secret(context: Context) -> Result:
    """B307: Sales' key is accepted."""
    return _posted(context, {"code": context.environment.bridge_key}, 200, "accepted with the key", "refused with the key")


def locked(context: Context) -> Result:
    """B324: the receiver asks for a key."""
    return _posted(context, {}, 401, "refused without a key", "not refused without a key")


def clock(context: Context) -> Result:
    """B308: clocks agree."""
    problems = []
    for url in (context.settings.sales_url, context.settings.commerce_url):
        answer = requests.get(url, timeout=10, allow_redirects=False)
        skew = abs(context.now() - parsedate_to_datetime(answer.headers["Date"])) if "Date" in answer.headers else timedelta()
        problems += [f"{skew.total_seconds():.0f} s away from {urlsplit(url).hostname}'s"] if skew > SKEW else []
    return unless(problems, "this machine's and both systems'", warning)


def mapping(context: Context) -> Result:
    """B309: the field map."""
    try:
        return ok(f"version {context.field_map().version}")
    except MappingInvalid as invalid:
        return error("; ".join(invalid.problems))


def holds(context: Context) -> Result:
    """B311: holds."""
    problems = [] if context.settings.reject_hold else ["REJECT_HOLD is zero, and a decline mail cannot be recalled"]
    longest = max(context.settings.approve_hold, context.settings.reject_hold)
    problems += ["a decision is held for more than a week"] if longest > timedelta(days=7) else []
    return unless(problems, f"approval {context.settings.approve_hold}, rejection {context.settings.reject_hold}", warning)


def dead_letters(context: Context) -> Result:
    """B319: dead letters."""
    found = DeadLetters(context.environment.storage.tables, context.environment.storage.dead_letter_bodies).listed(50).items
    if not found:
        return ok("none")
    return warning(f"{len(found)}{' or more' if len(found) == 50 else ''}, the first from {found[0].source}: {found[0].reason}")


def grave(context: Context) -> Result:
    """B320: cases that need help."""
    correlation = Correlation(context.environment.storage.tables)
    problems = []
    for entity in context.settings.legal_entities:
        found = {cause: len(correlation.with_attention(entity, cause).items) for cause in _GRAVE}
        problems += [f"{entity}: {number} {cause}" for cause, number in found.items() if number]
    return unless(problems, "none", warning)


def encrypted(context: Context) -> Result:
    """B321: https everywhere."""
    addresses = {"SALES_URL": context.settings.sales_url, "COMMERCE_URL": context.settings.commerce_url}
    plain = [name for name, url in addresses.items() if url.startswith("http://") and not is_here(url)]
    return unless([f"{name} is not https" for name in plain], "https, or this machine")


def webhook_address(context: Context) -> Result:
    """B322: the webhook's address."""
    url = context.environment.webhook_url
    if not url:
        return skipped("BRIDGE_URL is not set")
    if not port_is_supported(url):
        return error(f"port {urlsplit(url).port}")
    return ok(url) if url.startswith("https://") or is_here(url) else error(f"{url} is not https")


def _late(context: Context, name: str, age: timedelta) -> str:
    """Why a timer is late; empty where it ran lately. Each run takes a lease that ends some minutes after it began."""
    try:
        row = context.environment.storage.tables.get_table_client(CHECKPOINTS).get_entity("lease", name)
    except ResourceNotFoundError:
        return f"{name} never ran"
    silent = context.now() - utc(row["until"])
    return f"{name} did not run for {silent}" if silent > age else ""


def _posted(context: Context, parameters: dict[str, str], wanted: int, fine: str, wrong: str) -> Result:
    """An event that is of no use to the bridge, sent to its own receiver."""
    if not context.environment.webhook_url:
        return skipped("BRIDGE_URL is not set", "set BRIDGE_URL and BRIDGE_KEY")
    event = {**_UNUSED_EVENT, "OrganizationId": context.settings.sales_organization_id or None}
    headers = {"Content-Type": "application/json"}
    url = context.environment.webhook_url
    answer = requests.post(url, json.dumps(event), params=parameters, headers=headers, timeout=30, allow_redirects=False)
    return ok(fine) if answer.status_code == wanted else error(f"{wrong} ({answer.status_code})")


FIRST = (
    Check("B301", "settings", settings, "missing or wrong", "docs/settings.md"),
    Check("B321", "https everywhere", encrypted, "a plain address", "correct the setting"),
    Check(
        "B302",
        "storage",
        storage,
        "no right, a firewall, or the app never started",
        "give the identity Storage Table, Queue and Blob Data Contributor; start the app",
    ),
    Check("B317", "queues", queues, "the app never started", "start the app", ("B302",)),
    Check("B309", "the field map", mapping, "rows of your own are wrong", "correct the file"),
)
"""What checks of the two systems need."""
CHECKS = (
    Check("B303", "the app answers", endpoint, "not deployed, stopped, or another key", "look at the app's log"),
    Check(
        "B304",
        "the timers run",
        timers,
        "DUE_SCHEDULE or RECONCILE_SCHEDULE is missing, or the app is stopped",
        "set both; start the app",
        ("B302",),
    ),
    Check(
        "B305",
        "nothing is overdue",
        overdue,
        "the app is stopped, or works slower than requests come",
        "look at the app's log",
        ("B302", "B304"),
    ),
    Check(
        "B306",
        "poison queues are empty",
        poison,
        "messages failed five times",
        "their function makes attentions of them; see docs/operations.md",
        ("B317",),
    ),
    Check("B318", "queues are short", backlog, "more comes than is worked off", "raise SALES_CONCURRENCY, or wait", ("B317",)),
    Check(
        "B307",
        "Sales' key is accepted",
        secret,
        "BRIDGE_KEY is not a function key of the app",
        "provision sales --apply with the right key",
        ("B303",),
    ),
    Check(
        "B324",
        "the receiver asks for a key",
        locked,
        "the authorization level was changed",
        "http_auth_level FUNCTION",
        ("B303",),
    ),
    Check(
        "B322",
        "the webhook's address",
        webhook_address,
        "no https, or a port that Dataverse does not call (80 and 443 only)",
        "correct BRIDGE_URL",
    ),
    Check("B308", "clocks agree", clock, "this machine's clock is wrong", "synchronize it", ("S100", "C200")),
    Check("B311", "holds", holds, "the settings", "REJECT_HOLD=00:15:00"),
    Check("B314", "the last canary", canary, "see its line", "manage.py canary", ("B302",)),
    Check(
        "B319",
        "dead letters",
        dead_letters,
        "somebody sends what is no event",
        "read the row and the body, then correct the sender",
        ("B302",),
    ),
    Check("B320", "cases that need help", grave, "see docs/operations.md", "look at the onboarding", ("B302",)),
)

REACHABLE_ERRORS = (BridgeError, requests.RequestException, *FAILURES)
"""What a check may meet on its way and is not itself about."""
