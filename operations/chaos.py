"""`manage.py chaos`: the story under faults and kills, then the audit, which must find no drift."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import Namespace
from datetime import timedelta
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from operations.audit import audited
from operations.environment import IDENTITY
from sandbox.chaos import SETTINGS, play_in_chaos
from sandbox.chaos_faults import Trouble
from sandbox.demo import WIDTH
from sandbox.logs import new_folder
from sandbox.play import NotInTime, Play
from sandbox.processes import ChildDied
from sandbox.report import Result, results
from sandbox.scenario import cast
from sandbox.stack import Stack
from shared import composition
from shared.audit_report import Audit

PATIENCE = timedelta(seconds=5)
DOUBLED = ("mails", "a second customer", "the requester cannot sign in")
"""How the report of the story begins to say that something is there twice."""


def run(options: Namespace) -> int:
    """0 only if nothing drifted, nothing was lost, nothing was doubled."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    begun, logs = time.monotonic(), new_folder()
    try:
        with Stack(settings=SETTINGS, say=partial(console.print, style="dim"), log_dir=logs, has_app=False) as stack:
            told = _perform(stack, options, console, begun)
    except (NotInTime, ChildDied) as error:
        console.print(f"[red]{error}[/red]\nlogs: {logs}")
        return 1
    if options.report:
        options.report.write_text(json.dumps(told, indent=2), encoding="utf-8")
    if not told["ok"]:
        console.print(f"logs: {logs}")
    return 0 if told["ok"] else 1


def _perform(stack: Stack, options: Namespace, console: Console, begun: float) -> dict[str, Any]:

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - begun:6.1f} s  {text}", style="bold")

    play = Play(stack, cast(options.prospects, options.seed), say)
    trouble = Trouble(stack.sales.url, stack.commerce.url, options.seed, options.rate)
    kills, until_quiet = play_in_chaos(stack, play, trouble, options.seed, say)
    faults = trouble.end()
    say("auditing both systems")
    audit, store = _audit(stack)
    found = results(play, store)
    told = _report(options, faults, kills, audit, found) | {
        "seconds": round(time.monotonic() - begun, 1),
        "seconds_until_quiet": round(until_quiet, 1),
    }
    _print(console, told, audit, found)
    return told


def _audit(stack: Stack) -> tuple[Audit, Any]:
    """By the app's own code, on the app's own settings."""
    os.environ |= {name: stack.environment[name] for name in IDENTITY}
    app = composition.build(stack.environment)
    return audited(app, None, PATIENCE), app.correlation


def _report(options: Namespace, faults: dict[str, int], kills: int, audit: Audit, found: list[Result]) -> dict[str, Any]:
    """What the audit says, and beside it what the story says of each applicant, since only the sandbox shows mails."""
    doubled = [one for one in found if any(problem.startswith(DOUBLED) for problem in one.problems)]
    lost = [one for one in found if one.problems and one not in doubled]
    numbers = {"drift": audit.drift, "lost": max(audit.lost, len(lost)), "doubled": max(audit.doubled, len(doubled))}
    return {
        "prospects": options.prospects,
        "seed": options.seed,
        "faults": faults,
        "kills": kills,
        **numbers,
        "attention": dict(sorted(audit.attention.items())),
        "ok": not any(numbers.values()),
    }


def _print(console: Console, told: dict[str, Any], audit: Audit, found: list[Result]) -> None:
    table = Table("fault", "times", title="faults")
    for kind, count in told["faults"].items():
        table.add_row(kind, str(count))
    console.print(table)
    for violation in audit.violations:
        console.print(f"[red]{violation.key}: {', '.join(violation.kinds)} -> {violation.repair}[/red]")
    for one in found:
        if one.problems:
            console.print(f"[red]{one.row['legal_entity']}/{one.row['prospect']}: {'; '.join(one.problems)}[/red]")
    console.print(f"{sum(told['faults'].values())} faults, {told['kills']} processes killed")
    console.print(f"quiet {told['seconds_until_quiet']} s after the last act, {told['seconds']} s in all")
    colour = "green" if told["ok"] else "red"
    console.print(f"[{colour}]drift {told['drift']}, lost {told['lost']}, doubled {told['doubled']}[/{colour}]")
