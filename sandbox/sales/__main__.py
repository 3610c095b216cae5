"""`python -m sandbox.sales [--port 0] [--provisioned] [--package]`: serve Sales until the parent closes stdin."""

from __future__ import annotations

import argparse
import os

from sandbox import web
from sandbox.sales import dual_write_package, provisioning
from sandbox.sales.app import create_app
from sandbox.sales.seed import new_world


def main() -> None:
    """Read the arguments and serve; the environment gives SANDBOX_SECRET, and SANDBOX_CLOCK to scale time windows."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.sales", description="Dynamics 365 Sales, as documented, in memory.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port (default)")
    parser.add_argument("--provisioned", action="store_true", help="with the lead's columns, key, view and role already made")
    parser.add_argument("--package", action="store_true", help="with Microsoft's dual-write Commerce package installed")
    arguments = parser.parse_args()
    world = new_world()
    if arguments.package:
        dual_write_package.install(world)
    if arguments.provisioned:
        provisioning.provision(world)
    web.serve(create_app(world, os.environ["SANDBOX_SECRET"]), "sales", arguments.port)


if __name__ == "__main__":
    main()
