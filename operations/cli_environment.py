"""The options of provision, doctor and canary. Standard library only, as cli.py."""

from __future__ import annotations

import argparse
from pathlib import Path

Commands = argparse._SubParsersAction  # what add_subparsers gives has no public name


def add_provision(commands: Commands[argparse.ArgumentParser]) -> None:
    """`provision sales` and `provision commerce`."""
    help_text = "show what an environment lacks for the bridge, and make it"
    parser = commands.add_parser("provision", help=help_text, description=help_text, allow_abbrev=False)
    systems = parser.add_subparsers(dest="system", required=True, metavar="SYSTEM")
    _add_sales(systems)
    _add_commerce(systems)


def add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    """`doctor`."""
    help_text = "check both systems and the bridge; exit code 0: fine, 1: warnings, 2: errors"
    parser = commands.add_parser("doctor", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--only", metavar="CODES", default="", help="these checks and what they need, e.g. S105,C203")
    _add_app(parser)
    _add_environment(parser)
    parser.set_defaults(run=_doctor)


def add_canary(commands: Commands[argparse.ArgumentParser]) -> None:
    """`canary`."""
    help_text = "send one marked request the whole way, measure each hop, put all of it away; 0 only if it came through"
    parser = commands.add_parser("canary", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument(
        "--decision", choices=("reject", "approve"), default="reject", help="how it ends (default: %(default)s); an approval "
        "leaves customers on hold and a hierarchy",
    )  # fmt: skip
    parser.add_argument("--legal-entity", metavar="ID", default="", help="default: the first in scope")
    parser.add_argument("--email-domain", metavar="DOMAIN", default="", help="of the requester, where the mails shall arrive")
    parser.add_argument("--patience", type=float, metavar="SECONDS", help="for each hop, beside the holds")
    parser.add_argument("--production", action="store_true", help="in a production system too")
    _add_environment(parser)
    parser.set_defaults(run=_canary)


def _add_sales(systems: Commands[argparse.ArgumentParser]) -> None:
    help_text = "columns, key, view, webhooks and role of Dynamics 365 Sales; writes nothing without --apply"
    parser = systems.add_parser("sales", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument("--apply", action="store_true", help="make it (with --undo: remove it)")
    parser.add_argument("--undo", action="store_true", help="remove what was made here, and nothing else")
    parser.add_argument("--profile", choices=("own", "dual-write"), help="the lead's columns (default: LEAD_PROFILE, else own)")
    _add_app(parser)
    _add_environment(parser)
    parser.set_defaults(run=_provision_sales)


def _add_commerce(systems: Commands[argparse.ArgumentParser]) -> None:
    help_text = "the steps that are done by hand in Commerce headquarters, each with what can be seen of it"
    parser = systems.add_parser("commerce", help=help_text, description=help_text, allow_abbrev=False)
    _add_environment(parser)
    parser.set_defaults(run=_provision_commerce)


def _add_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", metavar="URL", help="the app's address, without a path (default: BRIDGE_URL)")
    parser.add_argument("--key", metavar="KEY", help="a function key of the app (default: BRIDGE_KEY)")
    parser.add_argument("--client-id", metavar="ID", help="of the app's identity (default: BRIDGE_CLIENT_ID)")


def _add_environment(parser: argparse.ArgumentParser) -> None:
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--sandbox", action="store_true", help="start a fresh sandbox for this one command")
    choice.add_argument("--settings", type=Path, metavar="FILE", help="a local.settings.json; the environment wins")


def _provision_sales(options: argparse.Namespace) -> int:
    from operations import commands

    return commands.provision_sales(options)


def _provision_commerce(options: argparse.Namespace) -> int:
    from operations import commands

    return commands.provision_commerce(options)


def _doctor(options: argparse.Namespace) -> int:
    from operations import commands

    return commands.doctor(options)


def _canary(options: argparse.Namespace) -> int:
    from operations import commands

    return commands.canary(options)
