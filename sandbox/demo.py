"""`manage.py demo`: the whole story once, watched, counted, and everything stopped again."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sandbox.logs import new_folder
from sandbox.play import NotInTime, Play
from sandbox.processes import ChildDied
from sandbox.report import Result, at_rest, report, rests, results
from sandbox.scenario import ENDS, cast
from sandbox.stack import Stack
from shared.correlation import Correlation
from shared.models import ProspectKey
from shared.storage import Storage, StorageSettings

WIDTH = 170
"""Columns where the output is no terminal."""


def run(prospects: int, seed: int, report: Path | None) -> int:
    """Play the story for so many prospects; 0 only if every onboarding ended where it should."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if report and not _can_be_written(report):
        console.print(f"[red]{report}: no report can be written there[/red]")
        return 2
    begun, logs = time.monotonic(), new_folder()
    try:
        with Stack(say=partial(console.print, style="dim"), log_dir=logs) as stack:
            told = _perform(stack, console, prospects, seed, begun)
    except (NotInTime, ChildDied) as error:
        console.print(f"[red]{error}[/red]")
        return 1
    if report:
        report.write_text(json.dumps(told, indent=2), encoding="utf-8")
    return 0 if told["ok"] else 1


def _can_be_written(report: Path) -> bool:
    """Said before the play, which may take minutes."""
    folder = report.resolve().parent
    return folder.is_dir() and os.access(report if report.exists() else folder, os.W_OK) and not report.is_dir()


def _perform(stack: Stack, console: Console, prospects: int, seed: int, begun: float) -> dict[str, Any]:
    play = Play(stack, cast(prospects, seed), partial(console.print, style="bold"))
    store = Correlation(Storage(StorageSettings(connection_string=stack.storage)).tables)
    set_up = _spent(play)
    play.run()
    found = _until_ended(play, store, console)
    told = report(found, time.monotonic() - begun, {system: number - set_up[system] for system, number in _spent(play).items()})
    console.print(_table(found))
    _conclude(console, told, stack.log_dir)
    return told


def _until_ended(play: Play, store: Correlation, console: Console) -> list[Result]:
    """Wait until each is where it must be and nothing is on its way any more; after all patience, as it is then."""
    play.say("waiting until every onboarding is where it belongs")
    found: list[Result] = []

    def all_well() -> bool:
        found[:] = results(play, store)
        return not any(result.problems for result in found)

    try:
        with Live(_progress(play, {}), console=console, refresh_per_second=4, transient=True) as live:
            play.until(lambda: _all_rest(play, store, live), "every onboarding at rest")
        play.until(all_well, "every onboarding where it belongs", every=1.0)
    except NotInTime as error:
        console.print(f"[red]{error}[/red]")
    return found or results(play, store)


def _all_rest(play: Play, store: Correlation, live: Live) -> bool:
    now = rests(store)
    live.update(_progress(play, now))
    return at_rest(play, now)


def _spent(play: Play) -> dict[str, int]:
    return {"sales": play.desk.request_counts()["total"], "commerce": play.office.request_counts()["total"]}


def _progress(play: Play, now: Mapping[ProspectKey, tuple[str, str | None]]) -> Table:
    table = Table("stage", "now", "expected", title="onboardings")
    counts = Counter(stage for stage, _ in now.values())
    wanted = Counter(ENDS[applicant.story][0] for applicant in play.cast)
    for stage in ("requested", "in_review", "qualified", "approved", "rejected", "excluded"):
        table.add_row(stage, str(counts[stage]), str(wanted[stage]))
    return table


def _table(found: list[Result]) -> Table:
    columns = ("prospect", "story", "stage", "attention", "hierarchy", "mails", "Sales", "Commerce", "table", "seconds", "")
    table = Table(*columns, title="What became of each (requests to each system, table operations)")
    for result in found[:60]:
        row = result.row
        requests, mails = row["requests"], ", ".join(mail.removeprefix("B2B prospect ") for mail in row["mails"])
        figures = (str(requests["sales"]), str(requests["commerce"]), str(row["table_operations"]), str(row["seconds"]))
        name = f"{row['legal_entity']}/{row['prospect']}"
        end = "; ".join(result.problems) or "ok"
        table.add_row(name, result.applicant.story, row["stage"], row["attention"], row["hierarchy_id"], mails, *figures, end)
    if len(found) > 60:
        table.caption = f"and {len(found) - 60} more"
    return table


def _conclude(console: Console, told: dict[str, Any], logs: Path | None) -> None:
    totals = told["totals"]
    stages = ", ".join(f"{count} {stage}" for stage, count in sorted(totals["stages"].items()))
    console.print(f"{totals['onboardings']} onboardings in {totals['seconds']} s: {stages}")
    spent = totals["requests"]
    console.print(f"requests: {spent['sales']} to Sales, {spent['commerce']} to Commerce (polls and people included)")
    if told["ok"]:
        console.print("[green]every onboarding ended where it should[/green]")
    else:
        console.print(f"[red]{len(totals['problems'])} did not end where they should; logs: {logs}[/red]")
