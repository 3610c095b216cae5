"""`manage.py replay`: show what looking again would do to each selected onboarding, and with --apply let the app do it."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from operations.cli import STOPPED
from operations.running import app_of, failed, prospect_key
from shared.composition import App
from shared.errors import BridgeError, SettingsInvalid
from shared.models import ProspectKey
from shared.record import Cause, Stage
from shared.rehearsing import Rehearsal, rehearse
from shared.replaying import Selection, hint, selected

MOST_WAITING = 500
"""Where so many messages wait, replay waits too: it must never stand in the way of new requests."""
LOOK_AT_QUEUES_EVERY = 50

Named = TypeVar("Named", Stage, Cause)
Chosen = list[tuple[ProspectKey, Stage | None]]


def run(options: Namespace) -> int:
    """0: shown, or enqueued; 2: it failed; 130: stopped by a person, which leaves nothing half done."""
    console = Console()
    try:
        app = app_of(options)
        chosen = list(selected(app.correlation, app.settings.legal_entities, _selection(options)))
        if options.apply:
            return _apply(app, chosen, options.rate, console)
        return _show(app, chosen, options.limit, console)
    except BridgeError as problem:
        return failed(problem)
    except KeyboardInterrupt:
        console.print("stopped; what was enqueued is looked at, the rest is as it was")
        return STOPPED


def _selection(options: Namespace) -> Selection:
    """Raises SettingsInvalid for a stage, cause or key that there is not."""
    stage = _named(Stage, "--stage", options.stage) if options.stage else None
    attention = _named(Cause, "--attention", options.attention) if options.attention else None
    return Selection(tuple(map(_key, options.key)), stage, attention, options.since)


def _named(kind: type[Named], option: str, text: str) -> Named:
    try:
        return kind(text)
    except ValueError:
        raise SettingsInvalid([f"{option} {text}: there is {', '.join(kind)}"]) from None


def _key(text: str) -> ProspectKey:
    try:
        return prospect_key(text)
    except ValueError as error:
        raise SettingsInvalid([f"{text}: {error}"]) from None


# ---- what would happen


def _show(app: App, chosen: Chosen, limit: int, console: Console) -> int:
    unchanged = 0
    for key, _ in chosen[:limit]:
        told = rehearse(app.bridge, key)
        unchanged += told.changes_nothing
        if not told.changes_nothing:
            _print(told, console)
    shown = min(limit, len(chosen))
    console.print(f"{len(chosen)} selected, {shown} looked at: {unchanged} would stay as they are")
    console.print("nothing was written" + (": add --apply" if unchanged < len(chosen) else ""))
    return 0


def _print(told: Rehearsal, console: Console) -> None:
    before = told.before.stage if told.before else "no onboarding"
    console.print(f"[bold]{told.key.text}[/bold]  {before} -> {told.after.stage}", highlight=False)
    for line in _lines(told):
        console.print(f"  {line}", highlight=False, markup=False)


def _lines(told: Rehearsal) -> Iterator[str]:
    for write in told.writes:
        yield f"{write.system}: {write.record}"
        yield from (f"    {name} = {value}" for name, value in write.fields.items())
        if write.mail:
            yield f"  mail: {write.mail}"
    for attention in told.after.attentions:
        yield f"attention: {attention.cause} {attention.detail}".rstrip()
    if told.after.due:
        yield f"looks again at {told.after.due:%Y-%m-%d %H:%M:%S} UTC"
    if told.error:
        yield f"stands in the way: {told.error}"


# ---- let it happen


def _apply(app: App, chosen: Chosen, rate: float, console: Console) -> int:
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("replaying", total=len(chosen))
        for number, (key, stage) in enumerate(chosen):
            if number % LOOK_AT_QUEUES_EVERY == 0:
                _wait_for_room(app)
            app.queues.send(hint(key, stage, app.bridge.now()))
            progress.advance(task)
            time.sleep(1 / rate)
    console.print(f"{len(chosen)} enqueued")
    return 0


def _wait_for_room(app: App) -> None:
    while app.queues.waiting() >= MOST_WAITING:
        time.sleep(1)
