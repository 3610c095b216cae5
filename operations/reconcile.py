"""`manage.py reconcile`: the poll of both systems, now and to its end."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter

from rich.console import Console

from operations.running import app_of, failed
from shared.errors import BridgeError
from shared.reconciling import reconcile

NAMES = {
    "announced": "requests that nobody announced",
    "no_longer_pending": "open onboardings whose request is no longer pending",
    "leads": "leads that changed",
    "opportunities": "opportunities that changed",
    "differing": "open onboardings that differ from Sales",
}


def run(options: Namespace) -> int:
    """0: done; 1: another run is at it, or something is left to the next one; 2: it failed."""
    console = Console()
    try:
        app = app_of(options)
        total, left = Counter[str](), 1
        for _ in range(options.runs):
            found = reconcile(app.reconciler, app.bridge.now())
            if not found:
                console.print("another run is at it")
                return 1
            left = found.pop("unfinished")
            total += Counter(found)
            if not left:
                break
    except BridgeError as problem:
        return failed(problem)
    for name, words in NAMES.items():
        console.print(f"{total[name]:6} {words}")
    console.print(_conclusion(total.total(), left))
    return 1 if left else 0


def _conclusion(found: int, left: int) -> str:
    if left:
        return "something is left to the next run"
    return "enqueued; the app looks at each" if found else "nothing to enqueue"
