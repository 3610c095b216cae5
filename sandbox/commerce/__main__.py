"""`python -m sandbox.commerce [--port N] [--setting NAME=VALUE ...]`: one Commerce environment on the loopback."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from sandbox.commerce.app import create_app
from sandbox.commerce.seed import new_world
from sandbox.commerce.settings import Settings
from sandbox.web import serve


def main() -> None:
    arguments = _parser().parse_args()
    settings = Settings().changed(dict(_setting(text) for text in arguments.setting))
    world = new_world(settings, clock=float(os.environ.get("SANDBOX_CLOCK", "1")))
    try:
        serve(create_app(world, os.environ["SANDBOX_SECRET"]), "commerce", arguments.port)
    finally:
        world.background.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.commerce", description="A stand-in for Commerce headquarters.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port (default)")
    parser.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="see sandbox/commerce/settings.py; JSON or plain text",
    )
    return parser


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


if __name__ == "__main__":
    main()
