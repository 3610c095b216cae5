"""`manage.py up`: everything started and kept running until Ctrl-C."""

from __future__ import annotations

import json
import time
from functools import partial

from rich.console import Console

from sandbox.logs import FOLDER, new_folder
from sandbox.processes import ChildDied
from sandbox.stack import CONSOLE, EVENTS_KEY, OFFICE, SALES, Stack


def run(host: str, port: int) -> int:
    """Start, print the addresses, wait; 0 when stopped by a person, 1 when a process ended by itself."""
    console = Console()
    try:
        say = partial(console.print, style="dim")
        with Stack(say=say, host_program=host, host_port=port, log_dir=new_folder()) as stack:
            _print_addresses(console, stack)
            _print_settings(console, stack)
            while True:
                stack.processes.check()
                time.sleep(0.5)
    except (ChildDied, FileNotFoundError) as error:
        console.print(f"[red]{error}[/red]")
        return 1
    except KeyboardInterrupt:
        return 0


def _print_addresses(console: Console, stack: Stack) -> None:
    """Where a person looks first, then the rest."""
    app, office, sales = stack.host.url, stack.commerce.url, stack.sales.url
    addresses = {
        "the B2B site": f"{office}/site/B2B-US",
        OFFICE: office,
        SALES: sales,
        CONSOLE: f"{app}/api/console",
        "switches for trouble": f"{office}/sandbox/switches  {sales}/sandbox/switches",
        "the app's health": f"{app}/api/health?code={EVENTS_KEY}",
        "storage": stack.storage,
    }
    for name, address in addresses.items():
        console.print(f"{name:<24}{address}", soft_wrap=True, highlight=False)
    console.print(f"begin at {OFFICE}: its first page leads through the story", soft_wrap=True)
    console.print(f"logs in {stack.log_dir}; Ctrl-C stops everything", soft_wrap=True)


def _print_settings(console: Console, stack: Stack) -> None:
    """A settings file for the commands that work on an environment, e.g. `manage.py audit --settings FILE`."""
    file = (stack.log_dir or FOLDER) / "settings.json"
    file.write_text(json.dumps({"IsEncrypted": False, "Values": stack.operators_settings}, indent=2), encoding="utf-8")
    console.print(f"for audit, replay, reconcile, provision, doctor, canary: --settings {file}", soft_wrap=True)
