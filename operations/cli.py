"""The commands of manage.py. Only the standard library is imported here, so that --help and a mistyped option answer
before anything is installed; each command imports what it runs.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from operations.cli_environment import add_canary, add_doctor, add_provision
from operations.cli_reliability import add_audit, add_chaos, add_reconcile, add_replay

ROOT = Path(__file__).resolve().parents[1]
SANDBOX, TESTS = "sandbox", "tests"
STOPPED = 130
"""The exit code of a command that a person stopped."""
SHARED_OUT = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
"""Three workers, a file to each, in the order of the folders: those that start whole systems come first, so that none of them
runs alone at the end. They wait so much that three keep two cores busy; more would disturb them."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of one command, with `needs`, the set of requirements it runs on; exits with usage when they are wrong."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    if options.command == "setup":
        options.needs = TESTS if options.setup_for == "test" else SANDBOX
    return options


def run(options: argparse.Namespace) -> int:
    """Run the command that was parsed; its exit code. Ctrl-C and SIGTERM stop it, by KeyboardInterrupt: then it is STOPPED."""
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever starts it in the background may have had SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return STOPPED
    return code


def demo(options: argparse.Namespace) -> int:
    """Run the whole story once."""
    from sandbox import demo

    return int(demo.run(prospects=options.prospects, seed=options.seed, report=options.report))


def up(options: argparse.Namespace) -> int:
    """Start everything and keep it running."""
    from sandbox import up

    return int(up.run(host=options.host, port=options.port))


def test(options: argparse.Namespace) -> int:
    """Become pytest: its exit code and its closing line are the command's own. The whole suite is shared among workers."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *(options.rest or SHARED_OUT)])


def screenshots(options: argparse.Namespace) -> int:
    """Take a picture of each page."""
    from operations import screenshots as pictures

    return pictures.run(options.out, options.look)


def setup(options: argparse.Namespace) -> int:
    """Nothing more to do: manage.py installs what a command needs before it runs it."""
    print(f"ready for `{options.setup_for}`")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="manage.py",
        description="B2B Prospect Bridge. The first use of a command installs what it needs, into .venv and .tools.",
        allow_abbrev=False,
    )
    parser.set_defaults(passes_on=False, needs=SANDBOX)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    usual = (_add_demo, _add_up, add_chaos, _add_test, _add_setup)
    for add in (*usual, add_provision, add_doctor, add_canary, add_reconcile, add_audit, add_replay, _add_screenshots):
        add(commands)
    return parser


Commands = argparse._SubParsersAction  # what add_subparsers gives has no public name


def _add_demo(commands: Commands[argparse.ArgumentParser]) -> None:
    help_text = "carry prospects through both systems, show what became of each, and stop everything"
    parser = commands.add_parser("demo", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument("--prospects", type=_positive, default=12, metavar="N", help="how many prospects (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="for names and order (default: %(default)s)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what became of each prospect as JSON")
    parser.set_defaults(run=demo)


def _add_up(commands: Commands[argparse.ArgumentParser]) -> None:
    help_text = "start everything and keep it running, until Ctrl-C"
    parser = commands.add_parser("up", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument(
        "--host",
        choices=("small", "func"),
        default="small",
        help="the Functions host: ours, or Core Tools (default: %(default)s)",
    )
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="of the Functions host (default: any free one)")
    parser.set_defaults(run=up)


def _add_test(commands: Commands[argparse.ArgumentParser]) -> None:
    help_text = "run the test suite; all that follows is passed on to pytest"
    parser = commands.add_parser(
        "test", help=help_text, description=help_text, allow_abbrev=False, usage="manage.py test [-h] [pytest's arguments ...]"
    )
    parser.set_defaults(run=test, needs=TESTS, passes_on=True)


def _add_setup(commands: Commands[argparse.ArgumentParser]) -> None:
    help_text = "install what a command needs, and nothing else"
    parser = commands.add_parser("setup", help=help_text, description=help_text, allow_abbrev=False)
    parser.add_argument(
        "--for", dest="setup_for", choices=("demo", "up", "test"), default="demo", help="the command (default: %(default)s)"
    )
    parser.set_defaults(run=setup)


def _add_screenshots(commands: Commands[argparse.ArgumentParser]) -> None:
    help_text = "take a picture of each page of the console and the sandbox, light and dark, wide and phone"
    parser = commands.add_parser("screenshots", help=help_text, description=help_text, allow_abbrev=False)
    folder = ROOT / "docs" / "images"
    parser.add_argument("--out", type=Path, default=folder, metavar="DIR", help="where to (default: docs/images)")
    looks = ("light-wide", "dark-wide", "light-phone", "dark-phone")
    parser.add_argument("--look", action="append", choices=looks, help="only this one; repeatable (default: all four)")
    parser.set_defaults(run=screenshots, needs=TESTS)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number
