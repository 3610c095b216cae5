"""`manage.py audit`: prove over both systems that each request is where it must be, now and from here."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import sleep

from rich.console import Console
from rich.status import Status
from rich.table import Table

from operations.running import app_of, failed
from shared.audit_night import keep
from shared.audit_report import Audit, Step
from shared.auditing import Auditor, advance, ready_at
from shared.composition import App
from shared.errors import BridgeError, Transient
from shared.explaining import age
from shared.retrying import backoff

Say = Callable[[str], None]
Pause = Callable[[float], None]
AGAIN, LONGEST_WAIT = 5, timedelta(minutes=2)
"""How often a page is read again, and how long is waited for that at most."""


def run(options: Namespace) -> int:
    """0: no drift; 1: drift; 2: it could not be told."""
    try:
        app = app_of(options)
        audit = _watched(app, options)
        keep(app.night.watch, audit)
    except BridgeError as problem:
        return failed(problem)
    _print(audit, as_json=options.json)
    return 1 if audit.drift else 0


def audited(app: App, since: datetime | None, patience: timedelta, say: Say = lambda text: None, pause: Pause = sleep) -> Audit:
    """The whole audit; while what looks wrong gets its second look, it waits. Raises the ServiceErrors."""
    auditor = replace(app.night.auditor, patience=patience, since=since)
    audit = Audit(app.bridge.now())
    while audit.step is not Step.DONE:
        audit = _further(auditor, audit, say, pause)
        say(f"{audit.step}: {audit.onboardings} onboardings, {len(audit.suspects)} to look at twice")
        _wait(auditor, audit, pause)
    return audit


def _further(auditor: Auditor, audit: Audit, say: Say, pause: Pause) -> Audit:
    """One page further; a page that could not be read is read again a few times. Raises the last error."""
    for attempt in range(AGAIN):
        try:
            return advance(auditor, audit)
        except Transient as error:
            wait = min(backoff(attempt, error), LONGEST_WAIT)
            say(f"{error}; again in {age(wait)}")
            pause(wait.total_seconds())
    return advance(auditor, audit)


def _wait(auditor: Auditor, audit: Audit, pause: Pause) -> None:
    at = ready_at(auditor, audit)
    if at:
        pause(max(0.0, (at - auditor.bridge.now()).total_seconds()))


def _watched(app: App, options: Namespace) -> Audit:
    with Status("auditing", console=Console(stderr=True)) as status:
        return audited(app, options.since, timedelta(seconds=options.patience), status.update)


def _print(audit: Audit, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(audit.report(), indent=2))
        return
    console = Console()
    console.print(f"{audit.onboardings} onboardings, {audit.leads} leads, {audit.requests} pending requests")
    if audit.attention:
        console.print("known to people: " + ", ".join(f"{count} {cause}" for cause, count in sorted(audit.attention.items())))
    if audit.waiting:
        console.print(f"waiting for their time: {audit.waiting}")
    if audit.violations:
        console.print(_table(audit))
    colour = "red" if audit.drift else "green"
    console.print(f"[{colour}]drift: {audit.drift}[/{colour}] (lost: {audit.lost}, doubled: {audit.doubled})")


def _table(audit: Audit) -> Table:
    table = Table("onboarding", "what is wrong", "what replay would do")
    for violation in audit.violations:
        table.add_row(violation.key, ", ".join(violation.kinds), violation.repair)
    if audit.drift > len(audit.violations):
        table.caption = f"and {audit.drift - len(audit.violations)} more"
    return table
