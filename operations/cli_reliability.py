"""The options of reconcile, audit, replay and chaos. Standard library only, as cli.py."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

Commands = argparse._SubParsersAction  # what add_subparsers gives has no public name


def add_reconcile(commands: Commands[argparse.ArgumentParser]) -> None:
    """`reconcile`."""
    help_text = "find what no event told, in both systems, and enqueue it"
    parser = commands.add_parser("reconcile", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=20, metavar="N", help="bounded runs at most (default: %(default)s)")
    _add_settings(parser)
    parser.set_defaults(run=_reconcile)


def add_audit(commands: Commands[argparse.ArgumentParser]) -> None:
    """`audit`."""
    help_text = "prove over both systems that each request is where it must be; exit code 0: no drift, 1: drift"
    parser = commands.add_parser("audit", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="only onboardings looked at since then (ISO, UTC)")
    parser.add_argument(
        "--patience", type=float, default=180, metavar="SECONDS", help="until what looks wrong is drift (default: %(default)s)"
    )
    _add_settings(parser)
    parser.set_defaults(run=_audit)


def add_replay(commands: Commands[argparse.ArgumentParser]) -> None:
    """`replay`."""
    help_text = "look again at selected onboardings: shows field by field what would be written; --apply lets the app do it"
    parser = commands.add_parser("replay", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument("--key", action="append", default=[], type=_key, metavar="KEY", help="e.g. usmf/P-000123; repeatable")
    parser.add_argument("--stage", metavar="STAGE", help="those in this stage, e.g. in_review")
    parser.add_argument("--attention", metavar="CAUSE", help="those with this attention, e.g. duplicate-email")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="in that stage or with that attention since then or later")
    parser.add_argument("--apply", action="store_true", help="enqueue them; Ctrl-C stops at any point")
    parser.add_argument("--rate", type=_rate, default=5.0, metavar="N", help="a second, with --apply (default: %(default)s)")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="shown without --apply (default: %(default)s)")
    _add_settings(parser)
    parser.set_defaults(run=_replay_with(parser))


def add_chaos(commands: Commands[argparse.ArgumentParser]) -> None:
    """`chaos`."""
    help_text = "play the story on two app processes while both systems fail and processes are killed; then prove zero drift"
    parser = commands.add_parser("chaos", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument("--prospects", type=int, default=100, metavar="N", help="how many prospects (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="for faults, kills and names (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=0.10, metavar="R", help="of requests that fail (default: %(default)s)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--sandbox", action="store_true", help="said or not: chaos knows no other environment")
    parser.set_defaults(run=_chaos)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, metavar="FILE", help="a local.settings.json; the environment wins")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _rate(text: str) -> float:
    rate = float(text)
    if rate <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a rate")
    return rate


def _key(text: str) -> str:
    if "/" not in text and "." not in text:
        raise argparse.ArgumentTypeError(f"{text} is no key: give legal entity and prospect, e.g. usmf/P-000123")
    return text


def _reconcile(options: argparse.Namespace) -> int:
    from operations import reconcile

    return reconcile.run(options)


def _audit(options: argparse.Namespace) -> int:
    from operations import audit

    return audit.run(options)


def _replay_with(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    def _replay(options: argparse.Namespace) -> int:
        if not (options.key or options.stage or options.attention or options.since):
            parser.error("say which: --key, --stage, --attention or --since")
        from operations import replay

        return replay.run(options)

    return _replay


def _chaos(options: argparse.Namespace) -> int:
    from operations import chaos

    return chaos.run(options)
